use super::*;
use crate::{
    Mode,
    id::StoreId,
    keys::{DataKeys, Root},
    open_store::blank,
    seal::KeyVersion,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn settings() -> Settings {
    Settings {
        name: Some("Corner Shop".to_owned()),
        purposes: Some(vec!["offers".to_owned()]),
        wordings: Some(vec![("v1".to_owned(), "Text me offers.".to_owned())]),
        privacy_url: Some("https://shop.example/privacy".to_owned()),
        ..Settings::default()
    }
}

fn yes() -> Said {
    Said {
        purpose: "offers".to_owned(),
        channel: "sms".to_owned(),
        granted: true,
        basis: Basis::Consent,
        wording_version: Some("v1".to_owned()),
        wording: None,
        occurred_at: Some(at(0)),
        page_url: None,
        sale: None,
        method: None,
    }
}

fn sold() -> SaleTold {
    let sale = Sale { negotiation: false, reference: "order-7".to_owned() };
    SaleTold { sale, opt_out_offered: true }
}

fn soft() -> Said {
    let (basis, sale) = (Basis::SoftOptIn, Some(sold()));
    Said { basis, sale, wording_version: None, ..yes() }
}

fn wrong(said: &Said) -> Vec<&'static str> {
    said.wrongs(&settings(), at(10)).into_iter().map(|wrong| wrong.member).collect()
}

#[test]
fn what_a_store_may_tell_is_taken() {
    for good in [yes(), soft(), Said { granted: false, wording_version: None, ..yes() }] {
        assert_eq!(wrong(&good), [""; 0]);
    }
    let own_words = Some(Wording("Yes, text me.".to_owned()));
    assert_eq!(wrong(&Said { wording: own_words, wording_version: None, ..yes() }), [""; 0]);
}

#[test]
fn a_yes_has_words_a_purpose_of_the_store_a_channel_and_a_past() {
    let unknown = Some("v2".to_owned());
    assert_eq!(wrong(&Said { wording_version: unknown, ..yes() }), ["wording"]);
    assert_eq!(wrong(&Said { purpose: "prizes".to_owned(), ..yes() }), ["purpose"]);
    assert_eq!(wrong(&Said { channel: "marketing".to_owned(), ..yes() }), ["channel"]);
    assert_eq!(wrong(&Said { occurred_at: Some(at(100)), ..yes() }), ["occurred_at"]);
    let none = Settings { purposes: None, ..settings() };
    assert_eq!(yes().wrongs(&none, at(10))[0].member, "purpose");
}

#[test]
fn a_soft_opt_in_has_its_sale_and_a_way_to_refuse() {
    assert_eq!(wrong(&Said { sale: None, ..soft() }), ["sale"]);
    let not_offered = Some(SaleTold { opt_out_offered: false, ..sold() });
    assert_eq!(wrong(&Said { sale: not_offered, ..soft() }), ["opt_out_offered"]);
    assert_eq!(wrong(&Said { sale: Some(sold()), ..yes() }), ["sale"]);
    assert_eq!(wrong(&Said { granted: false, sale: None, ..soft() }), ["basis"]);
}

#[test]
fn the_same_words_are_one_entry_and_others_another() {
    let root = (KeyVersion(1), Root::new([7; 32]));
    let keys = DataKeys::new(StoreId::from_bits(1), Mode::Test, &[root], KeyVersion(1)).unwrap();
    let mut store = blank(StoreId::from_bits(1), at(0));
    store.settings = settings();
    let scribe = |now, actor| Scribe {
        keys: &keys,
        store: &store,
        door: Door::Import,
        now,
        actor: Some(actor),
        reason: None,
    };
    let user = UserId::from_bits(1);
    let entry = |said: &Said| scribe(at(1), "imp_1").entry(user, Event::Granted, said, "");
    let first = entry(&yes());
    let again = scribe(at(9), "imp_2").entry(user, Event::Granted, &yes(), "");
    assert_eq!(first.id, again.id, "neither when it is told nor by whom makes another");
    let told = first.told.unwrap();
    assert_eq!(told.controllers, ["Corner Shop"]);
    assert_eq!(told.wording, Some(Wording("Text me offers.".to_owned()).hash()));
    for other in [
        Said { occurred_at: Some(at(1)), ..yes() },
        Said { wording: Some(Wording("Other words.".to_owned())), ..yes() },
        Said { channel: "email".to_owned(), ..yes() },
        Said { method: Some("paper".to_owned()), ..yes() },
        soft(),
    ] {
        assert_ne!(entry(&other).id, first.id);
    }
}
