//! One form for a message's id, though a carrier may write it twice differently.

/// How a carrier writes a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Base {
    /// The id is opaque: compared as it stands.
    #[default]
    AsIs,
    /// A decimal number, perhaps with leading zeros.
    Decimal,
    /// A hexadecimal number, in either case, perhaps with leading zeros.
    Hex,
}

/// How a carrier writes message ids: in its answer to a submit, and in the receipt. Where they
/// differ, usually hexadecimal first and decimal then, both become decimal without leading zeros.
/// An id that is no number in its base, such as a UUID, stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IdBase {
    /// In `submit_sm_resp`.
    pub response: Base,
    /// In the receipt.
    pub receipt: Base,
}

impl IdBase {
    /// The id of an answer in the form that receipts are compared in.
    #[must_use]
    pub fn of_response(self, id: &str) -> String {
        number(self.response, id).unwrap_or_else(|| id.trim().to_owned())
    }

    /// The id of a receipt in the same form. Some carriers write its text in one base and its TLV
    /// in the answer's: what is no number in the first is tried in the second.
    #[must_use]
    pub fn of_receipt(self, id: &str) -> String {
        number(self.receipt, id)
            .or_else(|| number(self.response, id))
            .unwrap_or_else(|| id.trim().to_owned())
    }
}

fn number(base: Base, id: &str) -> Option<String> {
    let id = id.trim();
    let radix = match base {
        Base::AsIs => return None,
        Base::Decimal => 10,
        Base::Hex => 16,
    };
    let digits = id.chars().all(|c| c.is_digit(radix));
    digits.then(|| u128::from_str_radix(id, radix).ok()).flatten().map(|n| n.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASES: [Base; 3] = [Base::AsIs, Base::Decimal, Base::Hex];

    fn written(base: Base, n: u64, pad: usize) -> String {
        match base {
            Base::Hex => format!("{n:0pad$X}"),
            Base::AsIs | Base::Decimal => format!("{n:0pad$}"),
        }
    }

    proptest! {
        #[test]
        fn an_answer_and_its_receipt_have_one_id(n: u64, pad in 0_usize..24, from in 1_usize..3, to in 1_usize..3) {
            let ids = IdBase { response: BASES[from], receipt: BASES[to] };
            let (answer, receipt) = (written(BASES[from], n, 0), written(BASES[to], n, pad));
            prop_assert_eq!(ids.of_response(&answer), ids.of_receipt(&receipt));
            prop_assert_eq!(ids.of_response(&answer), n.to_string());
        }

        #[test]
        fn no_id_panics(id in "\\PC{0,70}", from in 0_usize..3, to in 0_usize..3) {
            let ids = IdBase { response: BASES[from], receipt: BASES[to] };
            prop_assert_eq!(ids.of_response(&id).contains(char::is_whitespace), id.trim().contains(char::is_whitespace));
            let _ = ids.of_receipt(&id);
        }
    }

    #[test]
    fn an_opaque_id_stays_as_it_is() {
        let uuid = "4f1c2d3e-aa11-4b22-9c33-1234567890ab";
        let ids = IdBase { response: Base::Hex, receipt: Base::Decimal };
        assert_eq!(
            (ids.of_response(uuid), ids.of_receipt(uuid)),
            (uuid.to_owned(), uuid.to_owned())
        );
        assert_eq!(IdBase::default().of_response("0012"), "0012");
        assert_eq!(IdBase::default().of_receipt(""), "");
    }

    #[test]
    fn a_tlv_in_the_base_of_the_answer_is_understood() {
        let ids = IdBase { response: Base::Hex, receipt: Base::Decimal };
        assert_eq!(ids.of_receipt("1a2b"), ids.of_response("1A2B"));
    }
}
