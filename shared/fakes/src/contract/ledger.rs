//! The ledger: entries in order, each once.

use doorstep_domain::{
    Mode,
    consent::{Entry, Withdrawal},
    id::{ConsentId, UserId},
    ports::Ledger,
};

use super::at;
use crate::sample::{fresh_keys, fresh_store};

/// What [`Ledger`] promises.
pub async fn ledger(ports: &impl Ledger) {
    let keys = fresh_keys(Mode::Live);
    let user = UserId::from_bits(fresh_store().bits());
    assert_eq!(ports.entries(&keys, user).await.unwrap(), []);
    let withdrawal = |number: u128, second: i64| Withdrawal {
        id: ConsentId::from_bits(user.bits() ^ number),
        user,
        purpose: format!("purpose-{number}"),
        channel: "sms".to_owned(),
        method: "sms_stop".to_owned(),
        occurred_at: at(second),
    };
    let (one, two) = (withdrawal(1, 1000), withdrawal(2, 2000));
    for taken in [&two, &one, &one] {
        ports.withdraw(&keys, taken).await.unwrap();
    }
    let entry = |taken: Withdrawal| Entry {
        purpose: taken.purpose,
        channel: taken.channel,
        granted: false,
        occurred_at: taken.occurred_at,
    };
    assert_eq!(ports.entries(&keys, user).await.unwrap(), [entry(one), entry(two)]);
    let other = UserId::from_bits(fresh_store().bits());
    assert_eq!(ports.entries(&keys, other).await.unwrap(), []);
}
