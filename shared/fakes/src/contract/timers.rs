//! What timers write: a silent carrier left, a letter released, an expiry told, a call allowed.

use doorstep_domain::{
    Mode,
    carrier::{Channel, FailureClass},
    id::{MessageId, SignupId},
    keys::PhoneIndex,
    message::{About, Claimed, DeliveryReceipt, Letter, Message, MessageStatus, ReceiptTaken},
    ports::{Calls, Messages},
    voice::{A_DAY, Leave},
};

use super::{
    at,
    letters::{ID, first_claim, letter},
    messages::{SIGNUP, account, claim, claimed, failure, happening, read, sent},
    sandbox, sandbox_2, seconds,
};
use crate::{sample, sample::fresh_keys, together};

const SILENT: FailureClass = FailureClass::Unknown;
const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub(super) async fn a_silent_carrier_is_left_for_the_next(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Live);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    let silent = failure(MessageStatus::Queued, SILENT, 7);
    together((0..3).map(|_| ports.hand_on(&keys, &ours, (sandbox_2(), TRACE), &silent))).await;
    let handed = read(ports, &keys).await;
    assert_eq!((handed.status, handed.leg, handed.take), (MessageStatus::Queued, 1, 0));
    assert_eq!(handed.history.len(), 2, "once, however often it is asked");
    let again = ports.claim(&keys, &claim(0, 8)).await.unwrap();
    assert_eq!(again, Claimed::Done, "the first carrier has lost it");
    assert_eq!(claimed(ports, &keys, &claim(1, 8)).await.leg, 1);
}

pub(super) async fn who_never_claimed_loses_its_turn(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Live);
    let waiting = Message {
        id: SIGNUP.message(0),
        about: About::Signup(SIGNUP),
        channel: Channel::Sms,
        status: MessageStatus::Queued,
        leg: 0,
        take: 0,
        history: Vec::new(),
        price: None,
    };
    let silent = failure(MessageStatus::Queued, SILENT, 7);
    together((0..3).map(|_| ports.hand_on(&keys, &waiting, (sandbox_2(), TRACE), &silent))).await;
    let handed = read(ports, &keys).await;
    assert_eq!((handed.leg, handed.history.len()), (1, 1));
    assert_eq!(ports.claim(&keys, &claim(0, 8)).await.unwrap(), Claimed::Done);
    assert_eq!(claimed(ports, &keys, &claim(1, 8)).await.leg, 1);
}

pub(super) async fn the_silent_carrier_may_still_say_delivered(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Live);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    let silent = failure(MessageStatus::Queued, SILENT, 7);
    ports.hand_on(&keys, &ours, (sandbox_2(), TRACE), &silent).await.unwrap();
    let (store, mode) = keys.scope();
    for (status, taken) in [
        (MessageStatus::Sent, ReceiptTaken::Ignored { priced: false }),
        (MessageStatus::Undelivered, ReceiptTaken::Ignored { priced: false }),
        (MessageStatus::Delivered, ReceiptTaken::Applied { priced: false }),
    ] {
        let account = account(sandbox());
        let receipt = DeliveryReceipt { account, happening: happening(status, 8), price: None };
        let answer = ports.receive(store, mode, SIGNUP.message(0), &receipt).await.unwrap();
        assert_eq!(answer, taken, "{status:?}");
    }
    assert_eq!(ports.claim(&keys, &claim(1, 9)).await.unwrap(), Claimed::Done, "it arrived");
}

pub(super) async fn what_is_over_or_with_a_sender_is_not_taken_away(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Live);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    let early = failure(MessageStatus::Queued, SILENT, 7);
    ports.hand_on(&keys, &ours, (sandbox_2(), TRACE), &early).await.unwrap();
    assert_eq!(read(ports, &keys).await.leg, 0, "the claim holds for 15 s");
    let late = failure(MessageStatus::Queued, SILENT, 16);
    ports.hand_on(&keys, &ours, (sandbox_2(), TRACE), &late).await.unwrap();
    assert_eq!(read(ports, &keys).await.leg, 1, "its sender is dead");
    let keys = fresh_keys(Mode::Live);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    let (store, mode) = keys.scope();
    let account = account(sandbox());
    let happening = happening(MessageStatus::Delivered, 2);
    let receipt = DeliveryReceipt { account, happening, price: None };
    ports.receive(store, mode, SIGNUP.message(0), &receipt).await.unwrap();
    ports.hand_on(&keys, &ours, (sandbox_2(), TRACE), &late).await.unwrap();
    let still = read(ports, &keys).await;
    assert_eq!((still.status, still.leg), (MessageStatus::Delivered, 0));
}

