//! The replies to a pipeline, taken one by one.

use std::vec;

use redis::{Connection, FromRedisValue, Pipeline, RedisError, RedisResult, Value};

use crate::snapshot::Unreadable;

/// The code of Redis's error for a key of another type.
const WRONG_TYPE: &str = "WRONGTYPE";

/// Replies that arrived together.
pub struct Replies {
    values: vec::IntoIter<Value>,
    unreadable: Vec<Unreadable>,
}

impl Replies {
    /// Sends the commands and waits for their replies.
    ///
    /// # Errors
    /// If Redis cannot be reached or rejects one of them, except because of the type of a key.
    pub fn of(pipe: &mut Pipeline, connection: &mut Connection) -> RedisResult<Replies> {
        let values: Vec<Value> = pipe.ignore_errors().query(connection)?;
        for value in &values {
            if let Err(error) = value.clone().extract_error()
                && error.code() != Some(WRONG_TYPE)
            {
                return Err(error);
            }
        }
        Ok(Replies {
            values: values.into_iter(),
            unreadable: Vec::new(),
        })
    }

    /// Returns the next reply, which is from `key`. If it cannot be read, because any program may
    /// have written to the key, remembers this and returns the default.
    pub fn take<T: FromRedisValue + Default>(&mut self, key: impl AsRef<[u8]>) -> T {
        let value = self.values.next().unwrap_or(Value::Nil);
        value
            .extract_error()
            .and_then(|value| Ok(T::from_redis_value(value)?))
            .unwrap_or_else(|error| {
                self.report(Unreadable::new(key.as_ref(), reason(&error)));
                T::default()
            })
    }

    /// Returns these names as text, and remembers those that are not UTF-8.
    pub fn texts<C: FromIterator<(String, T)>, T>(&mut self, names: impl IntoIterator<Item = (Vec<u8>, T)>) -> C {
        let texts = names
            .into_iter()
            .filter_map(|(name, value)| match String::from_utf8(name) {
                Ok(name) => Some((name, value)),
                Err(error) => {
                    self.report(Unreadable::new(error.as_bytes(), "not UTF-8"));
                    None
                }
            });
        texts.collect()
    }

    /// Remembers a key once, even if several commands read it.
    fn report(&mut self, odd: Unreadable) {
        if !self.unreadable.contains(&odd) {
            self.unreadable.push(odd);
        }
    }

    /// Returns the keys that could not be read.
    pub fn unreadable(self) -> Vec<Unreadable> {
        self.unreadable
    }
}

fn reason(error: &RedisError) -> &str {
    match error.code() {
        Some(WRONG_TYPE) => WRONG_TYPE,
        _ => "unexpected value",
    }
}
