//! A text as the `submit_sm`s that carry it.

use rusmpp::{
    pdus::SubmitSm,
    tlvs::MessageSubmissionRequestTlvValue as Parameter,
    types::{AnyOctetString, OctetString},
    values::MessagePayload,
};

use crate::{
    alphabet::{Alphabet, Written, write, write_whole},
    settings::LongMessage,
};

/// A user data header with one element: 8-bit concatenation (3GPP TS 23.040, 9.2.3.24.1).
const UDH: [u8; 3] = [0x05, 0x00, 0x03];

/// Puts the text into copies of `envelope`. `reference` ties the parts together. `None` when the
/// text is empty or needs more than 255 parts.
pub(crate) fn fill(
    envelope: &SubmitSm,
    (alphabet, long): (Alphabet, LongMessage),
    text: &str,
    reference: u8,
) -> Option<Vec<SubmitSm>> {
    let parts = write(alphabet, text);
    let total = u8::try_from(parts.len()).ok()?;
    if text.is_empty() {
        return None;
    }
    if total == 1 {
        return parts.iter().map(|part| short(envelope, part, &[])).collect();
    }
    if long == LongMessage::Payload {
        return Some(vec![payload(envelope, write_whole(alphabet, text))]);
    }
    let numbered = (1..=total).zip(&parts);
    let sar = long == LongMessage::Sar;
    let number = |(number, part)| {
        let of = [reference, total, number];
        if sar { with_tlvs(envelope, part, of) } else { with_header(envelope, part, of) }
    };
    numbered.map(number).collect()
}

fn with_header(envelope: &SubmitSm, part: &Written, of: [u8; 3]) -> Option<SubmitSm> {
    let header = [UDH, of].concat();
    Some(short(envelope, part, &header)?.with_udhi_indicator())
}

fn with_tlvs(envelope: &SubmitSm, part: &Written, of: [u8; 3]) -> Option<SubmitSm> {
    let [reference, total, number] = of;
    let mut submit = short(envelope, part, &[])?;
    submit.push_tlv(Parameter::SarMsgRefNum(reference.into()));
    submit.push_tlv(Parameter::SarTotalSegments(total));
    submit.push_tlv(Parameter::SarSegmentSeqnum(number));
    Some(submit)
}

fn short(envelope: &SubmitSm, part: &Written, header: &[u8]) -> Option<SubmitSm> {
    let octets = [header, &part.octets].concat();
    let mut submit = envelope.clone();
    submit.data_coding = part.coding;
    submit.set_short_message(OctetString::from_vec(octets).ok()?);
    Some(submit)
}

fn payload(envelope: &SubmitSm, whole: Written) -> SubmitSm {
    let mut submit = envelope.clone();
    submit.data_coding = whole.coding;
    submit.push_tlv(Parameter::MessagePayload(MessagePayload::new(AnyOctetString::from_vec(
        whole.octets,
    ))));
    submit
}

#[cfg(test)]
mod tests {
    use rusmpp::values::EsmClass;

    use super::*;

    fn envelope() -> SubmitSm {
        SubmitSm::builder().esm_class(EsmClass::from(0)).build()
    }

    fn filled(long: LongMessage, text: &str) -> Vec<SubmitSm> {
        fill(&envelope(), (Alphabet::Gsm7, long), text, 7).unwrap()
    }

    #[test]
    fn a_text_of_160_characters_is_one_submit_without_a_header() {
        let parts = filled(LongMessage::Udh, &"a".repeat(160));
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].short_message().len(), 160);
        assert_eq!(u8::from(parts[0].esm_class), 0);
    }

    #[test]
    fn each_part_of_161_characters_says_which_of_how_many_it_is() {
        let parts = filled(LongMessage::Udh, &"a".repeat(161));
        let headers: Vec<_> = parts.iter().map(|part| part.short_message()[..6].to_vec()).collect();
        assert_eq!(headers, [[5, 0, 3, 7, 2, 1], [5, 0, 3, 7, 2, 2]]);
        assert_eq!(
            parts.iter().map(|part| part.short_message().len()).collect::<Vec<_>>(),
            [159, 14]
        );
        assert!(parts.iter().all(|part| u8::from(part.esm_class) == 0x40));
    }

    #[test]
    fn parts_may_be_numbered_beside_the_text() {
        let parts = filled(LongMessage::Sar, &"a".repeat(161));
        assert_eq!(
            parts.iter().map(|part| part.short_message().len()).collect::<Vec<_>>(),
            [153, 8]
        );
        assert!(parts.iter().all(|part| u8::from(part.esm_class) == 0 && part.tlvs().len() == 3));
    }

    #[test]
    fn the_carrier_may_cut_the_text() {
        let parts = filled(LongMessage::Payload, &"a".repeat(161));
        assert_eq!((parts.len(), parts[0].short_message().len(), parts[0].tlvs().len()), (1, 0, 1));
        assert_eq!(parts[0].tlvs()[0].value_length(), 161);
    }

    #[test]
    fn a_text_that_no_header_can_number_is_refused() {
        let text = "a".repeat(153 * 256);
        let refused = fill(&envelope(), (Alphabet::Gsm7, LongMessage::Udh), &text, 7);
        assert_eq!(refused, None);
        let empty = fill(&envelope(), (Alphabet::Gsm7, LongMessage::Udh), "", 7);
        assert_eq!(empty, None);
    }
}
