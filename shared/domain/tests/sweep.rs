//! What a sweep deletes, counts, and leaves alone.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

use std::sync::Mutex;

use doorstep_domain::{
    Fault,
    deadline::Duty,
    lease::Lease,
    ports::{Clock, Leases, Objects, Shelves},
    sweep::{Bookmark, Looked, Owed, Place, Shelf, Swept, Tally, sweep},
};
use doorstep_fakes::Memory;
use jiff::{SignedDuration, Timestamp};

const DAY: i64 = 24;

#[derive(Clone)]
struct Item {
    shelf: Shelf,
    place: Place,
    over_at: Option<Timestamp>,
    owed: Option<Owed>,
}

/// Two tables of which a look shows two items, and a bucket. Each look takes as long as said.
struct House {
    memory: Memory,
    items: Mutex<Vec<Item>>,
    objects: Mutex<Vec<(String, Timestamp)>>,
    mark: Mutex<Option<Bookmark>>,
    slow: SignedDuration,
}

impl Clock for House {
    fn now(&self) -> Timestamp {
        self.memory.now()
    }
}

impl Leases for House {
    async fn hold(&self, lease: &Lease) -> Result<bool, Fault> {
        self.memory.hold(lease).await
    }

    async fn give_back(&self, lease: &Lease) -> Result<(), Fault> {
        self.memory.give_back(lease).await
    }
}

impl Shelves for House {
    async fn look(
        &self,
        shelf: Shelf,
        after: Option<&Place>,
        before: Timestamp,
    ) -> Result<Looked, Fault> {
        self.memory.clock.pass(self.slow);
        let items = self.items.lock().unwrap();
        let rest = items.iter().filter(|it| it.shelf == shelf && Some(&it.place) > after);
        let part: Vec<_> = rest.clone().take(2).collect();
        let next = (rest.count() > 2).then(|| part[1].place.clone());
        let is_over = |it: &&&Item| it.over_at.is_some_and(|over_at| over_at <= before);
        Ok(Looked {
            items: part.len() as u64,
            over: part.iter().filter(is_over).map(|it| it.place.clone()).collect(),
            owed: part.iter().filter(|it| !is_over(it)).filter_map(|it| it.owed).collect(),
            next,
        })
    }

    async fn discard(&self, places: &[Place], _before: Timestamp) -> Result<u64, Fault> {
        let mut items = self.items.lock().unwrap();
        let had = items.len();
        items.retain(|it| it.shelf == Shelf::Evidence || !places.contains(&it.place));
        Ok((had - items.len()) as u64)
    }

    async fn bookmark(&self) -> Result<Option<Bookmark>, Fault> {
        Ok(self.mark.lock().unwrap().clone())
    }

    async fn keep_bookmark(&self, mark: &Bookmark) -> Result<(), Fault> {
        *self.mark.lock().unwrap() = Some(mark.clone());
        Ok(())
    }
}

impl Objects for House {
    async fn objects(&self, prefix: &str) -> Result<Vec<(String, Timestamp)>, Fault> {
        let objects = self.objects.lock().unwrap();
        Ok(objects.iter().filter(|(name, _)| name.starts_with(prefix)).cloned().collect())
    }

    async fn remove(&self, name: &str) -> Result<(), Fault> {
        self.objects.lock().unwrap().retain(|(known, _)| known != name);
        Ok(())
    }
}

impl House {
    fn new(slow: i64) -> Self {
        Self {
            memory: Memory::default(),
            items: Mutex::default(),
            objects: Mutex::default(),
            mark: Mutex::default(),
            slow: SignedDuration::from_secs(slow),
        }
    }

    /// An item whose time was over so many hours ago.
    fn has(&self, shelf: Shelf, name: &str, hours: Option<i64>, owed: Option<Owed>) {
        let place = Place { pk: name.to_owned(), sk: "-".to_owned() };
        let over_at = hours.map(|hours| self.now() - SignedDuration::from_hours(hours));
        self.items.lock().unwrap().push(Item { shelf, place, over_at, owed });
    }

