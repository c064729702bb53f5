//! Vonage's signatures of parameters, as its Python SDK makes them (`Auth.sign_params`):
//! `&name=value` for each, by name, with `&` and `=` in values replaced by `_`, under HMAC.
//!
//! The plain MD5 hash is no signature, and HMAC-MD5 is not what a new account should choose: an
//! account has to be set to SHA-1, SHA-256 or SHA-512 in Vonage's dashboard.

use aws_lc_rs::hmac;
use doorstep_domain::{carrier::Account, webhook::Proof};

use crate::carriers::proof::{Pairs, by_hmac, hex, to_hex};

/// How an account signs.
pub(super) struct Method<'a> {
    algorithm: hmac::Algorithm,
    secret: &'a str,
}

impl<'a> Method<'a> {
    /// The account's `signature_method` (`sha256` by default) under its `signature_secret`;
    /// `None` without a secret, and for `md5`, `md5hash` or anything else.
    pub(super) fn of(account: &'a Account) -> Option<Self> {
        let algorithm = match account.expose("signature_method").unwrap_or("sha256") {
            "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => hmac::HMAC_SHA256,
            "sha512" => hmac::HMAC_SHA512,
            _ => return None,
        };
        account.expose("signature_secret").map(|secret| Self { algorithm, secret })
    }

    /// The signature of these parameters.
    pub(super) fn sign(&self, parameters: &[(String, String)]) -> String {
        let key = hmac::Key::new(self.algorithm, self.secret.as_bytes());
        to_hex(hmac::sign(&key, data(parameters).as_bytes()).as_ref())
    }

    /// The proof that the parameter `sig` is the signature of the others.
    pub(super) fn proof(&self, parameters: &Pairs) -> Option<Proof> {
        let (sig, rest): (Pairs, Pairs) =
            parameters.iter().cloned().partition(|(name, _)| name == "sig");
        let [(_, sig)] = &sig[..] else { return None };
        by_hmac(self.algorithm, self.secret.as_bytes(), data(&rest).as_bytes(), hex(sig))
    }
}

fn data(parameters: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    sorted.iter().fold(String::new(), |data, (name, value)| {
        data + "&" + name + "=" + &value.replace(['&', '='], "_")
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use doorstep_domain::{carrier::CarrierName, id::StoreId};

    use super::*;

    fn account(method: &str) -> Account {
        let fields = [("signature_method", method), ("signature_secret", "secret")];
        let fields: BTreeMap<_, _> =
            fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Account::new(CarrierName::Vonage, "key".to_owned(), StoreId::from_bits(7), fields)
    }

    fn parameters(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// The vectors of Vonage's Python SDK, `tests/test_signature.py`.
    #[test]
    fn vonages_own_vectors_are_reproduced() {
        let pairs = parameters(&[("timestamp", "1461605396"), ("b", "2"), ("a", "1")]);
        for (method, signature) in [
            ("sha1", "3e19a4e6880fdc2c1426bfd0587c98b9532f0210"),
            ("sha256", "a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24"),
            (
                "sha512",
                "812a18f76680fa0fe1b8bd9ee1625466ceb1bd96242e4d050d2cfd9a7b40166c\
                 63ed26ec9702168781b6edcf1633db8ff95af9341701004eec3fcf9550572ee8",
            ),
        ] {
            let account = account(method);
            let method = Method::of(&account).unwrap();
            assert_eq!(method.sign(&pairs), signature);
            let upper = signature.to_uppercase();
            for sig in [signature, &upper] {
                let signed = [&pairs[..], &parameters(&[("sig", sig)])].concat();
                assert!(method.proof(&signed).is_some());
            }
        }
    }

    #[test]
    fn md5_is_refused() {
        for method in ["md5", "md5hash", "none", ""] {
            assert!(Method::of(&account(method)).is_none(), "{method}");
        }
    }

    #[test]
    fn whatever_is_changed_is_not_signed() {
        let account = account("sha256");
        let method = Method::of(&account).unwrap();
        let pairs = parameters(&[("a", "1"), ("b", "x&y=z")]);
        let sig = method.sign(&pairs);
        let with = |more: &[(&str, &str)]| [&pairs[..], &parameters(more)].concat();
        assert!(method.proof(&with(&[("sig", &sig)])).is_some());
        assert_eq!(method.proof(&with(&[("sig", &sig), ("c", "3")])), None);
        assert_eq!(method.proof(&with(&[("sig", &sig), ("sig", &sig)])), None);
        assert_eq!(method.proof(&with(&[("sig", "")])), None);
        assert_eq!(method.proof(&pairs), None);
    }
}
