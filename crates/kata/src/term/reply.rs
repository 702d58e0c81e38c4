//! Formats a Redis reply as `redis-cli` prints it on a terminal.

use redis::Value;

/// Formats a reply as lines, without the last newline.
pub fn shown(reply: &Value) -> String {
    let mut text = String::new();
    write(reply, "", &mut text);
    text
}

/// Appends `reply` to `text`. `indent` is written before each line except the first one.
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
        // These types exist only in RESP3, and we use RESP2. They are printed in full anyway.
        other => text.push_str(&format!("{other:?}")),
    }
}

/// Appends the items of a list. The numbers are aligned on the right, and nested items begin beside
/// their number.
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

/// Formats bytes in double quotes. Bytes that are not printable ASCII are escaped, so that two
/// different values never look the same.
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
