//! Faults at the worst moment: a proxy between a function and AWS.
//!
//! The function is pointed at it by its own configuration (`AWS_ENDPOINT_URL`), which is put back
//! when the proxy is dropped.

use std::{
    io::{self, BufReader},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    aws, process, stack,
    wire::{Message, ask},
};

/// What happens to a call that the rule picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The function dies; the call never arrives.
    KillBefore,
    /// The call arrives and the function dies before it hears the answer.
    KillAfter,
    /// The call arrives twice.
    Twice,
    /// The call is refused by an error that says back what was sent.
    Echo,
}

/// Which calls are picked, what happens to them, and how often it may.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Every one of these is in the call's target or body.
    pub says: Vec<&'static str>,
    /// What happens.
    pub fault: Fault,
    /// How often.
    pub times: usize,
}

#[derive(Debug)]
struct State {
    rule: Rule,
    fired: AtomicUsize,
    emulator: String,
    seen: Mutex<Vec<String>>,
}

/// A running proxy with functions behind it.
#[derive(Debug)]
pub struct Proxy {
    state: Arc<State>,
    functions: Vec<(String, Value)>,
}

impl Proxy {
    /// Puts a proxy with this rule before these functions, by their names in the stack's file.
    #[must_use]
    pub fn before(functions: &[&str], rule: Rule) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let emulator = stack().text("/emulator_url").trim_start_matches("http://");
        let state = Arc::new(State {
            rule,
            fired: AtomicUsize::new(0),
            emulator: emulator.to_owned(),
            seen: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&serving);
                thread::spawn(move || state.serve(stream));
            }
        });
        let functions = functions.iter().map(|name| {
            let name = stack().text(&format!("/functions/{name}")).to_owned();
            let variables = environment(&name);
            let mut changed = variables.clone();
            changed["AWS_ENDPOINT_URL"] = format!("http://{address}").into();
            configure(&name, &changed);
            (name, variables)
        });
        Self { functions: functions.collect(), state }
    }

    /// How often the fault has happened.
    #[must_use]
    pub fn fired(&self) -> usize {
        self.state.fired.load(Ordering::SeqCst).min(self.state.rule.times)
    }

    /// What went through, for people.
    #[must_use]
    pub fn seen(&self) -> String {
        self.state.seen.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for (name, variables) in &self.functions {
            configure(name, variables);
        }
    }
}

impl State {
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let peer = stream.peer_addr().ok()?;
        let mut back = stream.try_clone().ok()?;
        let mut reader = BufReader::new(stream);
        while let Ok(Some(request)) = Message::read(&mut reader) {
            let answer = self.forward(request, peer)?;
            answer.write(&mut back).ok()?;
        }
        Some(())
    }

    /// The answer, or nothing when its receiver is dead.
    fn forward(&self, mut request: Message, peer: SocketAddr) -> Option<Message> {
        request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
        request.headers.push(("Host".to_owned(), self.emulator.clone()));
        let fault = self.picks(&request).then_some(self.rule.fault);
        if fault == Some(Fault::Echo) {
            return Some(echo(&request));
        }
        if fault != Some(Fault::KillBefore) {
            let answer = self.upstream(&request);
            match fault {
                Some(Fault::Twice) => return self.upstream(&request).ok(),
                Some(Fault::KillAfter) => {}
                _ => return answer.ok(),
            }
        }
        process::kill(process::behind(peer.port())?);
        None
    }

    fn upstream(&self, request: &Message) -> io::Result<Message> {
        ask(&self.emulator, request)
    }

    fn picks(&self, request: &Message) -> bool {
        let said = format!("{} {}", request.header("x-amz-target").unwrap_or("-"), request.text());
        let picked = self.rule.says.iter().all(|part| said.contains(part))
            && self.fired.fetch_add(1, Ordering::SeqCst) < self.rule.times;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let short: String = said.chars().take(1_000).collect();
        seen.push(format!("{}{short}", if picked { "! " } else { "" }));
        picked
    }
}

/// An error as SNS gives it, with the whole request as its message.
fn echo(request: &Message) -> Message {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid \
         parameter in {}</Message></Error><RequestId>r</RequestId></ErrorResponse>",
        request.text()
    );
    Message {
        first: "HTTP/1.1 400 Bad Request".to_owned(),
        headers: vec![("Content-Type".to_owned(), "text/xml".to_owned())],
        body: body.into_bytes(),
    }
}

fn environment(function: &str) -> Value {
    let answer = lambda("GET", function, &Value::Null);
    answer["Environment"]["Variables"].clone()
}

/// Gives a function these variables; its warm processes end.
fn configure(function: &str, variables: &Value) {
    lambda("PUT", function, &json!({"Environment": {"Variables": variables}}));
    for _ in 0..100 {
        if lambda("GET", function, &Value::Null)["State"] == "Active" {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// A call to Lambda that also works while a test unwinds.
fn lambda(method: &str, function: &str, body: &Value) -> Value {
    let emulator = stack().text("/emulator_url").trim_start_matches("http://");
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = Message {
        first: format!("{method} /2015-03-31/functions/{function}/configuration HTTP/1.1"),
        headers: vec![
            header("Host", emulator),
            header("Authorization", &aws::authorization("lambda")),
            header("Content-Type", "application/json"),
        ],
        body: if body.is_null() { Vec::new() } else { body.to_string().into_bytes() },
    };
    let answer = ask(emulator, &request).map(|answer| answer.text()).unwrap_or_default();
    serde_json::from_str(&answer).unwrap_or(Value::Null)
}
