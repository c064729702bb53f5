//! Texts of the shops' own: versions never change, and one of them is live.

use doorstep_domain::{
    Mode,
    id::StoreId,
    ports::Templates,
    template::{Body, Draft, Kept, Kind, MAX_TEXTS, Stored, TemplateName},
    text::locale::Locale,
};

use crate::{sample::fresh_store, together};

/// What [`Templates`] promises.
pub async fn templates(ports: &impl Templates) {
    a_text_reads_back_whole(ports).await;
    another_text_is_another_version_and_the_same_is_none(ports).await;
    an_older_version_goes_out_again(ports).await;
    texts_saved_at_once_get_a_version_each(ports).await;
    the_first_locale_that_has_a_text_is_taken(ports).await;
    texts_are_listed_in_their_order(ports).await;
    stores_and_modes_share_no_text(ports).await;
    a_store_keeps_two_hundred_texts(ports).await;
}

type Scope = (StoreId, Mode);

fn fresh() -> Scope {
    (fresh_store(), Mode::Test)
}

fn locale(tag: &str) -> Locale {
    tag.parse().unwrap()
}

fn named(name: &str) -> TemplateName {
    name.parse().unwrap()
}

fn draft(name: &str, tag: &str, words: &str) -> Draft {
    let body = Body::parse(words).unwrap();
    Draft { name: named(name), locale: locale(tag), kind: Kind::Transactional, body }
}

async fn save(ports: &impl Templates, scope: Scope, words: &str) -> Kept {
    ports.save(scope, &draft("order", "en-GB", words)).await.unwrap()
}

async fn find(ports: &impl Templates, scope: Scope, version: Option<u32>) -> Option<Stored> {
    ports.find(scope, &named("order"), &locale("en-GB"), version).await.unwrap()
}

async fn a_text_reads_back_whole(ports: &impl Templates) {
    let scope = fresh();
    assert_eq!(find(ports, scope, None).await, None);
    let words = "{{ store }}: Siop Tŷ, \\{{ 🎉\nline two";
    let kept = Draft { kind: Kind::Marketing, ..draft("order", "en-GB", words) };
    assert_eq!(ports.save(scope, &kept).await.unwrap(), Kept::Version(1));
    let template = kept.version(1);
    let stored = Some(Stored { template, live: 1, newest: 1 });
    for version in [None, Some(1)] {
        assert_eq!(find(ports, scope, version).await, stored);
    }
    assert_eq!(find(ports, scope, Some(2)).await, None);
}

async fn another_text_is_another_version_and_the_same_is_none(ports: &impl Templates) {
    let scope = fresh();
    for (words, version) in [("one", 1), ("one", 1), ("two", 2), ("two", 2), ("one", 3)] {
        assert_eq!(save(ports, scope, words).await, Kept::Version(version), "{words}");
    }
    let other_kind = Draft { kind: Kind::Marketing, ..draft("order", "en-GB", "one") };
    assert_eq!(ports.save(scope, &other_kind).await.unwrap(), Kept::Version(4));
    let first = find(ports, scope, Some(1)).await.unwrap();
    assert_eq!((first.template.body.source(), first.live, first.newest), ("one", 4, 4));
}

async fn an_older_version_goes_out_again(ports: &impl Templates) {
    let (scope, name, english) = (fresh(), named("order"), locale("en-GB"));
    assert!(!ports.point(scope, &name, &english, 1).await.unwrap(), "there is nothing yet");
    for words in ["one", "two"] {
        save(ports, scope, words).await;
    }
    assert!(ports.point(scope, &name, &english, 1).await.unwrap());
    assert!(!ports.point(scope, &name, &english, 3).await.unwrap());
    let live = find(ports, scope, None).await.unwrap();
    assert_eq!((live.template.body.source(), live.live, live.newest), ("one", 1, 2));
    assert_eq!(save(ports, scope, "two").await, Kept::Version(2), "the newest, live again");
    assert_eq!(find(ports, scope, None).await.unwrap().live, 2);
    assert!(ports.point(scope, &name, &english, 1).await.unwrap());
    assert_eq!(save(ports, scope, "three").await, Kept::Version(3), "no number is used twice");
}

async fn texts_saved_at_once_get_a_version_each(ports: &impl Templates) {
    let scope = fresh();
    let drafts = ["one", "two", "three"].map(|words| draft("order", "en-GB", words));
    let kept = together(drafts.iter().map(|draft| ports.save(scope, draft))).await;
    let mut versions: Vec<_> = kept.into_iter().map(Result::unwrap).collect();
    versions.sort_by_key(|kept| format!("{kept:?}"));
    assert_eq!(versions, [1, 2, 3].map(Kept::Version));
    for version in 1..=3 {
        assert!(find(ports, scope, Some(version)).await.is_some(), "{version}");
    }
}

async fn the_first_locale_that_has_a_text_is_taken(ports: &impl Templates) {
    let (scope, name) = (fresh(), named("order"));
    let chain = ["cy-GB", "cy", "en-GB", "en"].map(locale);
    assert_eq!(ports.current(scope, &name, &chain).await.unwrap(), None);
    assert_eq!(ports.current(scope, &name, &[]).await.unwrap(), None);
    // A cache may know a chain for 10 s: each is asked for once.
    ports.save(scope, &draft("order", "en", "English")).await.unwrap();
    let found = ports.current(scope, &name, &chain).await.unwrap().unwrap();
    assert_eq!(*found, draft("order", "en", "English").version(1));
    ports.save(scope, &draft("order", "cy", "Cymraeg")).await.unwrap();
    let found = ports.current(scope, &name, &chain[..3]).await.unwrap().unwrap();
    assert_eq!(found.body.source(), "Cymraeg");
    assert_eq!(ports.current(scope, &named("other"), &chain).await.unwrap(), None);
}

async fn texts_are_listed_in_their_order(ports: &impl Templates) {
    let scope = fresh();
    assert_eq!(ports.list(scope).await.unwrap(), []);
    for (name, tag) in [("b", "en"), ("a", "en"), ("a", "cy"), ("a", "en")] {
        ports.save(scope, &draft(name, tag, "words")).await.unwrap();
    }
    let listed = ports.list(scope).await.unwrap();
    let listed =
        listed.iter().map(|text| (text.template.name.as_str(), text.template.locale.as_str()));
    assert_eq!(listed.collect::<Vec<_>>(), [("a", "cy"), ("a", "en"), ("b", "en")]);
}

async fn stores_and_modes_share_no_text(ports: &impl Templates) {
    let scope = fresh();
    save(ports, scope, "words").await;
    for other in [(scope.0, Mode::Live), fresh()] {
        assert_eq!(find(ports, other, None).await, None);
        assert_eq!(ports.list(other).await.unwrap(), []);
    }
}

async fn a_store_keeps_two_hundred_texts(ports: &impl Templates) {
    let scope = fresh();
    let kept = |number: usize| {
        let draft = draft(&format!("n{number}"), "en", "words");
        async move { ports.save(scope, &draft).await.unwrap() }
    };
    for ten in 0..MAX_TEXTS / 10 {
        let answers = together((ten * 10..ten * 10 + 10).map(kept)).await;
        assert!(answers.iter().all(|kept| *kept == Kept::Version(1)));
    }
    assert_eq!(kept(MAX_TEXTS).await, Kept::Full);
    assert_eq!(kept(7).await, Kept::Version(1), "one that is there may change");
    assert_eq!(ports.list(scope).await.unwrap().len(), MAX_TEXTS);
}
