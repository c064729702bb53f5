//! An SMPP carrier that says yes to everything: as little of SMPP 3.4 as a session needs. How the
//! protocol is spoken is tested against another's SMSC, in `shared/smpp`.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const DELIVER_SM: u32 = 0x05;
const ANSWER: u32 = 0x8000_0000;
const COMMANDS: [(u32, &str); 6] = [
    (0x01, "bind_receiver"),
    (0x02, "bind_transmitter"),
    (0x04, "submit_sm"),
    (0x06, "unbind"),
    (0x15, "enquire_link"),
    (ANSWER | DELIVER_SM, "deliver_sm_resp"),
];

#[derive(Default)]
struct State {
    seen: Vec<String>,
    waiting: BTreeMap<u32, Vec<u8>>,
}

/// A carrier on a port of its own, until the runtime ends.
#[derive(Clone)]
pub struct Smsc {
    /// Where it listens, `smpp://…`.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Smsc {
    /// Starts one that holds these bodies of `deliver_sm` for the first receiver, and gives each
    /// up when it is taken.
    pub async fn start(deliveries: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smpp://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        state.lock().unwrap().waiting = (100..).zip(deliveries).collect();
        let smsc = Self { url, state };
        let listening = smsc.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let smsc = listening.clone();
                tokio::spawn(async move { smsc.serve(stream).await });
            }
        });
        smsc
    }

    /// The body of a `deliver_sm` with this `esm_class` and text (SMPP 3.4, 4.6.1).
    #[must_use]
    pub fn delivery(esm_class: u8, text: &str) -> Vec<u8> {
        let mut body = b"\0\x01\x01447700900001\0\0\x0060777\0".to_vec();
        body.extend([esm_class, 0, 0, 0, 0, 0, 0, 0, 0, u8::try_from(text.len()).unwrap()]);
        body.extend(text.bytes());
        body
    }

    /// What it was asked, in order; answers to deliveries with their status.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        self.state.lock().unwrap().seen.clone()
    }

    /// How many deliveries nobody has taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.state.lock().unwrap().waiting.len()
    }

    async fn serve(&self, mut stream: TcpStream) -> Option<()> {
        loop {
            let mut head = [0; 16];
            stream.read_exact(&mut head).await.ok()?;
            let [length, command, status, sequence] =
                [0, 4, 8, 12].map(|at| u32::from_be_bytes(head[at..at + 4].try_into().unwrap()));
            let mut body = vec![0; length as usize - head.len()];
            stream.read_exact(&mut body).await.ok()?;
            let name = COMMANDS.iter().find(|(id, _)| *id == command).map_or("?", |(_, n)| *n);
            self.note(name, status, sequence);
            if command & ANSWER == 0 {
                write(&mut stream, command | ANSWER, sequence, b"id-1\0").await?;
            }
            if name == "bind_receiver" {
                let waiting = self.state.lock().unwrap().waiting.clone();
                for (sequence, body) in waiting {
                    write(&mut stream, DELIVER_SM, sequence, &body).await?;
                }
            }
        }
    }

    fn note(&self, name: &str, status: u32, sequence: u32) {
        let state = &mut self.state.lock().unwrap();
        if name != "deliver_sm_resp" {
            state.seen.push(name.to_owned());
            return;
        }
        state.seen.push(format!("{name} {status:#x}"));
        if status == 0 {
            state.waiting.remove(&sequence);
        }
    }
}

async fn write(stream: &mut TcpStream, command: u32, sequence: u32, body: &[u8]) -> Option<()> {
    // Answers to unbind and enquire_link have no body.
    let bare = [0x06, 0x15].contains(&(command & !ANSWER));
    let body = if bare { &[] } else { body };
    let length = u32::try_from(16 + body.len()).unwrap();
    let head = [length, command, 0, sequence].map(u32::to_be_bytes).concat();
    stream.write_all(&[&head, body].concat()).await.ok()
}
