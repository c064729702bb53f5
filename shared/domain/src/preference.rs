//! Links to a shopper's own preferences: in texts that advertise, and for the shop to hand on.
//!
//! A link needs no login and no code: its token is 128 bits that nobody guesses, bound to a shopper
//! of a store and a mode. It shows what they agreed to and lets them take it back; it grants nothing.

mod choices;
mod switch_on;

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};

pub use self::{
    choices::{Choice, Preferences, read},
    switch_on::{Wanted, switch_on},
};
use crate::{
    Fault, Mode,
    audit::Hash,
    id::{StoreId, UserId},
    keys::DataKeys,
    ports::{Clock, KeyRing, PreferenceLinks, Stores, Users},
    store::Store,
    user::User,
    write,
};

/// Days that a link opens, the day of its issue among them: long enough for a text that is found
/// again weeks later, while a text that lies about for years opens nothing.
const DAYS: i64 = 30;
const DAY: i64 = 86_400;
/// Days ahead for which links are made: a text that waits has that of the day on which it goes out.
const AHEAD: i64 = write::AHEAD.as_secs() / DAY;
/// Characters of base64url: 128 bits.
const LENGTH: usize = 22;

/// What a link carries. It does not print itself.
///
/// As text it is 22 characters of base64url (RFC 4648 §5). The last has two bits of the 128 and is
/// one of `A`, `Q`, `g`, `w`: some phones leave a final `-` or `_` out of a link.
#[derive(Clone)]
pub struct PreferenceToken([u8; 16]);

impl PreferenceToken {
    /// The token of a shopper on a day, counted from 1 January 1970, UTC: always the same one, so
    /// that the texts of a day share it.
    #[must_use]
    pub fn of(keys: &DataKeys, user: UserId, day: i64) -> Self {
        Self(keys.derived("preferences", &format!("{user} {day}")).to_be_bytes())
    }

    /// Reads what a path carries; `None` for what no Doorstep ever made.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = (text.len() == LENGTH).then_some(text)?;
        URL_SAFE_NO_PAD.decode(plain).ok()?.try_into().ok().map(Self)
    }

    /// The text. The one way out: look for its callers when reviewing.
    #[must_use]
    pub fn expose(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is stored of it. 128 bits that nobody can guess need no slower hash than SHA-256.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Hash::of(b"doorstep/preferences/1", &[&self.expose()]).to_string())
    }
}

impl fmt::Debug for PreferenceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreferenceToken(…)")
    }
}

/// SHA-256 of a token in hexadecimal: it finds whose the link is and opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenDigest(String);

