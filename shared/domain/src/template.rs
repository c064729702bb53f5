//! The text that carries a code.

use crate::{code::Code, gsm7};

/// The built-in verification text. Its last line binds the code to the shop's origin, as
/// WICG's "Origin-bound one-time codes" asks: `@host #code`, one space, nothing before.
#[must_use]
pub fn verification_text(store_name: &str, host: &str, code: &Code) -> String {
    let code = code.expose();
    format!("{code} is your {store_name} code. It is valid for 10 minutes.\n\n@{host} #{code}")
}

/// Whether a store's name and host leave the verification text in one GSM-7 segment.
#[must_use]
pub fn fits_one_segment(store_name: &str, host: &str) -> bool {
    let Some(code) = Code::parse("000000") else {
        return false;
    };
    let size = gsm7::measure(&verification_text(store_name, host, &code));
    size == gsm7::Size { encoding: gsm7::Encoding::Gsm7, segments: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_ends_with_the_webotp_line() {
        let code = Code::parse("012345").unwrap();
        insta::assert_snapshot!(verification_text("Corner Shop", "shop.example", &code), @"
        012345 is your Corner Shop code. It is valid for 10 minutes.

        @shop.example #012345
        ");
    }

    #[test]
    fn a_name_that_would_cost_a_second_segment_does_not_fit() {
        assert!(fits_one_segment("Café Été", "shop.example"));
        assert!(!fits_one_segment("Siop Tŷ", "shop.example"), "UCS-2");
        assert!(!fits_one_segment(&"n".repeat(100), "shop.example"), "two segments");
    }
}
