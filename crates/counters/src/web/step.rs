//! Which step of the kata serves the page.

use std::env;

/// The number in the program's own name, `step3-retries`: each step's program links this page and is called after its step.
/// None if it is another program.
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
    use super::parse;

    #[test]
    fn a_steps_program_is_known_by_its_name() {
        assert_eq!(parse("step3-retries"), Some(3));
        for name in ["all-0123456789abcdef", "steps", "step-3", "stepx-y", "counters-api"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
