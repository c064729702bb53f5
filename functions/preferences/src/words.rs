//! What the page says, in the languages of the built-in texts.

mod central;
mod north;
mod south;

use doorstep_domain::text::locale::Language;

/// The sentences of a language; none holds markup.
pub(crate) struct Words {
    /// What the page is for.
    pub(crate) title: &'static str,
    /// What it does, and how fast.
    pub(crate) intro: &'static str,
    /// On the first button, and what it does.
    pub(crate) stop: [&'static str; 2],
    /// Above the field for a reason.
    pub(crate) why: &'static str,
    /// Above the purposes.
    pub(crate) each: &'static str,
    /// A purpose is on, or off.
    pub(crate) state: [&'static str; 2],
    /// On the button that switches a purpose on, or off.
    pub(crate) switch: [&'static str; 2],
    /// How switching on works.
    pub(crate) how: &'static str,
    /// That a purpose cannot be switched on here.
    pub(crate) closed: &'static str,
    /// That no text at all comes, and how to lift that.
    pub(crate) silent: &'static str,
    /// Above what happened.
    pub(crate) history: &'static str,
    /// That nothing happened.
    pub(crate) nothing: &'static str,
    /// A yes, a no, and a yes that was taken back.
    pub(crate) events: [&'static str; 3],
    /// By a code, a link, this page, a STOP, the shop, the carrier.
    pub(crate) doors: [&'static str; 6],
    /// Everything is stopped; a purpose is off; nothing had to change.
    pub(crate) done: [&'static str; 3],
    /// A link was sent, and what to do with it; the digits follow.
    pub(crate) sent: [&'static str; 2],
    /// That no text can go out now.
    pub(crate) later: &'static str,
    /// Before the zone of all times.
    pub(crate) times: &'static str,
    /// Before the time when the link ends.
    pub(crate) until: &'static str,
    /// The shop's page of help, and its privacy notice.
    pub(crate) links: [&'static str; 2],
    /// That the link is unknown or over, and what comes next.
    pub(crate) gone: [&'static str; 2],
}

impl Words {
    /// All of them.
    #[cfg(test)]
    fn all(&self) -> Vec<&'static str> {
        let alone = [
            self.title,
            self.intro,
            self.why,
            self.each,
            self.how,
            self.closed,
            self.silent,
            self.history,
            self.nothing,
            self.later,
            self.times,
            self.until,
        ];
        let twice = [self.stop, self.state, self.switch, self.sent, self.links, self.gone];
        let all = alone.into_iter().chain(twice.into_iter().flatten());
        all.chain(self.events).chain(self.doors).chain(self.done).collect()
    }
}

/// The sentences of this language.
pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &north::ENGLISH,
        Language::Welsh => &north::WELSH,
        Language::German => &central::GERMAN,
        Language::French => &south::FRENCH,
        Language::Spanish => &south::SPANISH,
        Language::Italian => &south::ITALIAN,
        Language::Polish => &central::POLISH,
        Language::Portuguese => &south::PORTUGUESE,
        Language::Dutch => &north::DUTCH,
        Language::Arabic => &central::ARABIC,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_sentences_hold_no_markup() {
        for language in Language::ALL {
            for sentence in words(*language).all() {
                let plain = !sentence.is_empty() && !sentence.contains(['<', '>', '&', '"']);
                assert!(plain, "{sentence}");
            }
        }
    }

    #[test]
    fn every_language_has_sentences_of_its_own() {
        for language in Language::ALL.iter().filter(|it| **it != Language::English) {
            let (theirs, english) = (words(*language).all(), words(Language::English).all());
            let alike = theirs.iter().zip(&english).filter(|(theirs, ours)| theirs == ours);
            assert!(alike.count() <= 2, "{language:?}");
        }
    }
}
