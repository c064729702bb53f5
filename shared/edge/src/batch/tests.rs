//! What becomes of good, held, unlucky and poisoned records of one batch.

use std::sync::Mutex;

use doorstep_fakes::{Memory, Seeded};

use super::*;

/// A queue that remembers what it was told.
#[derive(Default)]
struct Told {
    postponed: Mutex<Vec<(String, SignedDuration)>>,
    buried: Mutex<Vec<String>>,
    has_no_grave: bool,
}

impl Queue for Told {
    async fn postpone(&self, receipt_handle: &str, by: SignedDuration) -> Result<(), Fault> {
        self.postponed.lock().unwrap().push((receipt_handle.to_owned(), by));
        Ok(())
    }

    async fn bury(&self, body: &str, function: &str, reason: &str) -> Result<(), Fault> {
        if self.has_no_grave {
            return Err(Fault::new("bury a message", "no_dead_letter_queue"));
        }
        self.buried.lock().unwrap().push(format!("{body} {function} {reason}"));
        Ok(())
    }
}

/// Does what a record's body says.
struct Obedient;

impl Worker for Obedient {
    async fn handle(&self, body: &str) -> Result<Handled, Unhandled> {
        match body {
            "good" => Ok(Handled::Done),
            "held" => Ok(Handled::Again(SignedDuration::from_secs(15))),
            "unlucky" => Err(Fault::new("read an item", "ThrottlingException").into()),
            _ => Err(Unreadable.into()),
        }
    }
}

fn function(queue: Told) -> Function<Told, Memory> {
    Function { name: "test", queue, system: Memory::default(), meter: Arc::default() }
}

fn record(body: &str, receives: u32) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id = Some(format!("id of {body}"));
    record.receipt_handle = Some(body.to_owned());
    record.body = Some(body.to_owned());
    record.attributes.insert("ApproximateReceiveCount".to_owned(), receives.to_string());
    record
}

async fn fails(function: &Function<Told, Memory>, bodies: &[&str]) -> Vec<String> {
    let mut event = SqsEvent::default();
    event.records = bodies.iter().map(|body| record(body, 1)).collect();
    let event = LambdaEvent::new(event, lambda_runtime::Context::default());
    let response = function.batch(&Obedient, event).await;
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

#[tokio::test]
async fn poison_is_buried_with_its_reason_and_its_neighbours_go_through() {
    let function = function(Told::default());
    let failed = fails(&function, &["good", "poison", "held", "unlucky"]).await;
    assert_eq!(failed, ["id of held", "id of unlucky"]);
    assert_eq!(*function.queue.buried.lock().unwrap(), ["poison test unreadable"]);
    let postponed = function.queue.postponed.lock().unwrap();
    let handles: Vec<_> = postponed.iter().map(|(handle, _)| handle.as_str()).collect();
    assert_eq!(handles, ["held", "unlucky"]);
    assert_eq!(postponed[0].1, SignedDuration::from_secs(15));
}

#[tokio::test]
async fn poison_that_cannot_be_buried_comes_again() {
    let function = function(Told { has_no_grave: true, ..Told::default() });
    assert_eq!(fails(&function, &["good", "poison"]).await, ["id of poison"]);
    assert_eq!(function.queue.postponed.lock().unwrap().len(), 1);
}

#[test]
fn what_fails_again_waits_twice_as_long_up_to_five_minutes() {
    let chance = Seeded::new(7);
    for (receives, longest) in
        [(1, 4), (2, 8), (3, 16), (7, 256), (8, 300), (31, 300), (u32::MAX, 300)]
    {
        let waits: Vec<_> = (0..200).map(|_| back_off(receives, &chance).as_millis()).collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*least >= longest * 500 && *most <= longest * 1000, "{receives}: {least}, {most}");
        assert!(most - least > longest * 300, "{receives}: chance spreads them");
    }
}

#[test]
fn a_record_that_does_not_say_how_often_it_came_came_once() {
    assert_eq!(receives(&SqsMessage::default()), 1);
    assert_eq!(receives(&record("good", 3)), 3);
}
