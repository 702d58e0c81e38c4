//! The commands that a session finds first in its `PATH`.
//!
//! `cargo run -q -p step1-enqueue -- …` runs the program of our solution as it was built for its
//! tests. Another build for a plain `cargo run` would take a minute, and would not test anything
//! else. So `cargo build -q -p step1-enqueue` does nothing. `cargo kata …` runs this program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::CliError;
use crate::system::cargo::{self, Executable};
use crate::system::current_exe;
use crate::system::run::run;
use crate::term::say;

/// In practice no deadline: the time of a build depends on the machine.
const BUILD_TIMEOUT: Duration = Duration::from_secs(3600);

/// Builds the programs of a workspace as its tests do, and returns them.
///
/// # Errors
///
/// If they do not compile.
pub fn built(command: &mut Command) -> Result<Vec<Executable>, CliError> {
    let args = [
        "test",
        "--no-run",
        "--quiet",
        "--message-format=json-render-diagnostics",
    ];
    let ran = run(command.args(args), BUILD_TIMEOUT)?;
    if !ran.ok {
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
        let path = quoted(&program.path);
        write_program(
            &folder.join(&program.target),
            &format!("#!/bin/sh\nexec {path} \"$@\"\n"),
        )?;
        cases.push_str(&format!(
            "'run -q -p {0} --') shift 5; exec {path} \"$@\" ;;\n'build -q -p {0} ') exit 0 ;;\n",
            program.target
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
    crate::system::files::write_one(path, script)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .map_err(|error| CliError::path("make executable", path, &error))
}
