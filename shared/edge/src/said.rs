//! What a store tells of a shopper's consent, as JSON.

use doorstep_domain::{
    consent::{Basis, Sale, Wording},
    said::{Said, SaleTold},
};

use crate::json::Object;

/// Reads one member of `consents`. How it was taken is told in lists alone: see [`listed`].
pub fn said(body: &mut Object) -> Said {
    Said {
        purpose: body.required_text("purpose", 64),
        channel: body.required_text("channel", 16),
        granted: body.boolean("granted").unwrap_or_else(|| {
            body.require("granted", true);
            false
        }),
        basis: body
            .parsed("basis", "\"consent\" or \"soft_opt_in\"", |basis| basis.parse().ok())
            .unwrap_or(Basis::Consent),
        wording_version: body.text("wording_version", 64),
        wording: body.text("wording", 2_000).map(Wording),
        occurred_at: body.time("occurred_at"),
        page_url: body.text("page_url", 256),
        sale: body.object("sale", |sale| Some(self::sale(sale))).flatten(),
        method: None,
    }
}

/// As [`said`], with `method`.
pub fn listed(body: &mut Object) -> Said {
    let method = body.text("method", 64);
    Said { method, ..said(body) }
}

fn sale(body: &mut Object) -> SaleTold {
    let kind = body.parsed("kind", "\"sale\" or \"negotiation\"", negotiation);
    body.require("kind", kind.is_none());
    let sale = Sale {
        negotiation: kind.unwrap_or_default(),
        reference: body.required_text("reference", 64),
    };
    let opt_out_offered = body.boolean("opt_out_offered").unwrap_or_default();
    SaleTold { sale, opt_out_offered }
}

/// Whether a kind of sale was negotiated only; `None` for what is no kind.
#[must_use]
pub fn negotiation(kind: &str) -> Option<bool> {
    match kind {
        "sale" => Some(false),
        "negotiation" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Said, Vec<String>> {
        let mut object = Object::parse(body.as_bytes()).unwrap();
        let said = said(&mut object);
        let pointers = |problem: crate::Problem| {
            problem.errors.into_iter().map(|it| it.pointer).collect::<Vec<_>>()
        };
        object.finish().map_err(pointers)?;
        Ok(said)
    }

    #[test]
    fn a_soft_opt_in_is_read_with_its_sale() {
        let said = read(
            r#"{"purpose":"offers","channel":"sms","granted":true,"basis":"soft_opt_in",
                "occurred_at":"2027-01-31T09:00:00+01:00",
                "sale":{"kind":"negotiation","reference":"basket-7","opt_out_offered":true}}"#,
        )
        .unwrap();
        let sale = said.sale.unwrap();
        assert!(sale.sale.negotiation && sale.opt_out_offered);
        assert_eq!(said.occurred_at.unwrap().to_string(), "2027-01-31T08:00:00Z");
    }

    #[test]
    fn what_is_missing_or_unknown_is_told() {
        assert_eq!(read("{}").unwrap_err(), ["/purpose", "/channel", "/granted"]);
        let sale = r#"{"purpose":"p","channel":"sms","granted":true,"method":"paper","sale":{}}"#;
        assert_eq!(read(sale).unwrap_err(), ["/sale/kind", "/sale/reference", "/method"]);
    }
}
