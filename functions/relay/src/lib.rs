#![doc = include_str!("../README.md")]

use doorstep_domain::{
    Fault, Mode,
    id::{MessageId, SignupId, StoreId},
    ports::Topic,
    usage::Meter,
};
use doorstep_edge::{
    events::{JobEvent, NewsEvent, SendEvent},
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
        let notice = read(change).ok_or_else(|| Fault::corrupt("an event of an item"))?;
        self.meter.share(notice.store);
        let attributes: Vec<_> = notice.attributes.iter().map(|(n, v)| (*n, v.as_str())).collect();
        self.topic.publish(&attributes, &notice.body).await
    }
}

/// What is published: the attributes that queues filter by, and ids.
#[derive(Debug)]
struct Notice<'a> {
    store: &'a str,
    attributes: Vec<(&'static str, String)>,
    body: String,
}

/// An item's key is `{store}#{mode}#{kind}#{id}`. Its event is `send/{carrier}/{send}/{leg}` of a
/// sign-up or its message, `letter/{carrier}/{leg}` or `hold` of a letter, `news/{type}`, or
/// `job/{type}`; a number may follow these two, so that the same once more is another event.
fn read(change: &Change) -> Option<Notice<'_>> {
    let mut key = change.pk.splitn(4, '#');
    let (store, mode, kind, id) = (key.next()?, key.next()?, key.next()?, key.next()?);
    store.parse::<StoreId>().ok()?;
    mode.parse::<Mode>().ok()?;
    let mut out = change.out.split('/');
    let what = out.next()?;
    if what == "news" {
        let news = NewsEvent {
            store: store.to_owned(),
            mode: mode.to_owned(),
            r#type: out.next()?.to_owned(),
            item: format!("{kind}#{id}"),
            traceparent: change.trace.clone(),
        };
        let attributes = vec![("kind", "news".to_owned()), ("type", news.r#type.clone())];
        return Some(Notice { store, attributes, body: serde_json::to_string(&news).ok()? });
    }
    if what == "job" {
        let job = JobEvent {
            store: store.to_owned(),
            mode: mode.to_owned(),
            r#type: out.next()?.to_owned(),
            item: format!("{kind}#{id}"),
            traceparent: change.trace.clone(),
        };
        let attributes = vec![("kind", "job".to_owned()), ("type", job.r#type.clone())];
        return Some(Notice { store, attributes, body: serde_json::to_string(&job).ok()? });
    }
    let carrier = if what == "hold" { "none" } else { out.next()? };
    let (message, signup) = match (what, kind) {
        ("send", "SGN") => {
            let signup: SignupId = id.parse().ok()?;
            (signup.message(out.next()?.parse().ok()?), Some(signup))
        }
        ("send", "MSG") => {
            out.next()?;
            let message: MessageId = id.parse().ok()?;
            (message, Some(message.signup().0))
        }
        ("letter" | "hold", "MSG") => (id.parse().ok()?, None),
        _ => return None,
    };
    let leg: u8 = if what == "hold" { 0 } else { out.next()?.parse().ok()? };
    let event = SendEvent {
        store: store.to_owned(),
        mode: mode.to_owned(),
        message: message.to_string(),
        signup: signup.map(|signup| signup.to_string()),
        leg,
        traceparent: change.trace.clone(),
    };
    let kind = if what == "hold" { "hold" } else { "send" };
    let attributes = [("kind", kind), ("carrier", carrier), ("leg", &leg.to_string())];
    let attributes = attributes.map(|(name, value)| (name, value.to_owned())).into();
    Some(Notice { store, attributes, body: serde_json::to_string(&event).ok()? })
}

#[cfg(test)]
mod tests {
    use doorstep_domain::id::UserId;
    use doorstep_edge::events::JobKind;

    use super::*;

    fn change(pk: &str, out: &str) -> Change {
        Change { pk: pk.to_owned(), out: out.to_owned(), trace: String::new() }
    }

    /// Carrier, sign-up and leg that a change of this item tells the senders.
    fn told(item: &str, out: &str) -> (String, SendEvent) {
        let change = change(&format!("{}#test#{item}", StoreId::from_bits(1)), out);
        let notice = read(&change).unwrap();
        let attributes = notice.attributes.iter().map(|(_, value)| value.as_str());
        let attributes: Vec<_> = attributes.collect();
        (attributes.join(" "), serde_json::from_str(&notice.body).unwrap())
    }

    #[test]
    fn a_signup_a_message_and_a_letter_name_their_message() {
        let signup = SignupId::derived(32);
        let message = signup.message(2);
        for (item, out, attributes, of) in [
            (format!("SGN#{signup}"), "send/sandbox/2/0", "send sandbox 0", Some(signup)),
            (format!("MSG#{message}"), "send/sandbox-2/2/1", "send sandbox-2 1", Some(signup)),
            (format!("MSG#{message}"), "letter/twilio/0", "send twilio 0", None),
            (format!("MSG#{message}"), "hold", "hold none 0", None),
        ] {
            let (told, event) = told(&item, out);
            assert_eq!(told, attributes);
            assert_eq!(event.message, message.to_string());
            assert_eq!(event.signup, of.map(|signup| signup.to_string()));
        }
    }

    #[test]
    fn news_name_their_item_and_type() {
        let pk = format!("{}#live#PH#1.ab", StoreId::from_bits(1));
        let change = change(&pk, "news/consent.withdrawn/7");
        let notice = read(&change).unwrap();
        let news: NewsEvent = serde_json::from_str(&notice.body).unwrap();
        assert_eq!((news.r#type.as_str(), news.item.as_str()), ("consent.withdrawn", "PH#1.ab"));
    }

    #[test]
    fn jobs_name_their_item_and_type() {
        let (store, user) = (StoreId::from_bits(1), UserId::from_bits(2));
        let change = change(&format!("{store}#live#ERS#{user}"), "job/erase");
        let notice = read(&change).unwrap();
        let attributes = [("kind", "job".to_owned()), ("type", "erase".to_owned())];
        assert_eq!(notice.attributes, attributes);
        let job = JobEvent::read(&notice.body).unwrap();
        assert_eq!(job.scope, (store, Mode::Live));
        assert_eq!((job.kind, job.id), (JobKind::Erase, user.to_string()));
    }

    #[test]
    fn a_job_in_steps_is_one_job() {
        let store = StoreId::from_bits(1);
        let change = change(&format!("{store}#test#IMP#imp_1"), "job/import/7");
        let job = JobEvent::read(&read(&change).unwrap().body).unwrap();
        assert_eq!((job.kind, job.id.as_str()), (JobKind::Import, "imp_1"));
    }

    #[test]
    fn anything_else_is_no_event() {
        for (pk, out) in [
            ("", ""),
            ("x#test#SGN#y", "send/sandbox/0/0"),
            ("sto_00000000000000000000000001#test#USR#x", "send/a/0/0"),
            ("sto_00000000000000000000000001#test#ERS#x", "job"),
            ("sto_00000000000000000000000001#test#SGN#x", "news"),
        ] {
            assert!(read(&change(pk, out)).is_none(), "{pk} {out}");
        }
    }
}
