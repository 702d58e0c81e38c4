//! Starts a `redis-server` or `valkey-server` of this machine for one test program.
//!
//! It runs under a [`Guard`], so that neither process nor directory outlives this process, however
//! it ends.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, io, process};

use super::error::Failure;
use super::instance::{Backend, RedisInstance, Source};
use super::options::LaunchOptions;
use super::port::free_port;
use super::probe;
use super::version::field;
use crate::guard::Guard;

/// `$1` is the directory, the rest is the command. The script answers each command with the
/// server's process id, or with 0.
const SCRIPT: &str = r#"
dir=$1; shift
cd / || exit 1
start() { "$@" </dev/null >>"$dir/log" 2>&1 & redis=$!; }
end() { kill -"$1" $redis; wait $redis; redis=0; }
redis=0
while read -r order; do
    case $order in
    start) start "$@" ;;
    stop) end TERM ;;
    kill) end KILL ;;
    esac
    echo $redis
done
[ $redis = 0 ] || end KILL
rm -rf "$dir"
"#;

/// How many ports are tried if other processes take the chosen ones first.
const ATTEMPTS: u32 = 5;

/// A server that we started.
#[derive(Debug)]
pub(crate) struct Process {
    guard: Guard,
    directory: PathBuf,
    url: String,
    pid: String,
}

/// Starts a server.
pub(super) fn launch(options: &LaunchOptions) -> Result<RedisInstance, Failure> {
    let Some(program) = program() else {
        return Err(Failure::Absent("is not in PATH".to_owned()));
    };
    let name = program.display().to_string();
    let mut attempts = 1;
    let (process, info) = loop {
        match Process::launch(&name, options) {
            Ok(started) => break started,
            Err(reason) if options.port.is_some() || attempts == ATTEMPTS || !reason.contains(PORT_TAKEN) => {
                return Err(Failure::Failed(format!("could not be started: {name}: {reason}")));
            }
            Err(_) => attempts += 1,
        }
    };
    let product = probe::accept(&info, &name, options).map_err(Failure::Unsuitable)?;
    let (url, source) = (process.url.clone(), Source::Private { program: name });
    Ok(RedisInstance::new(url, source, product, process))
}

/// The message in Redis's log when its port is taken.
const PORT_TAKEN: &str = "Address already in use";

impl Process {
    fn launch(program: &str, options: &LaunchOptions) -> Result<(Process, String), String> {
        let port = match options.port {
            Some(port) => port,
            None => free_port().map_err(|error| format!("no free port: {error}"))?,
        };
        let directory = fresh_directory().map_err(|error| format!("no directory for its files: {error}"))?;
        let dir = directory.display().to_string();
        let (port, databases) = (port.to_string(), options.databases.to_string());
        let appendonly = if options.keeps_data { "yes" } else { "no" };
        #[rustfmt::skip]
        let args = [
            &dir, program, "--bind", "127.0.0.1", "--port", &port, "--databases", &databases, "--dir", &dir,
            "--save", "", "--appendonly", appendonly, "--appendfsync", "no", "--daemonize", "no",
        ];
        let guard = Guard::start(SCRIPT, &args).map_err(|error| {
            // The directory belongs to the guard only once the guard runs.
            let _ = fs::remove_dir_all(&directory);
            format!("no shell to guard it: {error}")
        })?;
        let url = format!("redis://127.0.0.1:{port}");
        let mut process = Process {
            guard,
            directory,
            url,
            pid: String::new(),
        };
        let info = process.start_and_wait()?;
        Ok((process, info))
    }

    /// Starts the server and waits until it answers. Checks that the answer comes from this server
    /// and not from another one on the same port.
    fn start_and_wait(&mut self) -> Result<String, String> {
        self.pid = self.request("start")?;
        let log = self.directory.join("log");
        let skip = fs::metadata(&log).map_or(0, |file| file.len());
        let info = probe::wait(&self.url, || failure_in(&log, skip))?;
        match field(&info, "process_id") {
            Some(pid) if pid == self.pid => Ok(info),
            _ => Err(PORT_TAKEN.to_owned()),
        }
    }

    fn request(&mut self, command: &str) -> Result<String, String> {
        self.guard
            .request(command)
            .map_err(|error| format!("the shell that guards redis-server is gone: {error}"))
    }
}

impl Backend for Process {
    fn stop(&mut self, kill: bool) -> Result<(), String> {
        self.request(if kill { "kill" } else { "stop" }).map(drop)
    }

    fn start(&mut self) -> Result<(), String> {
        self.start_and_wait().map(drop)
    }

    fn is_guarded(&self) -> bool {
        true
    }
}

/// Returns the path of the server program of this machine, if one is installed.
pub(super) fn program() -> Option<PathBuf> {
    ["redis-server", "valkey-server"].into_iter().find_map(in_path)
}

/// Returns the path of a program if it is in `PATH`.
pub fn in_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// Creates a new, empty directory.
fn fresh_directory() -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = env::temp_dir().join(format!("kata-redis-{}-{number}", process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&directory) {
            // Left by an earlier process with the same id, or created by another user who guessed
            // the name.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|()| directory),
        }
    }
}

/// Returns the line of the log, after the first `skip` bytes, that says why the server cannot
/// start.
fn failure_in(log: &Path, skip: u64) -> Option<String> {
    let bytes = fs::read(log).ok()?;
    let new = String::from_utf8_lossy(bytes.get(usize::try_from(skip).ok()?..)?).into_owned();
    let fatal = [
        "FATAL CONFIG FILE ERROR",
        PORT_TAKEN,
        "Failed listening",
        "Fatal error",
        "Can't open",
        "Bad file format",
    ];
    new.lines()
        .find(|line| fatal.iter().any(|sign| line.contains(sign)))
        .map(str::to_owned)
}
