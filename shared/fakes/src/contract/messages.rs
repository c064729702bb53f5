//! Messages: claimed by one sender at a time, settled once.

use doorstep_domain::{
    Mode,
    carrier::{CarrierName, Channel, FailureClass},
    id::{MessageId, SignupId},
    keys::DataKeys,
    message::{About, AccountRef, Claim, Claimed, Happening, Message, MessageStatus, Step},
    phone::Region,
    ports::Messages,
};

use super::{at, letters, receipts, sandbox, sandbox_2, seconds, timers};
use crate::{
    sample::{fresh_keys, fresh_store, keys_of},
    together,
};

pub(super) const SIGNUP: SignupId = SignupId::derived(0xabc0);

/// What [`Messages`] promises.
pub async fn messages(ports: &impl Messages) {
    a_message_exists_from_its_first_claim_on(ports).await;
    a_claim_holds_until_its_end(ports).await;
    of_senders_at_once_one_has_the_claim(ports).await;
    a_sent_message_is_done(ports).await;
    a_throttled_message_is_claimed_again_at_once(ports).await;
    a_message_moves_on_to_the_next_carrier(ports).await;
    an_ended_message_is_done(ports).await;
    messages_are_found_in_their_own_mode_only(ports).await;
    receipts::a_receipt_without_its_message_leaves_nothing(ports).await;
    receipts::a_receipt_moves_a_message_up_and_never_back(ports).await;
    receipts::a_receipt_may_come_before_the_send_is_recorded(ports).await;
    receipts::a_receipt_that_comes_twice_changes_nothing(ports).await;
    receipts::a_delivered_message_is_not_sent_again(ports).await;
    receipts::receipts_at_once_are_applied_once(ports).await;
    receipts::a_carrier_that_lost_the_message_cannot_give_it_up(ports).await;
    receipts::a_sender_that_lost_its_claim_settles_nothing(ports).await;
    receipts::a_receipt_of_another_account_changes_nothing(ports).await;
    receipts::a_price_is_kept_once(ports).await;
    receipts::a_price_that_is_told_at_once_is_told_first_by_one(ports).await;
    letters::a_letter_is_kept_whole_and_once(ports).await;
    letters::a_letter_is_claimed_only_when_it_is_there(ports).await;
    letters::a_letter_waits_and_begins_again_with_its_first_carrier(ports).await;
    letters::a_call_is_kept_as_one(ports).await;
    timers::a_silent_carrier_is_left_for_the_next(ports).await;
    timers::who_never_claimed_loses_its_turn(ports).await;
    timers::the_silent_carrier_may_still_say_delivered(ports).await;
    timers::what_is_over_or_with_a_sender_is_not_taken_away(ports).await;
    timers::a_letter_is_released_while_nobody_has_it(ports).await;
}

/// A claim on leg `leg`, `after` seconds in.
pub(super) fn claim(leg: u8, after: i64) -> Claim {
    Claim {
        id: SIGNUP.message(0),
        signup: Some(SIGNUP),
        channel: Channel::Sms,
        leg,
        carrier: if leg == 0 { sandbox() } else { sandbox_2() },
        account: account(if leg == 0 { sandbox() } else { sandbox_2() }),
        region: Region::GB,
        at: at(0) + seconds(after),
        until: at(0) + seconds(after + 15),
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
    }
}

pub(super) fn account(carrier: CarrierName) -> AccountRef {
    AccountRef::new(carrier, None)
}

pub(super) fn happening(status: MessageStatus, after: i64) -> Happening {
    Happening {
        status,
        at: at(0) + seconds(after),
        carrier: Some(sandbox()),
        class: None,
        code: None,
    }
}

pub(super) fn failure(status: MessageStatus, class: FailureClass, after: i64) -> Happening {
    Happening { class: Some(class), code: Some("e-42".to_owned()), ..happening(status, after) }
}

pub(super) fn sent(after: i64) -> Step {
    Step::Sent {
        carrier_message_id: "carrier-1".to_owned(),
        happening: happening(MessageStatus::Sent, after),
    }
}

/// The message of a claim that must succeed.
pub(super) async fn claimed(ports: &impl Messages, keys: &DataKeys, claim: &Claim) -> Message {
    match ports.claim(keys, claim).await.unwrap() {
        Claimed::Yes(message) => message,
        no => panic!("not claimed but {no:?}"),
    }
}

