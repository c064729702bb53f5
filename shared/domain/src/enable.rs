//! An operator lets codes be tried again for a number that failed a hundred times in a row.

use crate::{
    Fault,
    keys::{DataKeys, PhoneIndex},
    ports::Phones,
    tries::PhoneRecord,
};

/// Turns before a number that is tried all the time is left alone.
const TURNS: usize = 3;

/// Ends a number's row of failures. Its tries stay: fourteen in 24 hours are still the most.
/// `false` when others were faster each time.
///
/// # Errors
/// When a port is broken.
pub async fn enable(
    ports: &impl Phones,
    keys: &DataKeys,
    phone: &PhoneIndex,
) -> Result<bool, Fault> {
    for _ in 0..TURNS {
        let known = ports.find(keys, phone).await?;
        if known.row == 0 {
            return Ok(true);
        }
        let ended = PhoneRecord { row: 0, ..known.clone() };
        if ports.settle(keys, phone, (&known, &ended)).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
