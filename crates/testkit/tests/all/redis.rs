//! The sources of a Redis, and the error if there is none.

use std::collections::HashSet;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::Duration;
use std::{env, thread};

use crate::failing::{about, command, has_a_server, run_command};
use testkit::redis::{LaunchOptions, Source, Sources, Version, launch};
use testkit::{Kit, TestInfo};

/// Only a server of this machine may be used.
fn private() -> LaunchOptions {
    LaunchOptions {
        sources: Sources {
            docker: false,
            ..Sources::STARTED
        },
        ..LaunchOptions::default()
    }
}

fn connect(url: &str) -> redis::Connection {
    redis::Client::open(url).unwrap().get_connection().unwrap()
}

/// Makes no Redis available to a command.
fn nowhere(mut command: Command) -> Command {
    // `PATH` names a directory without redis-server, and Docker's socket does not exist.
    command
        .env("PATH", env!("CARGO_MANIFEST_DIR"))
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    command.env_remove("KATA_REDIS_URL");
    command
}

/// The options are applied; a private server leaves neither process nor directory.
#[test]
fn a_private_server_leaves_nothing_behind() {
    if !has_a_server() {
        return;
    }
    let ask = LaunchOptions {
        databases: 3,
        keeps_data: true,
        ..private()
    };
    let launched = launch(&ask).unwrap();
    assert!(matches!(launched.source, Source::Private { .. }), "{launched:?}");
    let mut redis = connect(&launched.url);
    let setting = |redis: &mut redis::Connection, name: &str| {
        let pair: Vec<String> = redis::cmd("CONFIG").arg("GET").arg(name).query(redis).unwrap();
        pair[1].clone()
    };
    assert_eq!(setting(&mut redis, "databases"), "3");
    assert_eq!(setting(&mut redis, "appendonly"), "yes");
    let directory = PathBuf::from(setting(&mut redis, "dir"));
    assert!(directory.is_dir());
    drop(launched);
    assert!(!directory.exists());
    assert!(redis::cmd("PING").exec(&mut redis).is_err());
}

/// A port that a test has closed is not given to another test, which might answer there.
#[test]
fn no_port_is_given_twice() {
    let ports: HashSet<u16> = (0..1_000).map(|_| testkit::redis::free_port().unwrap()).collect();
    assert_eq!(ports.len(), 1_000);
}

/// Two servers that are started at once do not disturb each other; a requested port is used.
#[test]
fn servers_have_ports_of_their_own() {
    if !has_a_server() {
        return;
    }
    let port = testkit::redis::free_port().unwrap();
    let fixed = launch(&LaunchOptions {
        port: Some(port),
        ..private()
    })
    .unwrap();
    assert_eq!(fixed.url, format!("redis://127.0.0.1:{port}"));
    let taken = launch(&LaunchOptions {
        port: Some(port),
        ..private()
    })
    .unwrap_err()
    .to_string();
    assert!(taken.contains("Address already in use"), "{taken}");
    let others: Vec<_> = (0..8).map(|_| thread::spawn(|| launch(&private()).unwrap())).collect();
    let mut urls: Vec<String> = others
        .into_iter()
        .map(|other| other.join().unwrap().url.clone())
        .collect();
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 8);
}

/// Without any Redis each test prints the same six lines, which name the three options.
#[test]
fn prints_six_lines_without_any_redis() {
    let outcome = run_command(nowhere(command("redis::needs_a_redis")));
    let mut lines: Vec<&str> = outcome.printed.lines().collect();
    assert!(
        lines.remove(0).starts_with("crates/testkit/tests/all/redis.rs:"),
        "{}",
        outcome.printed
    );
    assert_eq!(lines.pop(), Some("Read: docs/step1-enqueue.md, task 1.3"));
    let expected = [
        "There is no Redis to run with. Do one of these three:",
        "1. Start Docker; a container is then started and removed automatically.",
        "   Docker does not answer.",
        "2. Install redis-server or valkey-server (apt, dnf or pacman install it; brew install redis).",
        "   A server of this machine is not in PATH.",
        "3. Set KATA_REDIS_URL to a running Redis, such as redis://127.0.0.1:6379; only empty databases are used.",
    ];
    assert_eq!(lines, expected, "{}", outcome.printed);
}

#[test]
#[ignore = "fails on purpose"]
fn needs_a_redis() {
    crate::failing::kit().url();
}

/// Catches: the advice to start Docker, although it runs and only the permission is missing.
#[test]
fn names_the_missing_permission_for_docker() {
    let folder = env::temp_dir().join(format!("testkit-socket-{}", process::id()));
    fs::create_dir(&folder).unwrap();
    let socket = folder.join("docker.sock");
    let _docker = UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, Permissions::from_mode(0o0)).unwrap();
    let mut command = nowhere(command("redis::needs_a_redis"));
    command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
    let outcome = has_permissions(&mut command, &folder).then(|| run_command(command));
    fs::remove_dir_all(&folder).unwrap();
    let Some(outcome) = outcome else { return };
    for part in [
        "1. Get the permission to use Docker; a container is then started and removed automatically.",
        "Docker runs, but this user may not connect to it. Run `sudo usermod -aG docker $USER`, then log in again.",
    ] {
        assert!(outcome.printed.contains(part), "{}", outcome.printed);
    }
    assert!(!outcome.printed.contains("Start Docker"), "{}", outcome.printed);
}

