//! The receipts and inbound texts of a shape.

use std::collections::BTreeMap;

use doorstep_domain::{
    carrier::FailureClass,
    hear::{Callback, NotHeard},
    message::MessageStatus,
};
use serde_json::Value;

use super::{
    members::{At, ShapeError},
    plain,
    proof::Proof,
    request::classes,
};
use crate::carriers::proof::{form, get, json};

/// Where a request's values are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// In the form of the body, by name.
    Form,
    /// In the query, by name.
    Query,
    /// In the JSON of the body, by pointer.
    Json,
}

/// Where a value is: a name or a pointer.
pub(super) type Place = Option<String>;

/// How a carrier reports.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) source: Source,
    pub(super) proof: Proof,
    /// The carrier's id.
    pub(super) id: Place,
    /// Our reference.
    pub(super) message: Place,
    pub(super) status: String,
    pub(super) statuses: BTreeMap<String, MessageStatus>,
    pub(super) code: Place,
    /// By `status/code`, or by the code alone.
    classes: BTreeMap<String, FailureClass>,
    pub(super) price: Option<Price>,
}

/// Where a price is.
#[derive(Debug, Clone)]
pub(super) struct Price {
    pub(super) amount: String,
    /// A currency, ISO 4217, or where it is.
    pub(super) currency: String,
}

/// How a carrier hands over a shopper's text.
#[derive(Debug, Clone)]
pub(super) struct Inbound {
    pub(super) source: Source,
    pub(super) proof: Proof,
    pub(super) id: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) text: String,
}

type Read<T> = Result<T, ShapeError>;

impl Receipt {
    pub(super) fn read(at: At<'_>) -> Read<Self> {
        let known =
            ["source", "proof", "id", "message", "status", "statuses", "code", "classes", "price"];
        let at = at.object(&known)?;
        let source = Source::read(&at)?;
        let place = |name| at.find(name).map(|at| source.place(&at)).transpose();
        let statuses = [
            MessageStatus::Sent,
            MessageStatus::Unknown,
            MessageStatus::Delivered,
            MessageStatus::Undelivered,
            MessageStatus::Failed,
            MessageStatus::Expired,
        ]
        .map(|status| (status.as_str(), status));
        Ok(Self {
            source,
            proof: source.proof(&at)?,
            id: place("id")?,
            message: place("message")?,
            status: source.place(&at.need("status")?)?,
            statuses: at.need("statuses")?.table(|at| at.one_of(&statuses))?,
            code: place("code")?,
            classes: at.find("classes").map(|at| classes(&at)).transpose()?.unwrap_or_default(),
            price: at.find("price").map(|at| Price::read(at, source)).transpose()?,
        })
    }
}

impl Receipt {
    /// What a code means with this status.
    pub(super) fn class(&self, status: &str, code: &str) -> Option<FailureClass> {
        let both = self.classes.get(&format!("{status}/{code}"));
        both.or_else(|| self.classes.get(code)).copied()
    }
}

impl Price {
    fn read(at: At<'_>, source: Source) -> Read<Self> {
        let at = at.object(&["amount", "currency"])?;
        let currency = at.need("currency")?.text()?.to_owned();
        Ok(Self { amount: source.place(&at.need("amount")?)?, currency })
    }
}

impl Inbound {
    pub(super) fn read(at: At<'_>) -> Read<Self> {
        let at = at.object(&["source", "proof", "id", "from", "to", "text"])?;
        let source = Source::read(&at)?;
        let place = |name| source.place(&at.need(name)?);
        let proof = source.proof(&at)?;
        let (id, from) = (place("id")?, place("from")?);
        Ok(Self { source, proof, id, from, to: place("to")?, text: place("text")? })
    }
}

impl Source {
    fn read(at: &At<'_>) -> Read<Self> {
        let sources = [("form", Self::Form), ("query", Self::Query), ("json", Self::Json)];
        at.need("source")?.one_of(&sources)
    }

    /// The proof of what is said there.
    fn proof(self, at: &At<'_>) -> Read<Proof> {
        let proof = Proof::read(at.need("proof")?)?;
        match self {
            Self::Query if !proof.covers_url() => {
                at.need("proof")?.wrong("must be basic or header: the digest covers no query")
            }
            _ => Ok(proof),
        }
    }

    fn place(self, at: &At<'_>) -> Read<String> {
        match self {
            Self::Json => at.pointer(),
            Self::Form | Self::Query => at.text().map(str::to_owned),
        }
    }

    /// The request's values.
    ///
    /// # Errors
    /// When they should be JSON and are not.
    pub(super) fn values(self, callback: &Callback<'_>) -> Result<Values, NotHeard> {
        Ok(match self {
            Self::Form => Values::Pairs(form(callback.body)),
            Self::Query => Values::Pairs(callback.query.to_vec()),
            Self::Json => Values::Json(json(callback)?),
        })
    }
}

/// What a request says.
pub(super) enum Values {
    Pairs(Vec<(String, String)>),
    Json(Value),
}

impl Values {
    pub(super) fn get(&self, place: &str) -> Option<String> {
        match self {
            Self::Pairs(pairs) => get(pairs, place).map(str::to_owned),
            Self::Json(value) => value.pointer(place).and_then(plain),
        }
    }
}
