//! A nonce is good once, for one key and one action, for five minutes.

use doorstep_domain::{
    Mode,
    audit::Action,
    nonce::{issue, spend},
    ports::Clock,
};
use doorstep_fakes::Memory;

use super::{key, passes};

#[tokio::test]
async fn a_nonce_is_good_once() {
    let (ports, key) = (Memory::default(), key(1, Mode::Live));
    let (nonce, until) = issue(&ports, &key, Action::ApiKeyDelete).await.unwrap();
    assert_eq!(until.duration_since(ports.now()).as_secs(), 300);
    let uses = async || spend(&ports, &key, Action::ApiKeyDelete, nonce.expose()).await.unwrap();
    assert!(uses().await);
    assert!(!uses().await, "a replay");
}

#[tokio::test]
async fn a_nonce_is_nobody_elses_and_for_nothing_else() {
    let (ports, mine, other) = (Memory::default(), key(1, Mode::Live), key(2, Mode::Live));
    let (nonce, _) = issue(&ports, &mine, Action::ApiKeyDelete).await.unwrap();
    let spends = async |key, action| spend(&ports, key, action, nonce.expose()).await.unwrap();
    assert!(!spends(&other, Action::ApiKeyDelete).await);
    assert!(!spends(&mine, Action::ApiKeyRotate).await);
    assert!(spends(&mine, Action::ApiKeyDelete).await, "a stranger does not use it up");
}

#[tokio::test]
async fn a_nonce_ends_after_five_minutes() {
    let (ports, key) = (Memory::default(), key(1, Mode::Live));
    let (nonce, _) = issue(&ports, &key, Action::UserErase).await.unwrap();
    passes(&ports, 300);
    assert!(!spend(&ports, &key, Action::UserErase, nonce.expose()).await.unwrap());
}

#[tokio::test]
async fn what_was_never_a_nonce_is_none() {
    let (ports, key) = (Memory::default(), key(1, Mode::Live));
    for text in ["", "x", "0123456789abcdefghijkl", "0123456789abcdefghijk#", "ü"] {
        assert!(!spend(&ports, &key, Action::UserErase, text).await.unwrap(), "{text}");
    }
    let (nonce, _) = issue(&ports, &key, Action::UserErase).await.unwrap();
    assert!(!format!("{nonce:?}").contains(nonce.expose()));
}
