//! The page for people. Every control is in one form, so that a reason goes with whichever button
//! is pressed; the first button stops everything.

use doorstep_domain::{
    consent::{Door, Event, Linked},
    preference::{Choice, Person, Preferences},
    text::locale::Language,
};
use doorstep_edge::{
    Answer,
    html::{Frame, escape},
};

use crate::{
    change::Done,
    words::{Words, words},
    zone::Clock,
};

/// What a page says, and to whom.
pub(crate) struct Page<'a> {
    language: Language,
    words: &'static Words,
    person: &'a Person,
    found: &'a Preferences,
    done: Option<&'a Done>,
    clock: Clock,
}

/// The page of every link that opens no more, or never did.
pub(crate) fn gone(language: Language) -> Answer {
    Frame { language, store: None, leads_to: None }.says(410, words(language).gone)
}

impl<'a> Page<'a> {
    pub(crate) fn of(
        language: Language,
        (person, found): (&'a Person, &'a Preferences),
        done: Option<&'a Done>,
    ) -> Self {
        let clock = Clock::of(person.store.settings.country);
        Self { language, words: words(language), person, found, done, clock }
    }

    pub(crate) fn whole(&self) -> Answer {
        let words = self.words;
        let silent = if self.found.silent { quote(words.silent) } else { String::new() };
        let body = format!(
            "<h1>{title}</h1>{told}<p>{intro}</p>{silent}<form method=\"post\">\
             <button type=\"submit\" name=\"stop_all\" value=\"true\" aria-describedby=\"stop\">\
             {stop}</button><p id=\"stop\" class=\"soft\">{ends}</p>\
             <label for=\"reason\">{why}</label>\
             <textarea id=\"reason\" name=\"reason\" rows=\"2\" maxlength=\"500\"></textarea>\
             {choices}</form>{history}{foot}",
            title = words.title,
            told = self.done.map(|done| self.told(done)).unwrap_or_default(),
            intro = words.intro,
            stop = words.stop[0],
            ends = words.stop[1],
            why = words.why,
            choices = self.choices(),
            history = self.history(),
            foot = self.foot(),
        );
        let refused = self.done.and_then(|done| done.refused.as_ref());
        let status = refused.map_or(200, |problem| problem.status);
        let frame = Frame {
            language: self.language,
            store: self.person.store.settings.name.as_deref(),
            leads_to: None,
        };
        let title = self.done.map_or(words.title, |done| self.headline(done));
        frame.page(status, title, &body)
    }

