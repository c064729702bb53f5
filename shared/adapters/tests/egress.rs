//! What a host that a caller gave can and cannot reach.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use doorstep_adapters::egress::{Egress, body, is_refused};
use doorstep_domain::egress::Reach;
use reqwest::{
    Method, Response,
    dns::{Addrs, Name, Resolve, Resolving},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A public address where nobody answers: RFC 5737 has none, so that it is one without a route
/// (192.0.1.0/24 was never given away).
const PUBLIC: &str = "192.0.1.1";

/// Names that lead elsewhere each time they are asked; the last answer stays.
#[derive(Default)]
struct Names {
    answers: Vec<Vec<&'static str>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    fn answering(answers: &[&[&'static str]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.to_vec()).collect();
        Arc::new(Self { answers, asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let mut asked = self.asked.lock().unwrap();
        let answer = self.answers[asked.len().min(self.answers.len() - 1)].clone();
        asked.push(name.as_str().to_owned());
        let addresses = answer.into_iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0));
        let addresses: Vec<_> = addresses.collect();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

/// A server on loopback that answers all with these bytes, and counts connections.
struct Inside {
    port: u16,
    connections: Arc<AtomicUsize>,
    heard: Arc<Mutex<String>>,
}

impl Inside {
    async fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, heard) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<String>>::default());
        let (counted, noted) = (Arc::clone(&connections), Arc::clone(&heard));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap_or_default();
                noted.lock().unwrap().push_str(&String::from_utf8_lossy(&request[..read]));
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { port, connections, heard }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn get(egress: &Egress, url: &str) -> Result<Response, reqwest::Error> {
    let request = egress.request(Method::GET, url).unwrap();
    request.timeout(Duration::from_millis(400)).send().await
}

#[tokio::test]
async fn a_name_with_any_address_inside_is_refused_whole() {
    let inside = Inside::answering("").await;
    for answer in [
        &["127.0.0.1"][..],
        &[PUBLIC, "127.0.0.1"],
        &["127.0.0.1", PUBLIC],
        &["2606:4700::1111", "::1"],
        &["::ffff:127.0.0.1"],
        &["169.254.169.254"],
        &["fd00:ec2::254"],
        &["64:ff9b::a9fe:a9fe"],
        &["100.100.100.200"],
        &["10.0.0.7"],
        &[],
    ] {
        let egress = Egress::with_names(Reach::Internet, Names::answering(&[answer]));
        let url = format!("https://carrier.example:{}/", inside.port);
        let error = get(&egress, &url).await.unwrap_err();
        assert!(is_refused(&error), "{answer:?}: {error:?}");
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_name_that_turns_inward_after_it_was_looked_up_reaches_nothing() {
    let inside = Inside::answering("").await;
    let names = Names::answering(&[&[PUBLIC], &["127.0.0.1"]]);
    let egress = Egress::with_names(Reach::Internet, Arc::clone(&names) as Arc<dyn Resolve>);
    let url = format!("https://rebinds.example:{}/", inside.port);
    let error = get(&egress, &url).await.unwrap_err();
    assert!(
        !is_refused(&error),
        "the address that was looked up is called, and no other: {error:?}"
    );
    assert_eq!(names.asked().len(), 1, "what is checked is what is called: one look-up");
    assert!(is_refused(&get(&egress, &url).await.unwrap_err()));
    assert_eq!((names.asked().len(), inside.connections()), (2, 0));
}

#[tokio::test]
async fn an_address_inside_is_refused_without_a_look_up() {
    let names = Names::answering(&[&[PUBLIC]]);
    let egress = Egress::with_names(Reach::Internet, Arc::clone(&names) as Arc<dyn Resolve>);
    for host in ["127.1", "0x7f.1", "[::ffff:127.0.0.1]", "localhost.", "LOCALHOST", "10.1"] {
        assert!(egress.request(Method::POST, &format!("https://{host}/")).is_err(), "{host}");
    }
    assert!(egress.request(Method::POST, "http://carrier.example/").is_err());
    assert!(names.asked().is_empty());
}

#[tokio::test]
async fn tls_is_spoken_under_the_name_that_was_given() {
    let inside = Inside::answering("no TLS").await;
    let names = Names::answering(&[&["127.0.0.1"]]);
    let egress = Egress::with_names(Reach::Loopback, names);
    let url = format!("https://carrier.example:{}/", inside.port);
    assert!(get(&egress, &url).await.unwrap_err().is_connect());
    assert!(inside.heard.lock().unwrap().contains("carrier.example"), "the name in its hello");
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed() {
    let elsewhere = Inside::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let location = format!("http://127.0.0.1:{}/", elsewhere.port);
    let answer = format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let inside = Inside::answering(answer.leak()).await;
    let egress = Egress::new(Reach::Loopback);
    let answer = get(&egress, &format!("http://127.0.0.1:{}/", inside.port)).await.unwrap();
    assert_eq!((answer.status().as_u16(), elsewhere.connections()), (302, 0));
}

#[tokio::test]
async fn an_answer_is_bounded_in_size_and_in_time() {
    let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\n{}", "x".repeat(70_000));
    let inside = Inside::answering(long.leak()).await;
    let egress = Egress::new(Reach::Loopback);
    let url = format!("http://localhost:{}/", inside.port);
    assert_eq!(body(get(&egress, &url).await.unwrap()).await, None);
    let slow = Inside::answering("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n").await;
    let url = format!("http://127.0.0.1:{}/", slow.port);
    assert_eq!(body(get(&egress, &url).await.unwrap()).await, None);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the child is told by its environment where to call")]
async fn no_proxy_of_the_environment_is_asked() {
    // Safe for its neighbours: none of them asks a proxy either.
    let proxy = Inside::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let inside = Inside::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let program = std::env::current_exe().unwrap();
    if let Ok(port) = std::env::var("EGRESS_INSIDE") {
        let egress = Egress::new(Reach::Loopback);
        let answer = get(&egress, &format!("http://127.0.0.1:{port}/")).await.unwrap();
        assert_eq!(answer.status().as_u16(), 204);
        return;
    }
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let mut child = std::process::Command::new(program);
    child.args(["--exact", "no_proxy_of_the_environment_is_asked", "--nocapture"]);
    child.env("EGRESS_INSIDE", inside.port.to_string());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, &address);
    }
    let status = tokio::task::spawn_blocking(move || child.status()).await.unwrap().unwrap();
    assert!(status.success());
    assert_eq!((proxy.connections(), inside.connections()), (0, 1));
}
