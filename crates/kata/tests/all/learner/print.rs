use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use kata::learner::Present;

use crate::Folder;

/// An executable is known by its bytes: one that cargo linked anew to the same bytes is the same, one of equal length is not.
/// Kills: comparing times only, or lengths only.
#[test]
fn a_file_is_known_by_its_bytes() {
    let folder = Folder::new("print");
    let path = folder.0.join("program");
    let write = |text: &str, age: u64| {
        fs::write(&path, text).unwrap();
        let time = SystemTime::now() - Duration::from_secs(age);
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    };
    write("one", 60);
    let print = Present::at(path.clone()).print().unwrap();
    let fits = || Present::at(path.clone()).fits(&print);
    assert!(fits());
    write("one", 30);
    assert!(fits(), "the same bytes, later");
    write("two", 10);
    assert!(!fits(), "other bytes");
    fs::remove_file(&path).unwrap();
    assert!(!fits(), "gone");
}
