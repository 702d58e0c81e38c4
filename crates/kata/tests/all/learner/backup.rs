use std::fs;
use std::path::Path;
use std::process::Command;

use super::repository::{SOLUTION, STARTER, out, output, untouched};
use crate::Folder;

fn lib(folder: &Folder) -> String {
    fs::read_to_string(folder.0.join("step1-sums/src/lib.rs")).unwrap()
}

/// Returns the printed command that restores the backup.
fn restore_command(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("$ ")).unwrap()
}

fn shell(folder: &Path, command: &str) {
    let status = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .status()
        .unwrap();
    assert!(status.success(), "{command}");
}

/// The starter is restored byte for byte. All files are backed up, also those that are not text,
/// and the printed command restores them. Catches: a backup of the Rust files only, and files of
/// the learner that stay in the starter.
#[test]
fn reset_backs_up_all_files() {
    let folder = untouched("reset");
    folder.write("step1-sums/src/lib.rs", "mod mine;\n");
    folder.write("step1-sums/src/inner/mine.rs", "// mine\n");
    fs::write(folder.0.join("step1-sums/src/.bytes"), [0xff, 0xfe]).unwrap();
    folder.write("step1-sums/tests/t1_one.rs", "// My own test.\n");
    let text = out(&folder, &["reset", "1"], 0);
    assert_eq!(lib(&folder), STARTER);
    for gone in ["inner", ".bytes"] {
        assert!(!folder.0.join("step1-sums/src").join(gone).exists(), "{gone}");
    }
    let test = fs::read_to_string(folder.0.join("step1-sums/tests/t1_one.rs")).unwrap();
    assert_eq!(test, "// My own test.\n", "only src is touched");
    shell(&folder.0, restore_command(&text));
    assert_eq!(lib(&folder), "mod mine;\n");
    assert_eq!(fs::read(folder.0.join("step1-sums/src/.bytes")).unwrap(), [0xff, 0xfe]);
    assert!(folder.0.join("step1-sums/src/inner/mine.rs").is_file());
}

/// Catches: a reset that must read the files that were lost.
#[test]
fn reset_restores_a_deleted_step() {
    let folder = untouched("reset-gone");
    fs::remove_dir_all(folder.0.join("step1-sums/src")).unwrap();
    out(&folder, &["reset", "1"], 0);
    assert_eq!(lib(&folder), STARTER);
}

/// The lock of an editor is a link that leads to no file. Catches: copying the target of the link.
#[test]
fn backs_up_a_link_as_a_link() {
    let folder = untouched("reset-link");
    folder.write("step1-sums/src/lib.rs", "// mine\n");
    let link = folder.0.join("step1-sums/src/.#lib.rs");
    std::os::unix::fs::symlink("me@host.1", &link).unwrap();
    let text = out(&folder, &["reset", "1"], 0);
    assert!(fs::symlink_metadata(&link).is_err());
    shell(&folder.0, restore_command(&text));
    assert_eq!(fs::read_link(&link).unwrap().to_str(), Some("me@host.1"));
}

/// Catches: a printed path that is valid only in the root.
#[test]
fn restore_command_works_from_any_folder() {
    let folder = untouched("reset-below");
    folder.write("step1-sums/src/lib.rs", "// mine\n");
    let below = folder.0.join("step1-sums/tests");
    let (text, err, code) = output(&below, &["reset", "step1-sums"]);
    assert_eq!(code, Some(0), "{text}{err}");
    shell(&below, restore_command(&text));
    assert_eq!(lib(&folder), "// mine\n");
}

/// Catches: two backups in the same second of which the second one overwrites the first.
#[test]
fn each_backup_has_its_own_folder() {
    let folder = untouched("skip");
    let restore = |text: &str| restore_command(text).to_owned();
    folder.write("step1-sums/src/lib.rs", "// first\n");
    let first = restore(&out(&folder, &["skip", "1"], 0));
    assert_eq!(lib(&folder), SOLUTION);
    folder.write("step1-sums/src/lib.rs", "// second\n");
    let second = restore(&out(&folder, &["reset", "1"], 0));
    shell(&folder.0, &first);
    assert_eq!(lib(&folder), "// first\n");
    shell(&folder.0, &second);
    assert_eq!(lib(&folder), "// second\n");
}

/// If the starter is in place already, no file is changed, and no backup is made.
#[test]
fn changes_nothing_if_the_starter_is_in_place() {
    let folder = untouched("again");
    assert!(out(&folder, &["reset", "1"], 0).contains("the starter already"));
    assert!(!folder.0.join("target/kata/backups").exists());
}

/// During a merge the files may be incomplete. No file is changed, and the message names the
/// commands that end the merge.
#[test]
fn refuses_during_an_unfinished_git_operation() {
    let folder = untouched("merge");
    shell(&folder.0, "git init -q .");
    for (file, word) in [
        ("MERGE_HEAD", "git merge --abort"),
        ("rebase-merge/done", "git rebase --abort"),
    ] {
        folder.write(&format!(".git/{file}"), "");
        let (text, err, code) = output(&folder.0, &["skip", "1"]);
        assert_eq!(code, Some(1), "{text}");
        assert!(err.contains(word), "{err}");
        assert_eq!(lib(&folder), STARTER);
        fs::remove_file(folder.0.join(".git").join(file)).unwrap();
    }
    fs::remove_dir(folder.0.join(".git/rebase-merge")).unwrap();
    out(&folder, &["skip", "1"], 0);
    assert_eq!(lib(&folder), SOLUTION);
}
