//! Who may do what, and that no key makes a mightier one.

use doorstep_domain::{
    Mode,
    access::{ApiKey, History, KeyId, Kind, PUBLISHABLE_SCOPES, Role, Scope},
    id::StoreId,
    token::PlainKey,
};
use doorstep_fakes::{Seeded, sample::STORE};
use jiff::{SignedDuration, Timestamp};
use proptest::{prelude::*, sample::select};

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
        history: History::default(),
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
    storefront: signups:write signups:read users:read messages:read consents:read consents:write
    marketer: signups:read messages:write messages:read templates:write templates:read stores:read consents:read consents:write
    developer: signups:write signups:read users:read messages:write messages:read templates:write templates:read stores:read levers:write consents:read consents:write
    finance: templates:read stores:read budgets:write budgets:read
    auditor: signups:read messages:read templates:read stores:read keys:read budgets:read audit:read consents:read
    owner: signups:write signups:read users:read messages:write messages:read templates:write templates:read stores:write stores:read keys:write keys:read levers:write budgets:write budgets:read audit:read consents:read consents:write privacy:read privacy:write
    operator: stores:write stores:read keys:write keys:read levers:write budgets:write budgets:read audit:read
    ");
}

/// A line for each scope, a column for each role.
fn table() -> String {
    let row = |cells: Vec<&str>| format!("| {} |", cells.join(" | "));
    let roles = || Role::ALL.iter();
    let head = std::iter::once("scope").chain(roles().map(|role| role.as_str()));
    let rule = vec!["---"; Role::ALL.len() + 1];
    let scopes = Scope::ALL.iter().map(|scope| {
        let has = roles().map(|role| if role.scopes().contains(scope) { "✓" } else { "" });
        row(std::iter::once(scope.as_str()).chain(has).collect())
    });
    [row(head.collect()), row(rule)].into_iter().chain(scopes).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_runbook_shows_these_roles() {
    let runbook = include_str!("../../../infra/runbooks/access.md");
    let shown =
        runbook.split_once("differs -->\n").and_then(|(_, rest)| rest.split_once("\n<!-- end"));
    assert_eq!(shown.map(|(table, _)| table), Some(&*table()), "put this into it:\n{}", table());
}

#[test]
fn the_operator_sees_no_shopper() {
    for scope in Role::Operator.scopes() {
        assert!(
            ["users:", "signups:", "consents:", "privacy:"]
                .iter()
                .all(|of| !scope.as_str().starts_with(of))
        );
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
    let wide_auditor = ApiKey { scopes: Scope::ALL.iter().copied().collect(), ..auditor.clone() };
    let nameless_auditor = ApiKey { role: None, ..auditor.clone() };
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
        (operator(), auditor.clone(), true, "who looks at all stores"),
        (operator(), key(Role::Finance, None, Mode::Live), true, "who pays for all stores"),
        (operator(), key(Role::Finance, None, Mode::Test), false, "of the other mode"),
        (operator(), key(Role::Owner, None, Mode::Live), false, "an owner of all stores"),
        (operator(), key(Role::Storefront, None, Mode::Live), false, "a storefront of all stores"),
        (operator(), wide_auditor.clone(), false, "an auditor with more scopes"),
        (operator(), nameless_auditor, false, "an auditor's scopes without its role"),
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

fn keys() -> impl Strategy<Value = ApiKey> {
    let role = select(Role::ALL.iter().copied().map(Some).chain([None]).collect::<Vec<_>>());
    let scopes = prop::collection::btree_set(select(Scope::ALL), 0..4);
    let store = select(vec![None, Some(STORE), Some(OTHER)]);
    let end = || prop::option::of((0..3_i64).prop_map(second));
    let mode = select(vec![Mode::Test, Mode::Live]);
    (role, scopes, any::<bool>(), store, mode, end(), end()).prop_map(
        |(role, some, all, store, mode, expires_at, retires_at)| {
            let own = role.filter(|_| all).map(|role| role.scopes().iter().copied().collect());
            let history = History { retires_at, ..History::default() };
            let scopes = own.unwrap_or(some);
            ApiKey { role, scopes, store, mode, expires_at, history, ..owner() }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn no_key_makes_anything_that_is_more_than_itself(maker in keys(), made in keys()) {
        if !maker.may_make(&made) {
            return Ok(());
        }
        let operator = maker.role == Some(Role::Operator) && maker.store.is_none();
        // The documented exceptions: the operator opens stores, and lets people look at all.
        let opens = operator && made.store.is_some();
        let looks = operator && made.store.is_none()
            && matches!(made.role, Some(Role::Finance | Role::Auditor))
            && made.scopes.iter().all(|scope| made.role.unwrap().scopes().contains(scope));
        prop_assert!(maker.store.is_none() || made.store == maker.store);
        prop_assert!(opens || made.mode == maker.mode);
        prop_assert!(opens || looks || made.scopes.is_subset(&maker.scopes));
        prop_assert!(maker.ends_at().is_none_or(|end| made.ends_at().is_some_and(|it| it <= end)));
    }

    #[test]
    fn a_token_may_no_more_than_its_key_and_makes_no_keys(key in keys(), wider in keys()) {
        let narrowed = key.narrowed(&wider.scopes);
        prop_assert!(narrowed.scopes.is_subset(&key.scopes));
        prop_assert!(narrowed.scopes.is_subset(&wider.scopes));
        prop_assert!(!narrowed.scopes.contains(&Scope::KeysWrite));
        prop_assert_eq!((narrowed.store, narrowed.mode), (key.store, key.mode));
    }
}

#[test]
fn a_key_ends_when_it_says() {
    let key = ApiKey { expires_at: Some(second(10)), ..owner() };
    assert!(key.is_live(second(9)));
    assert!(!key.is_live(second(10)));
    assert!(owner().is_live(Timestamp::MAX));
}
