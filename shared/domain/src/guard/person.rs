//! A challenge of somebody else's, which tells people from programs.

use std::net::IpAddr;

use super::{Refused, Solution};
use crate::{Fault, ports::Challenges, store::Store};

/// What a solved challenge has to be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What it is bound to: one send of one store.
    pub binding: String,
    /// The hosts on which the store's shoppers solve it.
    pub hosts: Vec<String>,
    /// The shopper's address, if known.
    pub source: Option<IpAddr>,
}

/// Asks whether a token stands for what a refusal asked for. If so, the same command may be given
/// again with the solution; `None` when it does not, or when the refusal asked for nothing.
///
/// # Errors
/// When who should know is out of reach: the proof of work is still good.
pub async fn person(
    challenges: &impl Challenges,
    refused: &Refused,
    token: &str,
    (store, source): (&Store, Option<IpAddr>),
) -> Result<Option<Solution>, Fault> {
    let Refused::Challenge(task) = refused else { return Ok(None) };
    let binding = task.binding.clone();
    let expected = Expected { binding: binding.clone(), hosts: hosts(store), source };
    let solved = challenges.solved(token, &expected).await?;
    Ok(solved.then_some(Solution::Person(binding)))
}

/// The store's domain, and the hosts of its origins.
fn hosts(store: &Store) -> Vec<String> {
    let settings = &store.settings;
    let origins = settings.origins.iter().flatten();
    let hosts = origins.filter_map(|origin| {
        let (_, host) = origin.split_once("://")?;
        host.split([':', '/']).next().map(str::to_owned)
    });
    settings.domain.iter().cloned().chain(hosts).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::guard::Task;

    /// Says the same of every token, and remembers what it was asked.
    struct Saying(bool, Mutex<Vec<Expected>>);

    impl Challenges for Saying {
        async fn solved(&self, _: &str, expected: &Expected) -> Result<bool, Fault> {
            self.1.lock().unwrap().push(expected.clone());
            Ok(self.0)
        }
    }

    fn store() -> Store {
        let mut store = bare();
        store.settings.domain = Some("shop.example".to_owned());
        store.settings.origins = Some(vec!["https://pay.shop.example:8443".to_owned()]);
        store
    }

    fn bare() -> Store {
        Store {
            id: Store::DEPLOYMENT,
            own: crate::store::Settings::default(),
            settings: crate::store::Settings::default(),
            accounts: std::collections::BTreeMap::new(),
            roots: Vec::new(),
            indexing: crate::seal::KeyVersion(1),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            revision: 0,
        }
    }

    fn challenge() -> Refused {
        Refused::Challenge(Task { work: "1.18.x".to_owned(), binding: "b".to_owned() })
    }

    #[tokio::test]
    async fn a_token_counts_for_the_send_that_was_refused_on_the_stores_own_hosts() {
        let yes = Saying(true, Mutex::default());
        let found = person(&yes, &challenge(), "token", (&store(), None)).await.unwrap();
        assert_eq!(found, Some(Solution::Person("b".to_owned())));
        let hosts = vec!["shop.example".to_owned(), "pay.shop.example".to_owned()];
        let expected = Expected { binding: "b".to_owned(), hosts, source: None };
        assert_eq!(*yes.1.lock().unwrap(), [expected]);
    }

    #[tokio::test]
    async fn nobody_is_asked_about_what_no_challenge_helps_against() {
        let yes = Saying(true, Mutex::default());
        assert_eq!(person(&yes, &Refused::Blocked, "token", (&store(), None)).await.unwrap(), None);
        assert!(yes.1.lock().unwrap().is_empty());
        let no = Saying(false, Mutex::default());
        assert_eq!(person(&no, &challenge(), "token", (&store(), None)).await.unwrap(), None);
    }
}
