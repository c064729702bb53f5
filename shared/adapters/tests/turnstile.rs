//! Turnstile, against the stand-in of `infra/stand_ins`, over HTTP.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use doorstep_adapters::turnstile::Turnstile;
use doorstep_domain::{Fault, guard::Expected, ports::Challenges};

// https://developers.cloudflare.com/turnstile/troubleshooting/testing/
const PASSES: &str = "1x0000000000000000000000000000000AA";
const FAILS: &str = "2x0000000000000000000000000000000AA";
const SPENT: &str = "3x0000000000000000000000000000000AA";

/// The stand-in; it ends with this value.
struct StandIn(Child, String);

impl StandIn {
    fn start() -> Self {
        let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
        let mut files = folders.map(|folder| folder.join("infra/stand_ins/turnstile.py"));
        let mut process = Command::new("python3")
            .arg(files.find(|file| file.exists()).expect("the stand-in"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        Self(process, format!("{url}/turnstile/v0/siteverify"))
    }

    async fn solved(&self, key: &str, token: &str) -> Result<bool, Fault> {
        let asks = Turnstile::with_key(Arc::default(), self.1.clone(), key.to_owned());
        asks.solved(token, &expected()).await
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn expected() -> Expected {
    let hosts = vec!["shop.example".to_owned()];
    Expected { binding: "0f".to_owned(), hosts, source: Some([203, 0, 113, 7].into()) }
}

#[tokio::test]
async fn a_token_counts_once_where_and_for_what_it_was_solved() {
    let cloudflare = StandIn::start();
    assert_eq!(cloudflare.solved(PASSES, "shop.example|0f").await, Ok(true));
    assert_eq!(cloudflare.solved(PASSES, "shop.example|0f").await, Ok(false), "it is spent");
    assert_eq!(cloudflare.solved(PASSES, "shop.example|0e").await, Ok(false));
    assert_eq!(cloudflare.solved(PASSES, "evil.example|0f").await, Ok(false));
    assert_eq!(cloudflare.solved(FAILS, "shop.example|0f").await, Ok(false));
    assert_eq!(cloudflare.solved(SPENT, "shop.example|0f").await, Ok(false));
}

#[tokio::test]
async fn a_wrong_secret_and_a_silent_service_are_faults() {
    let cloudflare = StandIn::start();
    cloudflare.solved("guessed", "shop.example|0f").await.unwrap_err();
    let url = "http://127.0.0.1:9".to_owned();
    let nobody = Turnstile::with_key(Arc::default(), url, PASSES.to_owned());
    nobody.solved("shop.example|0f", &expected()).await.unwrap_err();
}
