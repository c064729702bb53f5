//! PDUs on the wire. What we say is written by `rusmpp`; what a carrier says is read here, and
//! forgivingly: a receipt with one odd field is still a receipt.

use std::io;

use bytes::BytesMut;
use rusmpp::{Command, CommandId, CommandStatus, Pdu, encode::owned::Encode};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Length, command, status and sequence number.
const HEADER: usize = 16;
/// More than a `message_payload` of 64 KiB needs.
const LONGEST: usize = 70_000;

/// A PDU that came in: its header, and its body unread.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) command: CommandId,
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    pub(crate) body: Vec<u8>,
}

impl Frame {
    /// The C string that the body begins with: the message id of a `submit_sm_resp`. A missing
    /// body is an empty one, as SMPP 3.4 has it for failures.
    pub(crate) fn first_text(&self) -> String {
        let end = self.body.iter().position(|octet| *octet == 0).unwrap_or(self.body.len());
        String::from_utf8_lossy(&self.body[..end]).into_owned()
    }
}

/// The next PDU; `None` when the carrier closed the link between two.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Frame>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e),
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if !(HEADER..=LONGEST).contains(&length) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut rest = vec![0; length - 4];
    stream.read_exact(&mut rest).await?;
    let body = rest.split_off(HEADER - 4);
    let word = |at: usize| u32::from_be_bytes([rest[at], rest[at + 1], rest[at + 2], rest[at + 3]]);
    Ok(Some(Frame { command: word(0).into(), status: word(4), sequence: word(8), body }))
}

/// The octets of a PDU.
pub(crate) fn write(status: u32, sequence: u32, pdu: Pdu) -> BytesMut {
    let command = Command::new(CommandStatus::from(status), sequence, pdu);
    let mut body = BytesMut::new();
    command.encode(&mut body);
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    let mut octets = BytesMut::from(&length.to_be_bytes()[..]);
    octets.extend_from_slice(&body);
    octets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decoded(mut octets: &[u8]) -> io::Result<Option<Frame>> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read(&mut octets))
    }

    #[test]
    fn what_is_written_is_read() {
        let octets = write(0x58, 7, Pdu::EnquireLinkResp);
        assert_eq!(octets.len(), 16);
        let frame = decoded(&octets).unwrap().unwrap();
        assert_eq!(
            (frame.command, frame.status, frame.sequence),
            (CommandId::EnquireLinkResp, 0x58, 7)
        );
        assert_eq!(frame.first_text(), "");
    }

    #[test]
    fn a_link_that_ends_inside_a_pdu_is_broken() {
        let octets = write(0, 1, Pdu::EnquireLink);
        assert!(decoded(&octets[..10]).is_err());
        assert!(decoded(&[]).unwrap().is_none());
    }

    #[test]
    fn a_length_that_no_pdu_has_is_refused_before_memory_is_taken() {
        for length in [0_u32, 15, 70_001, u32::MAX] {
            assert!(decoded(&length.to_be_bytes()).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Some(frame)) = decoded(&octets) {
                let _ = frame.first_text();
            }
        }
    }
}
