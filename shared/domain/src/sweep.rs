//! The nightly sweep: proves that nothing is kept longer than it should be, and that nothing owed
//! by law is forgotten.
//!
//! Items whose time is over for longer than [`LAG`] are deleted from `state`; of `evidence` they are
//! only counted, as nothing there is ever deleted. Objects go when their days are over. An item that
//! says `duty` and `duty_at` is something owed: see [`Duty`].

use jiff::{SignedDuration, Timestamp};

use crate::{
    Fault,
    access::names,
    deadline::{Duty, late_at, warn_at},
    lease::Lease,
    ports::{Clock, Leases, Objects, Shelves},
    retention::{Kind, LAG},
};

/// A night's sweep is not begun before so much time is over since the last one began.
const APART: SignedDuration = SignedDuration::from_hours(20);
/// A step is not begun without this much time left.
const SPARE: SignedDuration = SignedDuration::from_secs(10);
/// Objects, and how long they are kept.
const OBJECTS: [(&str, Kind); 2] = [("exports/", Kind::Exports), ("imports/", Kind::Imports)];

names!(
    /// A table.
    Shelf {
        /// What is, whose items are deleted when their time is over.
        State = "state",
        /// What was, which is only added to.
        Evidence = "evidence",
    }
);

/// The key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The partition key.
    pub pk: String,
    /// The sort key.
    pub sk: String,
}

/// Something that is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// What.
    pub duty: Duty,
    /// Since when.
    pub received: Timestamp,
}

/// What a look at a part of a table found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// How many items were looked at.
    pub items: u64,
    /// Those whose time was over.
    pub over: Vec<Place>,
    /// What is owed.
    pub owed: Vec<Owed>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<Place>,
}

/// What a sweep has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items that were looked at.
    pub items: u64,
    /// Items and objects that were deleted.
    pub deleted: u64,
    /// Items whose time is over and that are still there.
    pub overdue_left: u64,
    /// Duties whose last day is within a week.
    pub duties_due_soon: u64,
    /// Duties whose last day is over.
    pub duties_overdue: u64,
}

/// How far a sweep is: a big table takes more than one turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// When it began.
    pub began: Timestamp,
    /// The table that it is at, and after which item; `None` when it is done.
    pub at: Option<(Shelf, Option<Place>)>,
    /// What it has found so far.
    pub tally: Tally,
}

/// What a turn did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// Another one is at work.
    NotOurs,
    /// This night's sweep is done.
    Rests,
    /// Time was up: the next turn goes on.
    GoesOn(Tally),
    /// The sweep is done.
    Done(Tally),
}

/// One turn of the sweep.
///
/// # Errors
/// When a port is broken: the next turn goes on where this one was.
pub async fn sweep(
    ports: &(impl Shelves + Leases + Clock),
    bucket: &impl Objects,
    (owner, deadline): (&str, Timestamp),
) -> Result<Swept, Fault> {
    let name = "retention".to_owned();
    let lease = Lease { name, owner: owner.to_owned(), at: ports.now(), until: deadline };
    if !ports.hold(&lease).await? {
        return Ok(Swept::NotOurs);
    }
    let swept = work(ports, bucket, deadline).await;
    ports.give_back(&lease).await?;
    swept
}

async fn work(
    ports: &(impl Shelves + Clock),
    bucket: &impl Objects,
    deadline: Timestamp,
) -> Result<Swept, Fault> {
    let now = ports.now();
    let mut mark = match ports.bookmark().await? {
        Some(mark) if mark.at.is_some() => mark,
        Some(mark) if now < mark.began + APART => return Ok(Swept::Rests),
        _ => {
            let began = crate::start::in_milliseconds(now);
            Bookmark { began, at: Some((Shelf::State, None)), tally: Tally::default() }
        }
    };
    while let Some((shelf, after)) = mark.at.clone() {
        if ports.now() + SPARE > deadline {
            return Ok(Swept::GoesOn(mark.tally));
        }
        let next = step(ports, &mut mark, (shelf, after.as_ref())).await?;
        mark.at = match (next, shelf) {
            (Some(next), _) => Some((shelf, Some(next))),
            (None, Shelf::State) => Some((Shelf::Evidence, None)),
            (None, Shelf::Evidence) => {
                mark.tally.deleted += objects(bucket, mark.began).await?;
                None
            }
        };
        ports.keep_bookmark(&mark).await?;
    }
    Ok(Swept::Done(mark.tally))
}

/// Looks at a part of a table, and deletes what may be deleted.
async fn step(
    ports: &impl Shelves,
    mark: &mut Bookmark,
    (shelf, after): (Shelf, Option<&Place>),
) -> Result<Option<Place>, Fault> {
    let before = mark.began - LAG;
    let found = ports.look(shelf, after, before).await?;
    let tally = &mut mark.tally;
    tally.items += found.items;
    match shelf {
        // One that is not deleted has been written anew: it is over no more.
        Shelf::State => tally.deleted += ports.discard(&found.over, before).await?,
        Shelf::Evidence => tally.overdue_left += found.over.len() as u64,
    }
    for Owed { duty, received } in found.owed {
        if late_at(received, duty) <= mark.began {
            tally.duties_overdue += 1;
        } else if warn_at(received, duty) <= mark.began {
            tally.duties_due_soon += 1;
        }
    }
    Ok(found.next)
}

/// Removes the objects whose days are over, and tells how many.
async fn objects(bucket: &impl Objects, now: Timestamp) -> Result<u64, Fault> {
    let mut removed = 0;
    for (prefix, kind) in OBJECTS {
        let kept = SignedDuration::from_secs(kind.seconds()) + LAG;
        for (name, put_at) in bucket.objects(prefix).await? {
            if put_at + kept <= now {
                bucket.remove(&name).await?;
                removed += 1;
            }
        }
    }
    Ok(removed)
}
