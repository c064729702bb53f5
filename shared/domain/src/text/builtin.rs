//! The texts that carry a code where a shop has none of its own.
//!
//! Each begins with the code, so that a locked screen shows it, and is one segment with a shop's
//! name of 20 characters and a host of 12. All but Arabic are in GSM-7: their words are chosen so
//! that no letter is missing, rather than spelt without its accent.

use super::locale::Language;
use crate::{
    code::Code,
    gsm7,
    signup::Purpose,
    template::{Body, Identity, otp},
};

/// The words for a purpose in a language, with the placeholders `code` and `store`.
#[must_use]
pub const fn built_in(purpose: Purpose, language: Language) -> &'static str {
    let [registration, login, checkout] = texts(language);
    match purpose {
        Purpose::Registration => registration,
        Purpose::Login => login,
        Purpose::Checkout => checkout,
    }
}

/// The built-in text with a code, the line that binds it to the shop's host included.
#[must_use]
pub fn otp_text(
    purpose: Purpose,
    language: Language,
    identity: Identity<'_>,
    code: &Code,
) -> String {
    let body = Body::parse(built_in(purpose, language)).expect("built-in texts are well-formed");
    otp(&body, identity, code).expect("built-in texts have no other placeholders")
}

/// Whether the text of every purpose is one segment with this name and host.
#[must_use]
pub fn fits(language: Language, identity: Identity<'_>) -> bool {
    Code::parse("000000").is_some_and(|code| {
        let text = |purpose: &Purpose| otp_text(*purpose, language, identity, &code);
        Purpose::ALL.iter().all(|purpose| gsm7::measure(&text(purpose)).segments == 1)
    })
}

const fn texts(language: Language) -> [&'static str; 3] {
    match language {
        Language::English => [
            "{{code}} is your {{store}} code. It is valid for 10 minutes. Do not share it with anyone.",
            "{{code}} is your {{store}} sign-in code. It is valid for 10 minutes. Do not share it with anyone.",
            "{{code}} is your {{store}} checkout code. It is valid for 10 minutes. Do not share it with anyone.",
        ],
        Language::Welsh => [
            "{{code}} yw eich cod {{store}}. Mae'n ddilys am 10 munud. Cadwch ef yn gyfrinachol.",
            "{{code}} yw eich cod mewngofnodi {{store}}. Mae'n ddilys am 10 munud. Cadwch ef yn gyfrinachol.",
            "{{code}} yw eich cod archebu {{store}}. Mae'n ddilys am 10 munud. Cadwch ef yn gyfrinachol.",
        ],
        Language::German => [
            "{{code}} ist Ihr Code für {{store}}. Er gilt 10 Minuten. Geben Sie ihn an niemanden weiter.",
            "{{code}} ist Ihr Anmeldecode für {{store}}. Er gilt 10 Minuten. Geben Sie ihn an niemanden weiter.",
            "{{code}} ist Ihr Bestellcode für {{store}}. Er gilt 10 Minuten. Geben Sie ihn an niemanden weiter.",
        ],
        Language::French => [
            "{{code}} est votre code {{store}}. Il est valable 10 minutes. Ne le communiquez à personne.",
            "{{code}} est votre code de connexion {{store}}. Il est valable 10 minutes. Ne le communiquez à personne.",
            "{{code}} est votre code de commande {{store}}. Il est valable 10 minutes. Ne le communiquez à personne.",
        ],
        Language::Spanish => [
            "{{code}} es tu clave de {{store}}. Vale durante 10 minutos. No la compartas con nadie.",
            "{{code}} es tu clave de acceso a {{store}}. Vale durante 10 minutos. No la compartas con nadie.",
            "{{code}} es tu clave de compra en {{store}}. Vale durante 10 minutos. No la compartas con nadie.",
        ],
        Language::Italian => [
            "{{code}} è il tuo codice {{store}}. Vale 10 minuti. Non condividerlo con nessuno.",
            "{{code}} è il tuo codice di accesso a {{store}}. Vale 10 minuti. Non condividerlo con nessuno.",
            "{{code}} è il codice per il tuo ordine su {{store}}. Vale 10 minuti. Non condividerlo con nessuno.",
        ],
        Language::Polish => [
            "{{code}} to kod {{store}} na 10 minut. Nie podawaj go nikomu.",
            "{{code}} to kod logowania do {{store}} na 10 minut. Nie podawaj go nikomu.",
            "{{code}} to kod zakupu w {{store}} na 10 minut. Nie podawaj go nikomu.",
        ],
        Language::Portuguese => [
            "{{code}} é o seu PIN {{store}}. Expira em 10 minutos. Nunca o divulgue a outra pessoa.",
            "{{code}} é o seu PIN de acesso a {{store}}. Expira em 10 minutos. Nunca o divulgue a outra pessoa.",
            "{{code}} é o seu PIN de compra em {{store}}. Expira em 10 minutos. Nunca o divulgue a outra pessoa.",
        ],
        Language::Dutch => [
            "{{code}} is je code voor {{store}}. De code is 10 minuten geldig. Deel hem met niemand.",
            "{{code}} is je inlogcode voor {{store}}. De code is 10 minuten geldig. Deel hem met niemand.",
            "{{code}} is je bestelcode voor {{store}}. De code is 10 minuten geldig. Deel hem met niemand.",
        ],
        // UCS-2 leaves 16 characters beside code, name and host: "secret, 10 minutes". An Arabic
        // word stands before the shop's name, so that the line reads from the right.
        Language::Arabic => [
            "{{code}} رمز {{store}}. سري، 10 دقائق",
            "{{code}} لدخول {{store}}. سري، 10 دقائق",
            "{{code}} لطلب {{store}}. سري، 10 دقائق",
        ],
    }
}
