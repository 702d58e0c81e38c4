//! All programs of the app: starts and checks them, and replaces the worker when it has ended.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, io};

use anstyle::Style;

use super::{ChildProcess, ControlSocket, End, RestartSpec, control_socket};
use crate::system::group::Group;
use crate::term::say;

/// How long a worker must have run before its exit counts as a stop, and not as a failed start.
const MIN_UPTIME: Duration = Duration::from_secs(2);

/// The running programs. Dropping it kills them.
#[derive(Debug)]
pub struct Supervisor {
    children: Vec<ChildProcess>,
    group: Group,
    /// The connection on which the web page sends requests.
    control_socket: Option<ControlSocket>,
    /// How to start the worker again after it has ended or was killed.
    restart_spec: Option<RestartSpec>,
}

impl Supervisor {
    /// Creates a supervisor without programs.
    ///
    /// # Errors
    ///
    /// If there is no `sh`.
    pub fn new() -> io::Result<Supervisor> {
        Ok(Supervisor {
            children: Vec::new(),
            group: Group::new()?,
            control_socket: None,
            restart_spec: None,
        })
    }

    /// Starts a program and prints the command.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.launch(name, style, Command::new(program).args(args), Stdio::null())
    }

    /// Starts the web page, with a control socket on which it may request an action that only this
    /// process can do: to kill the worker.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_page(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        let (control_socket, other_end) =
            ControlSocket::open().map_err(|error| End::Failed(format!("No socket can be created: {error}.")))?;
        self.control_socket = Some(control_socket);
        let mut command = Command::new(program);
        command.args(args).env(control_socket::VARIABLE, "stdin");
        self.launch(name, style, &mut command, other_end)
    }

    /// Starts the worker. If it is killed or stopped from the web page, a new one is started.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start_worker(&mut self, name: &'static str, style: Style, program: &Path, args: &[&str]) -> Result<(), End> {
        self.restart_spec = Some(RestartSpec::new(name, style, program, args));
        self.start(name, style, program, args)
    }

    fn launch(&mut self, name: &'static str, style: Style, command: &mut Command, input: Stdio) -> Result<(), End> {
        let words = command
            .get_args()
            .map(|word| say::quote(&without_password(&word.to_string_lossy())));
        let program = PathBuf::from(command.get_program());
        say::command(&format!(
            "{} {}",
            display_path(&program),
            words.collect::<Vec<_>>().join(" ")
        ));
        let child = ChildProcess::start(&mut self.group, name, style, command, input)
            .map_err(|error| End::Failed(format!("{} cannot be started: {error}.", program.display())))?;
        self.children.push(child);
        Ok(())
    }

    /// Handles a request of the web page, and checks that all programs run. If the worker has been
    /// stopped through Redis, it has exited successfully, and is replaced.
    ///
    /// # Errors
    ///
    /// If a program has ended by itself, or cannot be started again.
    pub fn supervise(&mut self) -> Result<(), End> {
        self.handle_request()?;
        let mut children = self.children.iter_mut().enumerate();
        let Some((index, status)) = children.find_map(|(index, child)| Some((index, child.ended()?))) else {
            return Ok(());
        };
        let child = &self.children[index];
        if status.success() && child.age() > MIN_UPTIME && self.worker() == Some(index) {
            return self.replace(index);
        }
        let mut text = format!("{} ended by itself ({status}).", child.name);
        let lines = child.last_lines();
        if !lines.is_empty() {
            text.push_str(&format!(" Its last lines:\n  {}", lines.join("\n  ")));
        }
        Err(End::Failed(text))
    }

    /// Handles a request of the web page, if there is one.
    fn handle_request(&mut self) -> Result<(), End> {
        let Some(request) = self.control_socket.as_ref().and_then(ControlSocket::next_request) else {
            return Ok(());
        };
        let worker = self.worker().filter(|_| request == "kill worker");
        let killed = worker.and_then(|index| Some((index, self.children[index].kill()?)));
        let reply = match killed {
            Some((_, pid)) => format!("ok {pid}"),
            None => format!("unknown request “{request}”, or the process has exited"),
        };
        if let Some(control_socket) = &self.control_socket {
            control_socket.reply(&reply);
        }
        match killed {
            Some((index, pid)) => {
                say::line(&format!("kill -9 {pid} (the worker), requested by the web page"));
                self.replace(index)
            }
            None => Ok(()),
        }
    }

    fn worker(&self) -> Option<usize> {
        let name = self.restart_spec.as_ref()?.name;
        self.children.iter().position(|child| child.name == name)
    }

    fn replace(&mut self, index: usize) -> Result<(), End> {
        self.children.remove(index);
        match &self.restart_spec {
            Some(restart_spec) => {
                let (name, style, mut command) = (restart_spec.name, restart_spec.style, restart_spec.command());
                self.launch(name, style, &mut command, Stdio::null())
            }
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

/// Returns a word of a command; if it is the URL of a Redis, without its password.
fn without_password(word: &str) -> String {
    if redis::parse_redis_url(word).is_some() {
        lookout::masked(word)
    } else {
        word.to_owned()
    }
}

/// Formats the path of a program, relative to the current folder if it is in it.
fn display_path(program: &Path) -> String {
    let here = env::current_dir().unwrap_or_default();
    say::quote(&program.strip_prefix(&here).unwrap_or(program).to_string_lossy())
}
