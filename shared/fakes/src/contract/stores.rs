//! Stores: replaced only at the revision that was read. `find` may be cached for 10 s, so that a
//! store is looked up once per test.

use std::collections::BTreeMap;

use doorstep_domain::{
    Mode,
    account::SealedAccount,
    carrier::CarrierName,
    guard::{Budget, Effect, Exempt, Lever, Pause, Rule, Subject, Window},
    health::Pin,
    id::StoreId,
    keys::RootUse,
    money::Money,
    phone::Region,
    ports::Stores,
    seal::KeyVersion,
    store::{Saved, Settings, Store, WrappedRoot},
};

use super::at;
use crate::{
    sample::{self, fresh_store},
    together,
};

/// What [`Stores`] promises.
pub async fn stores(ports: &impl Stores) {
    a_store_reads_back_whole(ports).await;
    a_store_that_set_nothing_reads_back_too(ports).await;
    an_unknown_store_is_not_found(ports).await;
    a_store_is_replaced_at_the_revision_before(ports).await;
    of_changes_at_once_one_wins(ports).await;
    stores_are_listed_by_id_page_by_page(ports).await;
}

/// Settings that guards look at.
fn guarded() -> Settings {
    Settings {
        levers: Some(vec![Lever {
            scope: Mode::Test,
            rule: Rule::StoreHour,
            value: Some(60_000),
            effect: Effect::Observe,
            from: Some(at(1)),
            until: at(2),
        }]),
        pauses: Some(vec![Pause {
            scope: Mode::Live,
            reason: "an attack".to_owned(),
            since: at(3),
        }]),
        exempt: Some(vec![Exempt {
            scope: Mode::Live,
            kind: "phone".to_owned(),
            index: "1.ab".to_owned(),
            label: "+44•••••••456".to_owned(),
            reason: "the owner".to_owned(),
            until: at(4),
        }]),
        budgets: Some(vec![Budget {
            scope: Mode::Live,
            subject: Subject::Prefix("+4474".to_owned()),
            window: Window::Month,
            amount: Money::parse("12.50", "GBP").unwrap(),
        }]),
        ..sample::store().own
    }
}

fn full() -> Store {
    let carriers = vec![CarrierName::Sns, CarrierName::Eum];
    let pin = Pin { carriers, until: at(2), since: at(1) };
    let own = Settings {
        return_urls: Some(vec!["https://shop.example/welcome".to_owned()]),
        locale: Some("cy".to_owned()),
        allowed_countries: Some([Region::GB, Region::parse("JE").unwrap()].into()),
        sender_id: Some("CORNERSHOP".to_owned()),
        inbound_number: Some("+447400123456".to_owned()),
        otp_template: Some("code".to_owned()),
        welcome_template: Some("welcome".to_owned()),
        busy_after_seconds: Some(45),
        voice_after_seconds: Some(30),
        purposes: Some(vec!["marketing".to_owned()]),
        wordings: Some(vec![("2027-01".to_owned(), "Text me offers, ŵ.".to_owned())]),
        pins: Some([(Region::GB, pin)].into()),
        help_url: Some("https://shop.example/help".to_owned()),
        tags: Some(vec![("region".to_owned(), "north".to_owned())]),
        ..guarded()
    };
    let id = fresh_store();
    let account = SealedAccount {
        id: "AC1".to_owned(),
        owner: id,
        sealed: vec![1, 0, 159],
        changed_at: at(7),
    };
    let root = |mode, usage, version| WrappedRoot {
        mode,
        usage,
        version: KeyVersion(version),
        wrapped: vec![0, 159, 146, 150],
    };
    Store {
        id,
        settings: own.clone(),
        own,
        accounts: [(CarrierName::Twilio, account)].into(),
        roots: vec![
            root(Mode::Test, RootUse::Data, 1),
            root(Mode::Test, RootUse::Codes, 1),
            root(Mode::Live, RootUse::Codes, 300),
        ],
        indexing: KeyVersion(1),
        created_at: at(0),
        revision: 0,
    }
}

