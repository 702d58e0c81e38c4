//! The page's event stream, read on a thread of its own, so that waits have a deadline.

use std::io::{BufRead, BufReader};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use serde_json::Value;
use ureq::Agent;

use super::DEADLINE;

/// An open event stream.
pub struct Events(Receiver<Value>);

impl Events {
    pub fn open(url: &str) -> Events {
        let agent: Agent = Agent::config_builder().proxy(None).build().into();
        let response = agent.get(url).call().unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(response.into_body().into_reader()).lines();
            for line in lines.map_while(Result::ok) {
                // A keep-alive has no data.
                if let Some(data) = line.strip_prefix("data: ").filter(|data| !data.is_empty())
                    && sender.send(serde_json::from_str(data).unwrap()).is_err()
                {
                    return;
                }
            }
        });
        Events(receiver)
    }

    /// Waits for the first view from now on that satisfies `wanted`.
    pub fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + DEADLINE;
        let mut last = Value::Null;
        loop {
            match self.0.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(view) if wanted(&view) => return view,
                Ok(view) => last = view,
                Err(error) => panic!("no event with {what} ({error}); the last was {last}"),
            }
        }
    }

    /// Waits until the server ends the stream.
    pub fn wait_for_end(self) {
        let end = Instant::now() + DEADLINE;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if self.0.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Disconnected) {
                return;
            }
        }
        panic!("the stream did not end");
    }
}
