//! Imports: each chunk counts once, and their rows are kept until then.

use doorstep_domain::{
    Mode,
    consent::{Basis, Sale, Wording},
    id::ImportId,
    import::{Format, Import, Person, Row, RowError, Status},
    keys::DataKeys,
    ports::{Chunks, Imports},
    said::{Said, SaleTold},
};

use super::at;
use crate::{
    sample::{fresh_keys, fresh_store},
    together,
};

/// What [`Imports`] promises.
pub async fn imports(ports: &impl Imports) {
    let (keys, id) = (fresh_keys(Mode::Test), ImportId::from_bits(fresh_store().bits()));
    assert_eq!(ports.find(&keys, id).await.unwrap(), None);
    let new = import(&keys, id);
    assert!(ports.open(&keys, &new).await.unwrap());
    let other = Import { rows: 1, ..new.clone() };
    assert!(!ports.open(&keys, &other).await.unwrap(), "it stays as it is");
    assert_eq!(ports.find(&keys, id).await.unwrap().as_ref(), Some(&new));
    let next = Import { next: 1, accepted: 999, rejected: 1, ..new.clone() };
    let answers = together((0..4).map(|_| ports.advance(&keys, &new, &next))).await;
    assert_eq!(answers.into_iter().filter(|won| *won.as_ref().unwrap()).count(), 1);
    assert_eq!(ports.find(&keys, id).await.unwrap().as_ref(), Some(&next));
    let done = Import { next: 2, status: Status::Done, ended_at: Some(at(5)), ..next.clone() };
    assert!(ports.advance(&keys, &next, &done).await.unwrap());
    assert!(!ports.advance(&keys, &done, &next).await.unwrap(), "it has ended");
    assert_eq!(ports.find(&keys, id).await.unwrap(), Some(done));
    assert_eq!(ports.find(&fresh_keys(Mode::Test), id).await.unwrap(), None);
}

fn import(keys: &DataKeys, id: ImportId) -> Import {
    Import {
        id,
        body: keys.fingerprint("POST /imports", b"rows"),
        format: Format::Lines,
        rows: 1_500,
        chunks: 2,
        next: 0,
        accepted: 0,
        rejected: 0,
        status: Status::Running,
        created_at: at(0),
        ended_at: None,
        actor: "0123456789ab".to_owned(),
        trace: "trace".to_owned(),
    }
}

/// What [`Chunks`] promises.
pub async fn import_chunks(bucket: &impl Chunks) {
    let (keys, id) = (fresh_keys(Mode::Live), ImportId::from_bits(fresh_store().bits()));
    assert_eq!(bucket.rows(&keys, id, 0).await.unwrap(), None);
    bucket.forget(&keys, id, 0).await.unwrap();
    let (first, second) = (vec![full(2), wrong(3)], vec![plain(4)]);
    for (number, rows) in [(0, &second), (0, &first), (1, &second)] {
        bucket.keep(&keys, id, (number, rows)).await.unwrap();
    }
    assert_eq!(bucket.rows(&keys, id, 0).await.unwrap(), Some(first));
    bucket.forget(&keys, id, 0).await.unwrap();
    assert_eq!(bucket.rows(&keys, id, 0).await.unwrap(), None);
    assert_eq!(bucket.rows(&keys, id, 1).await.unwrap(), Some(second));
    assert_eq!(bucket.errors(&keys, id).await.unwrap(), []);
    for errors in [vec![], vec![error(3)]] {
        bucket.keep_errors(&keys, id, &errors).await.unwrap();
        assert_eq!(bucket.errors(&keys, id).await.unwrap(), errors);
    }
}

fn error(row: u32) -> RowError {
    RowError::new(row, "phone", "is required")
}

fn wrong(number: u32) -> Row {
    Row { number, read: Err(vec![error(number), RowError::new(number, "", "")]) }
}

fn plain(number: u32) -> Row {
    let phone = "+447400123456".to_owned();
    let (external_id, consents) = (None, Vec::new());
    let person = Person { phone, external_id, consents, suppressed: true, suppressed_at: None };
    Row { number, read: Ok(person) }
}

fn full(number: u32) -> Row {
    let some = |text: &str| Some(text.to_owned());
    let sale = Sale { negotiation: true, reference: "basket-7".to_owned() };
    let said = Said {
        purpose: "offers".to_owned(),
        channel: "sms".to_owned(),
        granted: true,
        basis: Basis::SoftOptIn,
        wording_version: some("v1"),
        wording: Some(Wording("Tŷ: yes, text me.".to_owned())),
        occurred_at: Some(at(1)),
        page_url: some("https://shop.example/join"),
        sale: Some(SaleTold { sale, opt_out_offered: true }),
        method: some("checkout"),
    };
    let person = Person {
        phone: "07400 123456".to_owned(),
        external_id: some("c-1"),
        consents: vec![said],
        suppressed: true,
        suppressed_at: Some(at(2)),
    };
    Row { number, read: Ok(person) }
}