/// Runs the command as an ordinary user, because root may connect to every socket. Returns false if
/// that user cannot run this program.
fn has_permissions(command: &mut Command, folder: &Path) -> bool {
    const NOBODY: u32 = 65_534;
    if fs::metadata(folder).unwrap().uid() != 0 {
        return true;
    }
    let list = Command::new(env::current_exe().unwrap())
        .arg("--list")
        .uid(NOBODY)
        .output();
    command.uid(NOBODY).gid(NOBODY);
    crate::failing::or_skipped(list.is_ok(), "a build directory that other users can read")
}

/// If `KATA_REDIS_URL` names a Redis that does not run, the error names it: no other source is
/// tried without the owner's knowledge.
#[test]
fn a_given_redis_that_is_not_there_is_an_error() {
    let url = format!(
        "redis://ada:secret@127.0.0.1:{}/3",
        testkit::redis::free_port().unwrap()
    );
    let mut command = command("redis::needs_a_redis");
    command.env("KATA_REDIS_URL", &url);
    let outcome = run_command(command);
    let shown = url.replace("ada:secret@", "");
    assert!(
        outcome
            .printed
            .contains(&format!("KATA_REDIS_URL names, {shown}, cannot be used: ")),
        "{}",
        outcome.printed
    );
    assert!(!outcome.printed.contains("secret"), "{}", outcome.printed);
    assert!(!outcome.stderr.contains("testkit: Redis"), "{}", outcome.stderr);
}

/// The `redis` crate accepts a password in several places. Catches: one that is printed, also if
/// the address is malformed.
#[test]
fn never_prints_the_password_of_a_given_redis() {
    for url in [
        "unix:///nowhere/redis.sock?pass=secret",
        "unix:///nowhere/redis.sock?db=1&user=ada&pass=secret",
        "rediss://ada:secret@127.0.0.1:1/0",
        "redis://ada:secret@127.0.0.1:port",
        "redis://ada:1/secret@127.0.0.1:1",
        "redis://127.0.0.1:1/0?pass=secret",
        "redis:secret",
        "ada:secret@127.0.0.1",
    ] {
        let mut command = command("redis::needs_a_redis");
        command.env("KATA_REDIS_URL", url);
        let outcome = run_command(command);
        let printed = outcome.printed + &outcome.stderr;
        assert!(printed.contains("KATA_REDIS_URL names, "), "{url}: {printed}");
        assert!(!printed.contains("secret"), "{url}: {printed}");
    }
}

/// A server that answers like a Redis of this version, until the process ends.
fn fake_redis(version: &'static str) -> String {
    fn answer(client: TcpStream, version: &str) -> Option<()> {
        let mut to_client = client.try_clone().ok()?;
        let mut from_client = BufReader::new(client);
        loop {
            let mut line = String::new();
            from_client.read_line(&mut line).ok()?;
            let count: usize = line.trim().strip_prefix('*')?.parse().ok()?;
            let mut words = Vec::new();
            for _ in 0..count {
                line.clear();
                from_client.read_line(&mut line).ok()?;
                let length: usize = line.trim().strip_prefix('$')?.parse().ok()?;
                let mut word = vec![0; length + 2];
                from_client.read_exact(&mut word).ok()?;
                words.push(String::from_utf8(word).ok()?.trim().to_uppercase());
            }
            let info = format!("# Server\r\nredis_version:{version}\r\n");
            let printed = match words[0].as_str() {
                "INFO" => format!("${}\r\n{info}\r\n", info.len()),
                _ => "+OK\r\n".to_owned(),
            };
            to_client.write_all(printed.as_bytes()).ok()?;
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || answer(client, version));
        }
    });
    format!("redis://127.0.0.1:{port}")
}

/// An old Redis is rejected with a sentence by the step that needs a newer one.
#[test]
fn rejects_an_old_redis() {
    for (test, version, needed) in [
        ("redis::needs_a_redis", "5.0.14", "6.0"),
        ("redis::needs_a_redis_for_step_5", "6.0.16", "6.2"),
    ] {
        let url = fake_redis(version);
        let mut command = command(test);
        command.env("KATA_REDIS_URL", &url);
        let outcome = run_command(command);
        let sentence = format!(
            "The Redis that KATA_REDIS_URL names, {url}, is Redis {version}, and these tests need Redis {needed} or newer."
        );
        assert!(outcome.printed.contains(&sentence), "{}", outcome.printed);
    }
}

#[test]
#[ignore = "fails on purpose"]
fn needs_a_redis_for_step_5() {
    Kit::new(TestInfo {
        package: "step5-threads",
        program: None,
        ..about()
    })
    .url();
}

/// The minimum version also applies to a server that is started here.
#[test]
fn a_private_server_can_be_too_old() {
    if !has_a_server() {
        return;
    }
    let error = launch(&LaunchOptions {
        min_version: Version { major: 99, minor: 0 },
        ..private()
    })
    .unwrap_err();
    assert!(
        error.to_string().contains("these tests need Redis 99.0 or newer"),
        "{error}"
    );
}

/// A child that another thread has just started holds a copy of each open socket for some
/// milliseconds, so a port that was closed may still be taken. Catches: a single attempt to bind
/// it.
#[test]
fn waits_for_a_port_that_is_still_held() {
    let port = testkit::redis::free_port().unwrap();
    let url = format!("redis://127.0.0.1:{port}/3");
    let held = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let taken = thread::spawn(move || testkit::redis::listen_in_place_of(&url));
    thread::sleep(Duration::from_millis(200));
    drop(held);
    assert_eq!(taken.join().unwrap().local_addr().unwrap().port(), port);
}
