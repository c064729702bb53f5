//! Codes: the same for the same sign-up, and no rule to guess the next one by.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use doorstep_domain::{
    Mode,
    code::CodeSeed,
    id::{SignupId, StoreId},
    keys::{CodeKeys, Root},
    seal::KeyVersion,
};
use doorstep_fakes::{Seeded, sample};

const ID: SignupId = SignupId::derived(0xabc0);

fn codes(store: StoreId, mode: Mode) -> CodeKeys {
    CodeKeys::new(store, mode, &[(KeyVersion(1), Root::new([2; 32]))])
}

fn home() -> CodeKeys {
    codes(sample::STORE, Mode::Test)
}

fn number(keys: &CodeKeys, id: SignupId, seed: &CodeSeed) -> usize {
    keys.code(id, seed).unwrap().expose().parse().unwrap()
}

/// Ten thousand codes of ten thousand seeds.
fn many() -> Vec<usize> {
    let (keys, chance) = (home(), Seeded::new(42));
    let seed = || CodeSeed::random(KeyVersion(1), &chance);
    (0..10_000).map(|_| number(&keys, ID, &seed())).collect()
}

#[test]
fn ten_thousand_codes_are_spread_evenly() {
    let mut buckets = [0_i32; 100];
    for code in many() {
        buckets[code / 10_000] += 1;
    }
    // A hundred are expected in each, with a deviation of ten.
    assert!(buckets.iter().all(|count| (50..=150).contains(count)), "{buckets:?}");
    let squares: i32 = buckets.iter().map(|count| (count - 100).pow(2)).sum();
    assert!(squares / 100 < 160, "chi-square {} of 99 degrees", squares / 100);
}

#[test]
fn every_digit_is_as_likely_in_every_place() {
    for place in [1, 10, 100, 1_000, 10_000, 100_000] {
        let mut digits = [0_usize; 10];
        for code in many() {
            digits[code / place % 10] += 1;
        }
        assert!(digits.iter().all(|count| (850..=1150).contains(count)), "{place}: {digits:?}");
    }
}

#[test]
fn the_same_seed_makes_the_same_code() {
    let seed = CodeSeed::random(KeyVersion(1), &Seeded::new(1));
    assert_eq!(number(&home(), ID, &seed), number(&home(), ID, &seed));
}

#[test]
fn another_store_mode_signup_nonce_or_key_makes_another_code() {
    let seed = CodeSeed::random(KeyVersion(1), &Seeded::new(1));
    let other_seed = CodeSeed::random(KeyVersion(1), &Seeded::new(2));
    let other_root = [(KeyVersion(1), Root::new([3; 32]))];
    let other_keys = CodeKeys::new(sample::STORE, Mode::Test, &other_root);
    let code = number(&home(), ID, &seed);
    for other in [
        number(&codes(StoreId::from_bits(1), Mode::Test), ID, &seed),
        number(&codes(sample::STORE, Mode::Live), ID, &seed),
        number(&home(), SignupId::derived(0xabd0), &seed),
        number(&home(), ID, &other_seed),
        number(&other_keys, ID, &seed),
    ] {
        assert_ne!(other, code);
    }
}

#[test]
fn a_signup_keeps_the_code_of_the_version_it_is_pinned_to() {
    let pinned = CodeSeed::random(KeyVersion(1), &Seeded::new(1));
    let roots = [(KeyVersion(1), Root::new([2; 32])), (KeyVersion(2), Root::new([9; 32]))];
    let rotated = CodeKeys::new(sample::STORE, Mode::Test, &roots);
    assert_eq!(number(&rotated, ID, &pinned), number(&home(), ID, &pinned));
    let new = CodeSeed { version: KeyVersion(2), ..pinned };
    assert_ne!(number(&rotated, ID, &new), number(&home(), ID, &pinned));
    assert!(home().code(ID, &new).is_none(), "the first keys do not know the second version");
}