/// All that is the store's own; what applies depends on the deployment's defaults too.
fn assert_same(found: &Store, kept: &Store) {
    let own = found.own_accounts().map(|(carrier, account)| (carrier, account.clone()));
    let (accounts, settings) = (own.collect(), kept.settings.clone());
    let without_defaults = Store { settings, accounts, ..found.clone() };
    assert_eq!(&without_defaults, kept);
    assert_eq!(found.settings.name, kept.settings.name, "what it set itself applies");
}

async fn find(ports: &impl Stores, id: StoreId) -> Store {
    let found = ports.find(id).await.unwrap();
    Store::clone(&found.unwrap())
}

async fn a_store_reads_back_whole(ports: &impl Stores) {
    let store = full();
    assert_eq!(ports.save(&store).await.unwrap(), Saved::Yes);
    assert_same(&find(ports, store.id).await, &store);
}

async fn a_store_that_set_nothing_reads_back_too(ports: &impl Stores) {
    let store = Store {
        own: Settings::default(),
        settings: Settings::default(),
        accounts: BTreeMap::new(),
        roots: Vec::new(),
        ..full()
    };
    assert_eq!(ports.save(&store).await.unwrap(), Saved::Yes);
    assert_eq!(find(ports, store.id).await.own, store.own);
}

async fn an_unknown_store_is_not_found(ports: &impl Stores) {
    assert!(ports.find(fresh_store()).await.unwrap().is_none());
}

async fn a_store_is_replaced_at_the_revision_before(ports: &impl Stores) {
    let mut store = full();
    assert_eq!(ports.save(&store).await.unwrap(), Saved::Yes);
    assert_eq!(ports.save(&store).await.unwrap(), Saved::Conflict, "created twice");
    store.own.name = Some("Corner Shop 2".to_owned());
    store.settings.name = store.own.name.clone();
    store.own.help_url = None;
    store.settings.help_url = None;
    store.revision = 2;
    assert_eq!(ports.save(&store).await.unwrap(), Saved::Conflict, "a revision too far");
    store.revision = 1;
    assert_eq!(ports.save(&store).await.unwrap(), Saved::Yes);
    let late = Store { id: store.id, revision: 1, ..full() };
    assert_eq!(ports.save(&late).await.unwrap(), Saved::Conflict, "a revision too late");
    assert_same(&find(ports, store.id).await, &store);
    let new = Store { revision: 1, ..full() };
    assert_eq!(ports.save(&new).await.unwrap(), Saved::Conflict, "there is nothing to replace");
    assert!(ports.find(new.id).await.unwrap().is_none());
}

async fn of_changes_at_once_one_wins(ports: &impl Stores) {
    let store = full();
    let created = together((0..4).map(|_| ports.save(&store))).await;
    assert_eq!(created.iter().filter(|saved| **saved == Ok(Saved::Yes)).count(), 1);
    let next = Store { revision: 1, ..store };
    let replaced = together((0..4).map(|_| ports.save(&next))).await;
    assert_eq!(replaced.iter().filter(|saved| **saved == Ok(Saved::Yes)).count(), 1);
    assert_eq!(replaced.iter().filter(|saved| **saved == Ok(Saved::Conflict)).count(), 3);
}

async fn stores_are_listed_by_id_page_by_page(ports: &impl Stores) {
    let mut own = [full(), full(), full()];
    own.sort_by_key(|store| store.id);
    for store in &own {
        ports.save(store).await.unwrap();
    }
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = ports.list(2, cursor).await.unwrap();
        assert!(page.items.len() <= 2, "a page is longer than its limit");
        found.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let ids: Vec<_> = found.iter().map(|store| store.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "by id, each once");
    found.retain(|store| own.iter().any(|mine| mine.id == store.id));
    assert_eq!(found.len(), 3);
    for (found, kept) in found.iter().zip(&own) {
        assert_same(found, kept);
    }
}
