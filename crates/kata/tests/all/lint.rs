//! Reading what clippy and rustdoc print while cargo builds.

use kata::verify::lint::diagnostics;

fn message(level: &str, spans: &str, rendered: &str) -> String {
    format!(
        r#"{{"reason":"compiler-message","message":{{"level":"{level}","spans":[{spans}],"rendered":"{rendered}"}}}}"#
    )
}

#[test]
fn returns_each_warning_and_error_once() {
    let artifact = r#"{"reason":"compiler-artifact","fresh":true}"#;
    let warning = message("warning", "{}", "warning: unused variable");
    let count = message("warning", "", "warning: 1 warning emitted");
    let error = message("error", "{}", "error: mismatched types");
    let note = message("note", "{}", "note: for your information");
    let messages = [artifact, &warning, &warning, &count, &error, &note, "not JSON"].join("\n");
    assert_eq!(
        diagnostics(&messages),
        ["warning: unused variable", "error: mismatched types"]
    );
}

#[test]
fn shows_ten_and_the_number_of_the_others() {
    let messages: Vec<_> = (0..12)
        .map(|number| message("warning", "{}", &number.to_string()))
        .collect();
    let found = diagnostics(&messages.join("\n"));
    assert_eq!((found.len(), found[10].as_str()), (11, "… and 2 more"));
}
