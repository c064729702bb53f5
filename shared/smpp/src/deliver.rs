//! What a `deliver_sm` is: a receipt, or a text from a shopper.

use std::fmt;

use crate::{
    alphabet::{Alphabet, read},
    ids::IdBase,
    receipt::{Receipt, Tlvs},
};

/// The bits of `esm_class` that make a `deliver_sm` a receipt: final, and on the way there
/// (SMPP 3.4, 5.2.12).
const RECEIPT: (u8, u8, u8) = (0x3C, 0x04, 0x20);
/// The bit of `esm_class` that says that a user data header comes first.
const UDH: u8 = 0x40;
const MESSAGE_PAYLOAD: u16 = 0x0424;
const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
const MESSAGE_STATE: u16 = 0x0427;
const NETWORK_ERROR_CODE: u16 = 0x0423;

/// What a carrier hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// What became of a text of ours.
    Receipt(Receipt),
    /// A text from a shopper.
    Inbound(Inbound),
}

/// A text from a shopper, such as STOP. Each part of a longer one comes by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Who sent it, as the carrier writes it; with a plus when it says that it is international.
    pub from: String,
    /// To which of our numbers.
    pub to: String,
    /// What they wrote.
    pub text: String,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inbound(…)")
    }
}

/// Reads the body of a `deliver_sm`; `None` when it is none, or a receipt for nobody knows what.
///
/// A receipt is known by `esm_class` or the TLV `receipted_message_id`, never by its text: a
/// shopper could write the same.
pub(crate) fn parse(body: &[u8], alphabet: Alphabet, ids: IdBase) -> Option<Delivery> {
    let fields = Fields::read(body)?;
    let (mask, last, interim) = RECEIPT;
    let kind = fields.esm_class & mask;
    if kind == last || kind == interim || fields.tlvs.id.is_some() {
        let text = read(Alphabet::Latin1, fields.coding, fields.text);
        return Receipt::read(&fields.tlvs, &text, ids, kind != interim).map(Delivery::Receipt);
    }
    let text = if fields.esm_class & UDH == 0 { fields.text } else { after_header(fields.text) };
    Some(Delivery::Inbound(Inbound {
        from: address(fields.source),
        to: address(fields.destination),
        text: read(alphabet, fields.coding, text),
    }))
}

fn address((ton, address): (u8, &[u8])) -> String {
    let plus = if ton == 1 && !address.starts_with(b"+") { "+" } else { "" };
    format!("{plus}{}", String::from_utf8_lossy(address))
}

fn after_header(text: &[u8]) -> &[u8] {
    let length = text.first().map_or(0, |length| usize::from(*length) + 1);
    text.get(length..).unwrap_or_default()
}

/// The fields that matter, borrowed.
struct Fields<'a> {
    source: (u8, &'a [u8]),
    destination: (u8, &'a [u8]),
    esm_class: u8,
    coding: u8,
    text: &'a [u8],
    tlvs: Tlvs,
}

impl<'a> Fields<'a> {
    /// SMPP 3.4, 4.6.1. Fields of any length are taken, and a TLV that is cut short ends the list.
    fn read(body: &'a [u8]) -> Option<Self> {
        let mut rest = Cursor(body);
        rest.text()?;
        let source = (rest.skip_to_address()?, rest.text()?);
        let destination = (rest.skip_to_address()?, rest.text()?);
        let esm_class = rest.octet()?;
        rest.take(2)?;
        rest.text()?;
        rest.text()?;
        rest.take(2)?;
        let coding = rest.octet()?;
        rest.octet()?;
        let length = rest.octet()?;
        let mut text = rest.take(length.into())?;
        let mut tlvs = Tlvs::default();
        while let Some((tag, value)) = rest.tlv() {
            match tag {
                MESSAGE_PAYLOAD if text.is_empty() => text = value,
                RECEIPTED_MESSAGE_ID => tlvs.id = Some(printable(value)),
                MESSAGE_STATE => tlvs.state = value.first().copied(),
                NETWORK_ERROR_CODE => {
                    tlvs.error = value.last_chunk().map(|e| u16::from_be_bytes(*e));
                }
                _ => {}
            }
        }
        Some(Self { source, destination, esm_class, coding, text, tlvs })
    }
}

/// Some carriers end the value with a zero, as they should, and some do not.
fn printable(value: &[u8]) -> String {
    let end = value.iter().position(|octet| *octet == 0).unwrap_or(value.len());
    String::from_utf8_lossy(&value[..end]).into_owned()
}

struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn octet(&mut self) -> Option<u8> {
        self.take(1).map(|octet| octet[0])
    }

    /// A type of number, and over the numbering plan.
    fn skip_to_address(&mut self) -> Option<u8> {
        self.take(2).map(|plan| plan[0])
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|octet| *octet == 0)?;
        let text = self.take(end);
        self.take(1)?;
        text
    }

    fn tlv(&mut self) -> Option<(u16, &'a [u8])> {
        let tag = u16::from_be_bytes(*self.take(2)?.first_chunk()?);
        let length = u16::from_be_bytes(*self.take(2)?.first_chunk()?);
        Some((tag, self.take(length.into())?))
    }
}

