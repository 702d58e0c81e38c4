//! The commands that a session finds first in its `PATH`.
//!
//! `cargo run -q -p step1-enqueue -- …` runs the program of our solution as it was built for its
//! tests. Another build for a plain `cargo run` would take a minute, and would not test anything
//! else. So `cargo build -q -p step1-enqueue` does nothing. `cargo kata …` runs this program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::CliError;
use crate::system::cargo::{self, Executable};
use crate::system::run::{BUILD_TIMEOUT, run};
use crate::system::{current_exe, files};
use crate::term::say;

/// Builds the programs of a workspace as its tests do, and returns them.
///
/// # Errors
///
/// If they do not compile.
pub fn built(command: &mut Command) -> Result<Vec<Executable>, CliError> {
    let ran = run(
        command.args(["test", "--no-run", "--quiet", cargo::JSON]),
        BUILD_TIMEOUT,
    )?;
    if !ran.ok() {
        return Err(format!("The programs do not compile:\n{}", ran.summary()).into());
    }
    let executables = cargo::executables(ran.out.as_bytes()).into_iter();
    Ok(executables
        .filter(|built| built.kind == "bin" && !built.is_test)
        .collect())
}

/// Fills a folder with the programs under their own names, and with a `cargo` that runs them and
/// this program.
///
/// # Errors
///
/// If a file cannot be written.
pub fn shims(folder: &Path, programs: &[Executable]) -> Result<PathBuf, CliError> {
    let quoted = |path: &Path| say::quote(&path.to_string_lossy());
    let mut cases = String::new();
    for program in programs {
        let (name, path) = (&program.target, quoted(&program.path));
        write_program(&folder.join(name), &format!("#!/bin/sh\nexec {path} \"$@\"\n"))?;
        cases.push_str(&format!(
            "'run -q -p {name} --') shift 5; exec {path} \"$@\" ;;\n'build -q -p {name} ') exit 0 ;;\n"
        ));
    }
    let (kata, cargo) = (quoted(current_exe()?), quoted(Path::new(&cargo::program())));
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = kata ] && {{ shift; exec {kata} \"$@\"; }}\n\
         case \"$1 $2 $3 $4 $5\" in\n{cases}esac\nexec {cargo} \"$@\"\n"
    );
    write_program(&folder.join("cargo"), &script)?;
    Ok(folder.to_owned())
}

fn write_program(path: &Path, script: &str) -> Result<(), CliError> {
    files::write_one(path, script)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(|error| CliError::path("make executable", path, &error))
}
