//! Whoever was erased comes back by themselves alone, and is somebody new.

use doorstep_domain::{
    consent::Event,
    erase::{self, Erasure},
    import::Status,
    ports::{Chunks, Clock, Ledger, Phones, Users},
    said::Said,
};

use crate::{
    imports::{self, NUMBER, person},
    shop::{ADA, Shop},
};

async fn leaves(shop: &Shop, user: doorstep_domain::id::UserId) -> Erasure {
    let (memory, keys) = (&*shop.memory, &*shop.data);
    let erasure = erase::request(memory, keys, user, memory.now()).await.unwrap().unwrap();
    erase::begin(memory, memory, keys, &erasure).await.unwrap();
    erasure
}

#[tokio::test]
async fn who_signs_up_while_the_job_waits_is_somebody_new_and_stays() {
    for consents in [true, false] {
        let shop = Shop::open();
        let registers = async |key: &str| {
            let mut call = shop.call(ADA, key);
            call.consents.truncate(usize::from(consents));
            let id = shop.asks(call).await.unwrap().attempt.id;
            shop.types_right(id).await.unwrap().user
        };
        let ada = registers("a").await;
        shop.pass_seconds(1);
        let erasure = leaves(&shop, ada).await;
        shop.pass_seconds(1);
        let again = registers("b").await;
        assert_ne!(again, ada);
        let (memory, keys) = (&*shop.memory, &*shop.data);
        let now = memory.now();
        erase::begin(memory, memory, keys, &erasure).await.unwrap();
        erase::finish(memory, memory, keys, (&erasure, now)).await.unwrap();
        assert!(Users::find(memory, keys, ada).await.unwrap().is_none());
        let found = Users::find(memory, keys, again).await.unwrap().unwrap();
        let record = Phones::find(memory, keys, &keys.phone_index(&found.phone)).await.unwrap();
        assert_eq!(record.user, Some(again));
        let entries = memory.entries(keys, again).await.unwrap();
        assert_eq!(entries.len(), usize::from(consents));
        assert!(entries.iter().all(|linked| linked.entry.event == Event::Granted));
    }
}

#[tokio::test]
async fn no_list_brings_an_erased_shopper_back() {
    let shop = imports::shop();
    let old = || person(NUMBER, vec![shop.yes(100)]);
    shop.brings(vec![old()]).await;
    let user = shop.user(NUMBER).await.unwrap().id;
    let (memory, keys) = (&shop.memory, &*shop.keys);
    let asked = erase::request(memory, keys, user, shop.ago(50)).await.unwrap().unwrap();
    erase::begin(memory, memory, keys, &asked).await.unwrap();
    erase::finish(memory, memory, keys, (&asked, shop.ago(50))).await.unwrap();
    assert!(shop.user(NUMBER).await.is_none());

    let edge = person(NUMBER, vec![Said { occurred_at: Some(asked.requested_at), ..shop.yes(1) }]);
    let done = shop.brings(vec![old(), edge]).await;
    assert_eq!((done.status, done.accepted, done.rejected), (Status::Done, 0, 2));
    let errors = memory.errors(keys, done.id).await.unwrap();
    let errors: Vec<_> = errors.iter().map(|it| (it.row, it.column.as_str())).collect();
    assert_eq!(errors, [(1, "consents/0/occurred_at"), (2, "consents/0/occurred_at")]);
    assert!(shop.user(NUMBER).await.is_none(), "no user is written");

    let since = person(NUMBER, vec![shop.yes(100), shop.yes(1)]);
    let done = shop.brings(vec![since]).await;
    assert_eq!((done.accepted, done.rejected), (1, 0));
    let back = shop.user(NUMBER).await.unwrap();
    assert_ne!(back.id, user);
    let entries = memory.entries(keys, back.id).await.unwrap();
    let said: Vec<_> = entries.iter().map(|linked| linked.entry.occurred_at).collect();
    assert_eq!(said, [shop.ago(1)], "what they said since, and nothing else");
}