#[cfg(test)]
mod tests {
    use doorstep_domain::message::MessageStatus;
    use proptest::prelude::*;

    use super::*;

    fn body(esm_class: u8, coding: u8, text: &[u8], tlvs: &[u8]) -> Vec<u8> {
        let mut body = b"\0\x01\x01447400123456\0\x05\x00Shop\0".to_vec();
        body.extend([esm_class, 0, 0, 0, 0, 0, 0, coding, 0, u8::try_from(text.len()).unwrap()]);
        [&body, text, tlvs].concat()
    }

    fn parsed(esm_class: u8, coding: u8, text: &[u8], tlvs: &[u8]) -> Option<Delivery> {
        parse(&body(esm_class, coding, text, tlvs), Alphabet::Gsm7, IdBase::default())
    }

    fn receipt(esm_class: u8, text: &[u8], tlvs: &[u8]) -> Receipt {
        match parsed(esm_class, 0, text, tlvs) {
            Some(Delivery::Receipt(receipt)) => receipt,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_shopper_cannot_write_a_receipt() {
        let forged = parsed(0, 0, b"id:123 stat:DELIVRD err:000", &[]);
        assert!(matches!(forged, Some(Delivery::Inbound(_))));
    }

    #[test]
    fn tlvs_win_over_the_text() {
        let tlvs = b"\0\x1e\0\x04abc\0\x04\x27\0\x01\x05\x04\x23\0\x03\x03\0\x01";
        let receipt = receipt(0x04, b"id:999 stat:DELIVRD err:000", tlvs);
        assert_eq!(receipt.carrier_message_id, "abc");
        assert_eq!(receipt.status, MessageStatus::Undelivered);
    }

    #[test]
    fn odd_tlvs_do_not_lose_a_receipt() {
        for tlvs in [
            &b"\0\x1e\0\x03abc\x04\x27\0\x01\x02"[..],
            b"\x14\x00\0\x02xy\0\x1e\0\x03abc\x04\x27\0\x01\x02\x04\x23\0\x01\x03",
            b"\0\x1e\0\x03abc\x04\x27\0\x01\x02\x14\x00\0\x09xy",
        ] {
            let receipt = receipt(0x00, b"", tlvs);
            assert_eq!(receipt.carrier_message_id, "abc");
            assert_eq!(receipt.status, MessageStatus::Delivered);
        }
    }

    #[test]
    fn an_interim_notification_is_never_final() {
        let receipt = receipt(0x20, b"id:1 stat:UNDELIV err:001", &[]);
        assert_eq!((receipt.status, receipt.class), (MessageStatus::Sent, None));
    }

    #[test]
    fn a_shoppers_text_is_read_in_the_carriers_alphabet() {
        let expected = |text: &str| {
            let (from, to) = ("+447400123456".to_owned(), "Shop".to_owned());
            Some(Delivery::Inbound(Inbound { from, to, text: text.to_owned() }))
        };
        assert_eq!(parsed(0, 0, b"STOP \x00", &[]), expected("STOP @"));
        assert_eq!(parsed(0, 3, b"STOP @", &[]), expected("STOP @"));
        assert_eq!(parsed(0, 8, b"\0S\0T\xd8\x3d\xde\x00", &[]), expected("ST😀"));
        assert_eq!(parsed(0x40, 0, b"\x05\0\x03\x01\x02\x01STOP", &[]), expected("STOP"));
        assert_eq!(parsed(0, 0, b"", b"\x04\x24\0\x04STOP"), expected("STOP"));
    }

    #[test]
    fn a_shoppers_number_and_text_never_print() {
        let shown = format!("{:?}", parsed(0, 0, b"STOP", &[]));
        assert_eq!(shown, "Some(Inbound(Inbound(…)))");
    }

    proptest! {
        #[test]
        fn no_body_panics(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&octets, Alphabet::Gsm7, IdBase::default());
        }

        #[test]
        fn no_text_and_no_tlvs_panic(
            esm_class: u8, coding: u8,
            text in proptest::collection::vec(any::<u8>(), 0..255),
            tlvs in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let _ = parsed(esm_class, coding, &text, &tlvs);
        }
    }
}
