use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use kata::learner::ExecutableFile;

use crate::Folder;

/// If cargo links an executable again with the same bytes, it counts as the same; other bytes of
/// the same length do not. Catches: comparing only times or only lengths.
#[test]
fn compares_executables_by_their_bytes() {
    let folder = Folder::new("fingerprint");
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
    let fingerprint = ExecutableFile::at(path.clone()).fingerprint().unwrap();
    let matches = || ExecutableFile::at(path.clone()).matches(&fingerprint);
    assert!(matches());
    write("one", 30);
    assert!(matches(), "the same bytes, later");
    write("two", 10);
    assert!(!matches(), "other bytes");
    fs::remove_file(&path).unwrap();
    assert!(!matches(), "gone");
}
