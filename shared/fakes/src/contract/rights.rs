//! Exports and erasures: asked for once, done once.

use doorstep_domain::{
    Mode,
    erase::Erasure,
    export::{Export, ExportState, Reason},
    id::UserId,
    keys::DataKeys,
    ports::Rights,
};

use super::{at, seconds};
use crate::{Seeded, sample, sample::fresh_keys};

const USER: UserId = UserId::from_bits(0x77);

/// What [`Rights`] promises.
pub async fn rights(ports: &impl Rights) {
    an_erasure_is_asked_for_once_and_done_once(ports).await;
    one_that_is_there_again_may_be_erased_again(ports).await;
    after_a_restore_an_erasure_is_noted_all_the_same(ports).await;
    an_export_is_found_by_its_user_until_it_is_forgotten(ports).await;
    an_export_that_is_gone_stays_gone(ports).await;
}

/// An erasure of [`USER`], asked for at [`at`] 0.
pub(super) fn erasure(keys: &DataKeys) -> Erasure {
    Erasure {
        user: USER,
        phones: keys.phone_indexes(&sample::phone()),
        requested_at: at(0),
        due_at: "2027-01-29".parse().unwrap(),
        suppressed: Some(at(-5)),
        objected: None,
        erased_at: None,
    }
}

async fn an_erasure_is_asked_for_once_and_done_once(ports: &impl Rights) {
    let keys = fresh_keys(Mode::Test);
    assert_eq!(ports.erasure(&keys, USER).await.unwrap(), None);
    assert!(ports.ask_erasure(&keys, &erasure(&keys), "00-t").await.unwrap());
    let later = Erasure { requested_at: at(9), ..erasure(&keys) };
    assert!(!ports.ask_erasure(&keys, &later, "00-t").await.unwrap(), "the first one runs");
    assert_eq!(ports.erasure(&keys, USER).await.unwrap(), Some(erasure(&keys)));
    ports.erased(&keys, &erasure(&keys), at(1)).await.unwrap();
    ports.erased(&keys, &erasure(&keys), at(2)).await.unwrap();
    let done = Erasure { erased_at: Some(at(1)), ..erasure(&keys) };
    assert_eq!(ports.erasure(&keys, USER).await.unwrap(), Some(done));
    let others = fresh_keys(Mode::Test);
    assert_eq!(ports.erasure(&others, USER).await.unwrap(), None);
}

async fn one_that_is_there_again_may_be_erased_again(ports: &impl Rights) {
    let keys = fresh_keys(Mode::Test);
    ports.erased(&keys, &erasure(&keys), at(1)).await.unwrap();
    let again = Erasure { requested_at: at(9), ..erasure(&keys) };
    assert!(ports.ask_erasure(&keys, &again, "00-t").await.unwrap());
    assert_eq!(ports.erasure(&keys, USER).await.unwrap(), Some(again));
}

async fn after_a_restore_an_erasure_is_noted_all_the_same(ports: &impl Rights) {
    let keys = fresh_keys(Mode::Test);
    ports.erased(&keys, &erasure(&keys), at(1)).await.unwrap();
    let noted = ports.erasure(&keys, USER).await.unwrap().unwrap();
    assert_eq!(noted.erased_at, Some(at(1)));
}

async fn an_export_is_found_by_its_user_until_it_is_forgotten(ports: &impl Rights) {
    let (keys, chance) = (fresh_keys(Mode::Test), Seeded::new(1));
    let export = Export::new(USER, at(0), &chance);
    let other = Export::new(UserId::from_bits(0x78), at(0), &chance);
    for export in [&export, &other] {
        ports.ask_export(&keys, export, "00-t").await.unwrap();
    }
    assert_eq!(ports.export(&keys, export.id).await.unwrap(), Some(export.clone()));
    let ready = ExportState::Ready { expires_at: at(0) + seconds(60) };
    assert!(ports.settle_export(&keys, export.id, ready).await.unwrap());
    assert_eq!(ports.export(&keys, export.id).await.unwrap().unwrap().state, ready);
    let failed = ExportState::Failed(Reason::TooLarge);
    assert!(ports.settle_export(&keys, other.id, failed).await.unwrap());
    assert_eq!(ports.export(&keys, other.id).await.unwrap().unwrap().state, failed);
    assert_eq!(ports.exports_of(&keys, USER).await.unwrap(), [export.id]);
    ports.forget_exports(&keys, &[export.id]).await.unwrap();
    assert_eq!(ports.exports_of(&keys, USER).await.unwrap(), []);
    assert_eq!(ports.export(&keys, export.id).await.unwrap(), None);
    assert!(ports.export(&keys, other.id).await.unwrap().is_some(), "somebody else's");
}

async fn an_export_that_is_gone_stays_gone(ports: &impl Rights) {
    let (keys, chance) = (fresh_keys(Mode::Test), Seeded::new(2));
    let export = Export::new(USER, at(0), &chance);
    let ready = ExportState::Ready { expires_at: at(0) + seconds(60) };
    assert!(!ports.settle_export(&keys, export.id, ready).await.unwrap());
    assert_eq!(ports.export(&keys, export.id).await.unwrap(), None);
    ports.forget_exports(&keys, &[]).await.unwrap();
}
