//! Splits a stream of bytes into the messages of Redis's protocol, so that requests and replies can
//! be counted.

/// The bytes of a stream that are not split yet.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
}

impl Messages {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns the next complete message, byte for byte.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        let length = length(&self.bytes)?;
        Some(self.bytes.drain(..length).collect())
    }
}

/// Returns true if Redis sent this message without a request (a RESP3 push): it answers none.
pub(crate) fn is_push(message: &[u8]) -> bool {
    message.first() == Some(&b'>')
}

/// Returns true if the bytes contain the text, in any case.
pub(crate) fn contains(bytes: &[u8], text: &str) -> bool {
    !text.is_empty()
        && bytes
            .windows(text.len())
            .any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

/// Returns true if clients begin a connection with this request.
pub(crate) fn is_greeting(request: &[u8]) -> bool {
    // A request begins with the number of words and the length of the first one; then follows the
    // word.
    let name = request
        .split(|&byte| byte == b'\n')
        .nth(2)
        .unwrap_or_default()
        .trim_ascii();
    ["SELECT", "AUTH", "HELLO", "CLIENT", "PING"]
        .iter()
        .any(|greeting| name.eq_ignore_ascii_case(greeting.as_bytes()))
}

/// Returns the length of the first message in bytes; `None` if it is not complete.
fn length(bytes: &[u8]) -> Option<usize> {
    let line = bytes.iter().position(|&byte| byte == b'\n')? + 1;
    let number = || {
        std::str::from_utf8(&bytes[1..line])
            .ok()
            .and_then(|text| text.trim().parse::<i64>().ok())
    };
    // A nil has the count -1 and no content.
    let count = || usize::try_from(number().unwrap_or(0)).unwrap_or(0);
    let (parts, rest) = match bytes[0] {
        b'$' | b'=' | b'!' if number().is_some_and(|number| number >= 0) => (0, count() + 2),
        b'*' | b'~' | b'>' => (count(), 0),
        b'%' => (2 * count(), 0),
        // An attribute precedes the value that it describes.
        b'|' => (2 * count() + 1, 0),
        _ => (0, 0),
    };
    let mut end = line + rest;
    for _ in 0..parts {
        end += length(bytes.get(end..)?)?;
    }
    (end <= bytes.len()).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fed one byte at a time, each message is returned whole and once. Catches: a cut at a line
    /// end inside a payload.
    #[test]
    fn splits_messages_at_their_end() {
        let messages: [&[u8]; 9] = [
            b"*2\r\n$4\r\nPING\r\n$4\r\na\r\nb\r\n",
            b"+OK\r\n",
            b"$-1\r\n",
            b"*-1\r\n",
            b"*0\r\n",
            b"$0\r\n\r\n",
            b"*2\r\n*1\r\n:1\r\n%1\r\n+a\r\n$1\r\n\n\r\n",
            b"|1\r\n+a\r\n+b\r\n:7\r\n",
            b"PING\r\n",
        ];
        let mut stream = Messages::default();
        let mut cut = Vec::new();
        for byte in messages.concat() {
            stream.feed(&[byte]);
            cut.extend(stream.next());
        }
        assert_eq!(cut, messages);
    }
}
