//! Complaints, from receipt to outcome.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

use std::{net::IpAddr, sync::Arc};

use doorstep_domain::{
    Mode,
    complaint::{
        About, ComplainError, Complaint, Contents, MOST_NOTES, NoteKind, Noted, PER_SOURCE,
        PER_STORE, Status, complain, note,
    },
    deadline::Duty,
    id::ComplaintId,
    keys::DataKeys,
    ports::Complaints,
};
use doorstep_fakes::{Memory, sample, together};
use jiff::{SignedDuration, civil::date};

struct World {
    ports: Memory,
    keys: Arc<DataKeys>,
}

impl World {
    fn new() -> Self {
        Self { ports: Memory::default(), keys: sample::data_keys(Mode::Test) }
    }

    async fn complains(&self, text: &str, host: u8) -> Result<Complaint, ComplainError> {
        let contents = Contents {
            name: None,
            contact: "ada@letters.example".to_owned(),
            text: text.to_owned(),
            phone: Some(sample::phone()),
        };
        let source: IpAddr = [192, 0, 2, host].into();
        complain(&self.ports, &self.keys, (About::Marketing, contents), Some(source)).await
    }

    async fn notes(&self, id: ComplaintId, kind: NoteKind) -> Noted {
        let words = ("We have asked.".to_owned(), "0123456789ab".to_owned());
        note(&self.ports, &self.keys, id, (kind, words.0, words.1)).await.unwrap()
    }

    async fn is_now(&self, id: ComplaintId) -> Complaint {
        self.ports.complaint(&self.keys, id).await.unwrap().unwrap()
    }

    fn days_pass(&self, days: i64) {
        self.ports.clock.pass(SignedDuration::from_hours(24 * days));
    }
}

#[tokio::test]
async fn a_complaint_is_acknowledged_at_once_and_has_its_days() {
    let world = World::new();
    let complaint = world.complains("Texts go on.", 1).await.unwrap();
    assert_eq!(complaint.status(), Status::Acknowledged);
    // Received on 1 January 2027.
    assert_eq!(complaint.due(Duty::Complaint), date(2027, 1, 30));
    assert_eq!(complaint.due(Duty::ComplaintProgress), date(2027, 1, 29));
    assert_eq!(complaint.due(Duty::ComplaintOutcome), date(2027, 2, 26));
    assert_eq!(complaint.phone, Some(world.keys.phone_index(&sample::phone())));
    assert_eq!(world.is_now(complaint.id).await, complaint);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_complaint() {
    let world = World::new();
    let both = together([world.complains("Texts go on.", 1), world.complains("Texts go on.", 1)]);
    let ids: Vec<_> = both.await.into_iter().map(|it| it.unwrap().id).collect();
    assert_eq!(ids[0], ids[1]);
    for _ in 0..2 * PER_SOURCE {
        assert_eq!(world.complains("Texts go on.", 1).await.unwrap().id, ids[0]);
    }
    assert_ne!(world.complains("Texts go on!", 1).await.unwrap().id, ids[0]);
    world.days_pass(1);
    assert_ne!(world.complains("Texts go on.", 1).await.unwrap().id, ids[0], "another day");
}

#[tokio::test]
async fn one_address_does_not_keep_others_from_complaining() {
    let world = World::new();
    let refused = async |text: &str, host| {
        let done = world.complains(text, host).await;
        matches!(done, Err(ComplainError::TooMany { .. }))
    };
    for number in 0..PER_SOURCE {
        assert!(!refused(&format!("no. {number}"), 1).await);
    }
    assert!(refused("one more", 1).await);
    assert!(!refused("one more", 2).await);
    world.ports.clock.pass(SignedDuration::from_hours(1));
    assert!(!refused("one more hour", 1).await);
}

#[tokio::test]
async fn a_store_takes_so_many_in_an_hour() {
    let world = World::new();
    let mut taken = 0;
    for number in 0..=PER_STORE {
        let host = u8::try_from(number % 200).unwrap();
        taken += u32::from(world.complains(&format!("no. {number}"), host).await.is_ok());
    }
    assert_eq!(taken, PER_STORE);
}

#[tokio::test]
async fn notes_lead_to_an_outcome_and_end_there() {
    let world = World::new();
    let id = world.complains("Texts go on.", 1).await.unwrap().id;
    assert!(matches!(
        world.notes(ComplaintId::from_bits(9), NoteKind::Progress).await,
        Noted::Unknown
    ));
    let Noted::Yes(noted) = world.notes(id, NoteKind::Progress).await else { panic!() };
    assert_eq!((noted.status(), noted.duty()), (Status::InProgress, Some(Duty::ComplaintOutcome)));
    let Noted::Yes(noted) = world.notes(id, NoteKind::Outcome).await else { panic!() };
    assert_eq!((noted.status(), noted.duty()), (Status::Closed, None));
    assert!(matches!(world.notes(id, NoteKind::Progress).await, Noted::Closed));
    assert_eq!(world.is_now(id).await.notes.len(), 2);
}

#[tokio::test]
async fn a_full_complaint_still_gets_its_outcome() {
    let world = World::new();
    let id = world.complains("Texts go on.", 1).await.unwrap().id;
    for _ in 0..MOST_NOTES {
        assert!(matches!(world.notes(id, NoteKind::Progress).await, Noted::Yes(_)));
    }
    assert!(matches!(world.notes(id, NoteKind::Progress).await, Noted::Full));
    assert!(matches!(world.notes(id, NoteKind::Outcome).await, Noted::Yes(_)));
}

#[tokio::test]
async fn what_nobody_sees_to_is_overdue() {
    let world = World::new();
    let silent = world.complains("Nobody answers.", 1).await.unwrap();
    let answered = world.complains("Somebody answers.", 1).await.unwrap().id;
    world.notes(answered, NoteKind::Progress).await;
    let overdue = async |id| {
        world.is_now(id).await.is_overdue(doorstep_domain::ports::Clock::now(&world.ports))
    };
    world.days_pass(28);
    assert!(!overdue(silent.id).await, "the last day is not over");
    world.days_pass(1);
    assert!(overdue(silent.id).await);
    assert!(!overdue(answered).await);
    world.days_pass(28);
    assert!(overdue(answered).await);
    world.notes(answered, NoteKind::Outcome).await;
    assert!(!overdue(answered).await);
}

#[test]
fn nothing_personal_is_shown_to_debug() {
    let contents = Contents {
        name: Some("Ada".to_owned()),
        contact: "ada@letters.example".to_owned(),
        text: "Ada writes".to_owned(),
        phone: Some(sample::phone()),
    };
    assert_eq!(format!("{contents:?}"), "Contents(…)");
}
