//! Languages of shoppers and shops.

use std::{fmt, str::FromStr};

use crate::access::{Unknown, names};

/// A language and, where it is told, script and region: the part of BCP 47 (RFC 5646 §2.1) that
/// shops use, in its usual case: `en-GB`, `zh-Hant-TW`, `es-419`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locale(String);

impl Locale {
    /// As it is written: `en-GB`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `en` of `en-GB`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.0.split_once('-').map_or(&self.0, |(language, _)| language)
    }

    /// Where to look for a text, best first: this locale, then with less and less of it (RFC 4647
    /// §3.4), the same of the shop's own locale, and English. `cy-GB` in a shop of `de-AT` looks
    /// for `cy-GB`, `cy`, `de-AT`, `de`, `en`.
    #[must_use]
    pub fn fallbacks(&self, shop: Option<&Self>) -> Vec<Self> {
        let mut chain = vec![];
        for locale in [Some(self), shop, Some(&Self("en".to_owned()))].into_iter().flatten() {
            for locale in locale.shorter() {
                if !chain.contains(&locale) {
                    chain.push(locale);
                }
            }
        }
        chain
    }

    fn shorter(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self.0.as_str()), |text| Some(text.rsplit_once('-')?.0))
            .map(|text| Self(text.to_owned()))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Locale {
    type Err = Unknown;

    /// Takes any case, and `_` for `-` as `WooCommerce` writes it. Variants and extensions are refused.
    fn from_str(text: &str) -> Result<Self, Unknown> {
        let mut parts = text.split(['-', '_']).peekable();
        let language = parts.next().filter(|part| is(part, 2..=3, u8::is_ascii_alphabetic));
        let mut locale = language.ok_or(Unknown)?.to_ascii_lowercase();
        if let Some(script) = parts.next_if(|part| is(part, 4..=4, u8::is_ascii_alphabetic)) {
            let (first, rest) = script.split_at(1);
            locale.extend(["-", &first.to_ascii_uppercase(), &rest.to_ascii_lowercase()]);
        }
        let region = |part: &&str| {
            is(part, 2..=2, u8::is_ascii_alphabetic) || is(part, 3..=3, u8::is_ascii_digit)
        };
        if let Some(region) = parts.next_if(region) {
            locale.extend(["-", &region.to_ascii_uppercase()]);
        }
        parts.next().is_none().then_some(Self(locale)).ok_or(Unknown)
    }
}

fn is(part: &str, length: std::ops::RangeInclusive<usize>, class: fn(&u8) -> bool) -> bool {
    length.contains(&part.len()) && part.bytes().all(|byte| class(&byte))
}

names!(
    /// A language that has built-in texts.
    Language {
        /// English, as in Britain.
        English = "en",
        /// Welsh.
        Welsh = "cy",
        /// German.
        German = "de",
        /// French.
        French = "fr",
        /// Spanish.
        Spanish = "es",
        /// Italian.
        Italian = "it",
        /// Polish.
        Polish = "pl",
        /// Portuguese.
        Portuguese = "pt",
        /// Dutch.
        Dutch = "nl",
        /// Arabic.
        Arabic = "ar",
    }
);

impl Language {
    /// The first language of these locales that has built-in texts; English where none has.
    #[must_use]
    pub fn choose<'a>(locales: impl IntoIterator<Item = &'a Locale>) -> Self {
        let known = |locale: &Locale| locale.language().parse().ok();
        locales.into_iter().find_map(known).unwrap_or(Self::English)
    }
}
