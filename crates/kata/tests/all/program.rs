use std::io::{self, Write};
use std::net::TcpListener;
use std::path::Path;

use assert_cmd::Command;
use testkit::redis::{LaunchOptions, NoRedis, Sources, launch};

use crate::Folder;

fn kata(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kata"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("REDIS_URL")
        .env_remove("KATA_REDIS_URL");
    command
}

/// Returns the output of a run, standard output before standard error, and its exit code.
fn output(folder: &Path, args: &[&str]) -> (String, Option<i32>) {
    let output = kata(folder, args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}

/// Outside of a clone, and for a step that does not exist, a sentence names the remedy. The exit
/// codes differ.
#[test]
fn errors_name_a_remedy() {
    let outside = Folder::new("nowhere");
    let (text, code) = output(&outside.0, &["play"]);
    assert_eq!(code, Some(1));
    assert!(
        text.starts_with("error: ") && text.contains("Go to the folder that you cloned"),
        "{text}"
    );
    let folder = Folder::repository("no-step");
    let (text, code) = output(&folder.0, &["play", "7"]);
    assert_eq!(code, Some(2));
    assert!(text.contains("There is no step \"7\""), "{text}");
    let (text, code) = output(&folder.0, &["verify", "--write"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("--only todos"), "{text}");
}

/// The exit code is 2, as in other programs.
#[test]
fn rejects_wrong_arguments() {
    let folder = Folder::repository("arguments");
    for args in [
        &["play", "--fail-rate", "1.5"][..],
        &["verify", "--only", "everything"],
        &["dance"],
        &["--run", "play"],
        &["diff"],
    ] {
        let (text, code) = output(&folder.0, args);
        assert_eq!(code, Some(2), "{args:?}: {text}");
    }
}

/// The message names the address without its password, and a remedy.
#[test]
fn names_an_unreachable_redis_without_its_password() {
    let folder = Folder::new("away");
    // No program listens on a port that was just released.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (text, code) = output(
        &folder.0,
        &[
            "redis",
            "--redis",
            &format!("redis://:secret@127.0.0.1:{port}/0"),
            "PING",
        ],
    );
    assert_eq!(code, Some(1));
    assert!(
        text.contains(&format!("redis://***@127.0.0.1:{port}/0")) && text.contains("`cargo kata redis`"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
}

/// Prints replies as redis-cli does. If Redis returns an error, the exit code is 1.
#[test]
fn prints_replies_like_redis_cli() {
    // A new Redis, because the one of `KATA_REDIS_URL` may contain data of the user.
    let sources = Sources {
        given: false,
        docker: true,
        private: true,
    };
    let launched = match launch(&LaunchOptions {
        sources,
        ..LaunchOptions::default()
    }) {
        Ok(launched) => launched,
        Err(NoRedis::Nowhere { .. }) => {
            // libtest hides the output of `eprintln!`, but a skipped test must be visible.
            let _ = writeln!(
                io::stderr(),
                "SKIPPED: prints_replies_like_redis_cli needs Docker or a redis-server"
            );
            return;
        }
        Err(refused) => panic!("{refused}"),
    };
    let folder = Folder::new("redis");
    let send = |words: &[&str]| output(&folder.0, &[&["redis", "--redis", &launched.url], words].concat());
    assert_eq!(
        send(&["RPUSH", "list", "a", "b"]),
        ("(integer) 2\n".to_owned(), Some(0))
    );
    assert_eq!(
        send(&["LRANGE", "list", "0", "-1"]),
        ("1) \"a\"\n2) \"b\"\n".to_owned(), Some(0))
    );
    let refused = "(error) WRONGTYPE Operation against a key holding the wrong kind of value\n";
    assert_eq!(send(&["GET", "list"]), (refused.to_owned(), Some(1)));
}
