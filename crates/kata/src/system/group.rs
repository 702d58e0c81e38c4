//! A process group for the programs that we start, and a shell that ends it when this process has
//! ended.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::CliError;

/// Reads the process ids of the members, one in each line. `done` means that all have ended. The
/// end of the input without it means that this process has ended, for example by `kill -9`. Then
/// the group gets SIGTERM, and SIGKILL if some of its members still run 12 s later. (The job
/// process finishes its current jobs, whose calls time out after 10 s.) A zombie counts as ended,
/// because in a container it may never be reaped.
const GUARD: &str = r#"
trap '' INT TERM HUP
lives() {
    kill -0 "$1" 2>/dev/null || return 1
    case $(ps -o stat= -p "$1" 2>/dev/null) in Z*) return 1 ;; esac
}
pids=
while read -r line; do
    [ "$line" = done ] && exit 0
    pids="$pids $line"
done
kill -TERM 0
tenths=0
while [ $tenths -lt 120 ]; do
    alive=
    for pid in $pids; do lives "$pid" && alive=yes; done
    [ "$alive" ] || exit 0
    sleep 0.1
    tenths=$((tenths + 1))
done
kill -KILL 0
"#;

/// A process group of its own, led by its guard. The Ctrl-C of a terminal does not reach it.
///
/// Members join it between fork and exec, so they are guarded from the start.
#[derive(Debug)]
pub struct Group {
    guard: Child,
}

impl Group {
    /// Creates an empty group.
    ///
    /// # Errors
    ///
    /// If there is no `sh`.
    pub fn new() -> Result<Group, CliError> {
        let guard = Command::new("sh")
            .args(["-c", GUARD, "kata-guard"])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("`sh`, which guards the programs, cannot be started: {error}."))?;
        Ok(Group { guard })
    }

    /// Starts a program as a member.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn spawn(&mut self, command: &mut Command) -> io::Result<Child> {
        let child = command.process_group(self.id().as_raw()).spawn()?;
        self.write_line(&child.id().to_string())?;
        Ok(child)
    }

    /// Sends SIGTERM to every member; the guard ignores it.
    pub fn terminate(&self) {
        // An error means that all members have ended.
        let _ = killpg(self.id(), Signal::SIGTERM);
    }

    /// Kills every member and the guard.
    pub fn kill(&self) {
        // An error means that all members have ended.
        let _ = killpg(self.id(), Signal::SIGKILL);
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.guard.id().cast_signed())
    }

    fn write_line(&mut self, line: &str) -> io::Result<()> {
        let stdin = self.guard.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(stdin, "{line}")
    }
}

impl Drop for Group {
    /// Kills the members that still run. Usually all of them have ended or were killed before.
    fn drop(&mut self) {
        self.kill();
        let _ = self.guard.wait();
    }
}
