//! What a shopper sees of their own preferences.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    Fault,
    consent::{self, Event, Linked, OptInConsent, Standing, Wording, live, standing},
    keys::DataKeys,
    ports::{Ledger, Phones, Wordings},
    store::Settings,
    user::User,
};

/// The channel that can be switched on here: a link proves the number.
const SMS: &str = "sms";

/// A purpose by one channel.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What for, such as `marketing`.
    pub purpose: String,
    /// By which channel, such as `sms`.
    pub channel: String,
    /// Whether marketing may be sent for it now.
    pub on: bool,
    /// Where it stands; `None` where it was never asked for.
    pub standing: Option<Standing>,
    /// The words that its newest entry was given by, as far as they were kept.
    pub told: Option<Wording>,
    /// Version and text of the words that a yes would be to; without them there is none here.
    pub offered: Option<(String, Wording)>,
}

impl Choice {
    /// The words to show: what was agreed to while it is on, else what is offered.
    #[must_use]
    pub fn words(&self) -> Option<&Wording> {
        let offered = self.offered.as_ref().map(|(_, words)| words);
        let told = self.told.as_ref();
        if self.on { told.or(offered) } else { offered.or(told) }
    }
}

/// All that a shopper sees.
#[derive(Debug)]
pub struct Preferences {
    /// The shop's purposes, then others that the ledger knows.
    pub choices: Vec<Choice>,
    /// What happened, oldest first.
    pub history: Vec<Linked>,
    /// Whether no text at all may go to the number: it texted STOP, or its carrier says so.
    pub silent: bool,
    wordings: BTreeMap<String, Wording>,
}

impl Preferences {
    /// The very words of an entry, if they were kept.
    #[must_use]
    pub fn told(&self, entry: &OptInConsent) -> Option<&Wording> {
        self.wordings.get(&entry.told.as_ref()?.wording.as_ref()?.0)
    }

    /// The language in which the shopper was asked last, BCP 47.
    #[must_use]
    pub fn locale(&self) -> Option<&str> {
        self.history.iter().rev().find_map(|linked| linked.entry.locale.as_deref())
    }
}

/// Reads what a shopper may see. Changes nothing.
///
/// # Errors
/// When a port is broken.
pub async fn read(
    ports: &(impl Ledger + Wordings + Phones),
    (settings, keys): (&Settings, &DataKeys),
    user: &User,
) -> Result<Preferences, Fault> {
    let history = ports.entries(keys, user.id).await?;
    let phone = Phones::find(ports, keys, &keys.phone_index(&user.phone)).await?;
    let wordings = wordings(ports, keys, &history).await?;
    let silent = phone.suppressed.is_some();
    let mut read = Preferences { choices: Vec::new(), history, silent, wordings };
    read.choices = choices(settings, &read, phone.objected);
    Ok(read)
}

async fn wordings(
    ports: &impl Wordings,
    keys: &DataKeys,
    history: &[Linked],
) -> Result<BTreeMap<String, Wording>, Fault> {
    let mut found = BTreeMap::new();
    for hash in history.iter().filter_map(|it| it.entry.told.as_ref()?.wording.as_ref()) {
        if !found.contains_key(&hash.0)
            && let Some(words) = consent::words(ports, keys, hash).await?
        {
            found.insert(hash.0.clone(), words);
        }
    }
    Ok(found)
}

