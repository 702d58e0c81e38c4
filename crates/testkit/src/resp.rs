//! Cuts a stream of bytes into the messages of Redis's protocol, so that requests and answers can be counted.

/// A stream, as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    bytes: Vec<u8>,
}

impl Messages {
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message, byte for byte.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        let length = length(&self.bytes)?;
        Some(self.bytes.drain(..length).collect())
    }
}

/// Whether a message is one that Redis sends unasked (RESP3): it answers no request.
pub(crate) fn is_push(message: &[u8]) -> bool {
    message.first() == Some(&b'>')
}

/// Whether the bytes contain the text, whatever its case.
pub(crate) fn contains(bytes: &[u8], text: &str) -> bool {
    !text.is_empty()
        && bytes
            .windows(text.len())
            .any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

/// Whether a request is one that clients begin a connection with.
pub(crate) fn is_greeting(request: &[u8]) -> bool {
    // The number of words, the length of the first one, and that.
    let name = request
        .split(|&byte| byte == b'\n')
        .nth(2)
        .unwrap_or_default()
        .trim_ascii();
    ["SELECT", "AUTH", "HELLO", "CLIENT"]
        .iter()
        .any(|greeting| name.eq_ignore_ascii_case(greeting.as_bytes()))
}

/// How many bytes the first message has; `None` if it has not come whole.
fn length(bytes: &[u8]) -> Option<usize> {
    let line = bytes.iter().position(|&byte| byte == b'\n')? + 1;
    let number = || {
        std::str::from_utf8(&bytes[1..line])
            .ok()
            .and_then(|text| text.trim().parse::<i64>().ok())
    };
    // A nil has the count -1, and nothing follows it.
    let count = || usize::try_from(number().unwrap_or(0)).unwrap_or(0);
    let (parts, rest) = match bytes[0] {
        b'$' | b'=' | b'!' if number().is_some_and(|number| number >= 0) => (0, count() + 2),
        b'*' | b'~' | b'>' => (count(), 0),
        b'%' => (2 * count(), 0),
        // An attribute stands before the value that it is about.
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

    /// Fed one byte at a time, every message comes out whole and once: kills a cut at a line end inside a payload.
    #[test]
    fn messages_are_cut_where_they_end() {
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
