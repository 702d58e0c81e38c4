//! A process group for the programs we start, and a shell that ends it when we are gone.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Reads the process ids of the members, a line each. `done` says that all have ended; end-of-file without it says that
/// we are gone, even by `kill -9`: then the group gets TERM, and KILL if some still live 12 s later (a worker finishes
/// the job at hand, and its calls time out after 10 s). A zombie counts as dead: in a container nobody may reap it.
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

/// A process group of our own, led by its guard; a terminal's Ctrl-C does not reach it.
///
/// Members join it between fork and exec, so there is no moment at which one runs unguarded.
#[derive(Debug)]
pub struct Group {
    guard: Child,
}

impl Group {
    /// An empty group.
    ///
    /// # Errors
    ///
    /// If there is no `sh`.
    pub fn new() -> io::Result<Group> {
        let guard = Command::new("sh")
            .args(["-c", GUARD, "kata-guard"])
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
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

    /// Asks every member to end (TERM); the guard does not listen.
    pub fn terminate(&self) {
        // An error means that nobody is left.
        let _ = killpg(self.id(), Signal::SIGTERM);
    }

    /// Ends every member, and the guard, at once.
    pub fn kill(&self) {
        // An error means that nobody is left.
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
    /// All members have been waited for, or were killed. Should one live on, it is killed now.
    fn drop(&mut self) {
        self.kill();
        let _ = self.guard.wait();
    }
}
