//! The words of the keywords, by language, with `, ` between them, all as `fold::words` leaves them:
//! lower case, without accents (in Arabic, without the hamza of a letter).
//!
//! The English words that end texts are those Twilio answers by default ("opt-out keywords").
//! `YES`, which it takes for `START`, is missing on purpose: it answers too many questions.

use crate::text::locale::Language;

/// The words of one language.
pub(super) struct Words {
    /// End marketing. Written together where they are two: spaces do not matter.
    pub(super) stop: &'static str,
    /// Ask for texts again.
    pub(super) start: &'static str,
    /// Ask for help.
    pub(super) help: &'static str,
    /// What people say to a shop that should not text them. Compared with the whole text, without
    /// what is only polite or stands around.
    pub(super) phrases: &'static str,
    /// Only polite.
    pub(super) polite: &'static str,
    /// What may stand around a phrase.
    pub(super) around: &'static str,
    /// What it is that should stop: leaves a keyword a keyword.
    pub(super) about: &'static str,
}

/// Whether a list has a word or phrase.
pub(super) fn has(list: &str, word: &str) -> bool {
    list.split(", ").any(|entry| entry == word)
}

pub(super) const fn of(language: Language) -> &'static Words {
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
    stop: "stop, stopall, unsubscribe, unsub, cancel, end, quit, optout, revoke, remove",
    start: "start, unstop, subscribe, resubscribe, resume, optin",
    help: "help, info, support",
    phrases: "wrong number, wrong person, wrong phone number, got wrong number, leave me alone, opt me \
        out, take me off, take me off list, remove me, remove me from list, remove number, \
        delete number, lose number, no more, no more texts, no more messages, dont text, dont \
        text me, dont text me again, do not text, do not text me, do not text me again, dont \
        message me, do not message me, dont contact me, do not contact me, dont send me texts, \
        do not send me texts, dont want these texts, dont want texts, do not want these texts, \
        not interested, go away",
    polite: "please, pls, plz, thanks, thank, thankyou, you, ta, cheers, sorry, hi, hello, hey, now, \
        just, ok",
    around: "i, have, youve, the, this, is, its, my, your",
    about: "me, my, your, it, all, these, those, any, more, from, to, texts, text, texting, txt, txts, sms, \
        message, messages, messaging, msgs, sending, contacting, marketing, spam, spamming, \
        phone, number",
};

const WELSH: Words = Words {
    stop: "stopio, stopiwch, daddanysgrifio, canslo, diwedd, atal",
    start: "dechrau, dechreuwch, tanysgrifio",
    help: "cymorth, gwybodaeth",
    phrases: "dim mwy, rhif anghywir, peidiwch a thecstio, dim rhagor",
    polite: "os, gwelwch, yn, dda, diolch, nawr",
    around: "yw, hwn, y",
    about: "neges, negeseuon, fi, y, sms",
};

const GERMAN: Words = Words {
    stop: "stopp, stoppen, abmelden, abmeldung, abbestellen, kundigen, halt, beenden, ende, \
        austragen",
    start: "anmelden, anmeldung, fortsetzen",
    help: "hilfe",
    phrases: "falsche nummer, keine sms mehr, keine nachrichten mehr, keine werbung, keine werbung \
        mehr, nicht mehr schreiben, lass mich in ruhe, melde mich ab",
    polite: "bitte, danke, hallo, jetzt, sofort",
    around: "das, ist, die, sie, haben",
    about: "mich, mir, sms, nachrichten, werbung, alle, newsletter",
};

const FRENCH: Words = Words {
    stop: "arret, arreter, arretez, arrete, stopper, desabonner, desabonnement, desinscrire, \
        desinscription, annuler, fin",
    start: "demarrer, commencer, reprendre, inscrire, abonner",
    help: "aide",
    phrases: "mauvais numero, faux numero, plus de sms, plus de messages, plus de pub, laissez moi \
        tranquille",
    polite: "sil, te, vous, plait, svp, stp, merci, bonjour, maintenant",
    around: "cest, un, le",
    about: "sms, messages, message, les, de, ces, pub, moi, me",
};

const SPANISH: Words = Words {
    stop: "baja, darmedebaja, alto, parar, pare, cancelar, detener, basta, anular, desuscribir, fin",
    start: "alta, iniciar, inicio, comenzar, reanudar",
    help: "ayuda",
    phrases: "numero equivocado, no mas, no mas mensajes, no mas sms, no quiero mensajes, dejen de \
        escribirme, darme de baja, quiero darme de baja",
    polite: "por, favor, gracias, hola, ya, ahora",
    around: "es, un, este",
    about: "sms, mensajes, mensaje, de, los, me, mi, numero",
};

