//! Proofs: good for one account, and as old as when they first came.

use doorstep_domain::{carrier::CarrierName, message::AccountRef, ports::Proofs, webhook::Proof};

use super::at;
use crate::{sample::fresh_store, together};

/// What [`Proofs`] promises.
pub async fn proofs(ports: &impl Proofs) {
    a_proof_is_good_for_its_first_account(ports).await;
    of_accounts_at_once_one_has_it(ports).await;
}

/// A proof that nobody else has.
fn proof() -> Proof {
    Proof::of(fresh_store().to_string().as_bytes(), &[])
}

fn account(id: &str) -> AccountRef {
    AccountRef::new(CarrierName::Twilio, Some(id))
}

async fn a_proof_is_good_for_its_first_account(ports: &impl Proofs) {
    let proof = proof();
    for second in [1, 2] {
        let first = ports.remember(&proof, &account("AC1"), at(second)).await.unwrap();
        assert_eq!(first, Some(at(1)), "when it first came");
    }
    assert_eq!(ports.remember(&proof, &account("AC2"), at(3)).await.unwrap(), None);
    assert!(ports.remember(&proof, &account("AC1"), at(4)).await.unwrap().is_some());
}

async fn of_accounts_at_once_one_has_it(ports: &impl Proofs) {
    let proof = proof();
    let accounts = ["AC1", "AC2", "AC3", "AC4"].map(account);
    let good = together(accounts.iter().map(|it| ports.remember(&proof, it, at(1)))).await;
    assert_eq!(good.into_iter().filter(|good| matches!(good, Ok(Some(_)))).count(), 1);
}
