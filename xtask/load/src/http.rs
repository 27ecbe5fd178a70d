//! An HTTP/1.1 client that costs little: one connection kept alive, one request at a time, on the calling thread.
//!
//! The load shares its cores with the server, so what a client spends is missing from what is measured. It understands
//! what servers really answer (RFC 9112: lengths, chunks, answers without a body) and nothing more.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Longer than any answer takes; what takes longer is a fault.
const PATIENCE: Duration = Duration::from_mins(1);

/// A connection to one server, opened at the first request and again after a failure.
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<TcpStream>,
    /// What was read, from the start of the present answer on.
    read: Vec<u8>,
    written: Vec<u8>,
}

/// A request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Whole header lines, each ended by CR LF.
    pub(crate) headers: String,
    pub(crate) body: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The value of `X-Request-Id`: the name of the request in the audit log.
    pub(crate) request_id: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), ..Self::default() }
    }

    /// A `POST` of this JSON.
    pub(crate) fn post(path: impl Into<String>, body: &Value) -> Self {
        let request = Self { method: "POST", path: path.into(), body: body.to_string(), ..Self::default() };
        request.header("content-type", "application/json")
    }

    /// A `POST` as a page's form sends it.
    pub(crate) fn form(path: impl Into<String>, body: &str) -> Self {
        let request = Self { method: "POST", path: path.into(), body: body.to_owned(), ..Self::default() };
        request.header("content-type", "application/x-www-form-urlencoded")
    }

    /// With this API token.
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        for part in [name, ": ", value, "\r\n"] {
            self.headers.push_str(part);
        }
        self
    }
}

impl Answer {
    /// Whether the server says that it is done.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON; `null` where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Status and the beginning of the body, for a report.
    pub(crate) fn describe(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        format!("{} {}", self.status, text.chars().take(300).collect::<String>())
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            read: Vec::with_capacity(1 << 16),
            written: Vec::with_capacity(1 << 12),
        }
    }

    /// Sends the request and waits for the answer. After an error nobody knows whether the request was done.
    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Answer> {
        let answer = self.exchange(request);
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        self.written.clear();
        let Request { method, path, headers, body } = request;
        write!(
            self.written,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            self.address,
            body.len()
        )?;
        stream.write_all(&self.written)?;
        self.read.clear();
        let (answer, close) = self.answer(&mut stream)?;
        if !close {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(stream)
    }

    fn answer(&mut self, stream: &mut TcpStream) -> io::Result<(Answer, bool)> {
        let mut searched = 0;
        let body = loop {
            if let Some(end) = find(&self.read[searched..], b"\r\n\r\n") {
                break searched + end + 4;
            }
            searched = self.read.len().saturating_sub(3);
            self.more(stream)?;
        };
        let head =
            Head::parse(&self.read[..body]).ok_or_else(|| malformed("no answer that HTTP/1.1 knows"))?;
        let content = match head.length {
            Length::Bytes(length) => {
                while self.read.len() < body + length {
                    self.more(stream)?;
                }
                self.read[body..body + length].to_vec()
            }
            Length::Chunks => self.chunks(stream, body)?,
        };
        let Head { status, request_id, close, .. } = head;
        Ok((Answer { status, request_id, body: content }, close))
    }

    fn chunks(&mut self, stream: &mut TcpStream, mut at: usize) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        loop {
            let end = loop {
                match find(&self.read[at..], b"\r\n") {
                    Some(end) => break at + end,
                    None => self.more(stream)?,
                }
            };
            let size = std::str::from_utf8(&self.read[at..end]).ok();
            let size = size.and_then(|line| line.split(';').next());
            let size = size.and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
            let size = size.ok_or_else(|| malformed("a chunk without a length"))?;
            let (start, next) = (end + 2, end + 2 + size + 2);
            while self.read.len() < next {
                self.more(stream)?;
            }
            content.extend_from_slice(&self.read[start..start + size]);
            if size == 0 {
                return Ok(content);
            }
            at = next;
        }
    }

    fn more(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        let before = self.read.len();
        self.read.resize(before + (1 << 14), 0);
        let read = stream.read(&mut self.read[before..]);
        self.read.truncate(before + *read.as_ref().unwrap_or(&0));
        match read? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

struct Head {
    status: u16,
    request_id: String,
    length: Length,
    close: bool,
}

enum Length {
    Bytes(usize),
    Chunks,
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(bytes).ok()?.split("\r\n");
        let status: u16 = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let mut head = Self { status, request_id: String::new(), length: Length::Bytes(0), close: false };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.length = Length::Bytes(value.parse().ok()?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                head.length = Length::Chunks;
            } else if name.eq_ignore_ascii_case("connection") {
                head.close = value.eq_ignore_ascii_case("close");
            } else if name.eq_ignore_ascii_case("x-request-id") {
                value.clone_into(&mut head.request_id);
            }
        }
        if matches!(status, 204 | 304) {
            head.length = Length::Bytes(0);
        }
        Some(head)
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    /// What the client makes of these answers, sent one after the other on one connection.
    fn heard(answers: &'static [&'static str]) -> Vec<io::Result<Answer>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            for answer in answers {
                let mut request = [0; 1024];
                assert!(stream.read(&mut request).unwrap() > 0);
                // In pieces, as a network delivers them.
                for piece in answer.as_bytes().chunks(7) {
                    stream.write_all(piece).unwrap();
                }
            }
        });
        let mut client = Client::new(address);
        let heard = answers.iter().map(|_| client.send(&Request::get("/"))).collect();
        server.join().unwrap();
        heard
    }

    #[test]
    fn answers_with_a_length_in_chunks_and_without_a_body_are_told_apart_on_one_connection() {
        let heard = heard(&[
            "HTTP/1.1 201 Created\r\nContent-Length: 5\r\nx-request-id: abc\r\n\r\nfirst",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\nsecond\r\n3;x=y\r\n...\r\n0\r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nlast",
        ]);
        let heard: Vec<Answer> = heard.into_iter().map(Result::unwrap).collect();
        let told: Vec<(u16, &[u8])> = heard.iter().map(|answer| (answer.status, &*answer.body)).collect();
        assert_eq!(told, [(201, &b"first"[..]), (200, b"second..."), (204, b""), (404, b"last")]);
        assert_eq!(heard[0].request_id, "abc");
    }

    #[test]
    fn an_answer_cut_short_is_no_answer() {
        let heard = heard(&["HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\ncut"]);
        assert!(heard.into_iter().all(|answer| answer.is_err()));
    }
}