impl TokenDigest {
    /// 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose preferences a link opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    /// The store and the mode.
    pub scope: (StoreId, Mode),
    /// The shopper.
    pub user: UserId,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// Makes the shopper's link of a day, today's as a rule, or makes it again, and tells when it ends:
/// thirty days after that day's midnight, UTC, so that it opens for 29 days at least.
///
/// # Errors
/// When storage is broken.
pub async fn issue(
    ports: &impl PreferenceLinks,
    keys: &DataKeys,
    user: UserId,
    on: Timestamp,
) -> Result<(PreferenceToken, Timestamp), Fault> {
    let day = on.as_second().div_euclid(DAY);
    let token = PreferenceToken::of(keys, user, day);
    let whose = Whose { scope: keys.scope(), user, expires_at: end(day)? };
    ports.keep(&token.digest(), &whose).await?;
    Ok((token, whose.expires_at))
}

/// Whose link this is; `None` for one that is unknown or over. It reads only. Whether there still
/// is such a shopper is not known here.
///
/// # Errors
/// When storage is broken.
pub async fn open(
    ports: &impl PreferenceLinks,
    token: &str,
    now: Timestamp,
) -> Result<Option<Whose>, Fault> {
    let Some(token) = PreferenceToken::parse(token) else { return Ok(None) };
    let found = PreferenceLinks::find(ports, &token.digest()).await?;
    Ok(found.filter(|whose| now < whose.expires_at))
}

/// A shopper who came by a link.
#[derive(Debug)]
pub struct Person {
    /// The shop.
    pub store: Arc<Store>,
    /// The shop's keys.
    pub keys: Arc<DataKeys>,
    /// The shopper.
    pub user: User,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// Finds who comes by a link; `None` for one that is unknown or over, or whose shopper is erased.
/// It reads only.
///
/// # Errors
/// When a port is broken.
pub async fn person(
    ports: &(impl PreferenceLinks + Stores + Users + Clock),
    ring: &impl KeyRing,
    token: &str,
) -> Result<Option<Person>, Fault> {
    let Some(whose) = open(ports, token, ports.now()).await? else { return Ok(None) };
    let (store, mode) = whose.scope;
    let Some(store) = Stores::find(ports, store).await? else { return Ok(None) };
    let keys = ring.data(&store, mode).await?;
    let Some(user) = Users::find(ports, &keys, whose.user).await? else { return Ok(None) };
    Ok(Some(Person { store, keys, user, expires_at: whose.expires_at }))
}

/// Forgets all links of a shopper who is erased: each that may open is made again, to be found.
///
/// # Errors
/// When storage is broken.
pub async fn forget(
    ports: &impl PreferenceLinks,
    keys: &DataKeys,
    user: UserId,
    now: Timestamp,
) -> Result<(), Fault> {
    for day in days(now) {
        ports.forget(&PreferenceToken::of(keys, user, day).digest()).await?;
    }
    Ok(())
}

/// The links of a shopper that may open: each is made again, to be found.
///
/// # Errors
/// When storage is broken.
pub async fn all(
    ports: &impl PreferenceLinks,
    keys: &DataKeys,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Whose>, Fault> {
    let mut found = Vec::new();
    for day in days(now) {
        let digest = PreferenceToken::of(keys, user, day).digest();
        found.extend(PreferenceLinks::find(ports, &digest).await?);
    }
    Ok(found)
}

/// The days whose links may open, now or later.
fn days(now: Timestamp) -> std::ops::RangeInclusive<i64> {
    let today = now.as_second().div_euclid(DAY);
    today - DAYS..=today + AHEAD
}

fn end(day: i64) -> Result<Timestamp, Fault> {
    let start = Timestamp::from_second(day * DAY).map_err(|_| Fault::corrupt("the clock"))?;
    Ok(start + SignedDuration::from_hours(24 * DAYS))
}

/// The link of a text: short, on the shop's own host, which hands `/p/` on to this API.
#[must_use]
pub fn url(host: &str, token: &PreferenceToken) -> String {
    format!("https://{host}/p/{}", token.expose())
}

/// The same link as the API tells it.
#[must_use]
pub fn long_url(host: &str, token: &PreferenceToken) -> String {
    format!("https://{host}/preferences/{}", token.expose())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_token_reads_back_and_ends_in_a_letter(bytes in any::<[u8; 16]>()) {
            let text = PreferenceToken(bytes).expose();
            prop_assert_eq!(text.len(), LENGTH);
            prop_assert!(text.ends_with(['A', 'Q', 'g', 'w']));
            prop_assert_eq!(PreferenceToken::parse(&text).unwrap().0, bytes);
        }

        #[test]
        fn what_was_never_one_is_none(text in "\\PC{0,30}") {
            let read = PreferenceToken::parse(&text);
            prop_assert!(read.is_none_or(|token| token.expose() == text));
        }
    }

    #[test]
    fn a_token_has_one_spelling() {
        let text = PreferenceToken([0; 16]).expose();
        for wrong in [format!("{}B", &text[..21]), format!("{text}=="), text.replace('A', " ")] {
            assert!(PreferenceToken::parse(&wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn it_does_not_print_itself() {
        assert_eq!(format!("{:?}", PreferenceToken([7; 16])), "PreferenceToken(…)");
    }
}
