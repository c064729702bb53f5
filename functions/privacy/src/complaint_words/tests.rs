use super::*;

#[test]
fn our_own_sentences_hold_no_markup() {
    for language in Language::ALL {
        let all = words(*language);
        let single = [all.about, all.send, all.privacy, all.wrong, all.ico];
        let fours = [all.fields, all.abouts, all.wrongs, all.done].concat();
        let twos = [all.title, all.gone, all.many].concat();
        for sentence in single.into_iter().chain(fours).chain(twos) {
            let clean = !sentence.is_empty() && !sentence.contains(['<', '>', '&', '"']);
            assert!(clean, "{sentence}");
        }
    }
}

#[test]
fn what_it_is_about_has_its_own_words() {
    assert_eq!(words(Language::English).named(About::Marketing), "Texts I did not want");
    assert_eq!(words(Language::English).named(About::Other), "Something else");
}
