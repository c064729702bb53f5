use doorstep_domain::text::{
    keyword::{
        Keyword::{self, Help, Other, Start, Stop},
        classify,
    },
    locale::Language,
};
use proptest::prelude::*;

fn asks(cases: &[(&str, Keyword)], languages: &[Language]) {
    for (text, keyword) in cases {
        assert_eq!(classify(text, languages), *keyword, "{text:?}");
    }
}

#[test]
fn a_keyword_alone_is_understood_in_every_language() {
    let stops = "STOP, STOPALL, Unsubscribe, cancel, END, quit, OPT OUT, opt-out, optout, Revoke, \
        ARRÊT, arret, Désabonner, STOPP, abmelden, kündigen, BAJA, alto, parar, PARE, cancelar, \
        rimuovi, CANCELLA, disiscrivimi, stopio, canslo, dad-danysgrifio, wypisz, REZYGNUJĘ, usuń, \
        sair, remover, afmelden, uitschrijven, توقف, إيقاف, إلغاء, stop all, un subscribe";
    for text in stops.split(", ") {
        assert_eq!(classify(text, &[]), Stop, "{text}");
    }
    for text in
        "START, unstop, Subscribe, opt in, anmelden, ALTA, reprendre, dechrau, ابدأ".split(", ")
    {
        assert_eq!(classify(text, &[]), Start, "{text}");
    }
    for text in
        "HELP, info, Hilfe, AIDE, ayuda, aiuto, pomoc, ajuda, hulp, cymorth, مساعدة".split(", ")
    {
        assert_eq!(classify(text, &[]), Help, "{text}");
    }
}

#[test]
fn case_punctuation_spaces_and_pictures_do_not_matter() {
    asks(
        &[
            ("stop", Stop),
            ("  StOp!!! ", Stop),
            ("S.T.O.P.", Stop),
            ("s t o p", Stop),
            ("ST0P", Stop),
            ("\"STOP\"", Stop),
            ("STOP 🛑", Stop),
            ("ＳＴＯＰ", Stop),
            ("St\u{200b}op\n", Stop),
            ("«Arrêt»", Stop),
        ],
        &[],
    );
}

#[test]
fn politeness_does_not_hide_a_keyword() {
    asks(
        &[
            ("please stop", Stop),
            ("Please stop texting me", Stop),
            ("stop please, thank you", Stop),
            ("STOP sending me these messages", Stop),
            ("unsubscribe me pls", Stop),
            ("hi, please remove my number", Stop),
            ("stop it now", Stop),
            ("STOP STOP STOP!!!", Stop),
            ("stop. please please please stop sending me all these texts now, thank you", Stop),
            ("pls start", Start),
            ("please help me", Help),
            ("start my order", Other),
        ],
        &[],
    );
}

#[test]
fn what_people_say_to_a_wrong_sender_is_a_stop() {
    asks(
        &[
            ("wrong number", Stop),
            ("Sorry, you have the wrong number!", Stop),
            ("You've got the wrong number", Stop),
            ("don’t text me again", Stop),
            ("Do not contact me", Stop),
            ("no more texts please", Stop),
            ("leave me alone", Stop),
            ("take me off your list", Stop),
            ("delete my number", Stop),
        ],
        &[],
    );
}

#[test]
fn one_typing_error_does_not_hide_a_keyword() {
    asks(
        &[
            ("stpo", Stop),
            ("sotp", Stop),
            ("stopp", Stop),
            ("sttop", Stop),
            ("stp", Stop),
            ("stops", Stop),
            ("unsubscibe", Stop),
            ("unsubscrube", Stop),
            ("cancle", Stop),
            ("stop al", Other),
        ],
        &[],
    );
}

#[test]
fn another_word_is_not_taken_for_a_typing_error() {
    for text in [
        "shop",
        "step",
        "top",
        "quiet",
        "quite",
        "cancer",
        "spot",
        "and",
        "ned",
        "send",
        "stopwatch",
    ] {
        assert_eq!(classify(text, Language::ALL), Other, "{text}");
    }
    for text in ["wpisz", "pasta", "pagar", "para"] {
        assert_eq!(classify(text, Language::ALL), Other, "{text}");
    }
    assert_eq!(classify("anmelden", Language::ALL), Start, "one letter from abmelden");
    assert_eq!(classify("aanmelden", Language::ALL), Start);
}

#[test]
fn a_sentence_that_says_more_is_something_else() {
    asks(
        &[
            ("when does the shop stop taking orders?", Other),
            ("Please don't stop", Other),
            ("never stop", Other),
            ("cancel my order", Other),
            ("I want to cancel my order", Other),
            ("stop the delivery", Other),
            ("Where is the bus stop?", Other),
            ("the wrong number of socks arrived", Other),
            ("wrong number of items", Other),
            ("I ordered the wrong size", Other),
            ("is this the end of the sale", Other),
            ("is this the end?", Other),
            ("Qui ?", Other),
            ("¡Hasta!", Other),
            ("can you help me return these shoes", Other),
            ("I'd like to start a return", Other),
            ("stop or start", Other),
            ("ok", Other),
            ("thanks", Other),
            ("yes", Other),
            ("no", Other),
            ("?", Other),
            ("", Other),
            (" \n", Other),
            ("👍", Other),
            ("123456", Other),
            ("code 123456", Other),
            ("123 456", Other),
        ],
        Language::ALL,
    );
}

#[test]
fn the_shops_languages_are_understood_with_politeness_too() {
    use Language::{Arabic, Dutch, French, German, Italian, Polish, Portuguese, Spanish, Welsh};
    for (text, language) in [
        ("stopiwch os gwelwch yn dda", Welsh),
        ("Dim mwy!", Welsh),
        ("bitte abmelden", German),
        ("Falsche Nummer", German),
        ("keine Werbung mehr, danke", German),
        ("Arrêtez les SMS s'il vous plaît", French),
        ("mauvais numéro", French),
        ("por favor baja", Spanish),
        ("Número equivocado", Spanish),
        ("cancellami per favore", Italian),
        ("numero sbagliato", Italian),
        ("proszę wypisz mnie", Polish),
        ("zły numer", Polish),
        ("parar mensagens por favor", Portuguese),
        ("número errado", Portuguese),
        ("geen sms meer", Dutch),
        ("afmleden aub", Dutch),
        ("من فضلك توقف", Arabic),
        ("الرقم خطأ", Arabic),
    ] {
        assert_eq!(classify(text, &[language]), Stop, "{text}");
    }
    assert_eq!(classify("bitte abmelden", &[French]), Other, "a shop that speaks no German");
}

proptest! {
    #[test]
    fn any_text_may_come(text in any::<String>()) {
        let _ = classify(&text, Language::ALL);
    }

    #[test]
    fn stop_is_stop_however_it_is_written(
        upper in proptest::array::uniform4(any::<bool>()),
        between in proptest::array::uniform5("[ .,!?*_\"'\n\t-]{0,3}"),
    ) {
        let mut text = between[4].clone();
        for ((c, upper), between) in "stop".chars().zip(upper).zip(&between) {
            text.push(if upper { c.to_ascii_uppercase() } else { c });
            text.push_str(between);
        }
        prop_assert_eq!(classify(&text, &[]), Stop);
    }

    #[test]
    fn a_code_is_never_a_keyword(code in "[0-9]{6}") {
        prop_assert_eq!(classify(&code, Language::ALL), Other);
    }
}
