//! What a deployment says about its SMPP carrier.

use std::num::NonZeroU32;

use jiff::SignedDuration;

/// Where the carrier is, and how it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmppConfig {
    /// `SMPP_URL`: `smpps://host:port`; without TLS, `smpp://`, on the local stage alone.
    pub url: String,
    /// `SMPP_TRANSMITTERS`: how many senders share the carrier's window and rate; default 1.
    pub transmitters: NonZeroU32,
    /// `SMPP_HOLD_SECONDS`: how long receivers stay bound; default 60.
    pub hold: SignedDuration,
}

impl Default for SmppConfig {
    fn default() -> Self {
        let hold = SignedDuration::from_secs(60);
        Self { url: String::new(), transmitters: NonZeroU32::MIN, hold }
    }
}

impl SmppConfig {
    pub(super) fn from(
        get: impl Fn(&str) -> Option<String>,
        local: bool,
        troubles: &mut Vec<String>,
    ) -> Self {
        let url = get("SMPP_URL").unwrap_or_default();
        if !local && !url.is_empty() && !url.starts_with("smpps://") {
            let why = "SMPP_URL must begin with smpps://: passwords and codes go there.";
            troubles.push(why.to_owned());
        }
        let mut number = |name: &str| {
            let number = get(name)?.parse::<NonZeroU32>();
            if number.is_err() {
                troubles.push(format!("{name} must be a whole number above 0."));
            }
            number.ok()
        };
        let (usual, hold) = (Self::default(), number("SMPP_HOLD_SECONDS"));
        Self {
            url,
            transmitters: number("SMPP_TRANSMITTERS").unwrap_or(usual.transmitters),
            hold: hold.map_or(usual.hold, |hold| SignedDuration::from_secs(hold.get().into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(local: bool, told: &[(&str, &str)]) -> (SmppConfig, Vec<String>) {
        let get = |name: &str| {
            told.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut troubles = Vec::new();
        (SmppConfig::from(get, local, &mut troubles), troubles)
    }

    #[test]
    fn passwords_never_go_out_in_clear_from_a_deployment() {
        let clear = [("SMPP_URL", "smpp://smsc.example")];
        assert_eq!(read(false, &clear).1.len(), 1);
        assert_eq!(read(true, &clear).1.len(), 0);
        assert_eq!(read(false, &[("SMPP_URL", "smpps://smsc.example")]).1.len(), 0);
        assert_eq!(read(false, &[]), (SmppConfig::default(), Vec::new()));
    }

    #[test]
    fn a_number_that_is_none_is_told() {
        let told = [("SMPP_TRANSMITTERS", "0"), ("SMPP_HOLD_SECONDS", "long")];
        assert_eq!(read(true, &told).1.len(), 2);
    }
}
