//! What a program sees.

use doorstep_domain::{
    consent::{Linked, Wording},
    preference::{Choice, Person, Preferences},
};
use serde_json::{Value, json};

use crate::change::Done;

/// The preferences, and what was done with them.
pub(crate) fn preferences((person, found): (&Person, &Preferences), done: Option<&Done>) -> Value {
    let mut body = json!({
        "store": person.store.settings.name,
        "purposes": found.choices.iter().map(choice).collect::<Vec<_>>(),
        "history": found.history.iter().map(|it| event(found, it)).collect::<Vec<_>>(),
        "suppressed": found.silent,
        "expires_at": person.expires_at.to_string(),
    });
    if let Some(done) = done {
        body["changed"] = changed(done);
    }
    body
}

fn choice(choice: &Choice) -> Value {
    let standing = choice.standing.as_ref();
    let mut body = json!({
        "purpose": choice.purpose,
        "channel": choice.channel,
        "state": standing.map_or("unasked", |it| it.state.as_str()),
        "on": choice.on,
        "can_be_granted": choice.offered.is_some(),
    });
    if let Some(standing) = standing {
        body["since"] = json!(standing.since.to_string());
    }
    add_words(&mut body, choice.words());
    body
}

fn event(found: &Preferences, linked: &Linked) -> Value {
    let entry = &linked.entry;
    let mut body = json!({
        "purpose": entry.purpose,
        "channel": entry.channel,
        "event": entry.event.as_str(),
        "door": entry.door.as_str(),
        "occurred_at": entry.occurred_at.to_string(),
    });
    add_words(&mut body, found.told(entry));
    body
}

fn add_words(body: &mut Value, words: Option<&Wording>) {
    if let Some(words) = words {
        body["wording"] = json!(words.0);
    }
}

fn changed(done: &Done) -> Value {
    let pair =
        |(purpose, channel): &(String, String)| json!({"purpose": purpose, "channel": channel});
    let mut body = json!({
        "at": done.at.to_string(),
        "stopped": done.stopped,
        "withdrawn": done.off.iter().map(pair).collect::<Vec<_>>(),
    });
    if let Some(sent) = &done.sent {
        body["signup"] = json!({
            "id": sent.signup,
            "match": sent.digits,
            "phone": sent.phone,
            "expires_at": sent.expires_at.to_string(),
        });
    }
    if let Some(problem) = &done.refused {
        body["refused"] = json!({"code": problem.code, "detail": problem.detail});
    }
    body
}