pub(super) async fn a_letter_is_released_while_nobody_has_it(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let held = Letter { send_after: Some(at(0) + seconds(60)), ..letter(&keys) };
    ports.write(&keys, ID, &held).await.unwrap();
    let waiting = ports.find(&keys, &[ID]).await.unwrap().pop().unwrap();
    ports.release(&keys, &waiting).await.unwrap();
    let ours = claimed(ports, &keys, &first_claim()).await;
    ports.release(&keys, &waiting).await.unwrap();
    let found = ports.find(&keys, &[ID]).await.unwrap().pop().unwrap();
    assert_eq!(found, ours, "a sender has it");
}

/// What [`Calls`] promises.
pub async fn calls(ports: &impl Calls) {
    a_number_is_called_once_in_a_quarter_of_an_hour(ports).await;
    of_two_calls_at_once_one_is_made(ports).await;
    a_day_has_so_many_calls(ports).await;
}

fn phone(keys: &doorstep_domain::keys::DataKeys) -> PhoneIndex {
    keys.phone_index(&sample::phone())
}

fn call(number: u8) -> MessageId {
    SignupId::derived(0x70).message(number)
}

async fn a_number_is_called_once_in_a_quarter_of_an_hour(ports: &impl Calls) {
    let keys = fresh_keys(Mode::Live);
    for (message, after, leave) in [
        (0, 0, Leave::Granted),
        (0, 20, Leave::Granted),
        (1, 20, Leave::TooSoon),
        (1, 899, Leave::TooSoon),
        (1, 900, Leave::Granted),
        (2, 901, Leave::TooSoon),
    ] {
        let time = at(0) + seconds(after);
        let answer = ports.may_call(&keys, &phone(&keys), call(message), time).await.unwrap();
        assert_eq!(answer, leave, "call {message} after {after} s");
    }
}

async fn of_two_calls_at_once_one_is_made(ports: &impl Calls) {
    let keys = fresh_keys(Mode::Live);
    let index = phone(&keys);
    let asked = (0..4).map(|number| ports.may_call(&keys, &index, call(number), at(0)));
    let answers = together(asked).await;
    let granted = answers.into_iter().filter(|a| *a == Ok(Leave::Granted)).count();
    assert_eq!(granted, 1);
}

async fn a_day_has_so_many_calls(ports: &impl Calls) {
    let keys = fresh_keys(Mode::Live);
    let index = phone(&keys);
    let mut answers = Vec::new();
    for number in 0..=A_DAY {
        // Numbers stand for phones here: each asks an hour after the other, on one day.
        let message = MessageId::derived(u128::from(number) + 1);
        let time = at(0) + seconds(901 * i64::from(number % 40));
        answers.push(ports.may_call(&keys, &other(&index, number), message, time).await.unwrap());
    }
    let granted = answers.iter().filter(|answer| **answer == Leave::Granted).count();
    assert_eq!(granted, usize::try_from(A_DAY).unwrap());
    assert_eq!(answers.last(), Some(&Leave::UsedUp));
    let again = MessageId::derived(u128::from(A_DAY) + 1);
    let phone = other(&index, A_DAY);
    let asked = ports.may_call(&keys, &phone, again, at(0)).await.unwrap();
    assert_eq!(asked, Leave::UsedUp, "who asks again gets no other answer");
    let tomorrow = at(0) + seconds(86_400);
    let asked = ports.may_call(&keys, &phone, again, tomorrow).await.unwrap();
    assert_eq!(asked, Leave::Granted, "what was not called is not too soon");
}

/// Another phone's index.
fn other(index: &PhoneIndex, number: u32) -> PhoneIndex {
    let text = index.as_text();
    let stem = &text[..text.len() - 8];
    PhoneIndex::from_text(&format!("{stem}{number:08x}")).unwrap()
}
