//! The step of the kata that serves the page.

use std::env;

/// Returns the number in the program's own name, such as `step3-retries`: each step's program
/// contains this page and is named after its step. `None` for another program.
pub fn number() -> Option<u8> {
    let program = env::current_exe().ok()?;
    parse(program.file_name()?.to_str()?)
}

fn parse(name: &str) -> Option<u8> {
    let (number, _) = name.strip_prefix("step")?.split_once('-')?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use crate::web::parse;

    #[test]
    fn reads_the_step_from_the_programs_name() {
        assert_eq!(parse("step3-retries"), Some(3));
        for name in ["all-0123456789abcdef", "steps", "step-3", "stepx-y", "counters-api"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
