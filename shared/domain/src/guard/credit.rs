//! What comes back: verifications, carriers' verdicts, prices.

use jiff::Timestamp;

use super::{
    book::{Book, Unit},
    budget::nanos,
    pack::corrupt,
    prefix::{self, PrefixRecord},
    slate::{Replaced, SlateKey, SlateKind},
    source::{self, SourceRecord},
    spend::{ROUNDS, book_key, budgets_of},
};
use crate::{
    Fault,
    carrier::Channel,
    id::StoreId,
    keys::DataKeys,
    money::Money,
    phone::PhoneNumber,
    ports::Slates,
    signup::{RegistrationAttempt, State},
    store::Store,
};

/// Credits a verified sign-up to its prefix, its address and its country: once, however often it
/// is told. A crash between the prefix and the country loses the credit: early, never late.
///
/// # Errors
/// When a port is broken.
pub async fn credit(
    ports: &impl Slates,
    keys: &DataKeys,
    shared: &DataKeys,
    attempt: &RegistrationAttempt,
) -> Result<(), Fault> {
    let State::Verified { at, .. } = attempt.state else { return Ok(()) };
    let prefix = shared.prefix_index(&attempt.phone).as_text();
    let prefix = SlateKey { scope: shared.scope(), kind: SlateKind::Prefix, id: prefix };
    let mut texts = 0;
    let fresh = change(ports, &prefix, at + prefix::REMEMBERED, |bytes| {
        let mut record = PrefixRecord::parse(bytes)?;
        texts = record.verify(attempt.id);
        Ok((texts > 0).then(|| record.to_bytes()))
    });
    if !fresh.await? {
        return Ok(());
    }
    if let Some(source) = &attempt.source {
        let id = source.as_text();
        let source = SlateKey { scope: keys.scope(), kind: SlateKind::Source, id };
        change(ports, &source, at + source::DAY, |bytes| {
            let mut record = SourceRecord::parse(bytes)?;
            Ok(record.verify(attempt.id).then(|| record.to_bytes()))
        })
        .await?;
    }
    change(ports, &book_key(keys.scope()), Book::until(at), |bytes| {
        let mut book = Book::parse(bytes)?;
        // All texts of a verified sign-up are forgiven, resends too. A timer's call was not counted.
        for _ in 0..texts {
            book.traffic_mut(attempt.phone.region()).verify(at);
        }
        Ok(Some(book.to_bytes(at)))
    })
    .await
    .map(drop)
}

/// A carrier called a text to this number fraud: its range is refused for a while.
///
/// # Errors
/// When a port is broken.
pub async fn call_fraud(
    ports: &impl Slates,
    shared: &DataKeys,
    phone: &PhoneNumber,
    at: Timestamp,
) -> Result<(), Fault> {
    let id = shared.prefix_index(phone).as_text();
    let key = SlateKey { scope: shared.scope(), kind: SlateKind::Prefix, id };
    change(ports, &key, at + prefix::REMEMBERED, |bytes| {
        let mut record = PrefixRecord::parse(bytes)?;
        record.fraud = Some(at);
        Ok(Some(record.to_bytes()))
    })
    .await
    .map(drop)
}

/// What a price told from outside means for the books.
#[derive(Debug, Clone, Copy)]
pub struct Settlement<'a> {
    /// The store that spent.
    pub store: &'a Store,
    /// The deployment.
    pub deployment: &'a Store,
    /// To whom.
    pub to: &'a PhoneNumber,
    /// A text or a call.
    pub channel: Channel,
    /// What was set aside, and when.
    pub reserved: (Money, Timestamp),
    /// What it cost, in pounds.
    pub price: Money,
}

/// Gives back what was set aside beyond the price. `false` when the price is higher than what was
/// set aside: then nothing changes, and somebody has to look.
///
/// # Errors
/// When a port is broken.
pub async fn settle(
    ports: &impl Slates,
    scope: (StoreId, crate::Mode),
    settlement: &Settlement<'_>,
) -> Result<bool, Fault> {
    let (reserved, at) = settlement.reserved;
    let Some(surplus) = nanos(reserved).checked_sub(nanos(settlement.price)) else {
        return Ok(false);
    };
    if surplus == 0 {
        return Ok(true);
    }
    for (scope, store) in
        [(scope, settlement.store), ((Store::DEPLOYMENT, scope.1), settlement.deployment)]
    {
        change(ports, &book_key(scope), Book::until(at), |bytes| {
            let mut book = Book::parse(bytes)?;
            let (to, channel) = (settlement.to, settlement.channel);
            let budgets = budgets_of(store, scope.1);
            let covers =
                budgets.iter().filter(|it| it.subject.covers(to.expose(), to.region(), channel));
            let surplus = Money::pounds(i64::try_from(surplus).unwrap_or(i64::MAX));
            let caps: Vec<_> = covers.map(|budget| budget.cap(surplus)).collect();
            debug_assert!(caps.iter().all(|cap| cap.counter.1 == Unit::Nanos));
            book.give_back(&caps, 1, at);
            Ok(Some(book.to_bytes(at)))
        })
        .await?;
    }
    Ok(true)
}

/// Changes a record, again when another was faster; `false` when there is nothing to change.
async fn change(
    ports: &impl Slates,
    key: &SlateKey,
    until: Timestamp,
    mut change: impl FnMut(&[u8]) -> Result<Option<Vec<u8>>, Fault>,
) -> Result<bool, Fault> {
    let mut slate =
        ports.look(None, std::slice::from_ref(key)).await?.1.pop().ok_or_else(corrupt)?;
    for _ in 0..ROUNDS {
        let Some(bytes) = change(&slate.bytes)? else { return Ok(false) };
        match ports.replace(key, &slate.next(bytes, until.max(slate.until)), None).await? {
            Replaced::Yes => return Ok(true),
            Replaced::Conflict(known) => slate = known,
        }
    }
    Err(Fault::new("change a record of the guards", "contended"))
}
