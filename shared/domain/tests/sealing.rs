//! A sealed value opens where it was sealed and nowhere else; a second key works beside the first.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use doorstep_domain::{
    Mode,
    id::StoreId,
    keys::{DataKeys, Root},
    phone::PhoneNumber,
    seal::{KeyVersion, Place, SealError},
};
use doorstep_fakes::{Seeded, sample};
use proptest::prelude::*;

const PLACE: Place<'_> = Place { item: "sgn_1", attribute: "sealed" };

fn root(byte: u8) -> Root {
    Root::new([byte; 32])
}

fn keys(store: StoreId, mode: Mode) -> DataKeys {
    DataKeys::new(store, mode, &[(KeyVersion(1), root(1))], KeyVersion(1)).unwrap()
}

fn home() -> DataKeys {
    keys(sample::STORE, Mode::Test)
}

#[test]
fn a_value_opens_in_no_other_place() {
    let sealed = home().seal(PLACE, b"Ada", &Seeded::new(1));
    for place in [
        Place { item: "sgn_2", ..PLACE },
        Place { attribute: "other", ..PLACE },
        Place { item: "sgn_1s", attribute: "ealed" },
        Place { item: "", attribute: "sgn_1sealed" },
    ] {
        assert_eq!(home().open(place, &sealed), Err(SealError::Broken), "{place:?}");
    }
    assert_eq!(home().open(PLACE, &sealed), Ok(b"Ada".to_vec()));
}

#[test]
fn a_value_opens_for_no_other_store_mode_or_root() {
    let sealed = home().seal(PLACE, b"Ada", &Seeded::new(1));
    let root_of_another = [(KeyVersion(1), root(2))];
    let other = DataKeys::new(sample::STORE, Mode::Test, &root_of_another, KeyVersion(1)).unwrap();
    for keys in [keys(StoreId::from_bits(1), Mode::Test), keys(sample::STORE, Mode::Live), other] {
        assert_eq!(keys.open(PLACE, &sealed), Err(SealError::Broken), "{keys:?}");
    }
}

#[test]
fn the_same_value_is_never_sealed_the_same_way() {
    let chance = Seeded::new(1);
    assert_ne!(home().seal(PLACE, b"Ada", &chance), home().seal(PLACE, b"Ada", &chance));
}

#[test]
fn a_second_version_seals_while_the_first_still_opens_and_indexes() {
    let phone = PhoneNumber::parse("+447700900123", None, Mode::Test).unwrap();
    let (before, chance) = (home(), Seeded::new(1));
    let old = before.seal(PLACE, b"Ada", &chance);
    let roots = [(KeyVersion(2), root(9)), (KeyVersion(1), root(1))];
    let after = DataKeys::new(sample::STORE, Mode::Test, &roots, KeyVersion(1)).unwrap();
    assert_eq!(after.open(PLACE, &old), Ok(b"Ada".to_vec()));
    let new = after.seal(PLACE, b"Ada", &chance);
    assert_eq!(&new[..3], [1, 0, 2], "format 1, key version 2");
    assert_eq!(after.open(PLACE, &new), Ok(b"Ada".to_vec()));
    assert_eq!(before.open(PLACE, &new), Err(SealError::Version(KeyVersion(2))));
    assert_eq!(after.phone_index(&phone), before.phone_index(&phone));
    assert_eq!(after.signup_id("order-1"), before.signup_id("order-1"));
}

#[test]
fn keys_without_the_version_that_indexes_are_no_keys() {
    let roots = [(KeyVersion(2), root(9))];
    assert!(DataKeys::new(sample::STORE, Mode::Test, &roots, KeyVersion(1)).is_none());
    assert!(DataKeys::new(sample::STORE, Mode::Test, &[], KeyVersion(1)).is_none());
}

#[test]
fn neither_keys_nor_roots_print_themselves() {
    let keys = (home(), sample::code_keys(Mode::Test));
    insta::assert_snapshot!(format!("{:?}\n{:?}\n{:?}", root(7), keys.0, keys.1), @"
    Root(…)
    DataKeys(sto_014D2PF2DBSQQG28T5CY4TQKF0, test, 1 versions)
    CodeKeys(sto_014D2PF2DBSQQG28T5CY4TQKF0, test, 1 versions)
    ");
}

proptest! {
    #[test]
    fn what_is_sealed_opens(plain: Vec<u8>, seed: u64) {
        let sealed = home().seal(PLACE, &plain, &Seeded::new(seed));
        prop_assert_eq!(home().open(PLACE, &sealed), Ok(plain));
    }

    #[test]
    fn with_any_bit_flipped_it_does_not(plain in "\\PC{0,40}", bit: prop::sample::Index) {
        let mut sealed = home().seal(PLACE, plain.as_bytes(), &Seeded::new(1));
        let bit = bit.index(sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(home().open(PLACE, &sealed).is_err());
    }

    #[test]
    fn cut_short_or_made_up_it_does_not(junk: Vec<u8>, cut: prop::sample::Index) {
        let sealed = home().seal(PLACE, b"Ada", &Seeded::new(1));
        prop_assert!(home().open(PLACE, &sealed[..cut.index(sealed.len())]).is_err());
        prop_assert!(home().open(PLACE, &junk).is_err());
    }
}
