//! A Redis reply as `redis-cli` shows it on a terminal.

use redis::Value;

/// The reply as lines, without the last newline.
pub fn shown(reply: &Value) -> String {
    let mut text = String::new();
    write(reply, "", &mut text);
    text
}

/// Appends `reply`; `indent` is what stands before its second line and those that follow.
fn write(reply: &Value, indent: &str, text: &mut String) {
    match reply {
        Value::Nil => text.push_str("(nil)"),
        Value::Int(number) => text.push_str(&format!("(integer) {number}")),
        Value::BulkString(bytes) => text.push_str(&quoted(bytes)),
        Value::SimpleString(status) => text.push_str(status),
        Value::Okay => text.push_str("OK"),
        Value::ServerError(error) => text.push_str(&format!(
            "(error) {} {}",
            error.code(),
            error.details().unwrap_or_default()
        )),
        Value::Array(items) | Value::Set(items) => write_items(items, indent, text),
        Value::Push { data, .. } => write_items(data, indent, text),
        Value::Double(number) => text.push_str(&format!("(double) {number}")),
        Value::Boolean(truth) => text.push_str(if *truth { "(true)" } else { "(false)" }),
        Value::VerbatimString { text: words, .. } => text.push_str(words),
        // RESP3 only, and we speak RESP2: shown in full all the same.
        other => text.push_str(&format!("{other:?}")),
    }
}

/// Numbers are aligned at the right, as wide as the last one; nested items stand beside their number.
fn write_items(items: &[Value], indent: &str, text: &mut String) {
    if items.is_empty() {
        text.push_str("(empty array)");
    }
    let width = items.len().to_string().len();
    let deeper = format!("{indent}{}", " ".repeat(width + 2));
    for (number, item) in (1..).zip(items) {
        if number > 1 {
            text.push('\n');
            text.push_str(indent);
        }
        text.push_str(&format!("{number:>width$}) "));
        write(item, &deeper, text);
    }
}

/// Bytes in double quotes; what is not printable ASCII is escaped, so that two different values never look the same.
pub fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        match byte {
            b'\\' | b'"' => text.extend(['\\', char::from(byte)]),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            7 => text.push_str("\\a"),
            8 => text.push_str("\\b"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push('"');
    text
}
