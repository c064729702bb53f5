//! Letters: messages of the store's own.

use doorstep_domain::{
    Mode,
    carrier::{CarrierName, Channel},
    id::{MessageId, UserId},
    keys::DataKeys,
    message::{About, Claim, Claimed, Letter, MessageStatus, Step},
    ports::Messages,
};

use super::{
    at,
    messages::{SIGNUP, account, claim, claimed, happening},
    sandbox, sandbox_2, seconds,
};
use crate::{sample, sample::fresh_keys};

pub(super) const ID: MessageId = MessageId::derived(0xabcd_ef01);

pub(super) fn letter(keys: &DataKeys) -> Letter {
    Letter {
        counted: true,
        to: sample::phone(),
        user: Some(UserId::from_bits(5)),
        purpose: "transactional".to_owned(),
        text: "Welcome to Corner Shop, Zoë 🎉".to_owned(),
        body: keys.fingerprint("POST /messages", b"{}"),
        route: vec![sandbox(), sandbox_2()],
        created_at: at(0),
        send_after: None,
        expires_at: at(0) + seconds(3600),
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
    }
}

pub(super) fn first_claim() -> Claim {
    Claim { id: ID, signup: None, ..claim(0, 0) }
}

pub(super) async fn a_letter_is_kept_whole_and_once(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    assert!(ports.write(&keys, ID, &letter(&keys)).await.unwrap());
    let other = Letter { text: "another".to_owned(), ..letter(&keys) };
    assert!(!ports.write(&keys, ID, &other).await.unwrap(), "the first one stays");
    let found = ports.find(&keys, &[ID]).await.unwrap().pop().unwrap();
    assert_eq!(found.about, About::Letter(Box::new(letter(&keys))));
    assert_eq!((found.status, found.signup()), (MessageStatus::Queued, None));
    let held = Letter { send_after: Some(at(0) + seconds(60)), user: None, ..letter(&keys) };
    let later = MessageId::derived(0xabcd_ef02);
    assert!(ports.write(&keys, later, &held).await.unwrap());
    let found = ports.find(&keys, &[later]).await.unwrap().pop().unwrap();
    assert_eq!(found.about, About::Letter(Box::new(held)));
}

pub(super) async fn a_letter_is_claimed_only_when_it_is_there(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    assert_eq!(ports.claim(&keys, &first_claim()).await.unwrap(), Claimed::Done);
    assert!(ports.write(&keys, ID, &letter(&keys)).await.unwrap());
    let ours = claimed(ports, &keys, &first_claim()).await;
    assert_eq!((ours.take, ours.status), (1, MessageStatus::Sending));
    assert_eq!(ports.claim(&keys, &first_claim()).await.unwrap(), Claimed::Held);
    let happening = happening(MessageStatus::Queued, 1);
    let on = Step::NextCarrier { happening, carrier: CarrierName::Sandbox2 };
    ports.settle(&keys, &ours, &on, None).await.unwrap();
    assert_eq!(ports.claim(&keys, &first_claim()).await.unwrap(), Claimed::Done);
    let second = Claim { leg: 1, account: account(sandbox_2()), ..first_claim() };
    assert_eq!(claimed(ports, &keys, &second).await.leg, 1);
}

pub(super) async fn a_letter_waits_and_begins_again_with_its_first_carrier(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    assert!(ports.write(&keys, ID, &letter(&keys)).await.unwrap());
    let ours = claimed(ports, &keys, &first_claim()).await;
    let on = Step::NextCarrier {
        happening: happening(MessageStatus::Queued, 1),
        carrier: CarrierName::Sandbox2,
    };
    ports.settle(&keys, &ours, &on, None).await.unwrap();
    let second = Claim { leg: 1, account: account(sandbox_2()), ..first_claim() };
    let second = claimed(ports, &keys, &second).await;
    let (until, expires) = (at(0) + seconds(7_200), at(0) + seconds(9_000));
    let happening = happening(MessageStatus::Queued, 2);
    let wait = Step::Wait { happening: happening.clone(), until, expires };
    ports.settle(&keys, &second, &wait, None).await.unwrap();
    let found = ports.find(&keys, &[ID]).await.unwrap().pop().unwrap();
    let waiting = Letter { send_after: Some(until), expires_at: expires, ..letter(&keys) };
    assert_eq!(found.about, About::Letter(Box::new(waiting)));
    assert_eq!((found.status, found.leg, found.take), (MessageStatus::Queued, 0, 0));
    assert_eq!(found.history.last(), Some(&happening));
    ports.release(&keys, &found).await.unwrap();
    assert_eq!(claimed(ports, &keys, &first_claim()).await.take, 1);
}

pub(super) async fn a_call_is_kept_as_one(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let call = Claim { channel: Channel::Voice, ..claim(0, 0) };
    assert_eq!(claimed(ports, &keys, &call).await.channel, Channel::Voice);
    let found = ports.find(&keys, &[SIGNUP.message(0)]).await.unwrap().pop().unwrap();
    assert_eq!(found.channel, Channel::Voice);
}
