//! As much of HTTP/1.1 as the proxy and the fake runtime need, without a runtime of their own.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
};

/// A request or an answer: its first line, its headers, its body.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Such as `POST / HTTP/1.1`.
    pub first: String,
    /// Names as they came.
    pub headers: Vec<(String, String)>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads one; `None` when the other side is done.
    pub fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Option<Self>> {
        let mut message = Self::default();
        if stream.read_line(&mut message.first)? == 0 {
            return Ok(None);
        }
        message.first.truncate(message.first.trim_end().len());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
                break;
            }
            if let Some((name, value)) = line.trim_end().split_once(':') {
                message.headers.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        message.body = message.read_body(stream)?;
        Ok(Some(message))
    }

    fn read_body(&self, stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            read_chunks(stream, &mut body)?;
        } else if let Some(length) = self.header("content-length") {
            body.resize(length.parse().unwrap_or_default(), 0);
            stream.read_exact(&mut body)?;
        }
        Ok(body)
    }

    /// A header by its name in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |header: &&(String, String)| header.0.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| value.as_str())
    }

    /// Its body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Writes it, with a length of its own.
    pub fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        let framing = ["content-length", "transfer-encoding", "connection"];
        let mut head = vec![self.first.clone()];
        for (name, value) in &self.headers {
            if !framing.iter().any(|framed| name.eq_ignore_ascii_case(framed)) {
                head.push(format!("{name}: {value}"));
            }
        }
        head.push(format!("Content-Length: {}\r\n\r\n", self.body.len()));
        stream.write_all(&[head.join("\r\n").as_bytes(), &self.body].concat())?;
        stream.flush()
    }
}

fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut size = String::new();
        stream.read_line(&mut size)?;
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        stream.read_line(&mut String::new())?;
        if size == 0 {
            return Ok(());
        }
    }
}

/// Asks once over a connection of its own.
pub fn ask(address: &str, request: &Message) -> io::Result<Message> {
    let mut stream = TcpStream::connect(address)?;
    request.write(&mut stream)?;
    let answer = Message::read(&mut BufReader::new(stream))?;
    answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    fn answers(bytes: &'static [u8]) -> Message {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut back = stream.try_clone().unwrap();
            let asked = Message::read(&mut BufReader::new(stream)).unwrap().unwrap();
            back.write_all(bytes).unwrap();
            asked
        });
        let first = "POST / HTTP/1.1".to_owned();
        let request = Message { first, headers: Vec::new(), body: b"a body".to_vec() };
        let answer = ask(&address, &request).unwrap();
        assert_eq!(server.join().unwrap().text(), "a body");
        answer
    }

    #[test]
    fn a_body_has_a_length_or_comes_in_chunks() {
        let whole = answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
        assert_eq!(
            (whole.text(), answers(chunked).text()),
            ("hello".to_owned(), "hello".to_owned())
        );
        assert_eq!(whole.header("content-LENGTH"), Some("5"));
    }
}
