//! A provider that tells people from programs.

use std::sync::Mutex;

use doorstep_domain::{
    Fault,
    guard::{Expected, Refused, Solution, Task, person},
    ports::Challenges,
    store::Store,
};

/// Says the same of every token, and remembers what it was asked.
struct Saying(bool, Mutex<Vec<Expected>>);

impl Challenges for Saying {
    async fn solved(&self, _: &str, expected: &Expected) -> Result<bool, Fault> {
        self.1.lock().unwrap().push(expected.clone());
        Ok(self.0)
    }
}

fn store() -> Store {
    let mut store = Store::nothing_set();
    store.settings.domain = Some("shop.example".to_owned());
    store.settings.origins = Some(vec!["https://pay.shop.example:8443".to_owned()]);
    store
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
