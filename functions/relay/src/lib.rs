#![doc = include_str!("../README.md")]

use doorstep_domain::{
    Fault, Mode,
    id::{MessageId, SignupId, StoreId},
    ports::Topic,
    usage::Meter,
};
use doorstep_edge::{
    events::SendEvent,
    stream::{Change, Listener},
};
use std::sync::Arc;

/// Publishes changes.
pub struct Relay<T> {
    /// Where to.
    pub topic: T,
    /// What the invocation uses.
    pub meter: Arc<Meter>,
}

impl<T: Topic> Listener for Relay<T> {
    type Error = Fault;

    async fn handle(&self, change: &Change) -> Result<(), Fault> {
        let (carrier, event) = read(change).ok_or_else(|| Fault::corrupt("an event of an item"))?;
        self.meter.share(&event.store);
        let body =
            serde_json::to_string(&event).map_err(|_| Fault::corrupt("an event of an item"))?;
        self.topic.publish("send", carrier, &body).await
    }
}

/// `{store}#{mode}#{kind}#{id}` and `send/{carrier}/{send}/{leg}`.
fn read(change: &Change) -> Option<(&str, SendEvent)> {
    let mut key = change.pk.split('#');
    let store: StoreId = key.next()?.parse().ok()?;
    let mode: Mode = key.next()?.parse().ok()?;
    let signup: SignupId = match (key.next()?, key.next()?) {
        ("SGN", id) => id.parse().ok()?,
        ("MSG", id) => id.parse::<MessageId>().ok()?.signup().0,
        _ => return None,
    };
    let mut out = change.out.split('/');
    let ("send", carrier) = (out.next()?, out.next()?) else { return None };
    let event = SendEvent {
        store: store.to_string(),
        mode: mode.to_string(),
        signup: signup.to_string(),
        send: out.next()?.parse().ok()?,
        leg: out.next()?.parse().ok()?,
        traceparent: change.trace.clone(),
    };
    Some((carrier, event))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(pk: &str, out: &str) -> Change {
        Change { pk: pk.to_owned(), out: out.to_owned(), trace: String::new() }
    }

    #[test]
    fn a_signup_and_a_message_both_name_their_signup() {
        let store = StoreId::from_bits(1);
        let signup = SignupId::derived(32);
        let first = change(&format!("{store}#test#SGN#{signup}"), "send/sandbox/0/0");
        let next = change(&format!("{store}#test#MSG#{}", signup.message(2)), "send/sandbox-2/2/1");
        let (carrier, event) = read(&first).unwrap();
        assert_eq!(
            (carrier, event.signup.as_str(), event.send),
            ("sandbox", &*signup.to_string(), 0)
        );
        let (carrier, event) = read(&next).unwrap();
        assert_eq!((carrier, event.signup.as_str()), ("sandbox-2", &*signup.to_string()));
        assert_eq!((event.send, event.leg), (2, 1));
    }

    #[test]
    fn anything_else_is_no_event() {
        for (pk, out) in [
            ("", ""),
            ("x#test#SGN#y", "send/sandbox/0/0"),
            ("sto_00000000000000000000000001#test#USR#x", "send/a/0/0"),
        ] {
            assert!(read(&change(pk, out)).is_none(), "{pk} {out}");
        }
    }
}