const ITALIAN: Words = Words {
    stop: "rimuovi, rimuovimi, cancella, cancellami, disiscrivi, disiscrivimi, annulla, ferma, \
        basta",
    start: "inizia, iscrivi, iscrivimi, riprendi",
    help: "aiuto",
    phrases: "numero sbagliato, hai sbagliato numero, non scrivetemi, basta messaggi, niente messaggi, \
        lasciatemi in pace",
    polite: "per, favore, grazie, ciao, ora, subito",
    around: "e, il",
    about: "sms, messaggi, messaggio, i, con, gli, mi",
};

const POLISH: Words = Words {
    stop: "koniec, wypisz, rezygnuje, rezygnacja, anuluj, przestan, przestancie, usun",
    start: "zapisz, wznow",
    help: "pomoc",
    phrases: "zly numer, pomylka, nie pisz, nie piszcie, nie pisz do mnie, nie piszcie do mnie, dajcie \
        mi spokoj, zero reklam",
    polite: "prosze, dziekuje, dzieki, juz",
    around: "to",
    about: "sms, smsy, wiadomosci, mi, mnie, z, reklam",
};

const PORTUGUESE: Words = Words {
    stop: "parar, pare, cancelar, sair, remover, anular, descadastrar, desinscrever",
    start: "iniciar, comecar, retomar, inscrever",
    help: "ajuda",
    phrases: "numero errado, nao quero mensagens, nao enviem mensagens, chega de mensagens, nao me \
        contactem, me deixem em paz",
    polite: "por, favor, obrigado, obrigada, ola, ja, agora",
    around: "e, o, este",
    about: "sms, mensagens, mensagem, de, as, me",
};

const DUTCH: Words = Words {
    stop: "stoppen, afmelden, afmelding, uitschrijven, opzeggen, annuleren, einde",
    start: "aanmelden, inschrijven, hervatten",
    help: "hulp",
    phrases: "verkeerd nummer, geen sms meer, geen berichten meer, geen reclame, geen reclame meer, \
        laat me met rust",
    polite: "alsjeblieft, alstublieft, aub, svp, bedankt, nu",
    around: "dit, is, het",
    about: "sms, berichten, met, mij, me, reclame",
};

const ARABIC: Words = Words {
    stop: "توقف, ايقاف, اوقف, قف, الغاء, الغ",
    start: "ابدا, بدء, اشترك, اشتراك",
    help: "مساعدة",
    phrases: "رقم خطا, الرقم خطا, لا ترسل, لا ترسلوا, لا اريد رسايل",
    polite: "من, فضلك, رجاء, شكرا, الان",
    around: "هذا",
    about: "الرسايل, رسايل, ارسال, الاشتراك",
};

/// Words one typing error away from a keyword that mean something else.
pub(super) const OTHER: &str = "top, sop, stoop, stomp, strop, quiet, quite, quilt, qui, cancer, removed, remote, evoke, hat, \
    alt, halte, enden, sende, wende, barret, salto, alo, aja, pasta, hasta, asta, bata, pagar, \
    pasar, para, padre, parte, pares, sir, forma, firma, fermo, tal, wpisz, anmelden, anmeldung";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn lists(language: Language) -> [&'static str; 7] {
        let Words { stop, start, help, phrases, polite, around, about } = of(language);
        [stop, start, help, phrases, polite, around, about]
    }

    #[test]
    fn every_word_is_written_as_texts_are_folded() {
        let lists = Language::ALL.iter().flat_map(|language| lists(*language));
        for entry in lists.chain([OTHER]).flat_map(|list| list.split(", ")) {
            assert_eq!(fold::words(entry).join(" "), *entry);
        }
    }

    #[test]
    fn no_phrase_could_be_missed_for_the_politeness_in_it() {
        for words in Language::ALL.iter().map(|language| of(*language)) {
            for phrase in words.phrases.split(", ") {
                let lost = phrase
                    .split(' ')
                    .find(|word| has(words.polite, word) || has(words.around, word));
                assert_eq!(lost, None, "{phrase}");
            }
        }
    }

    #[test]
    fn every_other_word_would_be_taken_for_a_keyword() {
        for other in OTHER.split(", ") {
            let taken = Language::ALL.iter().flat_map(|language| of(*language).stop.split(", "));
            assert!(taken.into_iter().any(|stop| super::super::is_typo(stop, other)), "{other}");
        }
    }

    #[test]
    fn no_word_asks_for_two_things() {
        let all = |list: fn(&Words) -> &'static str| {
            Language::ALL.iter().flat_map(move |language| list(of(*language)).split(", "))
        };
        for stop in all(|words| words.stop) {
            assert!(
                all(|words| words.start).chain(all(|words| words.help)).all(|word| word != stop)
            );
            assert!(!has(OTHER, stop), "{stop}");
        }
    }
}
