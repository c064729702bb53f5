//! Looks for what must not be anywhere in clear.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// One secret with the ways in which it could be written down.
#[derive(Debug)]
pub struct Needle {
    /// What it is, for people.
    pub name: String,
    forms: Vec<String>,
}

impl Needle {
    /// Looks for a value: as it is, in base64, and as SHA-256 in hex and base64.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        let hash = digest(&SHA256, value.as_bytes());
        let hash = hash.as_ref();
        let mut forms = vec![value.to_lowercase(), hex(hash), STANDARD.encode(hash).to_lowercase()];
        // At any of three offsets base64 writes a value in its own way; the first is enough for
        // short ones, whose few letters would be found by chance.
        if value.len() > 5 {
            forms.extend(in_base64(value));
        }
        Self { name: name.to_owned(), forms }
    }

    /// Looks for a value as it is and in base64. For what may be kept as a hash.
    #[must_use]
    pub fn plain(name: &str, value: &str) -> Self {
        let mut forms = in_base64(value);
        forms.push(value.to_lowercase());
        Self { name: name.to_owned(), forms }
    }

    /// Looks for a link's token whole, its 128 secret bits alone, and the text of its path.
    #[must_use]
    pub fn link(token: &str) -> Vec<Self> {
        let standard = token.replace('-', "+").replace('_', "/");
        // Sixteen bytes are 21 characters and a third.
        let mut needles = vec![Self::new("link", token), Self::plain("link's tag", &token[..21])];
        needles.push(Self::plain("link's bytes", &standard[..21]));
        let bytes = STANDARD.decode(&standard).unwrap_or_default();
        needles.push(Self::plain("link's tag in hex", &hex(&bytes[..bytes.len().min(16)])));
        needles
    }

    /// Looks for a phone number as well in the ways people write it.
    #[must_use]
    pub fn phone(e164: &str) -> Vec<Self> {
        let national = format!("0{}", &e164[3..]);
        let spaced = format!("{} {}", &national[..5], &national[5..]);
        let bare = e164[1..].to_owned();
        [e164.to_owned(), national, spaced, bare]
            .iter()
            .map(|form| Self::new("phone", form))
            .collect()
    }

    /// Whether it is in this text.
    #[must_use]
    pub fn is_in(&self, haystack: &str) -> bool {
        let haystack = haystack.to_lowercase();
        self.forms.iter().any(|form| haystack.contains(form.as_str()))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// What base64 text shows of a value at each offset, without the letters that its neighbours
/// share.
fn in_base64(value: &str) -> Vec<String> {
    (0..3)
        .map(|offset| {
            let padded = [vec![0; offset], value.as_bytes().to_vec()].concat();
            let text = STANDARD.encode(padded);
            let whole = (offset + value.len()) / 3 * 4;
            let first = if offset == 0 { 0 } else { 4 };
            text[first..whole].to_lowercase()
        })
        .filter(|form| form.len() >= 8)
        .collect()
}

/// Everything a JSON value says, each text on a line; binary values too, as they are written and
/// as the bytes that they stand for.
#[must_use]
pub fn spoken(value: &Value) -> String {
    let mut lines = Vec::new();
    collect(value, &mut lines);
    lines.join("\n")
}

fn collect(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => lines.push(number.to_string()),
        Value::String(text) => {
            lines.push(text.clone());
            if let Ok(bytes) = STANDARD.decode(text) {
                lines.push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, lines)),
        Value::Object(members) => members.iter().for_each(|(name, member)| {
            lines.push(name.clone());
            collect(member, lines);
        }),
    }
}

/// Fails if one of these is in one of those.
pub fn none_of(needles: &[Needle], place: &str, haystacks: &[String]) {
    for haystack in haystacks {
        for needle in needles {
            let found = needle.is_in(haystack);
            assert!(!found, "{} is in clear in {place}: {haystack}", needle.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_finds_what_it_looks_for() {
        let needle = Needle::new("email", "anna@shop.example");
        for padding in ["", "a", "ab", "abc"] {
            let hidden = STANDARD.encode(format!("{padding}anna@shop.example; more"));
            assert!(needle.is_in(&hidden), "{padding}");
        }
        assert!(needle.is_in("To: Anna@Shop.example"));
        let item = json!({"x": {"M": {"y": {"B": STANDARD.encode("<anna@shop.example>")}}}});
        assert!(needle.is_in(&spoken(&item)));
        assert!(!needle.is_in("bert@shop.example"));
    }

    #[test]
    fn it_finds_links_and_their_tags() {
        let token = format!("-_8{}", "A".repeat(61));
        let needles = Needle::link(&token);
        let tag = format!("{{\"B\":\"+/8{}==\"}}", "A".repeat(19));
        let hex = format!("fbff{}", "0".repeat(28));
        for text in [&format!("GET /l/{token} 200"), &token[..22], &tag, &hex] {
            assert!(needles.iter().any(|needle| needle.is_in(text)), "{text}");
        }
        assert!(!needles.iter().any(|needle| needle.is_in("GET /l/{token} 200")));
    }

    #[test]
    fn it_finds_numbers_as_people_write_them() {
        let needles = Needle::phone("+447700900123");
        for text in ["07700 900123", "07700900123", "447700900123", "tel:+447700900123"] {
            assert!(needles.iter().any(|needle| needle.is_in(text)), "{text}");
        }
    }
}
