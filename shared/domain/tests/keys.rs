//! API keys: made, shown once, read back; anything else is no key.

use doorstep_domain::{Mode, access::Kind, token::PlainKey};
use doorstep_fakes::Seeded;

#[test]
fn a_key_reads_back_and_keeps_its_shape() {
    for (kind, prefix, length) in
        [(Kind::Secret, "dst_live_", 70), (Kind::Publishable, "dstpk_live_", 29)]
    {
        let key = PlainKey::random(kind, Mode::Live, &Seeded::new(7));
        assert!(key.expose().starts_with(prefix));
        assert_eq!(key.expose().len(), length);
        assert_eq!(PlainKey::parse(&key.expose()), Some(key));
    }
}

#[test]
fn a_key_with_one_wrong_character_is_no_key() {
    let text = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(7)).expose();
    for at in 0..text.len() {
        let mut wrong = text.clone().into_bytes();
        wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
        assert_eq!(PlainKey::parse(&String::from_utf8(wrong).unwrap()), None, "at {at}");
    }
    let other_mode = text.replace("test", "live");
    for junk in ["", "dst_", "dst_test_", "dst_prod_abc", "dst_test_é", &text[..69], &other_mode] {
        assert_eq!(PlainKey::parse(junk), None, "{junk}");
    }
}

#[test]
fn a_key_does_not_print_its_secret() {
    let key = PlainKey::random(Kind::Secret, Mode::Test, &Seeded::new(7));
    let secret = &key.expose()[21..64];
    assert!(!format!("{key:?}{:?}", key.digest()).contains(secret));
}
