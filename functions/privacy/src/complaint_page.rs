//! The pages of complaints: a form without scripts, and what says that it was received.

use doorstep_domain::{
    Mode,
    complaint::{About, Complaint, LONGEST},
    deadline::{Duty, day_of},
};
use doorstep_edge::{
    Answer,
    html::{Frame, escape},
};

use crate::{
    complaint_form::{Field, Form, LONGEST_LINE, Wrong},
    complaint_words::{Words, words},
};

/// Where the regulator takes complaints. Source: ico.org.uk, "Make a complaint".
const ICO: &str = "https://ico.org.uk/make-a-complaint/";

/// The pages of one shop in one language.
pub(crate) struct Page<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) privacy_url: Option<&'a str>,
    pub(crate) mode: Mode,
}

impl Page<'_> {
    /// The form: empty, or once more with what was typed and what is wrong with it.
    pub(crate) fn form(&self, form: &Form, wrongs: &[(Field, Wrong)]) -> Answer {
        let words = self.words();
        let status = if wrongs.is_empty() { 200 } else { 400 };
        let [name, contact, phone, text] = words.fields;
        let line = |field, label, more| self.line(form, wrongs, (field, label, more));
        let wrong = mark(wrongs, Field::Text, words);
        let body = format!(
            "<h1>{title}</h1>{test}<p>{intro}</p>{summary}<form method=\"post\">\
             {name}{contact}{phone}\
             <fieldset><legend>{about}</legend>{abouts}</fieldset>\
             <label for=\"text\">{text}</label>\
             <textarea id=\"text\" name=\"text\" rows=\"8\" maxlength=\"{LONGEST}\" required{marked}>{typed}</textarea>\
             {told}<button type=\"submit\">{send}</button></form>{privacy}",
            title = words.title[0],
            test = self.test(),
            intro = words.title[1],
            summary = summary(wrongs, words),
            name = line(Field::Name, name, " autocomplete=\"name\""),
            contact = line(Field::Contact, contact, " required"),
            phone = line(Field::Phone, phone, " type=\"tel\" autocomplete=\"tel\" dir=\"ltr\""),
            about = words.about,
            abouts = abouts(form, words),
            typed = escape(form.of(Field::Text)),
            marked = wrong.0,
            told = wrong.1,
            send = words.send,
            privacy = self.privacy(),
        );
        self.frame.page(status, words.title[0], &body)
    }

    /// What acknowledges a complaint.
    pub(crate) fn done(&self, complaint: &Complaint) -> Answer {
        let words = self.words();
        let [title, reference, received, progress] = words.done;
        let body = format!(
            "<h1>{title}</h1>{test}<div class=\"told\"><p>{reference}: <strong dir=\"ltr\">{code}</strong></p>\
             <p>{received}: <time dir=\"ltr\">{day}</time></p>\
             <p>{progress}: <time dir=\"ltr\">{by}</time></p></div>\
             <p>{ico} <a href=\"{ICO}\" dir=\"ltr\">ico.org.uk</a></p>{privacy}",
            test = self.test(),
            code = complaint.reference(),
            day = day_of(complaint.received_at),
            by = complaint.due(Duty::ComplaintProgress),
            ico = words.ico,
            privacy = self.privacy(),
        );
        self.frame.page(201, title, &body)
    }

    /// There is no such shop.
    pub(crate) fn gone(&self) -> Answer {
        self.frame.says(404, self.words().gone)
    }

    /// There were too many.
    pub(crate) fn many(&self, seconds: i64) -> Answer {
        let mut answer = self.frame.says(429, self.words().many);
        answer.headers.push(("retry-after", seconds.to_string()));
        answer
    }

    fn words(&self) -> &'static Words {
        words(self.frame.language)
    }

    /// What a person must know of a form that somebody tries out, in a word of every language.
    fn test(&self) -> &'static str {
        match self.mode {
            Mode::Live => "",
            Mode::Test => "<p class=\"quote\"><strong lang=\"en\" dir=\"ltr\">TEST</strong></p>",
        }
    }

    fn privacy(&self) -> String {
        let label = self.words().privacy;
        let link =
            |url: &str| format!("<p class=\"soft\"><a href=\"{}\">{label}</a></p>", escape(url));
        self.privacy_url.map(link).unwrap_or_default()
    }

    fn line(
        &self,
        form: &Form,
        wrongs: &[(Field, Wrong)],
        (field, label, more): (Field, &str, &str),
    ) -> String {
        let (id, typed) = (field.as_str(), escape(form.of(field)));
        let (marked, told) = mark(wrongs, field, self.words());
        format!(
            "<label for=\"{id}\">{label}</label>\
             <input id=\"{id}\" name=\"{id}\" value=\"{typed}\" maxlength=\"{LONGEST_LINE}\"{more}{marked}>{told}"
        )
    }
}

/// What marks a field as wrong for who cannot see it, and what says why.
fn mark(wrongs: &[(Field, Wrong)], field: Field, words: &Words) -> (String, String) {
    let Some((_, wrong)) = wrongs.iter().find(|(wrong, _)| *wrong == field) else {
        return (String::new(), String::new());
    };
    let (id, why) = (field.as_str(), words.wrongs[*wrong as usize]);
    (
        format!(" aria-invalid=\"true\" aria-describedby=\"{id}-wrong\""),
        format!("<p id=\"{id}-wrong\" class=\"quote\">{why}</p>"),
    )
}

/// Everything that is wrong at the top, each a link to its field.
fn summary(wrongs: &[(Field, Wrong)], words: &Words) -> String {
    if wrongs.is_empty() {
        return String::new();
    }
    let entry = |(field, wrong): &(Field, Wrong)| {
        let why = words.wrongs[*wrong as usize];
        format!("<li><a href=\"#{}\">{why}</a></li>", field.as_str())
    };
    let entries: String = wrongs.iter().map(entry).collect();
    format!("<div role=\"alert\"><p><strong>{}</strong></p><ul>{entries}</ul></div>", words.wrong)
}

fn abouts(form: &Form, words: &Words) -> String {
    let chosen = form.about.unwrap_or(About::Other);
    let option = |about: &About| {
        let (value, label) = (about.as_str(), words.named(*about));
        let checked = if *about == chosen { " checked" } else { "" };
        format!(
            "<label><input type=\"radio\" name=\"about\" value=\"{value}\"{checked}> {label}</label>"
        )
    };
    About::ALL.iter().map(option).collect()
}
