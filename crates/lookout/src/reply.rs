//! The replies to a pipeline, taken one by one.

use std::vec;

use redis::{Connection, FromRedisValue, Pipeline, RedisResult, Value};

/// Replies that arrived together.
pub struct Replies(vec::IntoIter<Value>);

impl Replies {
    /// Sends the commands and waits for their replies.
    ///
    /// # Errors
    /// If Redis cannot be reached or rejects one of them.
    pub fn of(pipe: &Pipeline, connection: &mut Connection) -> RedisResult<Replies> {
        pipe.query(connection)
            .map(|values: Vec<Value>| Replies(values.into_iter()))
    }

    /// Returns the next reply.
    ///
    /// # Errors
    /// If it has another type.
    pub fn take<T: FromRedisValue>(&mut self) -> RedisResult<T> {
        Ok(T::from_redis_value(self.0.next().unwrap_or(Value::Nil))?)
    }
}
