//! The requests that the web page may send over the control socket. One shell plays the part of the
//! page, another that of the job process.

use std::fs;
use std::time::{Duration, Instant};

use anstyle::AnsiColor;
use kata::play::{Program, Role, Supervisor};

use crate::guard::lives;
use crate::{Folder, has};

/// The timeout of each wait.
const DEADLINE: Duration = Duration::from_secs(10);

/// The job process: writes its process id to a file and keeps running.
const JOB_PROCESS: &str = r#"echo $$ >>"$0/job_processes"; exec sleep 600"#;

/// The page: sends its request and writes the reply to a file.
const PAGE: &str = r#"echo "$1" >&0; read -r answer; echo "$answer" >"$0/answer"; exec sleep 600"#;

/// Starts a shell as a program of the app.
fn shell(supervisor: &mut Supervisor, role: Role, script: &str, args: &[&str]) {
    let name = if role == Role::Page { "web" } else { "jobs" };
    let args = [&["-c", script], args].concat();
    supervisor
        .start(Program::new(name, AnsiColor::Blue, "/bin/sh", args), role)
        .unwrap();
}

fn start(supervisor: &mut Supervisor, folder: &Folder, question: &str) {
    let place = folder.0.to_str().unwrap();
    shell(supervisor, Role::JobProcess, JOB_PROCESS, &[place]);
    until(supervisor, || !job_processes(folder).is_empty());
    shell(supervisor, Role::Page, PAGE, &[place, question]);
}

/// Supervises the programs until `done` returns true.
fn until(supervisor: &mut Supervisor, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}");
        supervisor.supervise().unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Returns the process ids of all job processes so far.
fn job_processes(folder: &Folder) -> Vec<u32> {
    let text = fs::read_to_string(folder.0.join("job_processes")).unwrap_or_default();
    // The last line may be incomplete.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| line.parse().unwrap()).collect()
}

fn answer(folder: &Folder) -> Option<String> {
    let text = fs::read_to_string(folder.0.join("answer")).ok()?;
    text.strip_suffix('\n').map(str::to_owned)
}

/// Catches: a reply without the action, and a kill without a new process.
#[test]
fn kills_and_replaces_the_job_process_on_request() {
    let folder = Folder::new("kill");
    let mut supervisor = Supervisor::new().unwrap();
    start(&mut supervisor, &folder, "kill jobs");
    until(&mut supervisor, || {
        answer(&folder).is_some() && job_processes(&folder).len() == 2
    });
    let [first, second] = job_processes(&folder)[..] else {
        panic!("two job processes")
    };
    assert_eq!(answer(&folder), Some(format!("ok {first}")));
    assert!(!lives(first) && lives(second), "{first} was killed, {second} works");
}

/// Catches: a request that names a process id, or another program than the job process.
#[test]
fn rejects_all_other_requests() {
    for (number, question) in ["kill web", "kill 1", "kill jobs ", ""].into_iter().enumerate() {
        let folder = Folder::new(&format!("refused-{number}"));
        let mut supervisor = Supervisor::new().unwrap();
        start(&mut supervisor, &folder, question);
        until(&mut supervisor, || answer(&folder).is_some());
        assert!(!answer(&folder).unwrap().starts_with("ok"), "{question:?} was obeyed");
        let [pid] = job_processes(&folder)[..] else {
            panic!("one process")
        };
        assert!(lives(pid), "{question:?}");
    }
}

/// A process that was stopped through Redis exits successfully and is replaced. Catches: a session
/// that ends with it.
#[test]
fn replaces_a_job_process_that_exits_successfully() {
    let folder = Folder::new("peace");
    let place = folder.0.to_str().unwrap();
    let mut supervisor = Supervisor::new().unwrap();
    // It runs longer than the minimum uptime.
    let program = r#"echo $$ >>"$0/job_processes"; sleep 2.1"#;
    shell(&mut supervisor, Role::JobProcess, program, &[place]);
    until(&mut supervisor, || job_processes(&folder).len() == 2);
}

/// The session ends and reports the reason. Catches: a restart that hides the crash.
#[test]
fn ends_the_session_when_the_job_process_crashes() {
    let folder = Folder::new("crash");
    let mut supervisor = Supervisor::new().unwrap();
    let program = r#"echo $$ >>"$0/job_processes"; echo the reason; exit 3"#;
    shell(
        &mut supervisor,
        Role::JobProcess,
        program,
        &[folder.0.to_str().unwrap()],
    );
    let start = Instant::now();
    let text = loop {
        assert!(start.elapsed() < DEADLINE, "it goes on");
        match supervisor.supervise() {
            Ok(()) => std::thread::sleep(Duration::from_millis(10)),
            Err(error) => break error.text,
        }
    };
    has(&text, &["jobs ended by itself", "the reason"]);
    assert_eq!(job_processes(&folder).len(), 1, "it was not started again");
}
