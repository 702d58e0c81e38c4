use kata::term::reply::{quoted, shown};
use redis::Value;

fn bulk(text: &str) -> Value {
    Value::BulkString(text.as_bytes().to_vec())
}

/// The expected texts are those of redis-cli 7.0.
#[test]
fn formats_replies_like_redis_cli() {
    assert_eq!(shown(&Value::Nil), "(nil)");
    assert_eq!(shown(&Value::Int(3)), "(integer) 3");
    assert_eq!(shown(&Value::Okay), "OK");
    assert_eq!(shown(&Value::Array(vec![])), "(empty array)");
    assert_eq!(shown(&bulk("hits")), r#""hits""#);
    let nested = Value::Array(vec![
        Value::Int(1),
        Value::Array(vec![bulk("x"), Value::Array(vec![]), Value::Nil]),
        bulk("y"),
    ]);
    assert_eq!(
        shown(&nested),
        "1) (integer) 1\n2) 1) \"x\"\n   2) (empty array)\n   3) (nil)\n3) \"y\""
    );
}

/// With ten items, all numbers are two characters wide.
#[test]
fn aligns_numbers() {
    let text = shown(&Value::Array((0..10).map(Value::Int).collect()));
    assert!(
        text.starts_with(" 1) (integer) 0\n") && text.ends_with("\n10) (integer) 9"),
        "{text}"
    );
}

/// Escapes bytes that a terminal would not show as they are, and quotes.
#[test]
fn escapes_bytes() {
    assert_eq!(quoted(b"a\"b\\c\n\x00\xff~"), r#""a\"b\\c\n\x00\xff~""#);
}
