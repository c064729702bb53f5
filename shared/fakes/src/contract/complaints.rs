//! Complaints: kept whole, noted in order, counted by the hour.

use doorstep_domain::{
    Mode,
    complaint::{About, Complaint, Contents, Note, NoteKind, Status},
    id::ComplaintId,
    keys::DataKeys,
    phone::PhoneNumber,
    ports::{Complaints, Range, Sandbox},
};

use super::{at, seconds};
use crate::{
    sample::{fresh_keys, fresh_store, keys_of, phone},
    together,
};

/// What [`Complaints`] promises.
pub async fn complaints(ports: &(impl Complaints + Sandbox)) {
    a_complaint_reads_back_as_it_was_filed_once(ports).await;
    notes_are_added_in_order_and_each_once(ports).await;
    of_notes_at_once_one_is_added(ports).await;
    complaints_are_listed_newest_first_by_the_page(ports).await;
    complaints_are_found_by_number_alone(ports).await;
    an_hour_counts_up_to_its_limit(ports).await;
    those_of_test_mode_are_forgotten_with_it(ports).await;
}

fn filed(keys: &DataKeys, bits: u128, phone: Option<PhoneNumber>, second: i64) -> Complaint {
    Complaint {
        id: ComplaintId::from_bits(bits),
        about: About::Marketing,
        phone: phone.as_ref().map(|phone| keys.phone_index(phone)),
        contents: Contents {
            name: Some("Ada Lovelace".to_owned()),
            contact: "ada@letters.example".to_owned(),
            text: "Texts go on\nafter STOP.".to_owned(),
            phone,
        },
        received_at: at(second * 1_000),
        notes: Vec::new(),
    }
}

fn note(kind: NoteKind, second: i64) -> Note {
    let text = format!("We have looked into it ({second}).");
    Note { kind, at: at(second * 1_000), actor: "0123456789ab".to_owned(), text }
}

async fn a_complaint_reads_back_as_it_was_filed_once(ports: &impl Complaints) {
    let keys = fresh_keys(Mode::Test);
    let complaint = filed(&keys, 7, Some(phone()), 0);
    assert_eq!(ports.complaint(&keys, complaint.id).await, Ok(None));
    assert_eq!(ports.file(&keys, &complaint).await, Ok(true));
    let other = Complaint { about: About::Other, ..complaint.clone() };
    assert_eq!(ports.file(&keys, &other).await, Ok(false));
    assert_eq!(ports.complaint(&keys, complaint.id).await, Ok(Some(complaint.clone())));
    let others = fresh_keys(Mode::Test);
    assert_eq!(ports.complaint(&others, complaint.id).await, Ok(None));
}

async fn those_of_test_mode_are_forgotten_with_it(ports: &(impl Complaints + Sandbox)) {
    let store = fresh_store();
    let (test, live) = (keys_of(store, Mode::Test), keys_of(store, Mode::Live));
    for keys in [&test, &live] {
        ports.file(keys, &filed(keys, 21, None, 0)).await.unwrap();
    }
    assert!(ports.forget(&live).await.is_err(), "live state is not forgotten");
    ports.forget(&test).await.unwrap();
    let id = ComplaintId::from_bits(21);
    assert_eq!(ports.complaint(&test, id).await, Ok(None));
    assert!(ports.complaint(&live, id).await.unwrap().is_some());
}

async fn notes_are_added_in_order_and_each_once(ports: &impl Complaints) {
    let keys = fresh_keys(Mode::Live);
    let mut complaint = filed(&keys, 8, None, 0);
    assert_eq!(ports.note(&keys, &complaint, &note(NoteKind::Progress, 1)).await, Ok(false));
    ports.file(&keys, &complaint).await.unwrap();
    for (kind, status) in
        [(NoteKind::Progress, Status::InProgress), (NoteKind::Outcome, Status::Closed)]
    {
        let second = i64::try_from(complaint.notes.len()).unwrap();
        let note = note(kind, second);
        assert_eq!(ports.note(&keys, &complaint, &note).await, Ok(true));
        assert_eq!(ports.note(&keys, &complaint, &note).await, Ok(false), "it has moved on");
        complaint.notes.push(note);
        let found = ports.complaint(&keys, complaint.id).await.unwrap().unwrap();
        assert_eq!((found.status(), &found), (status, &complaint));
    }
}

async fn of_notes_at_once_one_is_added(ports: &impl Complaints) {
    let keys = fresh_keys(Mode::Live);
    let complaint = filed(&keys, 9, None, 0);
    ports.file(&keys, &complaint).await.unwrap();
    let notes: Vec<_> = (0..5).map(|second| note(NoteKind::Progress, second)).collect();
    let answers = together(notes.iter().map(|note| ports.note(&keys, &complaint, note))).await;
    assert_eq!(answers.into_iter().filter(|added| *added == Ok(true)).count(), 1);
    let found = ports.complaint(&keys, complaint.id).await.unwrap().unwrap();
    assert_eq!(found.notes.len(), 1);
}

async fn complaints_are_listed_newest_first_by_the_page(ports: &impl Complaints) {
    let keys = fresh_keys(Mode::Live);
    for second in [2, 0, 1] {
        let bits = u128::try_from(second).unwrap();
        ports.file(&keys, &filed(&keys, bits, None, second)).await.unwrap();
    }
    let range = |to, limit, cursor| Range { from: at(0), to, limit, cursor };
    let end = at(0) + seconds(2);
    let first = ports.complaints(&keys, range(end, 1, None)).await.unwrap();
    assert_eq!(bits(&first.items), [1], "the end is not of the range");
    let second = ports.complaints(&keys, range(end, 1, first.next)).await.unwrap();
    assert_eq!((bits(&second.items), second.next), (vec![0], None));
    let all = ports.complaints(&keys, range(end + seconds(1), 10, None)).await.unwrap();
    assert_eq!((bits(&all.items), all.next), (vec![2, 1, 0], None));
}

async fn complaints_are_found_by_number_alone(ports: &impl Complaints) {
    let keys = fresh_keys(Mode::Test);
    for (bits, phone) in [(1, Some(phone())), (2, None), (3, Some(phone()))] {
        let second = i64::try_from(bits).unwrap();
        ports.file(&keys, &filed(&keys, bits, phone, second)).await.unwrap();
    }
    let found = ports.complaints_of(&keys, &keys.phone_index(&phone())).await.unwrap();
    assert_eq!(bits(&found), [3, 1]);
    // However many there are: nobody hides one behind others.
    for bits in 4..104 {
        let second = i64::try_from(bits).unwrap();
        ports.file(&keys, &filed(&keys, bits, Some(phone()), second)).await.unwrap();
    }
    let found = ports.complaints_of(&keys, &keys.phone_index(&phone())).await.unwrap();
    assert_eq!((found.len(), found.last().map(|it| it.id.bits())), (102, Some(1)));
}

async fn an_hour_counts_up_to_its_limit(ports: &impl Complaints) {
    let keys = fresh_keys(Mode::Live);
    let counted = async |of: &str, at| ports.count_complaint(&keys, of, at, 2).await.unwrap();
    for (of, second, expected) in [
        ("a", 0, true),
        ("a", 1, true),
        ("a", 2, false),
        ("a", 3, false),
        ("b", 3, true),
        ("a", 3_600, true),
    ] {
        assert_eq!(counted(of, at(second * 1_000)).await, expected, "{of} at {second}");
    }
}

fn bits(complaints: &[Complaint]) -> Vec<u128> {
    complaints.iter().map(|complaint| complaint.id.bits()).collect()
}