    /// What was done in few words: a screen reader says the page's title first.
    fn headline(&self, done: &Done) -> &'static str {
        let words = self.words;
        match done {
            Done { stopped: true, .. } => words.done[0],
            Done { off, .. } if !off.is_empty() => words.done[1],
            Done { sent: Some(_), .. } => words.sent[0],
            Done { refused: Some(problem), .. } if problem.status == 409 => words.closed,
            Done { refused: Some(_), .. } => words.later,
            Done { .. } => words.done[2],
        }
    }

    /// What was done, and when.
    fn told(&self, done: &Done) -> String {
        let words = self.words;
        let mut lines = Vec::new();
        if done.stopped {
            lines.push(strong(words.done[0]));
        } else if !done.off.is_empty() {
            let names = done.off.iter().map(|(purpose, channel)| name(purpose, channel));
            let names = names.map(|name| format!("<bdi>{name}</bdi>")).collect::<Vec<_>>();
            lines.push(format!("<p><strong>{}:</strong> {}</p>", words.done[1], names.join(", ")));
        }
        if let Some(sent) = &done.sent {
            let [told, next] = words.sent;
            lines.push(strong(told));
            lines.push(format!("<p>{next}</p><p class=\"big\"><bdi>{}</bdi></p>", sent.digits));
        }
        if let Some(problem) = &done.refused {
            let conflict = problem.status == 409;
            lines.push(strong(if conflict { words.closed } else { words.later }));
        }
        if lines.is_empty() {
            lines.push(strong(words.done[2]));
        }
        let zone = self.clock.zone();
        let (lines, at) = (lines.concat(), self.clock.time(done.at));
        format!(
            "<div class=\"told\" role=\"status\">{lines}\
             <p class=\"soft\">{at} <span dir=\"ltr\">({zone})</span></p></div>"
        )
    }

    fn choices(&self) -> String {
        let choices = &self.found.choices;
        if choices.is_empty() {
            return String::new();
        }
        let each: String = choices.iter().enumerate().map(|(at, it)| self.choice(at, it)).collect();
        let can = choices.iter().any(|choice| !choice.on && self.can_be_on(choice));
        let how = if can { format!("<p>{}</p>", self.words.how) } else { String::new() };
        format!("<h2>{}</h2>{how}{each}", self.words.each)
    }

    fn can_be_on(&self, choice: &Choice) -> bool {
        choice.offered.is_some() && !self.found.silent
    }

    fn choice(&self, at: usize, choice: &Choice) -> String {
        let words = self.words;
        let on = choice.on;
        let name = name(&choice.purpose, &choice.channel);
        let text = choice.words().map(|text| {
            format!("<p class=\"quote\" dir=\"auto\" id=\"words-{at}\">{}</p>", escape(&text.0))
        });
        let since = choice.standing.as_ref().map(|it| self.clock.time(it.since));
        let (good, state) = if on { (" class=\"good\"", 0) } else { ("", 1) };
        let state = format!(
            "<p><strong{good}>{}</strong> <span class=\"soft\">{}</span></p>",
            words.state[state],
            since.unwrap_or_default()
        );
        let button = if on || self.can_be_on(choice) {
            let (what, label) = if on { ("off", words.switch[1]) } else { ("on", words.switch[0]) };
            let (value, by) = (escape(&choice.purpose), escape(&choice.channel));
            let told = if text.is_some() {
                format!(" aria-describedby=\"words-{at}\"")
            } else {
                String::new()
            };
            format!(
                "<button type=\"submit\" class=\"plain\" name=\"{what}\" value=\"{value}/{by}\" \
                 aria-label=\"{label}: {name}\"{told}>{label}</button>"
            )
        } else {
            format!("<p class=\"soft\">{}</p>", words.closed)
        };
        format!(
            "<fieldset><legend dir=\"auto\">{name}</legend>{}{state}{button}</fieldset>",
            text.unwrap_or_default()
        )
    }

    /// What happened, newest first.
    fn history(&self) -> String {
        let words = self.words;
        let entries: String = self.found.history.iter().rev().map(|it| self.event(it)).collect();
        let list = if entries.is_empty() {
            format!("<p>{}</p>", words.nothing)
        } else {
            format!("<ol class=\"plain-list\">{entries}</ol>")
        };
        format!("<h2>{}</h2>{list}", words.history)
    }

    fn event(&self, linked: &Linked) -> String {
        let (words, entry) = (self.words, &linked.entry);
        let what = match entry.event {
            Event::Granted => words.events[0],
            Event::Refused => words.events[1],
            Event::Withdrawn | Event::Erased => words.events[2],
        };
        let door = words.doors[match entry.door {
            Door::Code => 0,
            Door::Link => 1,
            Door::Page => 2,
            Door::Stop => 3,
            Door::Api | Door::Import | Door::Store | Door::Erasure => 4,
            Door::Carrier => 5,
        }];
        let text = self
            .found
            .told(entry)
            .map(|text| format!("<p class=\"quote soft\" dir=\"auto\">{}</p>", escape(&text.0)));
        format!(
            "<li><p><bdi>{name}</bdi>: <strong>{what}</strong> {door}<br>\
             <span class=\"soft\">{time}</span></p>{text}</li>",
            name = name(&entry.purpose, &entry.channel),
            time = self.clock.time(entry.occurred_at),
            text = text.unwrap_or_default(),
        )
    }

    fn foot(&self) -> String {
        let (words, settings) = (self.words, &self.person.store.settings);
        let link = |url: &Option<String>, label| {
            let url = url.as_ref().filter(|url| url.starts_with("https://"))?;
            let url = escape(url);
            Some(format!("<a href=\"{url}\" rel=\"noreferrer\">{label}</a>"))
        };
        let links =
            [link(&settings.help_url, words.links[0]), link(&settings.privacy_url, words.links[1])];
        let links = links.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        let links = if links.is_empty() { links } else { format!("<p>{links}</p>") };
        format!(
            "{links}<p class=\"soft\">{times} <span dir=\"ltr\">{zone}</span>.<br>\
             {until} {end}.</p>",
            times = words.times,
            zone = self.clock.zone(),
            until = words.until,
            end = self.clock.time(self.person.expires_at),
        )
    }
}

fn strong(sentence: &str) -> String {
    format!("<p><strong>{sentence}</strong></p>")
}

fn quote(sentence: &str) -> String {
    format!("<p class=\"quote\"><strong>{sentence}</strong></p>")
}

/// A purpose and a channel as people read them, as HTML: `order_updates` and `sms` are `Order
/// updates (SMS)`.
fn name(purpose: &str, channel: &str) -> String {
    let spaced = purpose.replace(['_', '-'], " ");
    let mut letters = spaced.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let channel = if channel == "sms" { "SMS".to_owned() } else { escape(channel) };
    format!("{} ({channel})", escape(&(first + letters.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_reads_like_words_and_is_text() {
        assert_eq!(name("order_updates", "sms"), "Order updates (SMS)");
        assert_eq!(name("énews", "email"), "Énews (email)");
        assert_eq!(name("<b>", "\""), "&lt;b&gt; (&quot;)");
        assert_eq!(name("", "sms"), " (SMS)");
    }
}
