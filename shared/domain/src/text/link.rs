//! The text that carries a link.
//!
//! Also for a shop with words of its own for codes: those must carry a code, and a link's text has
//! none. One segment of GSM-7 with a shop's name of 20 characters and a host of 12; an Arabic one
//! is two of UCS-2, as the link alone takes one. The link ends the text, on a line of its own: no
//! mark that a phone could take for a part of it follows, and no line binds a code.

use super::locale::Language;
use crate::{
    link::{self, LinkToken},
    template::{Body, Identity, System, Variables},
};

/// The words of a language, with the placeholder `store`.
#[must_use]
pub const fn words(language: Language) -> &'static str {
    match language {
        Language::English => "Confirm your number for {{store}} within 10 minutes:",
        Language::Welsh => "Cadarnhewch eich rhif i {{store}} o fewn 10 munud:",
        Language::German => "Nummer für {{store}} bestätigen, 10 Minuten gültig:",
        Language::French => "Confirmez votre numéro {{store}} sous 10 minutes :",
        Language::Spanish => "Confirma tu teléfono para {{store}} en 10 minutos:",
        Language::Italian => "Conferma il tuo numero per {{store}} entro 10 minuti:",
        Language::Polish => "Potwierdzenie numeru dla {{store}}, na 10 minut:",
        Language::Portuguese => "Confirme o seu telefone para {{store}} em 10 minutos:",
        Language::Dutch => "Bevestig je nummer voor {{store}} binnen 10 minuten:",
        Language::Arabic => "أكد رقمك لدى {{store}} (10 دقائق)",
    }
}

/// The text with its link.
#[must_use]
pub fn link_text(language: Language, identity: Identity<'_>, token: &LinkToken) -> String {
    let body = Body::parse(words(language)).expect("built-in texts are well-formed");
    let variables = Variables::default().with(System::Store, identity.store);
    let words = body.render(&variables).expect("built-in texts have no other placeholders");
    format!("{words}\n{}", link::url(identity.host, token))
}
