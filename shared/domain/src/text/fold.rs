//! Words as they are compared.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The words of a text in lower case, without accents, punctuation and apostrophes: `Arrêtez, s'il
/// te plaît!` becomes `arretez`, `sil`, `te`, `plait`.
pub(crate) fn words(text: &str) -> Vec<String> {
    let folded: String = text
        .nfkd()
        .filter(|c| !is_combining_mark(*c) && !matches!(c, '\'' | '’' | '‘' | 'ʼ'))
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'ł' => 'l',
            c if c.is_alphanumeric() => c,
            _ => ' ',
        })
        .collect();
    folded.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
