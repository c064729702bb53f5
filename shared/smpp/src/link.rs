//! One connection: requests and their answers by sequence number, and the carrier's own requests.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use rusmpp::{CommandId, Pdu, pdus::DeliverSmResp};
use tokio::{
    io::{AsyncWriteExt, ReadHalf, WriteHalf, split},
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    dial::Duplex,
    frame::{Frame, read, write},
};

/// `ESME_RINVCMDID`.
const INVALID_COMMAND: u32 = 0x03;
/// `ESME_RX_T_APPN`: not now; the carrier hands it over again.
pub(crate) const NOT_NOW: u32 = 0x64;

type Stream = Box<dyn Duplex>;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The request was not written: nobody has it.
    NotWritten,
    /// It was written, and no answer came in time.
    TimedOut,
    /// It was written, and the link ended.
    Ended,
}

/// A link in use. Dropping it closes the connection.
pub(crate) struct Link {
    shared: Arc<Shared>,
    sequence: AtomicU32,
    reader: JoinHandle<()>,
}

struct Shared {
    writer: AsyncMutex<WriteHalf<Stream>>,
    /// Who waits for which answer; `None` once the link ended.
    waiting: Mutex<Option<HashMap<u32, oneshot::Sender<Frame>>>>,
}

impl Link {
    /// Takes over a connection. What the carrier delivers goes to `deliveries`; when nobody takes
    /// it, or the channel is full, the carrier is told to keep it.
    pub(crate) fn over(stream: Stream, deliveries: Option<mpsc::Sender<Frame>>) -> Self {
        let (reader, writer) = split(stream);
        let shared = Arc::new(Shared {
            writer: AsyncMutex::new(writer),
            waiting: Mutex::new(Some(HashMap::new())),
        });
        let reader = tokio::spawn(listen(reader, Arc::clone(&shared), deliveries));
        Self { shared, sequence: AtomicU32::new(1), reader }
    }

    /// Whether the link has ended, as far as anybody has noticed.
    pub(crate) fn has_ended(&self) -> bool {
        self.shared.waiting(|waiting| waiting.is_none())
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask(&self, pdu: Pdu, patience: Duration) -> Result<Frame, Silence> {
        // Sequence numbers go from 1 to 0x7FFFFFFF (SMPP 3.4, 3.2); no link lives that long.
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed) & 0x7FFF_FFFF;
        let (answer, answered) = oneshot::channel();
        let listening =
            self.shared.waiting(|waiting| waiting.as_mut().map(|w| w.insert(sequence, answer)));
        listening.ok_or(Silence::NotWritten)?;
        let asked = timeout(patience, async {
            self.shared.say(0, sequence, pdu).await.map_err(|_| Silence::NotWritten)?;
            answered.await.map_err(|_| Silence::Ended)
        });
        let answer = asked.await.unwrap_or(Err(Silence::TimedOut));
        if answer.is_err() {
            self.shared.waiting(|waiting| waiting.as_mut().map(|w| w.remove(&sequence)));
        }
        answer
    }

    /// Answers a `deliver_sm`.
    pub(crate) async fn acknowledge(&self, sequence: u32, status: u32) {
        // If the link is gone, the carrier delivers again on the next one.
        let _ = self.shared.say(status, sequence, delivered()).await;
    }

    /// Takes leave, so that the carrier gives the bind free at once, and closes the connection.
    pub(crate) async fn unbind(&self, patience: Duration) {
        let _ = self.ask(Pdu::Unbind, patience).await;
        let _ = timeout(patience, async { self.shared.writer.lock().await.shutdown().await }).await;
        self.reader.abort();
        self.shared.end();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Shared {
    fn waiting<T>(
        &self,
        with: impl FnOnce(&mut Option<HashMap<u32, oneshot::Sender<Frame>>>) -> T,
    ) -> T {
        with(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn say(&self, status: u32, sequence: u32, pdu: Pdu) -> std::io::Result<()> {
        let octets = write(status, sequence, pdu);
        let mut writer = self.writer.lock().await;
        writer.write_all(&octets).await?;
        writer.flush().await
    }

    /// Whoever waits learns that no answer comes.
    fn end(&self) {
        self.waiting(Option::take);
    }
}

fn delivered() -> Pdu {
    Pdu::DeliverSmResp(DeliverSmResp::default())
}

async fn listen(
    mut reader: ReadHalf<Stream>,
    shared: Arc<Shared>,
    deliveries: Option<mpsc::Sender<Frame>>,
) {
    while let Ok(Some(frame)) = read(&mut reader).await {
        if !take(frame, &shared, deliveries.as_ref()).await {
            break;
        }
    }
    shared.end();
    // Hang up too, so that the carrier does not count a bind that nobody uses.
    let _ = shared.writer.lock().await.shutdown().await;
}

/// Deals with a PDU; `false` when the link is over.
async fn take(frame: Frame, shared: &Shared, deliveries: Option<&mpsc::Sender<Frame>>) -> bool {
    let sequence = frame.sequence;
    let said = match frame.command {
        CommandId::EnquireLink => shared.say(0, sequence, Pdu::EnquireLinkResp).await,
        CommandId::Unbind => {
            let _ = shared.say(0, sequence, Pdu::UnbindResp).await;
            return false;
        }
        CommandId::DeliverSm => {
            if deliveries.is_some_and(|deliveries| deliveries.try_send(frame).is_ok()) {
                Ok(())
            } else {
                shared.say(NOT_NOW, sequence, delivered()).await
            }
        }
        command if u32::from(command) & 0x8000_0000 != 0 => {
            let waiter = shared.waiting(|waiting| waiting.as_mut()?.remove(&sequence));
            // Nobody waits any more: the answer came too late, and the outcome is told already.
            waiter.map(|waiter| waiter.send(frame));
            Ok(())
        }
        _ => shared.say(INVALID_COMMAND, sequence, Pdu::GenericNack).await,
    };
    said.is_ok()
}
