//! What the page may have done to the worker, over its private line: a shell is the page, another the worker.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anstyle::Style;
use kata::play::{End, Supervisor};

use crate::Folder;
use crate::guard::lives;

/// How long anything may take that is waited for.
const DEADLINE: Duration = Duration::from_secs(10);

/// The worker: notes its number, and stays.
const WORKER: &str = r#"echo $$ >>"$0/workers"; exec sleep 600"#;

/// The page: asks for what it was told to, and notes the answer.
const PAGE: &str = r#"echo "$1" >&0; read -r answer; echo "$answer" >"$0/answer"; exec sleep 600"#;

fn start(supervisor: &mut Supervisor, folder: &Folder, question: &str) {
    let (shell, place) = (Path::new("/bin/sh"), folder.0.to_str().unwrap());
    supervisor
        .start_worker("worker", Style::new(), shell, &["-c", WORKER, place])
        .unwrap();
    until(supervisor, || !workers(folder).is_empty());
    supervisor
        .start_page("web", Style::new(), shell, &["-c", PAGE, place, question])
        .unwrap();
}

/// Looks after them until `done`.
fn until(supervisor: &mut Supervisor, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < DEADLINE, "not within {DEADLINE:?}");
        supervisor.supervise().unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The numbers of all workers that there were.
fn workers(folder: &Folder) -> Vec<u32> {
    let text = fs::read_to_string(folder.0.join("workers")).unwrap_or_default();
    // The last line may be under way.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| line.parse().unwrap()).collect()
}

fn answer(folder: &Folder) -> Option<String> {
    let text = fs::read_to_string(folder.0.join("answer")).ok()?;
    text.strip_suffix('\n').map(str::to_owned)
}

/// The page asks, the worker is dead, and another works. Catches: an answer without a deed; a deed without a new worker.
#[test]
fn kills_and_replaces_the_worker_on_request() {
    let folder = Folder::new("kill");
    let mut supervisor = Supervisor::new().unwrap();
    start(&mut supervisor, &folder, "kill worker");
    until(&mut supervisor, || {
        answer(&folder).is_some() && workers(&folder).len() == 2
    });
    let [first, second] = workers(&folder)[..] else {
        panic!("two workers")
    };
    assert_eq!(answer(&folder), Some(format!("ok {first}")));
    assert!(!lives(first) && lives(second), "{first} was killed, {second} works");
}

/// It can ask for nothing else. Catches: a line that takes a pid, or a name that is not the worker's.
#[test]
fn rejects_all_other_requests() {
    for (number, question) in ["kill web", "kill 1", "kill worker ", ""].into_iter().enumerate() {
        let folder = Folder::new(&format!("refused-{number}"));
        let mut supervisor = Supervisor::new().unwrap();
        start(&mut supervisor, &folder, question);
        until(&mut supervisor, || answer(&folder).is_some());
        assert!(!answer(&folder).unwrap().starts_with("ok"), "{question:?} was obeyed");
        let [worker] = workers(&folder)[..] else {
            panic!("one worker")
        };
        assert!(lives(worker), "{question:?}");
    }
}

/// Told to stop through Redis, it ends in peace, and another takes its place. Catches: a play that ends with it.
#[test]
fn replaces_a_worker_that_exits_successfully() {
    let folder = Folder::new("peace");
    let place = folder.0.to_str().unwrap();
    let mut supervisor = Supervisor::new().unwrap();
    // Longer than a start that fails takes.
    let worker = r#"echo $$ >>"$0/workers"; sleep 2.1"#;
    supervisor
        .start_worker("worker", Style::new(), Path::new("/bin/sh"), &["-c", worker, place])
        .unwrap();
    until(&mut supervisor, || workers(&folder).len() == 2);
}

/// One that crashes is no joke of the page's: the play ends and says why. Catches: a crash that is hidden by a new start.
#[test]
fn ends_the_session_when_the_worker_crashes() {
    let folder = Folder::new("crash");
    let mut supervisor = Supervisor::new().unwrap();
    let worker = r#"echo $$ >>"$0/workers"; echo the reason; exit 3"#;
    let args = ["-c", worker, folder.0.to_str().unwrap()];
    supervisor
        .start_worker("worker", Style::new(), Path::new("/bin/sh"), &args)
        .unwrap();
    let start = Instant::now();
    let end = loop {
        assert!(start.elapsed() < DEADLINE, "it goes on");
        match supervisor.supervise() {
            Ok(()) => std::thread::sleep(Duration::from_millis(10)),
            Err(end) => break end,
        }
    };
    let End::Failed(text) = end else { panic!("{end:?}") };
    assert!(
        text.contains("worker ended by itself") && text.contains("the reason"),
        "{text}"
    );
    assert_eq!(workers(&folder).len(), 1, "it was not started again");
}
