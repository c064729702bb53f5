//! A carrier's verdict about one text, and what it means for others.

use jiff::Timestamp;

use super::{call_fraud, signups_of};
use crate::{
    Fault, Mode,
    carrier::{CarrierName, is_fraud},
    id::SignupId,
    keys::DataKeys,
    phone::PhoneNumber,
    ports::Slates,
};

/// What a carrier said about a text that it did not deliver.
#[derive(Debug, Clone, Copy)]
pub struct Verdict<'a> {
    /// Who.
    pub carrier: CarrierName,
    /// Its own code.
    pub code: &'a str,
    /// The number.
    pub to: &'a PhoneNumber,
    /// The sign-up that the text was for, if any.
    pub signup: Option<SignupId>,
    /// When.
    pub at: Timestamp,
}

/// A carrier that calls a text fraud speaks of its range too: that gets no texts for a while. Other
/// verdicts mean nothing here. In test mode, only sends that guards counted are their business.
///
/// # Errors
/// When the port is broken.
pub async fn hear_verdict(
    ports: &impl Slates,
    (mode, shared): (Mode, &DataKeys),
    verdict: Verdict<'_>,
) -> Result<(), Fault> {
    let Verdict { carrier, code, to, signup, at } = verdict;
    if !is_fraud(carrier, code) {
        return Ok(());
    }
    let counted = match (mode, signup) {
        (Mode::Live, _) => true,
        (Mode::Test, None) => false,
        (Mode::Test, Some(id)) => signups_of(ports, shared, to).await?.contains(&id),
    };
    if counted { call_fraud(ports, shared, to, at).await } else { Ok(()) }
}