    async fn sweeps(&self, seconds: i64) -> Swept {
        let deadline = self.now() + SignedDuration::from_secs(seconds);
        sweep(self, self, ("a turn", deadline)).await.unwrap()
    }

    fn left(&self) -> Vec<String> {
        self.items.lock().unwrap().iter().map(|it| it.place.pk.clone()).collect()
    }
}

#[tokio::test]
async fn what_is_over_for_two_days_goes_and_nothing_else() {
    let house = House::new(0);
    house.has(Shelf::State, "a over for 49 hours", Some(49), None);
    house.has(Shelf::State, "b over for 47 hours", Some(47), None);
    house.has(Shelf::State, "c kept on", Some(-DAY), None);
    house.has(Shelf::State, "d kept for ever", None, None);
    house.has(Shelf::Evidence, "e evidence is never deleted", Some(49), None);
    let tally = Tally { items: 5, deleted: 1, overdue_left: 1, ..Tally::default() };
    assert_eq!(house.sweeps(60).await, Swept::Done(tally));
    assert_eq!(house.left().len(), 4);
    assert!(!house.left()[0].starts_with('a'));
}

#[tokio::test]
async fn what_is_owed_is_counted_by_its_last_day() {
    let house = House::new(0);
    for (name, days) in
        [("a fresh", 1), ("b due in a week", 21), ("c due today", 28), ("d late", 29)]
    {
        let received = house.now() - SignedDuration::from_hours(DAY * days);
        house.has(Shelf::State, name, None, Some(Owed { duty: Duty::Erasure, received }));
    }
    let Swept::Done(tally) = house.sweeps(60).await else { panic!() };
    assert_eq!((tally.duties_due_soon, tally.duties_overdue), (2, 1));
    assert_eq!(house.left().len(), 4);
}

#[tokio::test]
async fn objects_go_when_their_days_are_over() {
    let house = House::new(0);
    let put_at = |days: i64| house.now() - SignedDuration::from_hours(DAY * days);
    *house.objects.lock().unwrap() = vec![
        ("exports/old".to_owned(), put_at(10)),
        ("exports/new".to_owned(), put_at(8)),
        ("imports/old".to_owned(), put_at(10)),
        ("audit/old".to_owned(), put_at(400)),
    ];
    let Swept::Done(tally) = house.sweeps(60).await else { panic!() };
    assert_eq!(tally.deleted, 2);
    let left: Vec<_> = house.objects.lock().unwrap().iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(left, ["exports/new", "audit/old"]);
}

#[tokio::test]
async fn a_big_table_is_swept_in_turns_and_counted_once() {
    let house = House::new(20);
    for number in 0..9 {
        house.has(Shelf::State, &format!("{number}"), Some(49), None);
        house.has(Shelf::Evidence, &format!("{number}"), None, None);
    }
    let mut turns = 0;
    let tally = loop {
        turns += 1;
        match house.sweeps(60).await {
            Swept::GoesOn(_) => {}
            Swept::Done(tally) => break tally,
            other => panic!("{other:?}"),
        }
    };
    assert!(turns > 2, "{turns}");
    assert_eq!((tally.items, tally.deleted, tally.overdue_left), (18, 9, 0));
}

#[tokio::test]
async fn a_night_is_swept_once() {
    let house = House::new(0);
    assert!(matches!(house.sweeps(60).await, Swept::Done(_)));
    assert_eq!(house.sweeps(60).await, Swept::Rests);
    house.memory.clock.pass(SignedDuration::from_hours(21));
    assert!(matches!(house.sweeps(60).await, Swept::Done(_)));
    let other = Lease {
        name: "retention".to_owned(),
        owner: "another".to_owned(),
        at: house.now(),
        until: house.now() + SignedDuration::from_secs(60),
    };
    assert!(house.hold(&other).await.unwrap());
    assert_eq!(house.sweeps(60).await, Swept::NotOurs);
}
