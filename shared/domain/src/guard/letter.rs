//! Sends that nobody types a code of: letters, and what senders do beyond the first carrier.

use jiff::Timestamp;

use super::{
    Refused,
    limits::Left,
    pool::Pool,
    spend::{Ports, Spend, spend},
};
use crate::{
    Fault, Mode, access::KeyId, carrier::Channel, gsm7, message::Letter, money::Money,
    phone::PhoneNumber, price, start::Shop, store::Store,
};

/// Counts a letter under limits and budgets now, even if it waits for its hour.
///
/// # Errors
/// When a port is broken: then nothing may be sent.
pub async fn letter(
    ports: &impl Ports,
    pool: &Pool,
    shop: &Shop,
    (letter, (limited, key), at): (&Letter, (bool, Option<KeyId>), Timestamp),
) -> Result<Result<Vec<Left>, Refused>, Fault> {
    if let Some(pause) = shop.store.settings.pause(shop.keys.scope().1) {
        return Ok(Err(Refused::Paused(pause.reason.clone())));
    }
    if !limited {
        return Ok(Ok(Vec::new()));
    }
    let segments = gsm7::measure(&letter.text).segments;
    let spending = Spend {
        store: &shop.store,
        deployment: &shop.deployment,
        mode: shop.keys.scope().1,
        key: key.as_ref(),
        to: &letter.to,
        channel: Channel::Sms,
        cost: price::estimate(letter.to.region(), segments),
        code: false,
        at,
    };
    Ok(spend(ports, pool, &spending).await?.map(|grant| grant.left))
}

/// Counts what a sender spends beyond what was asked for: another carrier, a timer's call. Test
/// mode costs nothing.
///
/// # Errors
/// When a port is broken: then nothing may be sent.
pub async fn again(
    ports: &impl Ports,
    pool: &Pool,
    (store, deployment): (&Store, &Store),
    (to, channel, cost, at): (&PhoneNumber, Channel, Money, Timestamp),
) -> Result<Result<(), Refused>, Fault> {
    let mode = Mode::Live;
    let spending = Spend { store, deployment, mode, key: None, to, channel, cost, code: false, at };
    Ok(spend(ports, pool, &spending).await?.map(drop))
}
