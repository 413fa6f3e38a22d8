//! What goes over the long connection: one message of Protocol Buffers each way, as the platform's own libraries
//! write it (`pbbp2.proto`). A dozen fields need no library.

/// `method`: about the connection itself.
pub(super) const CONTROL: i32 = 0;
/// `method`: an event or a press.
pub(super) const DATA: i32 = 1;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) sequence: u64,
    pub(super) log: u64,
    pub(super) service: i32,
    pub(super) method: i32,
    pub(super) headers: Vec<(String, String)>,
    pub(super) encoding: String,
    pub(super) kind: String,
    pub(super) payload: Vec<u8>,
    pub(super) log_name: String,
}

impl Frame {
    /// A sign of life.
    pub(super) fn ping(service: i32) -> Frame {
        let headers = vec![("type".to_owned(), "ping".to_owned())];
        Frame { service, method: CONTROL, headers, ..Frame::default() }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.payload.len() + 256);
        // A negative number is written as the platform's libraries do, with the sign in all 64 bits.
        let number = |n: i32| i64::from(n).cast_unsigned();
        for (field, value) in [(1, self.sequence), (2, self.log), (3, number(self.service)), (4, number(self.method))] {
            varint(&mut out, field << 3);
            varint(&mut out, value);
        }
        for (key, value) in &self.headers {
            let mut pair = Vec::new();
            part(&mut pair, 1, key.as_bytes());
            part(&mut pair, 2, value.as_bytes());
            part(&mut out, 5, &pair);
        }
        let rest: [(u64, &[u8]); 4] = [
            (6, self.encoding.as_bytes()),
            (7, self.kind.as_bytes()),
            (8, &self.payload),
            (9, self.log_name.as_bytes()),
        ];
        for (field, bytes) in rest.into_iter().filter(|(_, bytes)| !bytes.is_empty()) {
            part(&mut out, field, bytes);
        }
        out
    }

    /// `None`: these bytes are no frame.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Frame> {
        let mut frame = Frame::default();
        while !bytes.is_empty() {
            match next(&mut bytes)? {
                (1, Value::Number(n)) => frame.sequence = n,
                (2, Value::Number(n)) => frame.log = n,
                (3, Value::Number(n)) => frame.service = i32::try_from(n.cast_signed()).ok()?,
                (4, Value::Number(n)) => frame.method = i32::try_from(n.cast_signed()).ok()?,
                (5, Value::Bytes(pair)) => frame.headers.push(read_pair(pair)?),
                (6, Value::Bytes(b)) => frame.encoding = text(b)?,
                (7, Value::Bytes(b)) => frame.kind = text(b)?,
                (8, Value::Bytes(b)) => frame.payload = b.to_vec(),
                (9, Value::Bytes(b)) => frame.log_name = text(b)?,
                // Of a later version.
                _ => {}
            }
        }
        Some(frame)
    }
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Of a fixed width, which no field here has.
    Other,
}

fn next<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let key = read_varint(bytes)?;
    let value = match key & 7 {
        0 => Value::Number(read_varint(bytes)?),
        1 => take(bytes, 8).map(|_| Value::Other)?,
        2 => {
            let length = usize::try_from(read_varint(bytes)?).ok()?;
            Value::Bytes(take(bytes, length)?)
        }
        5 => take(bytes, 4).map(|_| Value::Other)?,
        _ => return None,
    };
    Some((key >> 3, value))
}

fn read_pair(mut bytes: &[u8]) -> Option<(String, String)> {
    let mut pair = (String::new(), String::new());
    while !bytes.is_empty() {
        match next(&mut bytes)? {
            (1, Value::Bytes(b)) => pair.0 = text(b)?,
            (2, Value::Bytes(b)) => pair.1 = text(b)?,
            _ => {}
        }
    }
    Some(pair)
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        // The lowest seven bits, which fit.
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn part(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Frame {
        Frame {
            sequence: u64::MAX,
            log: 300,
            service: -7,
            method: DATA,
            headers: vec![("type".into(), "event".into()), ("message_id".into(), "甲".into())],
            encoding: "gzip".into(),
            kind: "json".into(),
            payload: vec![0, 255, 128],
            log_name: "l".into(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for frame in [sample(), Frame::default(), Frame::ping(3)] {
            assert_eq!(Frame::read(&frame.bytes()), Some(frame));
        }
    }

    #[test]
    fn any_bytes_are_a_frame_or_none() {
        let bytes = sample().bytes();
        for end in 0..bytes.len() {
            drop(Frame::read(&bytes[..end]));
            let mut wrong = bytes.clone();
            wrong[end] ^= 0xff;
            drop(Frame::read(&wrong));
        }
        assert_eq!(Frame::read(&[0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), None);
        assert_eq!(Frame::read(&[0xff; 16]), None);
    }
}
