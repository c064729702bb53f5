//! A shopper is forgotten, whatever breaks meanwhile; and what was theirs is told before.

use doorstep_domain::{
    Fault,
    consent::Event,
    erase::{self, Erasure},
    export::gather,
    id::UserId,
    phone::PhoneNumber,
    ports::{Archive, Clock, Ledger, Phones, Rights, Subjects, Suppressions, Users},
    tries::PhoneRecord,
};
use doorstep_fakes::together;

use crate::shop::{ADA, BOB, Shop, told};

fn index(shop: &Shop, phone: &str) -> doorstep_domain::keys::PhoneIndex {
    shop.data.phone_index(&PhoneNumber::parse(phone, None, shop.mode).unwrap())
}

async fn record(shop: &Shop, phone: &str) -> PhoneRecord {
    Phones::find(&*shop.memory, &shop.data, &index(shop, phone)).await.unwrap()
}

async fn registers(shop: &Shop, phone: &str, key: &str) -> UserId {
    let id = shop.signs_up(phone, key).await;
    shop.types_right(id).await.unwrap().user
}

/// What the call does.
async fn asks(shop: &Shop, user: UserId) -> Erasure {
    let memory = &*shop.memory;
    let now = memory.now();
    let erasure = erase::request(memory, &shop.data, user, now).await.unwrap().unwrap();
    memory.ask_erasure(&shop.data, &erasure, "00-t").await.unwrap();
    erasure
}

/// What the job does, from its beginning.
async fn works(shop: &Shop, erasure: &Erasure) -> Result<(), Fault> {
    let memory = &*shop.memory;
    erase::begin(memory, memory, &shop.data, erasure).await?;
    erase::finish(memory, memory, &shop.data, (erasure, memory.now())).await
}

async fn erases(shop: &Shop, user: UserId) -> Erasure {
    let erasure = asks(shop, user).await;
    works(shop, &erasure).await.unwrap();
    shop.memory.erasure(&shop.data, user).await.unwrap().unwrap()
}

async fn is_gone(shop: &Shop, user: UserId) {
    let memory = &*shop.memory;
    assert!(Users::find(memory, &shop.data, user).await.unwrap().is_none());
    let known = record(shop, ADA).await;
    assert_eq!((known.user, known.signups.len(), known.letters.len()), (None, 0, 0));
    let phones = [index(shop, ADA)];
    assert!(memory.traces(&shop.data, &phones, memory.now()).await.unwrap().is_empty());
    let entries = memory.entries(&shop.data, user).await.unwrap();
    let ends = entries.iter().filter(|linked| linked.entry.event == Event::Erased).count();
    assert_eq!(ends, 1, "the ledger ends once");
    assert!(doorstep_domain::consent::intact(&shop.data, &entries));
}

