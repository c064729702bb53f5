//! A person: found whole by their number, forgotten whole, and nobody else with them.

use doorstep_domain::{
    Mode,
    erase::{Erasure, traces},
    id::{MessageId, UserId},
    keys::DataKeys,
    message::Letter,
    phone::PhoneNumber,
    ports::{Attempts, Ledger, Messages, Phones, Subjects, Suppressions, Users},
    tries::{Counted, PER_SIGNUP, Try},
    verify::VerifyError,
};

use super::{at, attempts::create, letters::letter, prover::Prover, seconds};
use crate::sample::{self, fresh_keys};

/// What is needed to tell of a person.
pub trait Ports: Subjects + Attempts + Messages + Phones + Suppressions + Ledger + Users {}
impl<P: Subjects + Attempts + Messages + Phones + Suppressions + Ledger + Users> Ports for P {}

const LETTER: MessageId = MessageId::derived(0x5501);
const OTHER_LETTER: MessageId = MessageId::derived(0x5502);

/// What [`Subjects`] promises.
pub async fn subjects(ports: &impl Ports) {
    a_number_finds_its_signups_and_letters(ports).await;
    what_is_forgotten_is_found_no_more(ports).await;
    a_user_is_told_whole_and_forgotten(ports).await;
    a_number_keeps_what_it_wants_and_its_tries(ports).await;
    a_number_of_somebody_else_is_left_alone(ports).await;
    a_number_that_was_let_go_is_for_somebody_new(ports).await;
}

async fn writes(ports: &impl Ports, keys: &DataKeys, id: MessageId, to: &PhoneNumber) {
    let letter = Letter { to: to.clone(), ..letter(keys) };
    assert!(ports.write(keys, id, &letter).await.unwrap());
}

async fn a_number_finds_its_signups_and_letters(ports: &impl Ports) {
    let keys = fresh_keys(Mode::Test);
    let (first, second) = (create(ports, &keys, "a").await, create(ports, &keys, "b").await);
    writes(ports, &keys, LETTER, &first.phone).await;
    writes(ports, &keys, OTHER_LETTER, &sample::phone()).await;
    let phones = keys.phone_indexes(&first.phone);
    let found = ports.traces(&keys, &phones, at(0) + seconds(5)).await.unwrap().until(at(999_999));
    let mut ids = [first.id, second.id];
    ids.sort_unstable();
    let mut signups: Vec<_> = found.signups.iter().map(|(_, id)| *id).collect();
    signups.sort_unstable();
    assert_eq!(signups, ids);
    assert!(found.signups.iter().any(|(from, _)| *from == first.created_at));
    assert_eq!(found.letters, [(at(0), LETTER)]);
    let nobody =
        keys.phone_indexes(&PhoneNumber::parse("+447700900999", None, Mode::Test).unwrap());
    assert!(ports.traces(&keys, &nobody, at(0)).await.unwrap().is_empty());
    let others = fresh_keys(Mode::Test);
    assert!(ports.traces(&others, &phones, at(0)).await.unwrap().is_empty());
}

async fn what_is_forgotten_is_found_no_more(ports: &impl Ports) {
    let keys = fresh_keys(Mode::Test);
    let signup = create(ports, &keys, "gone").await;
    writes(ports, &keys, LETTER, &signup.phone).await;
    let welcome = signup.id.welcome();
    writes(ports, &keys, welcome, &signup.phone).await;
    ports.remember(&keys, &signup.phone_index, signup.id).await.unwrap();
    for letter in [LETTER, welcome] {
        ports.remember_letter(&keys, &signup.phone_index, letter).await.unwrap();
    }
    let phones = [signup.phone_index.clone()];
    let found = traces(ports, &keys, &phones, at(0) + seconds(5)).await.unwrap();
    assert_eq!((found.signups.len(), found.letters.len()), (1, 2));
    for _ in 0..2 {
        ports.forget_messages(&keys, &found.messages()).await.unwrap();
        ports.forget_signups(&keys, &[signup.id]).await.unwrap();
    }
    assert!(Attempts::find(ports, &keys, signup.id).await.unwrap().is_none());
    assert!(Messages::find(ports, &keys, &[LETTER]).await.unwrap().is_empty());
    let left = traces(ports, &keys, &phones, at(0) + seconds(5)).await.unwrap();
    assert!(left.is_empty(), "a number's own record may still name it: {left:?}");
}

