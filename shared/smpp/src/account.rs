//! Settings from an account as stores put it.

use std::num::NonZeroU32;

use doorstep_domain::carrier::Account;

use crate::{
    alphabet::Alphabet,
    ids::{Base, IdBase},
    settings::{Endpoint, LongMessage, Password, Roots, Settings, SettingsError},
    source::Source,
};

const ALPHABETS: [(&str, Alphabet); 5] = [
    ("gsm7", Alphabet::Gsm7),
    ("ascii", Alphabet::Ascii),
    ("latin1", Alphabet::Latin1),
    ("latin1-named", Alphabet::Latin1Named),
    ("ucs2", Alphabet::Ucs2),
];
const BASES: [(&str, Base); 3] =
    [("as-is", Base::AsIs), ("decimal", Base::Decimal), ("hex", Base::Hex)];
const LONG: [(&str, LongMessage); 3] =
    [("udh", LongMessage::Udh), ("sar", LongMessage::Sar), ("payload", LongMessage::Payload)];

const PEM: (&str, &str) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----");

impl Settings {
    /// Reads an account: its id is the `system_id`, its fields are those of
    /// [`fields`](doorstep_domain::carrier::fields). What it does not say is as in
    /// [`Settings::new`].
    ///
    /// # Errors
    /// [`SettingsError::Field`] with the name of the first field that does not fit.
    pub fn of(account: &Account, endpoint: Endpoint) -> Result<Self, SettingsError> {
        let needed = |name| account.expose(name).ok_or(SettingsError::Field(name));
        let password = Password::new(needed("password")?.to_owned());
        let source = Source::parse(needed("from")?).map_err(|_| SettingsError::Field("from"))?;
        let usual = Self::new(endpoint, account.id.clone(), password, source);
        Ok(Self {
            system_type: account.expose("system_type").unwrap_or_default().to_owned(),
            alphabet: chosen(account, "alphabet", &ALPHABETS)?,
            ids: IdBase {
                response: chosen(account, "response_ids", &BASES)?,
                receipt: chosen(account, "receipt_ids", &BASES)?,
            },
            long: chosen(account, "long", &LONG)?,
            window: number(account, "window")?.unwrap_or(usual.window),
            rate: number(account, "rate")?.unwrap_or(usual.rate),
            roots: account.expose("ca_pem").map_or(Roots::Public, |pem| Roots::Pem(lines(pem))),
            ..usual
        })
    }

    /// One of so many processes that share the contract's window and rate.
    #[must_use]
    pub fn shared_by(self, processes: NonZeroU32) -> Self {
        let share =
            |all: NonZeroU32| NonZeroU32::new(all.get() / processes).unwrap_or(NonZeroU32::MIN);
        Self { window: share(self.window), rate: share(self.rate), ..self }
    }
}

fn chosen<T: Copy + Default>(
    account: &Account,
    name: &'static str,
    choices: &[(&str, T)],
) -> Result<T, SettingsError> {
    let Some(word) = account.expose(name) else { return Ok(T::default()) };
    let found = choices.iter().find(|(known, _)| *known == word);
    found.map(|(_, choice)| *choice).ok_or(SettingsError::Field(name))
}

fn number(account: &Account, name: &'static str) -> Result<Option<NonZeroU32>, SettingsError> {
    let number = account.expose(name).map(str::parse).transpose();
    number.map_err(|_| SettingsError::Field(name))
}

/// Certificates with the line breaks that PEM wants and JSON members here have not.
fn lines(pem: &str) -> String {
    let mut lines = String::new();
    for certificate in pem.split(PEM.1) {
        let Some((_, body)) = certificate.split_once(PEM.0) else { continue };
        let body: String = body.split_whitespace().collect();
        lines.extend([PEM.0, "\n", &body, "\n", PEM.1, "\n"]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use doorstep_domain::{
        carrier::{CarrierName, Values, fields},
        store::Store,
    };
    use proptest::prelude::*;

    use super::*;

    fn of(told: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let needed = [("password", "secret"), ("from", "Teashop")];
        let all = needed.iter().chain(told).map(|(name, value)| ((*name).into(), (*value).into()));
        let fields: BTreeMap<String, String> = all.collect();
        let account =
            Account::new(CarrierName::Smpp, "teashop".to_owned(), Store::DEPLOYMENT, fields);
        Settings::of(&account, Endpoint::parse("smpps://smsc.example").unwrap())
    }

    #[test]
    fn an_account_says_who_we_are_and_the_rest_is_usual() {
        let settings = of(&[]).unwrap();
        assert_eq!(
            (settings.system_id.as_str(), settings.password.expose()),
            ("teashop", "secret")
        );
        assert_eq!((settings.window.get(), settings.rate.get()), (10, 30));
        assert_eq!((settings.alphabet, settings.roots), (Alphabet::Gsm7, Roots::Public));
    }

    /// What `PUT /carriers/smpp` takes is what is understood here, word by word.
    #[test]
    fn every_word_that_an_account_may_have_is_understood() {
        for field in fields(CarrierName::Smpp) {
            let Values::OneOf(words) = field.values else { continue };
            let understood: Vec<_> = words.iter().map(|word| of(&[(field.name, word)])).collect();
            for (at, settings) in understood.iter().enumerate() {
                assert!(settings.is_ok() && !understood[..at].contains(settings), "{}", words[at]);
            }
            assert_eq!(of(&[(field.name, "other")]), Err(SettingsError::Field(field.name)));
        }
    }

    #[test]
    fn numbers_are_shared_and_never_nothing() {
        let shared = of(&[("window", "5"), ("rate", "1")]).unwrap();
        let shared = shared.shared_by(NonZeroU32::new(2).unwrap());
        assert_eq!((shared.window.get(), shared.rate.get()), (2, 1));
        assert_eq!(of(&[("rate", "0")]), Err(SettingsError::Field("rate")));
    }

    #[test]
    fn certificates_may_come_in_one_line() {
        let certificate = |body: &str| format!("{}\n{body}\n{}\n", PEM.0, PEM.1);
        let two = certificate("TUlJ") + &certificate("QUJD");
        for told in [two.clone(), two.replace('\n', ""), two.replace('\n', " ")] {
            assert_eq!(of(&[("ca_pem", &told)]).unwrap().roots, Roots::Pem(two.clone()));
        }
    }

    proptest! {
        #[test]
        fn a_sender_that_is_put_can_be_sent_from(text in "\\+?[0-9]{0,17}|[ -~é]{0,13}") {
            let from = fields(CarrierName::Smpp).iter().find(|field| field.name == "from").unwrap();
            prop_assert_eq!(from.refuses(&text).is_none(), Source::parse(&text).is_ok());
        }
    }
}
