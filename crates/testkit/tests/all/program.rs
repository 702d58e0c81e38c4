//! The step's program, run to its end and in the background.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use crate::failing::{Outcome, in_child, in_children, kit};

/// A program gets this test's database, and no other setting of the machine that could change its
/// behaviour.
#[test]
fn a_program_gets_the_address_of_its_redis() {
    let kit = kit();
    let output = kit.run(&["env"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(&format!("REDIS_URL={}\n", kit.url())), "{printed}");
    for name in ["KATA_", "COUNTERS_", "NO_COLOR", "RUST_LOG"] {
        assert!(
            !printed.lines().any(|line| line.starts_with(name)),
            "{name} is in:\n{printed}"
        );
    }
    assert_eq!(kit.run(&["exit", "2"]).status.code(), Some(2));
    let output = kit.command_for(&["echo", "hello"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, b"hello\n");
}

/// TERM and INT reach the program itself; all its output is there when it has ended.
#[test]
fn a_program_in_the_background_can_be_stopped() {
    let kit = kit();
    let stop: [fn(&testkit::Program); 2] = [testkit::Program::terminate, testkit::Program::interrupt];
    for (stop, last) in stop.into_iter().zip(["stopping\n", "interrupted\n"]) {
        let program = kit.start(&["work"]);
        kit.eventually("the program is ready", || program.stdout() == "ready\n");
        assert!(program.is_running());
        stop(&program);
        assert!(program.wait("the program ends when it is asked to").success());
        assert_eq!(program.stderr(), last);
        assert!(!program.is_running());
    }
    let program = kit.start(&["deaf"]);
    kit.eventually("the program is ready", || program.stdout() == "ready\n");
    program.terminate();
    program.kill();
    assert_eq!(program.wait("the program is killed").signal(), Some(9));
}

/// A test can run a part of itself in a second process, which knows its database. Catches: a second
/// process that starts a third one, another test that runs in it, an environment that changes the
/// result.
#[test]
fn a_test_can_run_in_a_second_process() {
    if let Some(redis) = testkit::parent_redis_url() {
        println!("second: {redis}, {:?}", std::env::var_os("KATA_REDIS_URL"));
        return;
    }
    let kit = kit();
    let program = kit.start_test(concat!(module_path!(), "::a_test_can_run_in_a_second_process"));
    assert!(program.wait("the second process ends").success());
    let printed = program.stdout();
    assert!(printed.contains(&format!("second: {}, None\n", kit.url())), "{printed}");
    assert!(printed.contains("1 passed; 0 failed; 0 ignored"), "{printed}");
}

/// A dropped program is gone. Catches: workers that are left behind and would take the next test's
/// jobs.
#[test]
fn a_dropped_program_is_gone() {
    let kit = kit();
    let program = kit.start(&["deaf"]);
    let pid = i32::try_from(program.pid()).unwrap();
    let alive = || nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None).is_ok();
    assert!(alive());
    drop(program);
    assert!(!alive());
}

/// A program that panics ends the waits with its message; its output is in the transcript.
#[test]
fn a_panic_in_the_program_ends_every_wait() {
    in_children(
        [
            ("to its end", || drop(kit().run(&["panic", "boom"]))),
            ("in the background", || {
                let kit = kit();
                let _program = kit.start(&["panic", "boom", "stay"]);
                kit.eventually("the job is done", || false);
            }),
            ("waited for", || {
                kit().start(&["panic", "boom"]).wait("the program ends");
            }),
        ],
        |name, Outcome { printed, took, .. }| {
            assert!(printed.contains("` panicked at src/main.rs:7:\nboom\n"), "{printed}");
            assert!(printed.contains(" wrote:\n"), "{printed}");
            assert!(took < Duration::from_secs(4), "{name}: {took:?}");
        },
    );
}

/// A panic that is part of the test ends nothing.
#[test]
fn an_expected_panic_ends_no_wait() {
    let kit = kit();
    kit.expect_panic("boom");
    let program = kit.start(&["panic", "a job goes boom", "stay"]);
    kit.eventually("the program has printed it", || program.stderr().contains("note: run"));
    kit.eventually("the test goes on", || true);
}

/// A program that does not end is named and killed.
#[test]
fn waiting_for_a_program_has_a_deadline() {
    let body = || {
        let limit = Duration::from_millis(100);
        kit().start(&["work"]).wait_in(limit, "the program ends");
    };
    in_child(body, |Outcome { printed, .. }| {
        let expected = "the program ends\n  `step1-enqueue work` was still running after 100ms.";
        assert!(printed.contains(expected), "{printed}");
    });
}

/// Catches: a program that starts with signals blocked, which is how the kit marks the threads of a
/// test.
#[test]
#[cfg(target_os = "linux")]
fn a_program_has_no_signal_blocked() {
    let kit = kit();
    let program = kit.start(&["work"]);
    let blocked = |status: &str| {
        let status = std::fs::read_to_string(format!("/proc/{status}/status")).unwrap();
        let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:\t"));
        blocked.unwrap().to_owned()
    };
    let none = "0000000000000000";
    assert_ne!(blocked("thread-self"), none);
    // While a shell starts a program, it blocks all signals.
    let is_free = || blocked(&program.pid().to_string()) == none;
    kit.eventually("the program has no signal blocked", is_free);
}