pub(super) async fn read(ports: &impl Messages, keys: &DataKeys) -> Message {
    let found = ports.find(keys, &[SIGNUP.message(0)]).await.unwrap();
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

fn message(status: MessageStatus, leg: u8, take: u8, history: &[Happening]) -> Message {
    Message {
        id: SIGNUP.message(0),
        about: About::Signup(SIGNUP),
        channel: Channel::Sms,
        status,
        leg,
        take,
        history: history.to_vec(),
        price: None,
    }
}

async fn a_message_exists_from_its_first_claim_on(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ids: Vec<MessageId> = (0..3).map(|send| SIGNUP.message(send)).collect();
    assert_eq!(ports.find(&keys, &ids).await.unwrap(), []);
    assert_eq!(ports.find(&keys, &[]).await.unwrap(), []);
    let new = claimed(ports, &keys, &claim(0, 0)).await;
    assert_eq!(new, message(MessageStatus::Sending, 0, 1, &[]));
    let second = Claim { id: ids[1], ..claim(0, 0) };
    claimed(ports, &keys, &second).await;
    let mut found = ports.find(&keys, &ids).await.unwrap();
    found.sort_by_key(|message| message.id);
    assert_eq!(found, [new.clone(), Message { id: ids[1], ..new }]);
}

async fn a_claim_holds_until_its_end(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    claimed(ports, &keys, &claim(0, 0)).await;
    for after in [0, 1, 14] {
        let answer = ports.claim(&keys, &claim(0, after)).await.unwrap();
        assert_eq!(answer, Claimed::Held, "after {after} s");
    }
    assert_eq!(read(ports, &keys).await.take, 1, "who waits does not count");
    let second = claimed(ports, &keys, &claim(0, 16)).await;
    assert_eq!(second, message(MessageStatus::Sending, 0, 2, &[]));
    let answer = ports.claim(&keys, &claim(0, 30)).await.unwrap();
    assert_eq!(answer, Claimed::Held, "the second claim holds as long");
}

async fn of_senders_at_once_one_has_the_claim(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let claim = claim(0, 0);
    let answers = together((0..6).map(|_| ports.claim(&keys, &claim))).await;
    let ours = |answer: &&Result<Claimed, _>| matches!(answer, Ok(Claimed::Yes(_)));
    let held = |answer: &&Result<Claimed, _>| matches!(answer, Ok(Claimed::Held));
    assert_eq!(answers.iter().filter(ours).count(), 1);
    assert_eq!(answers.iter().filter(held).count(), 5);
}

async fn a_sent_message_is_done(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    ports.settle(&keys, &ours, &sent(1), None).await.unwrap();
    for after in [2, 16, 600] {
        let answer = ports.claim(&keys, &claim(0, after)).await.unwrap();
        assert_eq!(answer, Claimed::Done, "after {after} s");
    }
    let history = [happening(MessageStatus::Sent, 1)];
    assert_eq!(read(ports, &keys).await, message(MessageStatus::Sent, 0, 1, &history));
}

async fn a_throttled_message_is_claimed_again_at_once(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let ours = claimed(ports, &keys, &claim(0, 0)).await;
    let throttled = failure(MessageStatus::Queued, FailureClass::Throttled, 1);
    ports.settle(&keys, &ours, &Step::Again(throttled.clone()), None).await.unwrap();
    let waiting = read(ports, &keys).await;
    assert_eq!((waiting.status, waiting.leg), (MessageStatus::Queued, 0));
    let second = claimed(ports, &keys, &claim(0, 2)).await;
    assert_eq!(second, message(MessageStatus::Sending, 0, 2, &[throttled]));
}

async fn a_message_moves_on_to_the_next_carrier(ports: &impl Messages) {
    let keys = fresh_keys(Mode::Test);
    let first = claimed(ports, &keys, &claim(0, 0)).await;
    let down = failure(MessageStatus::Queued, FailureClass::CarrierDown, 1);
    let (happening, carrier) = (down.clone(), CarrierName::Sandbox2);
    let step = Step::NextCarrier { happening, carrier };
    ports.settle(&keys, &first, &step, None).await.unwrap();
    let waiting = read(ports, &keys).await;
    assert_eq!((waiting.status, waiting.leg), (MessageStatus::Queued, 1));
    for after in [2, 16] {
        let answer = ports.claim(&keys, &claim(0, after)).await.unwrap();
        assert_eq!(answer, Claimed::Done, "the first carrier is no longer asked");
    }
    let second = claimed(ports, &keys, &claim(1, 17)).await;
    assert_eq!(second, message(MessageStatus::Sending, 1, 1, &[down]));
    ports.settle(&keys, &first, &sent(18), None).await.unwrap();
    let found = read(ports, &keys).await;
    assert_eq!((found.status, found.leg), (MessageStatus::Sending, 1), "a late first sender");
}

async fn an_ended_message_is_done(ports: &impl Messages) {
    for status in [MessageStatus::Failed, MessageStatus::Undelivered, MessageStatus::Expired] {
        let keys = fresh_keys(Mode::Test);
        let ours = claimed(ports, &keys, &claim(0, 0)).await;
        let end = failure(status, FailureClass::BadNumber, 1);
        ports.settle(&keys, &ours, &Step::End(end.clone()), None).await.unwrap();
        let answer = ports.claim(&keys, &claim(0, 16)).await.unwrap();
        assert_eq!(answer, Claimed::Done);
        assert_eq!(read(ports, &keys).await, message(status, 0, 1, &[end]));
    }
}

async fn messages_are_found_in_their_own_mode_only(ports: &impl Messages) {
    let store = fresh_store();
    let [test, live] = [Mode::Test, Mode::Live].map(|mode| keys_of(store, mode));
    claimed(ports, &test, &claim(0, 0)).await;
    assert_eq!(ports.find(&live, &[SIGNUP.message(0)]).await.unwrap(), []);
}
