//! A stand-in as a child process, and its control.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// A carrier's stand-in; it ends with this value.
pub(crate) struct StandIn {
    process: Child,
    /// Where the carrier is.
    pub(crate) url: String,
    control: String,
    client: reqwest::Client,
}

impl StandIn {
    /// Starts one, and waits until it is ready.
    pub(crate) fn start(carrier: &str, options: &[&str]) -> Self {
        let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let mut folders = folders.map(|folder| folder.join("infra/stand_ins"));
        let folder = folders.find(|folder| folder.exists()).expect("the stand-ins");
        let mut process = Command::new("python3")
            .arg(folder)
            .arg(carrier)
            .args(["--delay-ms", "50"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut urls = line.split([' ', ',', '\n']).filter(|word| word.starts_with("http://"));
        let (url, control) = (urls.next().unwrap().to_owned(), urls.next().unwrap().to_owned());
        Self { process, url, control, client: reqwest::Client::new() }
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/_stand-in/{path}", self.control);
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.client.request(method, url).body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    /// How it behaves from now on.
    pub(crate) async fn switch(&self, order: Value) {
        self.ask(reqwest::Method::POST, "switch", Some(order)).await;
    }

    /// What it received, oldest first.
    pub(crate) async fn received(&self) -> Vec<Value> {
        let mut answer = self.ask(reqwest::Method::GET, "received", None).await;
        serde_json::from_value(answer["messages"].take()).unwrap()
    }

    /// The newest that it received.
    pub(crate) async fn newest(&self) -> Value {
        self.received().await.pop().expect("nothing was received")
    }

    /// Makes it deliver a shopper's text.
    pub(crate) async fn writes(&self, text: Value) {
        let answer = self.ask(reqwest::Method::POST, "inbound", Some(text)).await;
        assert_eq!(answer["answered"], 200);
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
    }
}
