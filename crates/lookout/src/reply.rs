//! The answers to a pipeline, taken one by one.

use std::vec;

use redis::{Connection, FromRedisValue, Pipeline, RedisResult, Value};

/// Answers that came back together.
pub struct Replies(vec::IntoIter<Value>);

impl Replies {
    /// Sends the commands and waits for their answers.
    ///
    /// # Errors
    /// If Redis is away, or refuses one of them.
    pub fn of(pipe: &Pipeline, connection: &mut Connection) -> RedisResult<Replies> {
        pipe.query(connection)
            .map(|values: Vec<Value>| Replies(values.into_iter()))
    }

    /// The next answer.
    ///
    /// # Errors
    /// If it is not of this type.
    pub fn take<T: FromRedisValue>(&mut self) -> RedisResult<T> {
        Ok(T::from_redis_value(self.0.next().unwrap_or(Value::Nil))?)
    }
}
