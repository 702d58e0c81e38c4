//! The `mod` lines of a test program, and the files that they lead to.

use kata::repo::modules::{files, read};
use kata::repo::suite::groups;

use crate::Folder;

const MAIN: &str = "\
//! Tests.

mod support;

mod bonus; //        not on the map
mod given_basics; // the given code
#[path = \"../../step1-a/tests\"]
mod step1 {
    mod t2_push;
    mod t1_build;
}
#[path = \"../../step2-b/tests\"]
mod step2 {
    pub mod t1_run {
        pub mod server; // the loop
    }
}
mod t2_more;
mod t1_decide {
    mod program;
    mod server;
}
";

/// Creates the tests of three steps.
fn steps(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("step3-c/tests/main.rs", MAIN);
    for file in [
        "step3-c/tests/bonus.rs",
        "step3-c/tests/given_basics.rs",
        "step3-c/tests/t1_decide/program.rs",
        "step3-c/tests/t1_decide/server.rs",
        "step2-b/tests/t1_run/server.rs",
        "step1-a/tests/t1_build.rs",
        "step1-a/tests/t2_push.rs",
    ] {
        folder.write(file, "#[test]\nfn works() {}\n");
    }
    folder.write("step3-c/tests/support/mod.rs", "mod parts;\n");
    folder.write("step3-c/tests/support/parts.rs", "");
    folder.write(
        "step3-c/tests/t2_more.rs",
        "mod inner;\n#[path = \"beside.rs\"]\nmod other;\nmod braces {\n    fn helps() {}\n}\n",
    );
    folder.write("step3-c/tests/t2_more/inner.rs", "");
    folder.write("step3-c/tests/beside.rs", "");
    folder
}

/// Reads names, paths and blocks, in the order of the lines.
#[test]
fn reads_mod_lines() {
    let modules = read(MAIN);
    let names: Vec<_> = modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "support",
            "bonus",
            "given_basics",
            "step1",
            "step2",
            "t2_more",
            "t1_decide"
        ]
    );
    assert_eq!(modules[3].path.as_deref(), Some("../../step1-a/tests"));
    assert_eq!(modules[6].path, None);
    let inner = modules[4].inner.as_ref().unwrap();
    assert_eq!(inner[0].inner.as_ref().unwrap()[0].name, "server");
}

/// A `mod` line in a function, a comment or a string is not an item of the file.
#[test]
fn ignores_other_lines() {
    assert!(read("// mod old;\nfn f() {\n    mod inner;\n}\nconst T: &str = \"mod x;\";\nmod_it!();\n").is_empty());
}

/// The order of the map differs from that of the lines. Other modules are left out.
#[test]
fn sorts_groups_in_map_order() {
    let folder = steps("groups");
    let groups = groups(&folder.0.join("step3-c/tests")).unwrap();
    assert_eq!(groups, ["given_basics", "step1", "step2", "t1_decide", "t2_more"]);
}

/// The files are those that the compiler would use. Catches: missing a file in a module's own
/// folder, below an included folder, or declared by another file.
#[test]
fn finds_the_file_of_each_module() {
    let folder = steps("files");
    let tests = folder.0.join("step3-c/tests");
    let found = files(&tests).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|file| {
            let path = file.path.canonicalize().unwrap();
            let path = path.strip_prefix(&folder.0).unwrap().to_owned();
            (file.module.as_str(), path.to_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ("support", "step3-c/tests/support/mod.rs"),
        ("support::parts", "step3-c/tests/support/parts.rs"),
        ("bonus", "step3-c/tests/bonus.rs"),
        ("given_basics", "step3-c/tests/given_basics.rs"),
        ("step1::t2_push", "step1-a/tests/t2_push.rs"),
        ("step1::t1_build", "step1-a/tests/t1_build.rs"),
        ("step2::t1_run::server", "step2-b/tests/t1_run/server.rs"),
        ("t2_more", "step3-c/tests/t2_more.rs"),
        ("t2_more::inner", "step3-c/tests/t2_more/inner.rs"),
        ("t2_more::other", "step3-c/tests/beside.rs"),
        ("t1_decide::program", "step3-c/tests/t1_decide/program.rs"),
        ("t1_decide::server", "step3-c/tests/t1_decide/server.rs"),
    ];
    assert_eq!(found, expected.map(|(module, path)| (module, path.to_owned())));
}

/// The whole name of a test leads to its place. The names of another module or of a missing
/// function do not.
#[test]
fn finds_the_place_of_a_test() {
    let folder = steps("place");
    let found = files(&folder.0.join("step3-c/tests")).unwrap();
    let server = found
        .iter()
        .find(|file| file.module == "step2::t1_run::server")
        .unwrap();
    assert_eq!(server.place("step2::t1_run::server::works"), Some(8));
    assert_eq!(server.place("step2::t1_run::server::cases::works"), Some(8));
    assert_eq!(server.place("step2::t1_run::server::made_by_a_macro"), None);
    assert_eq!(server.place("t1_decide::server::works"), None);
}

/// A `mod` line without a file is an error that names it.
#[test]
fn reports_a_missing_file() {
    let folder = Folder::new("missing");
    folder.write("main.rs", "mod t1_gone;\n");
    let error = files(&folder.0).unwrap_err().to_string();
    assert!(error.contains("t1_gone.rs"), "{error}");
}
