//! How long what is kept.

use doorstep_domain::{
    Mode,
    retention::{Kind, RETENTION, Retention},
};

#[test]
fn every_kind_has_its_rule_and_its_reason() {
    assert_eq!(RETENTION.len(), Kind::ALL.len());
    for kind in Kind::ALL {
        let rule = kind.rule();
        assert_eq!(rule.kind, *kind);
        assert!(rule.days > 0 && !rule.why.is_empty());
        assert!(rule.bounds.is_none_or(|(few, most)| (few..=most).contains(&rule.days)));
    }
}

#[test]
fn a_store_keeps_for_as_long_as_it_says_within_bounds() {
    let day = 86_400;
    let usual = Retention::default();
    assert_eq!(usual.seconds(Kind::Signups, Mode::Live), 30 * day);
    assert_eq!(usual.seconds(Kind::Complaints, Mode::Live), 2_190 * day);
    assert_eq!(usual.seconds(Kind::Signups, Mode::Test), 2 * day);
    let short = Retention { signups_days: Some(7), ..usual };
    assert_eq!(short.seconds(Kind::Signups, Mode::Live), 7 * day);
    assert_eq!(short.seconds(Kind::Messages, Mode::Live), 30 * day);
    assert_eq!(short.seconds(Kind::Signups, Mode::Test), 2 * day);
    // Whatever is at rest: the bounds hold.
    let wild = Retention { signups_days: Some(0), messages_days: Some(9_999), ..usual };
    assert_eq!(wild.seconds(Kind::Signups, Mode::Live), 2 * day);
    assert_eq!(wild.seconds(Kind::Messages, Mode::Live), 90 * day);
    for kind in [Kind::Signups, Kind::Messages, Kind::Proofs] {
        for mode in [Mode::Test, Mode::Live] {
            assert!(wild.seconds(kind, mode) <= kind.longest(mode));
        }
    }
    assert_eq!(usual.seconds(Kind::Proofs, Mode::Live), Kind::Proofs.seconds());
}

fn table() -> String {
    let head = ["| kind | days | a store may set | why |", "| --- | --- | --- | --- |"];
    let lines = RETENTION.iter().map(|rule| {
        let bounds = rule.bounds.map_or(String::new(), |(few, most)| format!("{few} to {most}"));
        format!("| {} | {} | {bounds} | {} |", rule.kind.as_str(), rule.days, rule.why)
    });
    head.map(str::to_owned).into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_runbook_shows_this_table() {
    let runbook = include_str!("../../../infra/runbooks/retention.md");
    let shown =
        runbook.split_once("differs -->\n").and_then(|(_, rest)| rest.split_once("\n<!-- end"));
    assert_eq!(shown.map(|(table, _)| table), Some(&*table()), "put this into it:\n{}", table());
}
