//! Whether a text may go to a shopper: asked when it is wanted, and once more when it goes out.
//!
//! What is asked last is what counts: between the answer and the carrier lies one call, and a
//! withdrawal that comes in between has come while the text was under way.

use crate::{
    Fault,
    carrier::Channel,
    compose::{Letterhead, Source},
    consent::{TRANSACTIONAL, live},
    id::UserId,
    keys::DataKeys,
    ports::{Ledger, Phones},
    tries::PhoneRecord,
};

/// Whether a letter for this purpose may go to the number of this record.
///
/// # Errors
/// When the ledger cannot be read: then nothing goes out.
pub(crate) async fn may_send(
    ports: &impl Ledger,
    keys: &DataKeys,
    (user, record): (Option<UserId>, &PhoneRecord),
    purpose: &str,
) -> Result<bool, Fault> {
    match user {
        _ if purpose == TRANSACTIONAL => Ok(true),
        // The number may have gone to somebody else, or its shopper may be forgotten.
        Some(user) if record.user == Some(user) => {
            let entries = ports.entries(keys, user).await?;
            let live = live(&entries, Channel::Sms.as_str(), record.objected);
            Ok(live.contains(&purpose))
        }
        _ => Ok(false),
    }
}

/// Why the shopper must not get this any more: what they agreed to may have changed while it
/// waited.
pub(crate) async fn unwanted(
    ports: &(impl Ledger + Phones),
    head: &Letterhead,
    keys: &DataKeys,
) -> Result<Option<&'static str>, Fault> {
    let phone = match &head.source {
        Source::Signup(attempt) => attempt.phone_index.clone(),
        Source::Letter(_) => keys.phone_index(&head.to),
    };
    let record = ports.find(keys, &phone).await?;
    if record.suppressed.is_some() {
        return Ok(Some("suppressed"));
    }
    let Source::Letter(letter) = &head.source else { return Ok(None) };
    let may_send = may_send(ports, keys, (letter.user, &record), &letter.purpose).await?;
    Ok((!may_send).then_some("consent_withdrawn"))
}