async fn a_user_is_told_whole_and_forgotten(ports: &impl Ports) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let pending = create(ports, &keys, "whole").await;
    let user = prover.types_the_code(&keys, &pending).await.unwrap().user;
    let told = Users::find(ports, &keys, user).await.unwrap().unwrap();
    assert_eq!((told.id, &told.phone), (user, &pending.phone));
    assert_eq!((&told.customer, told.signup), (&pending.customer, Some(pending.id)));
    let verified = at(0) + seconds(1);
    assert_eq!((told.first_verified_at, told.verified_at), (Some(verified), Some(verified)));
    ports.forget_user(&keys, user).await.unwrap();
    assert!(Users::find(ports, &keys, user).await.unwrap().is_none());
    ports.forget_user(&keys, user).await.unwrap();
}

async fn a_number_keeps_what_it_wants_and_its_tries(ports: &impl Ports) {
    let (keys, user) = (fresh_keys(Mode::Test), UserId::from_bits(0x55));
    let phone = keys.phone_index(&sample::phone());
    let signup = keys.signup_id("tried");
    ports.remember(&keys, &phone, signup).await.unwrap();
    ports.remember_letter(&keys, &phone, LETTER).await.unwrap();
    let tried = Try { signup, at: at(0) };
    ports.count(&keys, &phone, &tried, PER_SIGNUP, user).await.unwrap();
    assert!(ports.suppress(&keys, &phone, at(1), "00-t").await.unwrap());
    let before = Phones::find(ports, &keys, &phone).await.unwrap();
    for _ in 0..2 {
        ports.forget_phone(&keys, &phone, (user, at(2))).await.unwrap();
    }
    let after = Phones::find(ports, &keys, &phone).await.unwrap();
    assert_eq!((after.user, after.signups.len(), after.letters.len()), (None, 0, 0));
    assert_eq!((&after.tries, after.row), (&before.tries, 1));
    assert_eq!((after.suppressed, after.erased), (Some(at(1)), Some(at(2))));
}

async fn a_number_of_somebody_else_is_left_alone(ports: &impl Ports) {
    let (keys, user) = (fresh_keys(Mode::Test), UserId::from_bits(0x56));
    let phone = keys.phone_index(&sample::phone());
    let tried = Try { signup: keys.signup_id("theirs"), at: at(0) };
    ports.count(&keys, &phone, &tried, PER_SIGNUP, user).await.unwrap();
    ports.forget_phone(&keys, &phone, (UserId::from_bits(0x57), at(2))).await.unwrap();
    let known = Phones::find(ports, &keys, &phone).await.unwrap();
    assert_eq!((known.user, known.erased), (Some(user), None));
}

async fn a_number_that_was_let_go_is_for_somebody_new(ports: &impl Ports) {
    let (keys, prover) = (fresh_keys(Mode::Test), Prover::new(ports));
    let first = create(ports, &keys, "owner").await;
    let user = prover.types_the_code(&keys, &first).await.unwrap().user;
    let phone = &first.phone_index;
    let tried = |at| Try { signup: keys.signup_id("another"), at };
    let count = async |second, user| {
        let counted =
            ports.count(&keys, phone, &tried(at(second)), PER_SIGNUP, user).await.unwrap();
        let Counted::Yes { user, .. } = counted else { panic!("{counted:?}") };
        user
    };
    assert_eq!(count(2, user).await, user);
    ports.remember(&keys, phone, first.id).await.unwrap();
    let at_3 = at(0) + seconds(3);
    let erasure = Erasure {
        user,
        phones: vec![phone.clone()],
        requested_at: at_3,
        due_at: jiff::civil::date(2027, 2, 1),
        suppressed: None,
        objected: None,
        erased_at: None,
    };
    for _ in 0..2 {
        ports.let_go(&keys, &erasure).await.unwrap();
    }
    let free = Phones::find(ports, &keys, phone).await.unwrap();
    assert_eq!((free.user, free.erased, &*free.signups), (None, Some(at_3), &[first.id][..]));
    let late = create(ports, &keys, "late").await;
    let answer = prover.types_the_code(&keys, &late).await;
    assert!(matches!(answer, Err(VerifyError::Busy)), "{answer:?}");
    ports.forget_phone(&keys, phone, (user, at_3)).await.unwrap();
    assert_eq!(Phones::find(ports, &keys, phone).await.unwrap().signups, []);
    let new = UserId::from_bits(0x58);
    assert_eq!(count(4, new).await, new);
    ports.let_go(&keys, &erasure).await.unwrap();
    ports.forget_phone(&keys, phone, (user, at_3)).await.unwrap();
    assert_eq!(Phones::find(ports, &keys, phone).await.unwrap().user, Some(new));
}
