//! `cargo kata top`: the content of its screen, and the connection to a real Redis.

use std::time::Duration;

use assert_cmd::Command;
use kata::top::{Poller, Screen, ViewState};
use lookout::{Job, Member, Process, Queue, Set, Snapshot, Thread};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use testkit::{Kit, TestInfo};

use crate::has;

const NOW: f64 = 1_795_454_200.0;

fn job(class: &str, args: &str) -> Job {
    let at = NOW - 8.5;
    Job::read(
        format!(
            r#"{{"class":"{class}","args":{args},"enqueued_at":{at:?},"retry_count":1,"error_message":"no luck"}}"#
        )
        .as_bytes(),
    )
}

fn set(count: u64, at: f64) -> Set {
    Set {
        count,
        members: vec![Member {
            job: job("FailWorker", "[1]"),
            at,
        }],
    }
}

/// Returns the information for the kit. It names no program, because this crate is not a step.
fn about() -> TestInfo {
    TestInfo {
        program: None,
        ..testkit::test_info!()
    }
}

/// Returns a snapshot with something in every place.
fn snapshot() -> Snapshot {
    let thread = Thread {
        name: "3".into(),
        job: job("SlowWorker", "[500]"),
        since: NOW - 2.0,
        held: 4,
    };
    Snapshot {
        unreadable: vec![],
        queues: vec![
            Queue {
                name: "critical".into(),
                ..Queue::default()
            },
            Queue {
                name: "default".into(),
                length: 12_345,
                head: vec![],
                tail: vec![job("UpdateCounterWorker", r#"["hits","incr"]"#)],
            },
        ],
        processes: vec![
            Process {
                identity: "host:7:abc".into(),
                concurrency: Some(10),
                quiet: true,
                beat: Some(NOW),
                threads: vec![thread],
                ..Process::default()
            },
            Process {
                identity: "dead:8:abc".into(),
                lease: Some(NOW),
                lease_remaining: Some(1.5),
                ..Process::default()
            },
        ],
        retry: set(1_000, NOW + 20.0),
        schedule: set(2, NOW + 7_000.0),
        dead: set(3, NOW - 600.0),
        processed: Some(98_765),
        failed: Some(4_321),
        ..Snapshot::default()
    }
}

fn drawn(state: &ViewState, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal
        .draw(|frame| frame.render_widget(Screen { state, now: NOW }, frame.area()))
        .unwrap();
    terminal.backend().to_string()
}

/// Catches: a place that is missing in a wide or in a narrow terminal.
#[test]
fn shows_every_place() {
    let mut state = ViewState::new("127.0.0.1:6379");
    state.record(Ok(snapshot()), NOW);
    for (width, height) in [(120, 40), (100, 30), (60, 50)] {
        let screen = drawn(&state, width, height);
        for part in [
            "Redis at 127.0.0.1:6379",
            "98,765 performed",
            "4,321 failed",
            "Queues 12,345",
            "critical",
            "12,345    8.5 s  UpdateC",
            "Processes 2",
            "host:7:abc",
            "1 busy of 10 threads, quiet",
            "3     2.0 s  Slow(500) +3",
            "dead:8:abc",
            "jobs requeued in 1.5 s",
            "Retry 1,000",
            "in 20 s",
            "Fail(1)",
            "failed twice: no luck",
            "Scheduled 2",
            "in 117 min",
            "Dead 3",
            "10 min  ago",
            "q  quit",
        ] {
            assert!(screen.contains(part), "{width} × {height}: no {part:?} in\n{screen}");
        }
    }
}

/// Catches: a panic in a tiny terminal.
#[test]
fn draws_any_size() {
    let mut state = ViewState::new("127.0.0.1:6379");
    state.record(Ok(snapshot()), NOW);
    state.record(Err("Redis cannot be reached.".into()), NOW);
    for width in [1, 2, 10, 75, 76, 300] {
        for height in [1, 2, 5, 9, 100] {
            drawn(&state, width, height);
        }
    }
}

/// Catches: lines that are cut off without notice.
#[test]
fn counts_lines_that_do_not_fit() {
    let mut many = snapshot();
    many.queues = (0..100)
        .map(|number| Queue {
            name: format!("q{number}"),
            ..Queue::default()
        })
        .collect();
    let mut state = ViewState::new("127.0.0.1:6379");
    state.record(Ok(many), NOW);
    let screen = drawn(&state, 100, 30);
    let shown = screen.matches("│q").count();
    assert!(screen.contains(&format!("… {} more lines", 100 - shown)), "{screen}");
}

/// Other programs can write any bytes into Redis. Catches: bytes that move the cursor or set the
/// title of the window.
#[test]
fn removes_control_characters() {
    let mut evil = snapshot();
    evil.queues[0].name = "\u{1b}[2Jx\u{7}\n".into();
    evil.processes[0].threads[0].job = Job::read(b"\x1b]0;title\x07{");
    evil.retry.members[0].job.error = Some("\u{9b}31m\r\u{8}".into());
    let mut state = ViewState::new("127.0.0.1:6379");
    state.record(Ok(evil), NOW);
    let screen = drawn(&state, 100, 30);
    let control = screen.chars().find(|letter| letter.is_control() && *letter != '\n');
    assert_eq!(control, None, "{screen:?}");
}

/// Catches: a screen that stays empty, or shows old numbers as new.
#[test]
fn shows_an_outage_beside_the_last_snapshot() {
    let mut state = ViewState::new("127.0.0.1:6379");
    state.record(Err("Redis cannot be reached (refused).".into()), NOW);
    let screen = drawn(&state, 100, 30);
    has(
        &screen,
        &["Redis cannot be reached (refused).", "There is no data yet."],
    );
    state.record(Ok(snapshot()), NOW);
    assert!(!drawn(&state, 100, 30).contains("cannot be reached"));
    state.record(Err("Redis cannot be reached (refused).".into()), NOW);
    let screen = drawn(&state, 100, 30);
    has(&screen, &["Redis cannot be reached (refused).", "12,345"]);
}

/// Catches: a poller that takes one snapshot only, or stops after the first error.
#[test]
fn reconnects_to_a_restarted_redis() {
    let Some(kit) = Kit::own(about()) else { return };
    let poller = Poller::start(&kit.url()).unwrap();
    let mut state = ViewState::new(poller.address());
    let mut until = |what: &str, wanted: &dyn Fn(&str) -> bool| {
        kit.eventually_in(Duration::from_secs(10), what, || {
            if let Some(result) = poller.next(Duration::from_millis(50)) {
                state.record(result, lookout::now());
            }
            wanted(&drawn(&state, 100, 30))
        });
    };
    kit.command(&["SADD", "queues", "default"]);
    let payload = br#"{"class":"UpdateCounterWorker","args":["hits","incr"]}"#;
    kit.lpush("queue:default", &[payload, payload]);
    until("two jobs wait", &|screen| {
        screen.contains("Queues 2") && screen.contains("UpdateC")
    });
    kit.server().kill();
    until("the outage is shown", &|screen| {
        screen.contains("Redis cannot be reached")
    });
    kit.server().start();
    until("Redis is back", &|screen| !screen.contains("Redis cannot be reached"));
}

/// If the output is not a terminal, one screen is printed. Catches: control sequences in a pipe,
/// and a password in the output.
#[test]
fn prints_one_screen_to_a_pipe() {
    let kit = Kit::new(about());
    kit.command(&["SADD", "queues", "mailers"]);
    let top = |url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kata"));
        let output = command.args(["top", "--redis", url]).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (text, output.status.code())
    };
    let (text, code) = top(&kit.url());
    kit.assert_eq("it ends well", code, Some(0));
    kit.assert(&text, text.contains("mailers") && !text.contains('\u{1b}'));
    let (text, code) = top("redis://:secret@127.0.0.1:9/0");
    kit.assert_eq("no server answers there", code, Some(1));
    kit.assert(
        &text,
        text.contains("Redis cannot be reached") && !text.contains("secret"),
    );
    let (text, code) = top("http://:secret@nowhere");
    kit.assert_eq("that is no Redis", code, Some(2));
    kit.assert(
        &text,
        text.contains("not an address of a Redis") && !text.contains("secret"),
    );
}

/// One odd value must not hide the rest. Catches: a screen without a word about it.
#[test]
fn names_keys_that_cannot_be_read() {
    let kit = Kit::new(about());
    kit.command(&["SADD", "queues", "default", "odd"]);
    kit.lpush("queue:default", &[b"{}"]);
    kit.command(&["SET", "queue:odd", "x"]);
    let mut state = ViewState::new("");
    let mut inspector = lookout::Inspector::new(&kit.url()).unwrap();
    state.record(inspector.snapshot().map_err(|error| error.to_string()), 0.0);
    let screen = drawn(&state, 100, 30);
    kit.assert(
        &screen,
        screen.contains("Queues 1") && screen.contains("queue:odd (WRONGTYPE)"),
    );
}