fn choices(settings: &Settings, read: &Preferences, objected: Option<Timestamp>) -> Vec<Choice> {
    let standings = standing(&read.history);
    let asked = standings.iter().map(|it| (it.purpose.clone(), it.channel.clone()));
    let listed = settings.purposes.iter().flatten();
    let mut all: Vec<_> = listed.map(|purpose| (purpose.clone(), SMS.to_owned())).collect();
    for known in asked {
        if !all.contains(&known) {
            all.push(known);
        }
    }
    let choice = |(purpose, channel): (String, String)| {
        let of = |entry: &&OptInConsent| entry.purpose == purpose && entry.channel == channel;
        let entries = || read.history.iter().rev().map(|linked| &linked.entry);
        let mut same = standings.iter();
        let standing = same.find(|it| it.purpose == purpose && it.channel == channel).cloned();
        let told = standing.as_ref().and_then(|standing| {
            let entry = entries().find(|entry| entry.id == standing.entry)?;
            read.told(entry).cloned()
        });
        let granted = entries().filter(of).find(|entry| entry.event == Event::Granted);
        let version = granted.and_then(|entry| Some(entry.told.as_ref()?.wording_version.as_str()));
        let offered = (channel == SMS).then(|| offered(settings, &purpose, version)).flatten();
        let on = live(&read.history, &channel, objected).contains(&purpose.as_str());
        Choice { purpose, channel, on, standing, told, offered }
    };
    all.into_iter().map(choice).collect()
}

/// The words that a yes to this purpose would be to: those of the version that was agreed to last,
/// if the shop's settings still have it; else of the newest version that is named after the
/// purpose. A purpose that the shop does not list any more is not offered.
fn offered(settings: &Settings, purpose: &str, agreed: Option<&str>) -> Option<(String, Wording)> {
    let mut listed = settings.purposes.iter().flatten();
    if settings.purposes.is_some() && !listed.any(|listed| listed == purpose) {
        return None;
    }
    let with_words = |version: &str| {
        let words = settings.wording(version)?;
        Some((version.to_owned(), Wording(words.to_owned())))
    };
    agreed.and_then(with_words).or_else(|| {
        let versions = settings.wordings.iter().flatten().map(|(version, _)| version.as_str());
        with_words(versions.filter(|version| is_named_after(settings, version, purpose)).max()?)
    })
}

/// Whether a version is named after a purpose: `offers`, `offers-2027-01` or `offers_v2` after
/// `offers`, unless another of the shop's purposes, as `offers_partners`, names it better.
fn is_named_after(settings: &Settings, version: &str, purpose: &str) -> bool {
    let begins = |purpose: &str| {
        let rest = version.strip_prefix(purpose);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let mut others = settings.purposes.iter().flatten();
    begins(purpose) && !others.any(|other| other.len() > purpose.len() && begins(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(purposes: Option<&[&str]>) -> Settings {
        let owned = |text: &str| text.to_owned();
        let wordings = ["offers-2027-01", "offers-2027-02", "offers_partners-1", "news", "v1"];
        Settings {
            purposes: purposes.map(|all| all.iter().map(|it| owned(it)).collect()),
            wordings: Some(wordings.map(|it| (owned(it), format!("Words of {it}."))).into()),
            ..Settings::default()
        }
    }

    fn version(purpose: &str, agreed: Option<&str>) -> Option<String> {
        let settings = settings(Some(&["offers", "offers_partners", "news", "new"]));
        offered(&settings, purpose, agreed).map(|(version, _)| version)
    }

    #[test]
    fn a_purpose_without_words_of_the_shop_is_not_offered() {
        assert_eq!(version("new", None), None, "`news` is another purpose");
        assert_eq!(version("surveys", Some("v1")), None, "the shop does not list it");
        assert_eq!(offered(&Settings::default(), "offers", Some("v1")), None);
    }

    #[test]
    fn what_was_agreed_to_is_offered_again_while_the_shop_has_it() {
        assert_eq!(version("offers", Some("v1")).as_deref(), Some("v1"));
        assert_eq!(version("offers", Some("v0")).as_deref(), Some("offers-2027-02"));
    }

    #[test]
    fn words_belong_to_the_purpose_that_names_them_best() {
        for (purpose, expected) in [
            ("offers", "offers-2027-02"),
            ("offers_partners", "offers_partners-1"),
            ("news", "news"),
        ] {
            assert_eq!(version(purpose, None).as_deref(), Some(expected), "{purpose}");
        }
        let all = settings(None);
        assert!(
            offered(&all, "news", None).is_some(),
            "a shop that lists none offers what it words"
        );
    }
}
