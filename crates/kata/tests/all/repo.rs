use kata::{Repo, Side};

use crate::Folder;

/// `cargo kata` works in every folder of the clone.
#[test]
fn finds_the_root_from_any_folder_below() {
    let folder = Folder::repository("root");
    for below in [
        "",
        "step1-enqueue",
        "step1-enqueue/src",
        "solutions/step2-poller/src",
        "crates/kata",
    ] {
        let repo = Repo::around(&folder.0.join(below)).unwrap();
        assert_eq!(repo.root(), folder.0, "from {below:?}");
    }
}

/// The message names the folder to go to, not a missing file.
#[test]
fn rejects_a_folder_outside_the_clone() {
    let folder = Folder::new("outside");
    let error = Repo::around(&folder.0).unwrap_err().to_string();
    assert!(error.contains("Go to the folder that you cloned"), "{error}");
}

/// A step is a folder with a certain name and a crate in it. Catches: a fixed list.
#[test]
fn finds_steps_by_their_folders() {
    let folder = Folder::repository("steps");
    folder.write("solutions/step10-much/Cargo.toml", "");
    folder.write("solutions/step0-none/Cargo.toml", "");
    folder.write("solutions/steps/Cargo.toml", "");
    folder.write("solutions/step7-empty/README.md", "");
    let repo = Repo::around(&folder.0).unwrap();
    let names = |side| {
        repo.steps(side)
            .unwrap()
            .into_iter()
            .map(|step| step.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(Side::Solution), ["step1-enqueue", "step2-poller"]);
    assert_eq!(names(Side::Starter), ["step1-enqueue"]);
}

/// Accepts a number, a name, half a name, and a path from tab completion.
#[test]
fn accepts_all_names_of_a_step() {
    let folder = Folder::repository("names");
    let repo = Repo::around(&folder.0).unwrap();
    for name in [
        "2",
        "step2",
        "poller",
        "step2-poller",
        "step2-poller/",
        "solutions/step2-poller",
    ] {
        assert_eq!(repo.step(Side::Solution, name).unwrap().number, 2, "{name}");
    }
    let error = repo.step(Side::Solution, "3").unwrap_err().to_string();
    assert_eq!(
        error,
        r#"There is no step "3". Give a number or a name of these: 1 (step1-enqueue), 2 (step2-poller)."#
    );
}
