//! What a shopper's own text asks for.

mod words;

use words::{Words, has, of};

use super::{fold, locale::Language};
use crate::access::names;

names!(
    /// What a text asks for.
    Keyword {
        /// No more marketing.
        Stop = "stop",
        /// Texts again, as far as their number's consents go.
        Start = "start",
        /// Where to find help.
        Help = "help",
        /// Something else.
        Other = "other",
    }
);

/// What a text asks for. Case, accents, punctuation, spaces and repetition do not count.
///
/// A keyword alone is understood in every language; with politeness around it, as a phrase or with
/// one typing error, in English and in the languages given. A withdrawal needs no set form (PECR
/// regulation 22: consent lasts "for the time being"), so "please stop texting me" and "wrong
/// number" end marketing; but a sentence that says more, such as "when does the shop stop taking
/// orders?", is something else, and a person should read it.
#[must_use]
pub fn classify(text: &str, languages: &[Language]) -> Keyword {
    let words = fold::words(text).into_iter().map(|word| digits_as_letters(&word));
    let words: Vec<String> = words.collect();
    if let Some(keyword) = alone(&words.concat()) {
        return keyword;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut spoken = [Language::English].iter().chain(languages);
    spoken.find_map(|language| polite(&words, of(*language))).unwrap_or(Keyword::Other)
}

/// A keyword of any language, with nothing around it.
fn alone(word: &str) -> Option<Keyword> {
    let any = |list: fn(&Words) -> &'static str| {
        Language::ALL.iter().any(|language| has(list(of(*language)), word))
    };
    if any(|words| words.stop) {
        Some(Keyword::Stop)
    } else if any(|words| words.start) {
        Some(Keyword::Start)
    } else {
        any(|words| words.help).then_some(Keyword::Help)
    }
}

/// A phrase of one language, or one of its keywords and what it is about ("texts", "me"), once what
/// is only polite is left out.
fn polite(words: &[&str], language: &Words) -> Option<Keyword> {
    let words = without(words, language.polite);
    if has(language.phrases, &without(&words, language.around).join(" ")) {
        return Some(Keyword::Stop);
    }
    let mut rest = without(&words, language.about);
    rest.dedup();
    let [word] = rest.as_slice() else {
        return None;
    };
    if has(language.start, word) {
        return Some(Keyword::Start);
    }
    if has(language.help, word) {
        return Some(Keyword::Help);
    }
    let stop = language.stop.split(", ").any(|stop| stop == *word || is_typo(stop, word));
    (stop && !has(words::OTHER, word)).then_some(Keyword::Stop)
}

fn without<'a>(words: &[&'a str], filler: &str) -> Vec<&'a str> {
    words.iter().copied().filter(|word| !has(filler, word)).collect()
}

/// `st0p` as `stop`: a digit among letters was meant as a letter.
fn digits_as_letters(word: &str) -> String {
    if word.chars().all(char::is_numeric) {
        return word.to_owned();
    }
    let letter = |c| match c {
        '0' => 'o',
        '1' => 'i',
        c => c,
    };
    word.chars().map(letter).collect()
}

/// Whether a word is a keyword of at least four letters with one typing error: a letter too many
/// or too few, or two changed over; from five letters on also a wrong one (of four, that makes
/// other words: shop, step).
fn is_typo(keyword: &str, word: &str) -> bool {
    let (keyword, word): (Vec<char>, Vec<char>) =
        (keyword.chars().collect(), word.chars().collect());
    if keyword.len() < 4 {
        return false;
    }
    let same = keyword.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let (left, right) = (&keyword[same..], &word[same..]);
    match (left, right) {
        ([_, left @ ..], [_, right @ ..]) if left == right => keyword.len() > 4,
        ([a, b, left @ ..], [c, d, right @ ..]) if a == d && b == c && left == right => true,
        (left, [_, right @ ..]) if left == right => true,
        ([_, left @ ..], right) if left == right => true,
        _ => false,
    }
}
