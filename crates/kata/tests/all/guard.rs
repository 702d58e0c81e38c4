use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kata::system::Group;

/// Returns true if the process runs; a zombie does not.
pub fn lives(pid: u32) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

/// Dropping a group kills all its members, even one that ignores SIGTERM.
#[test]
fn dropping_a_group_kills_its_members() {
    let mut group = Group::new().unwrap();
    let mut deaf = Command::new("sh");
    deaf.args(["-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"])
        .stdout(Stdio::piped());
    let mut child = group.spawn(&mut deaf).unwrap();
    let mut output = [0; 5];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut output).unwrap();
    drop(group);
    assert!(!child.wait().unwrap().success());
}

/// The guard ends the members, even after a `kill -9` of their owner.
#[test]
fn ends_the_members_when_the_owner_is_killed() {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "guard::owner", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(owner.stdout.take().unwrap()));
    let pid = lines
        .map_while(Result::ok)
        .find_map(|line| line.rsplit_once("member ")?.1.parse().ok())
        .unwrap();
    assert!(lives(pid));
    owner.kill().unwrap();
    owner.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while lives(pid) {
        assert!(Instant::now() < deadline, "process {pid} is left behind");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The owner in the test above: starts a member, prints its id, and waits to be killed.
#[test]
#[ignore = "started by ends_the_members_when_the_owner_is_killed"]
fn owner() {
    let mut group = Group::new().unwrap();
    let mut child = group
        .spawn(Command::new("sleep").arg("60").stdout(Stdio::null()))
        .unwrap();
    println!("member {}", child.id());
    child.wait().unwrap();
}
