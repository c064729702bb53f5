//! The keys that sign tokens.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use doorstep_domain::{
    ports::{Clock, SigningKeys},
    signing::{SIGNS_FOR, Signer, TOKEN_LIFE, signer},
};
use doorstep_fakes::{Memory, Ring, together};
use jiff::SignedDuration;

async fn signs(ports: &Memory) -> Signer {
    signer(ports, &Ring).await.unwrap()
}

/// Whether what was signed then is known now.
async fn is_known(ports: &Memory, key: &str, signature: &[u8]) -> bool {
    let set = ports.key_set().await.unwrap().unwrap();
    set.find(key, ports.now()).is_some_and(|key| key.verifies(b"message", signature))
}

#[tokio::test]
async fn a_key_is_made_once_and_its_private_half_is_sealed() {
    let ports = Memory::default();
    let signers = together((0..8).map(|_| signer(&ports, &Ring))).await;
    let keys: Vec<_> = signers.into_iter().map(|signer| signer.unwrap().key).collect();
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let set = ports.key_set().await.unwrap().unwrap();
    assert_eq!(set.keys.len(), 1);
    assert!(set.keys[0].sealed.as_ref().unwrap().len() > 32 + 12 + 16);
    assert!(!format!("{set:?}").contains("sealed"));
}

#[tokio::test]
async fn a_signature_is_good_for_its_own_message_alone() {
    let ports = Memory::default();
    let signer = signs(&ports).await;
    let signature = signer.sign(b"message");
    assert!(is_known(&ports, &signer.key, &signature).await);
    let set = ports.key_set().await.unwrap().unwrap();
    assert!(!set.keys[0].verifies(b"massage", &signature));
    assert!(!set.keys[0].verifies(b"message", &signature[1..]));
    assert!(!is_known(&ports, "another", &signature).await);
}

#[tokio::test]
async fn after_thirty_days_another_key_signs_and_the_last_tokens_live_on() {
    let ports = Memory::default();
    let first = signs(&ports).await;
    let signature = first.sign(b"message");
    ports.clock.pass(SIGNS_FOR - SignedDuration::from_secs(1));
    assert_eq!(signs(&ports).await.key, first.key);
    ports.clock.pass(SignedDuration::from_secs(1));
    let second = signs(&ports).await;
    assert_ne!(second.key, first.key);
    assert_eq!(second.issuer, first.issuer);
    let set = ports.key_set().await.unwrap().unwrap();
    assert_eq!(set.keys.len(), 2);
    assert!(set.keys[1].sealed.is_none(), "what signs no more is thrown away");
    ports.clock.pass(TOKEN_LIFE);
    assert!(is_known(&ports, &first.key, &signature).await);
    ports.clock.pass(SignedDuration::from_mins(5));
    assert!(!is_known(&ports, &first.key, &signature).await, "no token of it can live");
    ports.clock.pass(SIGNS_FOR);
    signs(&ports).await;
    assert_eq!(ports.key_set().await.unwrap().unwrap().keys.len(), 2, "the oldest is gone");
}
