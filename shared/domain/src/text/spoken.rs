//! A code on the phone.

use super::locale::Language;
use crate::{carrier::Spoken, code::Code, template::clean};

/// What a call says in a language.
#[must_use]
pub fn spoken(language: Language, store: &str, code: &Code) -> Spoken {
    let (tag, polly_voice) = voice(language);
    let store = clean(store);
    let digits: Vec<String> = code.expose().chars().map(String::from).collect();
    let (prompt, words) = sentences(language, &store, &digits.join(", "));
    Spoken { language: tag.to_owned(), voice: polly_voice.to_owned(), prompt, words }
}

/// Amazon Polly's language and voice. All are standard voices that End User Messaging calls with.
const fn voice(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => ("en-GB", "Amy"),
        Language::Welsh => ("cy-GB", "Gwyneth"),
        Language::German => ("de-DE", "Vicki"),
        Language::French => ("fr-FR", "Lea"),
        Language::Spanish => ("es-ES", "Lucia"),
        Language::Italian => ("it-IT", "Bianca"),
        Language::Polish => ("pl-PL", "Ewa"),
        Language::Portuguese => ("pt-PT", "Ines"),
        Language::Dutch => ("nl-NL", "Lotte"),
        Language::Arabic => ("arb", "Zeina"),
    }
}

fn sentences(language: Language, store: &str, digits: &str) -> (String, String) {
    let (prompt, code, again) = match language {
        Language::English => (
            format!("This is {store}. Press any key to hear your code."),
            format!("Your {store} code is {digits}."),
            "Again:",
        ),
        Language::Welsh => (
            format!("Dyma {store}. Pwyswch unrhyw fysell i glywed eich cod."),
            format!("Eich cod {store} yw {digits}."),
            "Eto:",
        ),
        Language::German => (
            format!("Hier ist {store}. Drücken Sie eine beliebige Taste, um Ihren Code zu hören."),
            format!("Ihr Code für {store} lautet {digits}."),
            "Noch einmal:",
        ),
        Language::French => (
            format!("Ici {store}. Appuyez sur une touche pour entendre votre code."),
            format!("Votre code {store} est {digits}."),
            "Je répète :",
        ),
        Language::Spanish => (
            format!("Te llama {store}. Pulsa cualquier tecla para escuchar tu clave."),
            format!("Tu clave de {store} es {digits}."),
            "Repito:",
        ),
        Language::Italian => (
            format!("Qui {store}. Premi un tasto qualsiasi per ascoltare il tuo codice."),
            format!("Il tuo codice {store} è {digits}."),
            "Ripeto:",
        ),
        Language::Polish => (
            format!("Tu {store}. Naciśnij dowolny klawisz, aby usłyszeć kod."),
            format!("Twój kod {store} to {digits}."),
            "Powtarzam:",
        ),
        Language::Portuguese => (
            format!("Daqui {store}. Prima qualquer tecla para ouvir o seu PIN."),
            format!("O seu PIN {store} é {digits}."),
            "Repito:",
        ),
        Language::Dutch => (
            format!("Dit is {store}. Druk op een toets om je code te horen."),
            format!("Je code voor {store} is {digits}."),
            "Nogmaals:",
        ),
        Language::Arabic => (
            format!("معك {store}. اضغط أي زر لسماع الرمز."),
            format!("رمز {store} هو {digits}."),
            "أكرر:",
        ),
    };
    let message = format!("{code} {again} {code}");
    (prompt, message)
}
