//! What is at rest or in others' hands keeps its form, byte for byte.
//!
//! `golden/formats.txt` holds one example of each. Whoever changes a format makes a new one beside
//! the old; a line of that file changes only before anything was ever stored in that form.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write;

use doorstep_domain::{
    Mode,
    access::{Kind, Scope},
    code::CodeSeed,
    consent::Wording,
    id::{StoreId, UserId},
    keys::{CodeKeys, DataKeys, ExternalIndex, Fingerprint, PhoneIndex, RequestKey, Root},
    phone::PhoneNumber,
    ports::Chance,
    preference::PreferenceToken,
    replay::ReplayKeys,
    seal::{KeyVersion, Place},
    token::PlainKey,
};
use jiff::Timestamp;

const STORE: StoreId = StoreId::from_bits(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
const CALL: &str = "POST /templates None";
const PLACE: Place<'_> = Place { item: "sgn_1", attribute: "sealed" };

/// Counts up from 0.
struct Counting;

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, number) in bytes.iter_mut().zip(0..) {
            *byte = number;
        }
    }
}

/// 32 bytes that count up from `first`.
fn root(first: u8) -> Root {
    Root::new(std::array::from_fn(|at| first + u8::try_from(at).unwrap()))
}

fn data_keys() -> DataKeys {
    let roots = [(KeyVersion(1), root(0)), (KeyVersion(258), root(64))];
    DataKeys::new(STORE, Mode::Live, &roots, KeyVersion(1)).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn phone() -> PhoneNumber {
    PhoneNumber::parse("+447400123456", None, Mode::Live).unwrap()
}

fn seed(version: u16) -> CodeSeed {
    CodeSeed { nonce: *b"0123456789abcdef", version: KeyVersion(version) }
}

/// One line for each form.
fn formats() -> String {
    let keys = data_keys();
    let roots = [(KeyVersion(1), root(32)), (KeyVersion(258), root(96))];
    let codes = CodeKeys::new(STORE, Mode::Live, &roots);
    let signup = keys.signup_id("order-1");
    let code = |version| codes.code(signup, &seed(version)).unwrap().expose().to_owned();
    let link = |version| codes.link(signup, &seed(version)).unwrap().expose();
    let shown =
        |keys: &DataKeys| keys.link_match(signup, &seed(1), &keys.phone_index(&phone())).unwrap();
    let secret = PlainKey::random(Kind::Secret, Mode::Test, &Counting);
    let publishable = PlainKey::random(Kind::Publishable, Mode::Live, &Counting);
    let of_key = secret.replay_keys(Some(STORE)).unwrap();
    let scopes = [Scope::TemplatesRead, Scope::TemplatesWrite].into();
    let of_token = ReplayKeys::of_token(secret.token_replay(&scopes), (STORE, Mode::Test));
    let preferences = PreferenceToken::of(&keys, UserId::from_bits(7), 20_780);
    let lines = [
        ("sealed value", hex(&keys.seal(PLACE, b"+447400123456", &Counting))),
        ("phone index", keys.phone_index(&phone()).as_text()),
        ("external index", keys.external_index("cust-42").as_text()),
        ("fingerprint", keys.fingerprint("POST /signups", b"{}").as_text()),
        ("request key", keys.request_key("POST /signups", "order-1").as_text()),
        ("store id", STORE.to_string()),
        ("user id", UserId::random(&Counting).to_string()),
        ("sign-up id", signup.to_string()),
        ("message id", signup.message(15).to_string()),
        ("consent id", signup.consent(15).to_string()),
        ("attempt secret", keys.attempt_secret(signup, &seed(1)).expose().to_owned()),
        ("code", code(1)),
        ("code of version 258", code(258)),
        ("secret API key", secret.expose()),
        ("secret API key's digest", hex(secret.digest().bytes())),
        ("publishable API key", publishable.expose()),
        ("call with a key", of_key.slot(CALL, "order-1", b"{}", Timestamp::UNIX_EPOCH).request),
        ("call with a token", of_token.slot(CALL, "order-1", b"{}", Timestamp::UNIX_EPOCH).request),
        ("wording hash", Wording("Text me offers, ŵ.".to_owned()).hash().0),
        ("link token", link(1)),
        ("link token of version 258", link(258)),
        ("match", shown(&keys).expose().to_owned()),
        ("tried match", keys.match_fingerprint(signup, &shown(&keys)).as_text()),
        ("preference token", preferences.expose()),
        ("preference token's digest", preferences.digest().as_str().to_owned()),
    ];
    lines.map(|(name, value)| format!("{name}: {value}\n")).concat()
}

#[test]
fn each_format_is_as_it_always_was() {
    let golden = include_str!("golden/formats.txt");
    for (now, then) in formats().lines().zip(golden.lines()) {
        assert_eq!(now, then);
    }
    assert_eq!(formats().lines().count(), golden.lines().count());
}

#[test]
fn what_was_sealed_when_the_format_was_made_still_opens() {
    let golden = include_str!("golden/formats.txt");
    let sealed = golden.lines().find_map(|line| line.strip_prefix("sealed value: ")).unwrap();
    let digits = |at: usize| u8::from_str_radix(&sealed[at..at + 2], 16).unwrap();
    let bytes: Vec<u8> = (0..sealed.len()).step_by(2).map(digits).collect();
    assert_eq!(data_keys().open(PLACE, &bytes), Ok(b"+447400123456".to_vec()));
}

#[test]
fn indexes_read_back_from_their_text() {
    let keys = data_keys();
    let phone = keys.phone_index(&phone());
    let external = keys.external_index("cust-42");
    let body = keys.fingerprint("POST /signups", b"{}");
    let request = keys.request_key("POST /signups", "order-1");
    assert_eq!(PhoneIndex::from_text(&phone.as_text()), Some(phone));
    assert_eq!(ExternalIndex::from_text(&external.as_text()), Some(external));
    assert_eq!(Fingerprint::from_text(&body.as_text()), Some(body));
    assert_eq!(RequestKey::from_text(&request.as_text()), Some(request));
    for text in ["", "1", "1.", ".ab", "x.ab", "65536.ab", "1.xy"] {
        assert_eq!(PhoneIndex::from_text(text), None, "{text}");
    }
}

#[test]
fn what_looks_alike_is_told_apart() {
    let keys = data_keys();
    let texts = [
        keys.fingerprint("a", b"bc").as_text(),
        keys.fingerprint("ab", b"c").as_text(),
        keys.request_key("a", "bc").as_text(),
        keys.external_index("abc").as_text(),
        keys.phone_index(&phone()).as_text(),
        keys.external_index(phone().expose()).as_text(),
    ];
    let different: std::collections::BTreeSet<_> = texts.iter().collect();
    assert_eq!(different.len(), texts.len(), "{texts:?}");
}

#[test]
fn a_store_and_a_mode_have_indexes_ids_and_secrets_of_their_own() {
    let of = |store, mode| {
        let keys = DataKeys::new(store, mode, &[(KeyVersion(1), root(0))], KeyVersion(1)).unwrap();
        let id = keys.signup_id("order-1");
        let secret = keys.attempt_secret(id, &seed(1)).expose().to_owned();
        [keys.phone_index(&phone()).as_text(), id.to_string(), secret]
    };
    let home = of(STORE, Mode::Live);
    for other in [of(STORE, Mode::Test), of(StoreId::from_bits(1), Mode::Live)] {
        assert!(home.iter().zip(&other).all(|(home, other)| home != other), "{other:?}");
    }
}
