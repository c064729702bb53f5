//! What the pages of complaints say, in the languages of the built-in texts.

use doorstep_domain::{complaint::About, text::locale::Language};

/// The sentences of a language; none holds markup.
pub(crate) struct Words {
    /// What the page is for, and what happens to what is sent.
    pub(crate) title: [&'static str; 2],
    /// Above the fields: name, contact, number, text.
    pub(crate) fields: [&'static str; 4],
    /// Above what it may be about.
    pub(crate) about: &'static str,
    /// Marketing, access, erasure, other.
    pub(crate) abouts: [&'static str; 4],
    /// On the button.
    pub(crate) send: &'static str,
    /// The link to the shop's privacy notice.
    pub(crate) privacy: &'static str,
    /// Above what is wrong.
    pub(crate) wrong: &'static str,
    /// No contact, no text, no number, too long.
    pub(crate) wrongs: [&'static str; 4],
    /// That it is here: title, reference, received, answered by.
    pub(crate) done: [&'static str; 4],
    /// Where else to complain; the address follows.
    pub(crate) ico: &'static str,
    /// That there is no such shop, and what to do.
    pub(crate) gone: [&'static str; 2],
    /// That there were too many, and what to do.
    pub(crate) many: [&'static str; 2],
}

impl Words {
    /// What a complaint is about.
    pub(crate) const fn named(&self, about: About) -> &'static str {
        self.abouts[about as usize]
    }
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
    title: [
        "Make a complaint",
        "About how your personal data was used. You will see at once that we have it.",
    ],
    fields: [
        "Your name (optional)",
        "Where we can answer you: email, phone or address",
        "The mobile number it is about (optional)",
        "What happened, and what should we do?",
    ],
    about: "What is it about?",
    abouts: [
        "Texts I did not want",
        "Data I asked for",
        "Data that should be erased",
        "Something else",
    ],
    send: "Send the complaint",
    privacy: "Privacy notice",
    wrong: "Please correct this",
    wrongs: [
        "Tell us where we can answer you.",
        "Tell us what happened.",
        "This is not a mobile number.",
        "This is too long.",
    ],
    done: ["We have your complaint", "Your reference", "Received", "You will hear from us by"],
    ico: "If our answer does not satisfy you, you can complain to the Information Commissioner's Office:",
    gone: ["There is no such page", "Go back to the shop and ask there."],
    many: ["Too many complaints just now", "Please try again in an hour, or write to the shop."],
};

const WELSH: Words = Words {
    title: [
        "Gwneud cwyn",
        "Am sut y defnyddiwyd eich data personol. Byddwch yn gweld ar unwaith ei bod gennym.",
    ],
    fields: [
        "Eich enw (dewisol)",
        "Lle gallwn eich ateb: e-bost, ffôn neu gyfeiriad",
        "Y rhif symudol dan sylw (dewisol)",
        "Beth ddigwyddodd, a beth dylem ei wneud?",
    ],
    about: "Am beth mae'r gŵyn?",
    abouts: [
        "Negeseuon nad oeddwn eu heisiau",
        "Data y gofynnais amdano",
        "Data y dylid ei ddileu",
        "Rhywbeth arall",
    ],
    send: "Anfon y gŵyn",
    privacy: "Hysbysiad preifatrwydd",
    wrong: "Cywirwch hyn",
    wrongs: [
        "Dywedwch wrthym lle gallwn eich ateb.",
        "Dywedwch wrthym beth ddigwyddodd.",
        "Nid rhif symudol yw hwn.",
        "Mae hyn yn rhy hir.",
    ],
    done: [
        "Mae eich cwyn gennym",
        "Eich cyfeirnod",
        "Derbyniwyd",
        "Byddwch yn clywed gennym erbyn",
    ],
    ico: "Os nad yw ein hateb yn eich bodloni, gallwch gwyno i Swyddfa'r Comisiynydd Gwybodaeth:",
    gone: ["Nid oes tudalen o'r fath", "Ewch yn ôl i'r siop a gofynnwch yno."],
    many: [
        "Gormod o gwynion ar hyn o bryd",
        "Rhowch gynnig arall ymhen awr, neu ysgrifennwch at y siop.",
    ],
};

const GERMAN: Words = Words {
    title: [
        "Beschwerde einreichen",
        "Darüber, wie Ihre persönlichen Daten verwendet wurden. Sie sehen sofort, dass sie bei uns ist.",
    ],
    fields: [
        "Ihr Name (freiwillig)",
        "Wo wir Ihnen antworten können: E-Mail, Telefon oder Anschrift",
        "Die Mobilnummer, um die es geht (freiwillig)",
        "Was ist geschehen, und was sollen wir tun?",
    ],
    about: "Worum geht es?",
    abouts: [
        "Nachrichten, die ich nicht wollte",
        "Daten, die ich angefragt habe",
        "Daten, die gelöscht sein sollten",
        "Etwas anderes",
    ],
    send: "Beschwerde senden",
    privacy: "Datenschutzhinweise",
    wrong: "Bitte korrigieren Sie dies",
    wrongs: [
        "Sagen Sie uns, wo wir Ihnen antworten können.",
        "Sagen Sie uns, was geschehen ist.",
        "Das ist keine Mobilnummer.",
        "Das ist zu lang.",
    ],
    done: ["Ihre Beschwerde ist bei uns", "Ihr Zeichen", "Eingegangen", "Sie hören von uns bis"],
    ico: "Wenn unsere Antwort Sie nicht zufriedenstellt, können Sie sich beim Information Commissioner's Office beschweren:",
    gone: ["Diese Seite gibt es nicht", "Gehen Sie zurück zum Shop und fragen Sie dort."],
    many: [
        "Gerade zu viele Beschwerden",
        "Versuchen Sie es in einer Stunde wieder, oder schreiben Sie dem Shop.",
    ],
};

const FRENCH: Words = Words {
    title: [
        "Déposer une réclamation",
        "Sur l'utilisation de vos données personnelles. Vous verrez aussitôt que nous l'avons reçue.",
    ],
    fields: [
        "Votre nom (facultatif)",
        "Où vous répondre : e-mail, téléphone ou adresse",
        "Le numéro de mobile concerné (facultatif)",
        "Que s'est-il passé, et que devons-nous faire ?",
    ],
    about: "De quoi s'agit-il ?",
    abouts: [
        "Des SMS que je ne voulais pas",
        "Des données que j'ai demandées",
        "Des données à effacer",
        "Autre chose",
    ],
    send: "Envoyer la réclamation",
    privacy: "Politique de confidentialité",
    wrong: "Veuillez corriger ceci",
    wrongs: [
        "Dites-nous où vous répondre.",
        "Dites-nous ce qui s'est passé.",
        "Ce n'est pas un numéro de mobile.",
        "C'est trop long.",
    ],
    done: [
        "Nous avons votre réclamation",
        "Votre référence",
        "Reçue le",
        "Vous aurez de nos nouvelles avant le",
    ],
    ico: "Si notre réponse ne vous convient pas, vous pouvez saisir l'Information Commissioner's Office :",
    gone: ["Cette page n'existe pas", "Retournez à la boutique et demandez-y."],
    many: [
        "Trop de réclamations en ce moment",
        "Réessayez dans une heure, ou écrivez à la boutique.",
    ],
};

const SPANISH: Words = Words {
    title: [
        "Presentar una reclamación",
        "Sobre el uso de sus datos personales. Verá enseguida que la tenemos.",
    ],
    fields: [
        "Su nombre (opcional)",
        "Dónde podemos responderle: correo, teléfono o dirección",
        "El número de móvil afectado (opcional)",
        "¿Qué ocurrió y qué debemos hacer?",
    ],
    about: "¿De qué se trata?",
    abouts: ["Mensajes que no quería", "Datos que pedí", "Datos que deben borrarse", "Otra cosa"],
    send: "Enviar la reclamación",
    privacy: "Aviso de privacidad",
    wrong: "Corrija esto, por favor",
    wrongs: [
        "Díganos dónde podemos responderle.",
        "Díganos qué ocurrió.",
        "Esto no es un número de móvil.",
        "Esto es demasiado largo.",
    ],
    done: ["Tenemos su reclamación", "Su referencia", "Recibida", "Sabrá de nosotros antes del"],
    ico: "Si nuestra respuesta no le satisface, puede reclamar ante la Information Commissioner's Office:",
    gone: ["Esta página no existe", "Vuelva a la tienda y pregunte allí."],
    many: ["Demasiadas reclamaciones ahora", "Inténtelo dentro de una hora o escriba a la tienda."],
};

const ITALIAN: Words = Words {
    title: [
        "Presentare un reclamo",
        "Su come sono stati usati i tuoi dati personali. Vedrai subito che l'abbiamo ricevuto.",
    ],
    fields: [
        "Il tuo nome (facoltativo)",
        "Dove possiamo risponderti: e-mail, telefono o indirizzo",
        "Il numero di cellulare in questione (facoltativo)",
        "Che cosa è successo e che cosa dobbiamo fare?",
    ],
    about: "Di che cosa si tratta?",
    abouts: ["Messaggi che non volevo", "Dati che ho richiesto", "Dati da cancellare", "Altro"],
    send: "Invia il reclamo",
    privacy: "Informativa sulla privacy",
    wrong: "Correggi questo",
    wrongs: [
        "Dicci dove possiamo risponderti.",
        "Dicci che cosa è successo.",
        "Questo non è un numero di cellulare.",
        "È troppo lungo.",
    ],
    done: [
        "Abbiamo il tuo reclamo",
        "Il tuo riferimento",
        "Ricevuto",
        "Avrai nostre notizie entro il",
    ],
    ico: "Se la nostra risposta non ti soddisfa, puoi rivolgerti all'Information Commissioner's Office:",
    gone: ["Questa pagina non esiste", "Torna al negozio e chiedi lì."],
    many: ["Troppi reclami in questo momento", "Riprova tra un'ora o scrivi al negozio."],
};

const POLISH: Words = Words {
    title: [
        "Złóż skargę",
        "Na sposób użycia Twoich danych osobowych. Od razu zobaczysz, że ją mamy.",
    ],
    fields: [
        "Imię i nazwisko (opcjonalnie)",
        "Gdzie możemy odpowiedzieć: e-mail, telefon lub adres",
        "Numer komórkowy, którego to dotyczy (opcjonalnie)",
        "Co się stało i co powinniśmy zrobić?",
    ],
    about: "Czego dotyczy skarga?",
    abouts: [
        "Wiadomości, których nie chcę",
        "Danych, o które proszę",
        "Danych do usunięcia",
        "Czegoś innego",
    ],
    send: "Wyślij skargę",
    privacy: "Informacja o prywatności",
    wrong: "Popraw to",
    wrongs: [
        "Podaj, gdzie możemy odpowiedzieć.",
        "Napisz, co się stało.",
        "To nie jest numer komórkowy.",
        "To jest za długie.",
    ],
    done: ["Mamy Twoją skargę", "Twój numer sprawy", "Otrzymano", "Odezwiemy się do"],
    ico: "Jeśli nasza odpowiedź Cię nie zadowoli, możesz złożyć skargę do Information Commissioner's Office:",
    gone: ["Nie ma takiej strony", "Wróć do sklepu i zapytaj tam."],
    many: ["Zbyt wiele skarg w tej chwili", "Spróbuj za godzinę albo napisz do sklepu."],
};

const PORTUGUESE: Words = Words {
    title: [
        "Apresentar uma reclamação",
        "Sobre o uso dos seus dados pessoais. Verá de imediato que a recebemos.",
    ],
    fields: [
        "O seu nome (opcional)",
        "Onde lhe podemos responder: e-mail, telefone ou morada",
        "O número de telemóvel em causa (opcional)",
        "O que aconteceu, e o que devemos fazer?",
    ],
    about: "De que se trata?",
    abouts: ["Mensagens que não queria", "Dados que pedi", "Dados a apagar", "Outra coisa"],
    send: "Enviar a reclamação",
    privacy: "Aviso de privacidade",
    wrong: "Corrija isto, por favor",
    wrongs: [
        "Diga-nos onde lhe podemos responder.",
        "Diga-nos o que aconteceu.",
        "Isto não é um número de telemóvel.",
        "Isto é demasiado longo.",
    ],
    done: ["Temos a sua reclamação", "A sua referência", "Recebida", "Terá notícias nossas até"],
    ico: "Se a nossa resposta não o satisfizer, pode reclamar junto do Information Commissioner's Office:",
    gone: ["Esta página não existe", "Volte à loja e pergunte lá."],
    many: [
        "Demasiadas reclamações neste momento",
        "Tente de novo daqui a uma hora ou escreva à loja.",
    ],
};

const DUTCH: Words = Words {
    title: [
        "Een klacht indienen",
        "Over hoe uw persoonsgegevens zijn gebruikt. U ziet meteen dat wij de klacht hebben.",
    ],
    fields: [
        "Uw naam (optioneel)",
        "Waar wij u kunnen antwoorden: e-mail, telefoon of adres",
        "Het mobiele nummer waar het om gaat (optioneel)",
        "Wat is er gebeurd, en wat moeten wij doen?",
    ],
    about: "Waar gaat het over?",
    abouts: [
        "Berichten die ik niet wilde",
        "Gegevens die ik heb opgevraagd",
        "Gegevens die gewist moeten worden",
        "Iets anders",
    ],
    send: "Klacht versturen",
    privacy: "Privacyverklaring",
    wrong: "Verbeter dit alstublieft",
    wrongs: [
        "Vertel ons waar wij u kunnen antwoorden.",
        "Vertel ons wat er is gebeurd.",
        "Dit is geen mobiel nummer.",
        "Dit is te lang.",
    ],
    done: ["Wij hebben uw klacht", "Uw kenmerk", "Ontvangen", "U hoort van ons vóór"],
    ico: "Als ons antwoord u niet tevredenstelt, kunt u een klacht indienen bij het Information Commissioner's Office:",
    gone: ["Deze pagina bestaat niet", "Ga terug naar de winkel en vraag het daar."],
    many: [
        "Te veel klachten op dit moment",
        "Probeer het over een uur opnieuw, of schrijf de winkel.",
    ],
};

const ARABIC: Words = Words {
    title: ["تقديم شكوى", "حول كيفية استخدام بياناتك الشخصية. سترى فورًا أنها وصلتنا."],
    fields: [
        "اسمك (اختياري)",
        "أين يمكننا الرد عليك: بريد إلكتروني أو هاتف أو عنوان",
        "رقم الجوال المعني (اختياري)",
        "ماذا حدث، وماذا ينبغي أن نفعل؟",
    ],
    about: "ما موضوع الشكوى؟",
    abouts: ["رسائل لم أرغب فيها", "بيانات طلبتها", "بيانات يجب محوها", "شيء آخر"],
    send: "إرسال الشكوى",
    privacy: "إشعار الخصوصية",
    wrong: "يرجى تصحيح ما يلي",
    wrongs: [
        "أخبرنا أين يمكننا الرد عليك.",
        "أخبرنا بما حدث.",
        "هذا ليس رقم جوال.",
        "هذا أطول من اللازم.",
    ],
    done: ["وصلتنا شكواك", "رقمك المرجعي", "تاريخ الاستلام", "سنرد عليك قبل"],
    ico: "إذا لم يرضك ردنا، يمكنك تقديم شكوى إلى مكتب مفوض المعلومات:",
    gone: ["لا توجد صفحة كهذه", "عد إلى المتجر واسأل هناك."],
    many: ["شكاوى كثيرة جدًا الآن", "حاول مرة أخرى بعد ساعة، أو راسل المتجر."],
};

#[cfg(test)]
mod tests;
