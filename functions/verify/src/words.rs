//! What a link's page says, in the languages of the built-in texts.

use doorstep_domain::text::locale::Language;

/// The sentences of a language; none holds markup.
pub(crate) struct Words {
    /// What the page is for.
    pub(crate) title: &'static str,
    /// What the field is for.
    pub(crate) digits: &'static str,
    /// That there is one try, and what to do unasked.
    pub(crate) once: &'static str,
    /// On the button.
    pub(crate) confirm: &'static str,
    /// Above the consents that will be recorded as given.
    pub(crate) agreed: &'static str,
    /// Above those that will be recorded as refused.
    pub(crate) refused: &'static str,
    /// That it worked, and what comes next.
    pub(crate) done: [&'static str; 2],
    /// That the link is unknown, used or over, and what comes next.
    pub(crate) gone: [&'static str; 2],
}

/// The sentences of this language.
pub(crate) const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Welsh => &WELSH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
        Language::Italian => &ITALIAN,
        Language::Polish => &POLISH,
        Language::Portuguese => &PORTUGUESE,
        Language::Dutch => &DUTCH,
        Language::Arabic => &ARABIC,
    }
}

const ENGLISH: Words = Words {
    title: "Confirm your number",
    digits: "The two digits on the shop's page",
    once: "You have one try. If you did not ask for this, close this page.",
    confirm: "Confirm",
    agreed: "You agree to this:",
    refused: "You do not agree to this:",
    done: ["Your number is confirmed", "You can go back to the shop."],
    gone: ["This link is not valid any more", "Go back to the shop and start again."],
};

const WELSH: Words = Words {
    title: "Cadarnhewch eich rhif",
    digits: "Y ddau ddigid ar dudalen y siop",
    once: "Un cynnig sydd gennych. Os na wnaethoch ofyn am hyn, caewch y dudalen.",
    confirm: "Cadarnhau",
    agreed: "Rydych yn cytuno i hyn:",
    refused: "Nid ydych yn cytuno i hyn:",
    done: ["Mae eich rhif wedi'i gadarnhau", "Gallwch fynd yn ôl i'r siop."],
    gone: ["Nid yw'r ddolen hon yn ddilys mwyach", "Ewch yn ôl i'r siop a dechreuwch eto."],
};

const GERMAN: Words = Words {
    title: "Nummer bestätigen",
    digits: "Die zwei Ziffern auf der Seite des Shops",
    once: "Sie haben einen Versuch. Wenn Sie dies nicht angefordert haben, schließen Sie die Seite.",
    confirm: "Bestätigen",
    agreed: "Sie stimmen zu:",
    refused: "Sie stimmen nicht zu:",
    done: ["Ihre Nummer ist bestätigt", "Sie können zum Shop zurückkehren."],
    gone: ["Dieser Link ist nicht mehr gültig", "Gehen Sie zurück zum Shop und beginnen Sie neu."],
};

const FRENCH: Words = Words {
    title: "Confirmez votre numéro",
    digits: "Les deux chiffres affichés par la boutique",
    once: "Vous avez un seul essai. Si vous n'avez rien demandé, fermez cette page.",
    confirm: "Confirmer",
    agreed: "Vous acceptez ceci :",
    refused: "Vous n'acceptez pas ceci :",
    done: ["Votre numéro est confirmé", "Vous pouvez retourner à la boutique."],
    gone: ["Ce lien n'est plus valable", "Retournez à la boutique et recommencez."],
};

const SPANISH: Words = Words {
    title: "Confirma tu número",
    digits: "Los dos dígitos que muestra la tienda",
    once: "Tienes un solo intento. Si no lo has pedido, cierra esta página.",
    confirm: "Confirmar",
    agreed: "Aceptas esto:",
    refused: "No aceptas esto:",
    done: ["Tu número está confirmado", "Puedes volver a la tienda."],
    gone: ["Este enlace ya no es válido", "Vuelve a la tienda y empieza de nuevo."],
};

const ITALIAN: Words = Words {
    title: "Conferma il tuo numero",
    digits: "Le due cifre sulla pagina del negozio",
    once: "Hai un solo tentativo. Se non l'hai chiesto tu, chiudi questa pagina.",
    confirm: "Conferma",
    agreed: "Acconsenti a questo:",
    refused: "Non acconsenti a questo:",
    done: ["Il tuo numero è confermato", "Puoi tornare al negozio."],
    gone: ["Questo link non è più valido", "Torna al negozio e ricomincia."],
};

const POLISH: Words = Words {
    title: "Potwierdź swój numer",
    digits: "Dwie cyfry ze strony sklepu",
    once: "Masz jedną próbę. Jeśli to nie Twoja prośba, zamknij tę stronę.",
    confirm: "Potwierdź",
    agreed: "Zgadzasz się na to:",
    refused: "Nie zgadzasz się na to:",
    done: ["Twój numer jest potwierdzony", "Możesz wrócić do sklepu."],
    gone: ["Ten link nie jest już ważny", "Wróć do sklepu i zacznij od nowa."],
};

const PORTUGUESE: Words = Words {
    title: "Confirme o seu número",
    digits: "Os dois dígitos na página da loja",
    once: "Tem uma só tentativa. Se não pediu isto, feche esta página.",
    confirm: "Confirmar",
    agreed: "Aceita isto:",
    refused: "Não aceita isto:",
    done: ["O seu número está confirmado", "Pode voltar à loja."],
    gone: ["Esta ligação já não é válida", "Volte à loja e comece de novo."],
};

const DUTCH: Words = Words {
    title: "Bevestig je nummer",
    digits: "De twee cijfers op de pagina van de winkel",
    once: "Je hebt één poging. Heb je dit niet aangevraagd, sluit dan deze pagina.",
    confirm: "Bevestigen",
    agreed: "Je gaat akkoord met:",
    refused: "Je gaat niet akkoord met:",
    done: ["Je nummer is bevestigd", "Je kunt terug naar de winkel."],
    gone: ["Deze link is niet meer geldig", "Ga terug naar de winkel en begin opnieuw."],
};

const ARABIC: Words = Words {
    title: "أكّد رقمك",
    digits: "الرقمان الظاهران في صفحة المتجر",
    once: "لديك محاولة واحدة. إذا لم تطلب هذا فأغلق الصفحة.",
    confirm: "تأكيد",
    agreed: "أنت توافق على:",
    refused: "أنت لا توافق على:",
    done: ["تم تأكيد رقمك", "يمكنك العودة إلى المتجر."],
    gone: ["هذا الرابط لم يعد صالحًا", "عد إلى المتجر وابدأ من جديد."],
};
