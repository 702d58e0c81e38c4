//! All programs of the app: starts and checks them, and replaces the job process when it has ended.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::child_process::ChildProcess;
use super::control_socket::{self, ControlSocket};
use super::{Program, Role};
use crate::CliError;
use crate::system::Group;
use crate::term::say;

/// How long the job process must have run before its exit counts as a stop, and not as a failed
/// start.
const MIN_UPTIME: Duration = Duration::from_secs(2);

/// The running programs. Dropping it kills them.
#[derive(Debug)]
pub struct Supervisor {
    children: Vec<ChildProcess>,
    group: Group,
    /// The connection on which the web page sends requests.
    control_socket: Option<ControlSocket>,
    /// The job process, to start it again after it has ended or was killed.
    job_process: Option<Program>,
}

impl Supervisor {
    /// Creates a supervisor without programs.
    ///
    /// # Errors
    ///
    /// If there is no `sh`.
    pub fn new() -> Result<Supervisor, CliError> {
        Ok(Supervisor {
            children: Vec::new(),
            group: Group::new()?,
            control_socket: None,
            job_process: None,
        })
    }

    /// Starts a program and prints the command.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(&mut self, program: Program, role: Role) -> Result<(), CliError> {
        let mut command = program.command();
        command.stdin(Stdio::null());
        if role == Role::Page {
            let (control_socket, other_end) =
                ControlSocket::open().map_err(|error| format!("No socket can be created: {error}."))?;
            self.control_socket = Some(control_socket);
            command.env(control_socket::VARIABLE, "stdin").stdin(other_end);
        }
        self.launch(&program, &mut command)?;
        if role == Role::JobProcess {
            self.job_process = Some(program);
        }
        Ok(())
    }

    fn launch(&mut self, program: &Program, command: &mut Command) -> Result<(), CliError> {
        say::command(&program.shown());
        let child = ChildProcess::start(&mut self.group, program, command)
            .map_err(|error| format!("{} cannot be started: {error}.", command.get_program().display()))?;
        self.children.push(child);
        Ok(())
    }

    /// Handles a request of the web page, and checks that all programs run. If the job process has
    /// been stopped through Redis, it has exited successfully, and is replaced.
    ///
    /// # Errors
    ///
    /// If a program has ended by itself, or cannot be started again.
    pub fn supervise(&mut self) -> Result<(), CliError> {
        self.handle_request()?;
        let mut children = self.children.iter_mut().enumerate();
        let Some((index, status)) = children.find_map(|(index, child)| Some((index, child.ended()?))) else {
            return Ok(());
        };
        let child = &self.children[index];
        if status.success() && child.age() > MIN_UPTIME && self.job_process_index() == Some(index) {
            return self.replace(index);
        }
        let mut text = format!("{} ended by itself ({status}).", child.name);
        let lines = child.last_lines();
        if !lines.is_empty() {
            text.push_str(&format!(" Its last lines:\n  {}", lines.join("\n  ")));
        }
        Err(text.into())
    }

    /// Handles a request of the web page, if there is one.
    fn handle_request(&mut self) -> Result<(), CliError> {
        let Some(request) = self.control_socket.as_ref().and_then(ControlSocket::next_request) else {
            return Ok(());
        };
        let job_process = self.job_process_index().filter(|_| request == "kill jobs");
        let killed = job_process.and_then(|index| Some((index, self.children[index].kill()?)));
        let reply = match killed {
            Some((_, pid)) => format!("ok {pid}"),
            None => format!("unknown request “{request}”, or the process has exited"),
        };
        if let Some(control_socket) = &self.control_socket {
            control_socket.reply(&reply);
        }
        match killed {
            Some((index, pid)) => {
                say::line(&format!("kill -9 {pid} (the job process), requested by the web page"));
                self.replace(index)
            }
            None => Ok(()),
        }
    }

    fn job_process_index(&self) -> Option<usize> {
        let name = self.job_process.as_ref()?.name;
        self.children.iter().position(|child| child.name == name)
    }

    /// Removes a child, and starts the job process again.
    fn replace(&mut self, index: usize) -> Result<(), CliError> {
        self.children.remove(index);
        match self.job_process.take() {
            Some(program) => self.start(program, Role::JobProcess),
            None => Ok(()),
        }
    }

    /// Sends SIGTERM to the programs with these names.
    pub fn terminate(&mut self, names: &[&str]) {
        self.named(names).for_each(ChildProcess::terminate);
    }

    /// Returns true if all programs with these names have ended.
    pub fn have_exited(&mut self, names: &[&str]) -> bool {
        self.named(names).all(|child| child.ended().is_some())
    }

    /// Kills all programs.
    pub fn kill(&mut self) {
        self.group.kill();
        self.children.iter_mut().for_each(ChildProcess::reap);
    }

    fn named(&mut self, names: &[&str]) -> impl Iterator<Item = &mut ChildProcess> {
        self.children
            .iter_mut()
            .filter(move |child| names.contains(&child.name))
    }
}
