//! What a carrier's `command_status` means for us (SMPP 3.4, table 5-2).

use doorstep_domain::carrier::{FailureClass, Outcome};

/// The failure's class. Statuses that a vendor made up are [`FailureClass::Unknown`].
#[must_use]
pub const fn class(status: u32) -> FailureClass {
    match status {
        // RINVDSTADR, and the type or plan of a destination that is always international.
        0x0B | 0x50 | 0x51 => FailureClass::BadNumber,
        // RMSGQFUL, RTHROTTLED.
        0x14 | 0x58 => FailureClass::Throttled,
        // RALYBND (a link that the carrier has not missed yet), RSYSERR, RSUBMITFAIL, RX_T_APPN.
        0x05 | 0x08 | 0x45 | 0x64 => FailureClass::CarrierDown,
        // Lengths and commands (01 to 04), fields that our settings fill (06, 07, 40 to 44, 48, 49),
        // RINVSRCADR, RBINDFAIL, RINVPASWD, RINVSYSID, RINVSYSTYP, RINVSCHED, RINVEXPIRY, TLVs.
        0x01..=0x04
        | 0x06
        | 0x07
        | 0x0A
        | 0x0D..=0x0F
        | 0x40..=0x44
        | 0x48
        | 0x49
        | 0x53
        | 0x61
        | 0x62
        | 0xC0..=0xC4 => FailureClass::Configuration,
        _ => FailureClass::Unknown,
    }
}

/// Why a submit or a bind came to nothing, and the code that tells it in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) class: FailureClass,
    pub(crate) code: String,
}

impl Failure {
    pub(crate) fn new(class: FailureClass, code: &str) -> Self {
        Self { class, code: code.to_owned() }
    }

    /// What the carrier said.
    pub(crate) fn status(status: u32) -> Self {
        Self { class: class(status), code: format!("0x{status:08x}") }
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failed { class: failure.class, code: failure.code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_class() {
        for (status, expected) in [
            (0x0B, FailureClass::BadNumber),
            (0x0A, FailureClass::Configuration),
            (0x0D, FailureClass::Configuration),
            (0x0E, FailureClass::Configuration),
            (0x0F, FailureClass::Configuration),
            (0x45, FailureClass::CarrierDown),
            (0x05, FailureClass::CarrierDown),
            (0x08, FailureClass::CarrierDown),
            (0x14, FailureClass::Throttled),
            (0x58, FailureClass::Throttled),
            (0x48, FailureClass::Configuration),
            (0x62, FailureClass::Configuration),
            (0xFF, FailureClass::Unknown),
            (0x400, FailureClass::Unknown),
        ] {
            assert_eq!(class(status), expected, "0x{status:02x}");
        }
    }

    #[test]
    fn a_code_is_the_status_in_eight_digits() {
        assert_eq!(Failure::status(0x58).code, "0x00000058");
    }
}
