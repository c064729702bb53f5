//! A webhook that keeps what comes, and answers 200.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
};

/// What the webhook was asked.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query, as they came.
    pub(crate) target: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The path alone.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The same with one byte of its body (or query) changed.
    pub(crate) fn tampered(&self, from: &str, to: &str) -> Self {
        let mut other = self.clone();
        other.body = String::from_utf8(other.body).unwrap().replace(from, to).into_bytes();
        for (_, value) in &mut other.query {
            *value = value.replace(from, to);
        }
        other.target = other.target.replace(from, to);
        other
    }
}

type Answer = Arc<dyn Fn(&Request) -> String + Send + Sync>;

/// A webhook on loopback.
pub(crate) struct Listener {
    /// Its base URL.
    pub(crate) url: String,
    requests: Mutex<mpsc::UnboundedReceiver<Request>>,
}

impl Listener {
    /// Listens, and answers with nothing.
    pub(crate) async fn start() -> Self {
        Self::answering(|_| Arc::new(|_| String::new())).await
    }

    /// Listens, and answers as told by what is made for its URL.
    pub(crate) async fn answering(make: impl FnOnce(&str) -> Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (answer, (sender, receiver)) = (make(&url), mpsc::unbounded_channel());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), sender.clone()));
            }
        });
        Self { url, requests: Mutex::new(receiver) }
    }

    /// The next request.
    pub(crate) async fn next(&self) -> Request {
        let mut requests = self.requests.lock().await;
        let next = tokio::time::timeout(Duration::from_secs(5), requests.recv()).await;
        next.expect("a callback within five seconds").unwrap()
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, sender: mpsc::UnboundedSender<Request>) {
    let mut raw = Vec::new();
    let request = loop {
        if stream.read_buf(&mut raw).await.unwrap() == 0 {
            return;
        }
        if let Some(request) = parse(&raw) {
            break request;
        }
    };
    let body = answer(&request);
    sender.send(request).unwrap();
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
}

/// The request, once it is whole.
fn parse(raw: &[u8]) -> Option<Request> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let (head, body) = (std::str::from_utf8(&raw[..end]).unwrap(), &raw[end + 4..]);
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(0, |(_, value)| value.parse().unwrap());
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let body = body.to_vec();
    (body.len() >= length).then_some(Request { method, target, query, headers, body })
}
