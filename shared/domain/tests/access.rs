//! Who may do what, and that no key makes a mightier one.

use doorstep_domain::{
    Mode,
    access::{ApiKey, KeyId, Kind, PUBLISHABLE_SCOPES, Role, Scope},
    id::StoreId,
    token::PlainKey,
};
use doorstep_fakes::{Seeded, sample::STORE};
use jiff::{SignedDuration, Timestamp};

const OTHER: StoreId = StoreId::from_bits(1);

/// A key with this role, without end.
fn key(role: Role, store: Option<StoreId>, mode: Mode) -> ApiKey {
    let plain = PlainKey::random(Kind::Secret, mode, &Seeded::new(1));
    ApiKey {
        id: plain.id().clone(),
        name: "a key".to_owned(),
        kind: Kind::Secret,
        mode,
        store,
        role: Some(role),
        scopes: role.scopes().iter().copied().collect(),
        digest: plain.digest(),
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
    }
}

fn owner() -> ApiKey {
    key(Role::Owner, Some(STORE), Mode::Live)
}

fn operator() -> ApiKey {
    key(Role::Operator, None, Mode::Live)
}

fn second(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

#[test]
fn every_role_may_do_part_of_what_an_owner_or_the_operator_may() {
    for role in Role::ALL {
        let within = |wide: Role| role.scopes().iter().all(|scope| wide.scopes().contains(scope));
        assert!(within(Role::Owner) || within(Role::Operator), "{role:?}");
    }
}

#[test]
fn the_scopes_of_each_role_are_these() {
    let line = |role: &Role| {
        let scopes: Vec<_> = role.scopes().iter().map(|scope| scope.as_str()).collect();
        format!("{}: {}", role.as_str(), scopes.join(" "))
    };
    let table: Vec<_> = Role::ALL.iter().map(line).collect();
    insta::assert_snapshot!(table.join("\n"), @"
    storefront: signups:write signups:read users:read messages:read
    marketer: signups:read messages:write messages:read templates:write templates:read stores:read
    developer: signups:write signups:read users:read messages:write messages:read templates:write templates:read stores:read levers:write
    finance: templates:read stores:read budgets:write budgets:read
    auditor: signups:read messages:read templates:read stores:read keys:read budgets:read audit:read
    owner: signups:write signups:read users:read messages:write messages:read templates:write templates:read stores:write stores:read keys:write keys:read levers:write budgets:write budgets:read audit:read
    operator: stores:write stores:read keys:write keys:read levers:write budgets:write budgets:read audit:read
    ");
}

#[test]
fn the_operator_sees_no_shopper() {
    for scope in Role::Operator.scopes() {
        assert!(!scope.as_str().starts_with("users:") && !scope.as_str().starts_with("signups:"));
    }
}

#[test]
fn only_owners_and_the_operator_make_keys() {
    let makers = Role::ALL.iter().filter(|role| role.scopes().contains(&Scope::KeysWrite));
    assert_eq!(makers.collect::<Vec<_>>(), [&Role::Owner, &Role::Operator]);
}

#[test]
fn a_key_in_a_browser_sees_no_phone_number() {
    assert_eq!(PUBLISHABLE_SCOPES, [Scope::SignupsWrite, Scope::SignupsRead]);
}

#[test]
fn names_read_back_and_no_other_names_do() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(*role));
    }
    for scope in Scope::ALL {
        assert_eq!(scope.as_str().parse(), Ok(*scope));
    }
    for name in ["", "Owner", "owner ", "root"] {
        assert!(name.parse::<Role>().is_err() && name.parse::<Scope>().is_err(), "{name}");
    }
    for id in ["", "short", "twelve-chars", "thirteenchars", "abcdefghijkŵ"] {
        assert!(id.parse::<KeyId>().is_err(), "{id}");
    }
}

#[test]
fn a_key_never_makes_a_mightier_one() {
    let auditor = key(Role::Auditor, None, Mode::Live);
    let some_scopes =
        ApiKey { role: None, scopes: [Scope::KeysWrite, Scope::StoresRead].into(), ..operator() };
    let other_store = ApiKey { store: Some(OTHER), ..owner() };
    let other_mode = ApiKey { mode: Mode::Test, ..owner() };
    let storefront = key(Role::Storefront, Some(STORE), Mode::Live);
    let wide_operator = ApiKey { scopes: Scope::ALL.iter().copied().collect(), ..operator() };
    let wide_by_scopes = ApiKey { role: None, ..wide_operator.clone() };
    for (maker, made, may, why) in [
        (owner(), owner(), true, "its like"),
        (owner(), storefront.clone(), true, "less than itself"),
        (owner(), other_store.clone(), false, "of another store"),
        (owner(), other_mode.clone(), false, "of the other mode"),
        (owner(), operator(), false, "of the deployment"),
        (storefront.clone(), owner(), false, "with more scopes"),
        (operator(), owner(), true, "the owner of a store"),
        (operator(), other_store, true, "the owner of any store"),
        (operator(), other_mode, true, "in both modes"),
        (operator(), operator(), true, "its like"),
        (operator(), wide_operator, false, "an operator with more scopes"),
        (operator(), wide_by_scopes.clone(), false, "more scopes for the deployment"),
        (auditor.clone(), auditor.clone(), true, "its like"),
        (auditor.clone(), key(Role::Auditor, Some(STORE), Mode::Live), true, "for one store"),
        (auditor.clone(), owner(), false, "not the operator"),
        (auditor, operator(), false, "not the operator"),
        (some_scopes.clone(), wide_by_scopes, false, "with more scopes"),
        (some_scopes, owner(), false, "not the operator"),
    ] {
        assert_eq!(maker.may_make(&made), may, "{:?} makes {:?}: {why}", maker.role, made.role);
    }
}

#[test]
fn a_key_makes_none_that_outlives_it() {
    let until = |end: Option<i64>| ApiKey { expires_at: end.map(second), ..owner() };
    for (maker, made, may) in [
        (None, None, true),
        (None, Some(10), true),
        (Some(10), Some(10), true),
        (Some(10), Some(9), true),
        (Some(10), Some(11), false),
        (Some(10), None, false),
    ] {
        assert_eq!(until(maker).may_make(&until(made)), may, "{maker:?} makes {made:?}");
    }
}

#[test]
fn a_key_ends_when_it_says() {
    let key = ApiKey { expires_at: Some(second(10)), ..owner() };
    assert!(key.is_live(second(9)));
    assert!(!key.is_live(second(10)));
    assert!(owner().is_live(Timestamp::MAX));
}
