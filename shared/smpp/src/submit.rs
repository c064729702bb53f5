//! One text, and the envelope that it goes out in.

use std::fmt;

use doorstep_domain::{carrier::Outgoing, phone::PhoneNumber};
use jiff::SignedDuration;
use rusmpp::{
    pdus::SubmitSm,
    types::{COctetString, EmptyOrFullCOctetString},
    values::{EsmClass, Npi, RegisteredDelivery, Ton},
};

use crate::{
    settings::{Settings, SettingsError},
    source::Source,
};

/// The longest life that a relative validity period is written for: 30 days.
const LONGEST: i64 = 30 * 24 * 3600;

/// A text to one number. Both are in clear: it is never stored.
#[derive(Clone, Copy)]
pub struct Submit<'a> {
    /// Who gets it.
    pub to: &'a PhoneNumber,
    /// What they read.
    pub text: &'a str,
    /// How long the carrier may try: the code's remaining life.
    pub validity: SignedDuration,
    /// Who it is from, if not the account's own sender.
    pub from: Option<&'a Source>,
}

impl<'a> Submit<'a> {
    /// What a carrier is to be handed; `None` for a call.
    #[must_use]
    pub fn of(outgoing: &'a Outgoing, from: Option<&'a Source>) -> Option<Self> {
        let text = outgoing.text()?;
        Some(Self { to: &outgoing.to, text, validity: outgoing.validity, from })
    }
}

impl fmt::Debug for Submit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Submit(to {:?})", self.to)
    }
}

/// What all submits of an account have in common: the sender, and a receipt once it is final.
pub(crate) fn envelope(settings: &Settings) -> Result<SubmitSm, SettingsError> {
    let envelope = SubmitSm::builder()
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        // rusmpp's own default is 0x08, an acknowledgement by the handset.
        .esm_class(EsmClass::from(0x00))
        .registered_delivery(RegisteredDelivery::from(0x01))
        .build();
    from(envelope, &settings.source).ok_or(SettingsError::Source)
}

fn from(mut envelope: SubmitSm, source: &Source) -> Option<SubmitSm> {
    (envelope.source_addr_ton, envelope.source_addr_npi) = source.plan();
    envelope.source_addr = text(source.address())?;
    Some(envelope)
}

/// The envelope with its address and its life on it; `None` when the life is over.
pub(crate) fn address(envelope: &SubmitSm, submit: &Submit<'_>) -> Option<SubmitSm> {
    let mut addressed = envelope.clone();
    if let Some(source) = submit.from {
        addressed = from(addressed, source)?;
    }
    addressed.destination_addr = text(submit.to.expose().trim_start_matches('+'))?;
    let life = validity(submit.validity)?;
    addressed.validity_period = EmptyOrFullCOctetString::from_string(life).ok()?;
    Some(addressed)
}

pub(crate) fn text<const MIN: usize, const MAX: usize>(
    text: &str,
) -> Option<COctetString<MIN, MAX>> {
    COctetString::from_string(text.to_owned()).ok()
}

/// A relative time, `YYMMDDhhmmss000R` (SMPP 3.4, 7.1.1), in whole seconds.
fn validity(life: SignedDuration) -> Option<String> {
    let seconds = life.as_secs().min(LONGEST);
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    (seconds > 0).then(|| format!("0000{days:02}{hours:02}{minutes:02}{rest:02}000R"))
}

#[cfg(test)]
mod tests {
    use doorstep_domain::{Mode, phone::PhoneNumber};
    use rusmpp::types::OctetString;

    use super::*;
    use crate::{Endpoint, Password, Source, frame};

    /// SMPP 3.4, 4.4.1, field by field: what is not ours to say is zero.
    #[test]
    fn a_submit_is_written_as_the_specification_has_it() {
        let endpoint = Endpoint::parse("smpp://smsc.example").unwrap();
        let source = Source::parse("Shop").unwrap();
        let password = Password::new("secret".to_owned());
        let settings = Settings::new(endpoint, "shop".to_owned(), password, source);
        let to = PhoneNumber::parse("+447700900001", None, Mode::Test).unwrap();
        let submit =
            Submit { to: &to, text: "", validity: SignedDuration::from_mins(5), from: None };
        let mut submit = address(&envelope(&settings).unwrap(), &submit).unwrap();
        submit.set_short_message(OctetString::from_static_slice(b"hi").unwrap());
        let body = [
            &b"\0"[..],
            b"\x05\x00Shop\0",
            b"\x01\x01447700900001\0",
            b"\x00\x00\x00",
            b"\0",
            b"000000000500000R\0",
            b"\x01\x00\x00\x00",
            b"\x02hi",
        ];
        assert_eq!(frame::write(0, 1, submit.into())[16..], body.concat());
    }

    #[test]
    fn a_text_is_from_its_shop_and_not_from_the_account() {
        let endpoint = Endpoint::parse("smpp://smsc.example").unwrap();
        let password = Password::new("secret".to_owned());
        let (account, shop) = (Source::parse("Group").unwrap(), Source::parse("60777").unwrap());
        let settings = Settings::new(endpoint, "shop".to_owned(), password, account);
        let to = PhoneNumber::parse("+447700900001", None, Mode::Test).unwrap();
        let validity = SignedDuration::from_mins(5);
        let submit = Submit { to: &to, text: "", validity, from: Some(&shop) };
        let submit = address(&envelope(&settings).unwrap(), &submit).unwrap();
        assert_eq!(frame::write(0, 1, submit.into())[16..26], *b"\0\x03\x0060777\0\x01");
    }

    #[test]
    fn a_life_is_written_as_a_relative_time() {
        let written = |seconds| validity(SignedDuration::from_secs(seconds));
        assert_eq!(written(300).as_deref(), Some("000000000500000R"));
        assert_eq!(written(599).as_deref(), Some("000000000959000R"));
        assert_eq!(written(90_061).as_deref(), Some("000001010101000R"));
        assert_eq!(written(i64::MAX).as_deref(), Some("000030000000000R"));
    }

    #[test]
    fn what_has_no_life_left_is_not_sent() {
        for life in
            [SignedDuration::ZERO, SignedDuration::from_secs(-1), SignedDuration::from_millis(900)]
        {
            assert_eq!(validity(life), None);
        }
    }
}
