//! Commands that are sent together, each with the query that reads its reply.

use std::marker::PhantomData;

use redis::{Arg, Cmd, Connection, FromRedisValue, Pipeline, RedisError, RedisResult, Value};

use crate::unreadable::Unreadable;

/// The code of Redis's error for a key of another type.
const WRONG_TYPE: &str = "WRONGTYPE";

/// Commands that are sent in one round trip.
#[derive(Default)]
pub struct Batch(Pipeline);

/// A command of a batch, whose reply is read as a `T`.
pub struct Query<T> {
    /// Its place in the batch, which is also that of its reply.
    index: usize,
    key: Vec<u8>,
    reply: PhantomData<fn() -> T>,
}

impl Batch {
    /// Creates an empty batch that Redis executes as a transaction.
    pub fn atomic() -> Batch {
        let mut batch = Batch::default();
        batch.0.atomic();
        batch
    }

    /// Adds a command. Its first argument, if it has one, is the key that is reported if the reply
    /// cannot be read.
    pub fn add<T: FromRedisValue + Default>(&mut self, command: &Cmd) -> Query<T> {
        let key = match command.args_iter().take(2).last() {
            Some(Arg::Simple(key)) => key.to_vec(),
            _ => Vec::new(),
        };
        let index = self.0.len();
        self.0.add_command(command.clone());
        Query {
            index,
            key,
            reply: PhantomData,
        }
    }

    /// Sends the commands and waits for their replies.
    ///
    /// # Errors
    /// If Redis cannot be reached or rejects one of them, except because of the type of a key.
    pub fn send(mut self, connection: &mut Connection) -> RedisResult<Replies> {
        let values: Vec<Value> = self.0.ignore_errors().query(connection)?;
        for value in &values {
            if let Err(error) = value.clone().extract_error()
                && error.code() != Some(WRONG_TYPE)
            {
                return Err(error);
            }
        }
        Ok(Replies {
            values,
            unreadable: Vec::new(),
        })
    }
}

/// Replies that arrived together.
pub struct Replies {
    values: Vec<Value>,
    unreadable: Vec<Unreadable>,
}

impl Replies {
    /// Returns the reply to a query. If it cannot be read, because any program may have written to
    /// the key, remembers this and returns the default.
    pub fn take<T: FromRedisValue + Default>(&mut self, query: Query<T>) -> T {
        let value = self.values.get_mut(query.index).map(std::mem::take).unwrap_or_default();
        value
            .extract_error()
            .and_then(|value| Ok(T::from_redis_value(value)?))
            .unwrap_or_else(|error| {
                self.report(Unreadable::new(&query.key, reason(&error)));
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