#[tokio::test]
async fn an_erased_shopper_is_gone_and_nobody_else() {
    let shop = Shop::open();
    let (ada, bob) = (registers(&shop, ADA, "a").await, registers(&shop, BOB, "b").await);
    shop.signs_up(ADA, "a-2").await;
    let done = erases(&shop, ada).await;
    assert!(done.erased_at.is_some());
    is_gone(&shop, ada).await;
    assert_eq!(shop.memory.signups(), 1, "Bob's");
    assert!(Users::find(&*shop.memory, &shop.data, bob).await.unwrap().is_some());
    assert_eq!(shop.memory.journal_entries(), 1);
    let told = shop.memory.events().iter().filter(|it| *it == "news/user.erased").count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn wherever_it_breaks_it_is_done_when_it_comes_again() {
    let mut steps = 0;
    loop {
        let shop = Shop::open();
        let ada = registers(&shop, ADA, "a").await;
        let erasure = asks(&shop, ada).await;
        shop.memory.breaks_after(steps);
        let broke = works(&shop, &erasure).await.is_err();
        shop.memory.is_mended();
        if broke {
            let noted = shop.memory.erasure(&shop.data, ada).await.unwrap().unwrap();
            assert_eq!(noted.erased_at, None, "not done before it is: step {steps}");
        }
        works(&shop, &erasure).await.unwrap();
        is_gone(&shop, ada).await;
        let told = shop.memory.events().iter().filter(|it| *it == "news/user.erased").count();
        assert_eq!(told, 1, "step {steps}");
        if !broke {
            break;
        }
        steps += 1;
    }
    assert!(steps > 8, "only {steps} steps");
}

#[tokio::test]
async fn the_journal_and_the_ledger_come_before_anything_is_deleted() {
    let shop = Shop::open();
    let ada = registers(&shop, ADA, "a").await;
    let erasure = asks(&shop, ada).await;
    shop.memory.breaks_after(1);
    works(&shop, &erasure).await.unwrap_err();
    shop.memory.is_mended();
    assert_eq!((shop.memory.journal_entries(), shop.memory.signups()), (1, 1));
    let entries = shop.memory.entries(&shop.data, ada).await.unwrap();
    assert_eq!(entries.last().unwrap().entry.event, Event::Erased);
}

#[tokio::test]
async fn several_at_once_do_it_once() {
    let shop = Shop::open();
    let ada = registers(&shop, ADA, "a").await;
    let erasure = asks(&shop, ada).await;
    for done in together((0..4).map(|_| works(&shop, &erasure))).await {
        done.unwrap();
    }
    is_gone(&shop, ada).await;
    let told = shop.memory.events().iter().filter(|it| *it == "news/user.erased").count();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn who_comes_back_is_somebody_new_and_stays() {
    let shop = Shop::open();
    let ada = registers(&shop, ADA, "a").await;
    let erasure = asks(&shop, ada).await;
    works(&shop, &erasure).await.unwrap();
    shop.pass_seconds(1);
    let again = registers(&shop, ADA, "a-again").await;
    assert_ne!(again, ada);
    // The journal is replayed after a restore, perhaps for nothing.
    works(&shop, &erasure).await.unwrap();
    assert!(Users::find(&*shop.memory, &shop.data, again).await.unwrap().is_some());
    assert_eq!(record(&shop, ADA).await.user, Some(again));
    assert_eq!(shop.memory.signups(), 1);
}

#[tokio::test]
async fn a_number_that_wanted_no_texts_wants_none_afterwards() {
    let shop = Shop::open();
    let ada = registers(&shop, ADA, "a").await;
    shop.pass_seconds(1);
    let (memory, phone) = (&*shop.memory, index(&shop, ADA));
    assert!(memory.suppress(&shop.data, &phone, memory.now(), "00-t").await.unwrap());
    let before = record(&shop, ADA).await;
    erases(&shop, ada).await;
    let after = record(&shop, ADA).await;
    assert_eq!((after.suppressed, after.objected), (before.suppressed, before.objected));
    assert!(after.suppressed.is_some());
}

#[tokio::test]
async fn the_journal_says_that_a_number_wanted_no_texts() {
    let shop = Shop::open();
    let ada = registers(&shop, ADA, "a").await;
    shop.pass_seconds(1);
    let (memory, phone) = (&*shop.memory, index(&shop, ADA));
    assert!(memory.suppress(&shop.data, &phone, memory.now(), "00-t").await.unwrap());
    let erasure = erases(&shop, ada).await;
    let kept = memory.journaled(shop.data.scope(), (erasure.day(), ada)).await.unwrap().unwrap();
    assert_eq!(kept.suppressed, erasure.suppressed);
    // A backup that is older than the STOP has the shopper and no suppression.
    let restored = Shop::open();
    registers(&restored, ADA, "a").await;
    let kept = Erasure { user: record(&restored, ADA).await.user.unwrap(), ..kept };
    works(&restored, &kept).await.unwrap();
    assert_eq!(record(&restored, ADA).await.suppressed, erasure.suppressed);
}

#[tokio::test]
async fn erasure_gives_whoever_guesses_no_more_tries() {
    let shop = Shop::open();
    let ada = registers(&shop, ADA, "a").await;
    let mut answers = Vec::new();
    for n in 0..3 {
        let id = shop.signs_up(ADA, &format!("guess-{n}")).await;
        for _ in 0..5 {
            answers.push(told(&shop.types_wrong(id).await));
        }
    }
    assert!(answers.last().unwrap().contains("no tries left"), "{answers:?}");
    let before = record(&shop, ADA).await;
    assert!(before.tries.len() >= 13, "{}", before.tries.len());
    erases(&shop, ada).await;
    let after = record(&shop, ADA).await;
    assert_eq!((after.tries, after.row), (before.tries, before.row));
    let id = shop.signs_up(ADA, "after").await;
    assert_eq!(told(&shop.types_wrong(id).await), "phone has no tries left");
    assert_eq!(told(&shop.types_right(id).await), "phone has no tries left");
}

#[tokio::test]
async fn nobody_is_erased_who_was_never_there() {
    let shop = Shop::open();
    let (memory, nobody) = (&*shop.memory, UserId::from_bits(9));
    let asked = erase::request(memory, &shop.data, nobody, memory.now()).await.unwrap();
    assert_eq!(asked, None);
}

#[tokio::test]
async fn an_erasure_that_runs_is_the_answer_to_the_next_one() {
    let shop = Shop::open();
    let ada = registers(&shop, ADA, "a").await;
    let first = asks(&shop, ada).await;
    shop.pass_seconds(60);
    let memory = &*shop.memory;
    let again = erase::request(memory, &shop.data, ada, memory.now()).await.unwrap();
    assert_eq!(again, Some(first.clone()));
    works(&shop, &first).await.unwrap();
    let done = erase::request(memory, &shop.data, ada, memory.now()).await.unwrap().unwrap();
    assert!(done.erased_at.is_some());
}

#[tokio::test]
async fn an_export_has_everything_of_one_shopper_and_nothing_of_another() {
    let shop = Shop::open();
    let (ada, _) = (registers(&shop, ADA, "a").await, registers(&shop, BOB, "b").await);
    let second = shop.signs_up(ADA, "a-2").await;
    let memory = &*shop.memory;
    let told = gather(memory, &shop.data, ada, memory.now()).await.unwrap().unwrap();
    assert_eq!(told.profile.phone.expose(), ADA);
    assert_eq!(told.signups.len(), 2);
    assert!(told.signups.iter().any(|signup| signup.id == second));
    assert!(told.signups.iter().all(|signup| signup.phone.expose() == ADA));
    assert_eq!(told.phones.len(), 1);
    assert_eq!(told.phones[0].1.tries.len(), 1);
    let [(consent, Some(words))] = &told.consents[..] else { panic!("{:?}", told.consents) };
    assert_eq!((consent.entry.user, words.0.as_str()), (ada, "Text me offers from Corner Shop."));
    erases(&shop, ada).await;
    assert!(gather(memory, &shop.data, ada, memory.now()).await.unwrap().is_none());
}
