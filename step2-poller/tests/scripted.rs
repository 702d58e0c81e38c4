//! The worker and the server of tests whose jobs wait, fail or panic.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use sidepunch::{BoxError, Error, Job, Server, Worker};
use testkit::{Entrance, Gate, Kit};

use super::Report;

/// A worker whose jobs contain a script:
/// `{"class": "ScriptedWorker", "args": [7, ["hold", "fail"]]}`.
///
/// A job first sends its number to the test. Then it executes the words of its script, in order:
///
/// | word | what the job does |
/// |---|---|
/// | `hold` | waits at the gate of the test |
/// | `hang` | never returns |
/// | `fail` | returns an error |
/// | `panic` | panics |
pub struct Scripted {
    begun: Sender<u64>,
    entrance: Entrance<u64>,
}

impl Worker for Scripted {
    const CLASS: &'static str = "ScriptedWorker";
    type Args = (u64, Vec<String>);

    fn perform(&self, (number, script): Self::Args, _: &Job) -> Result<(), BoxError> {
        self.begun.send(number)?;
        for word in script {
            match word.as_str() {
                "hold" => self.entrance.enter(number),
                "hang" => loop {
                    thread::park();
                },
                "fail" => return Err("out of luck".into()),
                "panic" => panic!("out of its mind"),
                _ => return Err(format!("a script has no word {word:?}").into()),
            }
        }
        Ok(())
    }
}

/// Returns the worker, the numbers of the jobs that have begun, and the gate at which jobs with
/// `hold` wait.
pub fn scripted(kit: &Kit) -> (Scripted, Receiver<u64>, Gate<u64>) {
    let (begun, begins) = channel();
    let gate = kit.gate();
    let entrance = gate.entrance();
    (Scripted { begun, entrance }, begins, gate)
}

/// A server in its own thread.
pub struct RunningServer {
    /// The numbers of the jobs that have begun, in order.
    pub begun: Receiver<u64>,
    /// The gate at which jobs with `hold` wait. Dropping it opens it.
    pub gate: Gate<u64>,
    /// The running `run`. Dropping it asks the server to stop.
    pub server: testkit::Running<Result<(), Error>>,
}

impl RunningServer {
    /// Runs a server that also has the workers [`Scripted`] and [`Report`].
    pub fn start(kit: &Kit, server: Server) -> RunningServer {
        let (worker, begun, gate) = scripted(kit);
        let report = Report(worker.begun.clone());
        let mut server = server.register(worker).register(report);
        let stop = server.stop();
        let server = kit.serve(move || server.run(), move || stop.request());
        RunningServer { begun, gate, server }
    }

    /// Asks the server to stop, and waits until `run` has returned `Ok(())`.
    #[track_caller]
    pub fn stop(self) {
        self.server.stop();
    }
}
