//! The keys that sign tokens. There is one set for the deployment, so that this suite leaves what
//! it finds: it adds revisions, and no key that anybody signs with.

use doorstep_domain::{
    ports::SigningKeys,
    signing::{KeySet, SigningKey},
    store::Saved,
};

use super::at;

/// What [`SigningKeys`] promises.
pub async fn signing_keys(ports: &impl SigningKeys) {
    let before = match ports.key_set().await.unwrap() {
        Some(known) => KeySet { revision: known.revision + 1, ..(*known).clone() },
        None => KeySet { issuer: "urn:doorstep:x".to_owned(), keys: Vec::new(), revision: 0 },
    };
    let retired = SigningKey {
        id: "0123456789abcdef".to_owned(),
        public: [7; 32],
        sealed: Some(vec![1, 2, 3]),
        made_at: at(0),
        retired_at: Some(at(1)),
    };
    let bare =
        SigningKey { sealed: None, retired_at: None, id: "old".to_owned(), ..retired.clone() };
    let with =
        KeySet { keys: [before.keys.clone(), vec![retired, bare]].concat(), ..before.clone() };
    assert_eq!(ports.save_key_set(&with).await.unwrap(), Saved::Yes);
    assert_eq!(*ports.key_set().await.unwrap().unwrap(), with, "it reads back whole");
    assert_eq!(ports.save_key_set(&with).await.unwrap(), Saved::Conflict, "a revision comes once");
    let after = KeySet { revision: with.revision + 1, ..before };
    assert_eq!(ports.save_key_set(&after).await.unwrap(), Saved::Yes);
    assert_eq!(*ports.key_set().await.unwrap().unwrap(), after, "whoever saves forgets");
}
