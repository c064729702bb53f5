//! How a carrier of any shape proves that it is the one who calls.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use doorstep_domain::{carrier::Account, hear::Callback, webhook};

use super::{
    members::{At, ShapeError},
    template::Template,
};
use crate::carriers::proof::{base64, by_credential, by_hmac, hex};

/// What a request must carry.
#[derive(Debug, Clone)]
pub(super) enum Proof {
    /// User and password of basic authentication, as they stand in the URL that the carrier got.
    Basic(Template, Template),
    /// A header with a secret in it.
    Header(String, Template),
    /// A header with the HMAC-SHA256 of the body.
    Hmac {
        /// Its name, in lower case.
        header: String,
        /// What stands before the digest, such as `sha256=`.
        prefix: String,
        /// The key.
        secret: Template,
        /// Whether the digest is base64; hexadecimal otherwise.
        is_base64: bool,
    },
}

impl Proof {
    pub(super) fn read(at: At<'_>) -> Result<Self, ShapeError> {
        let at = at.object(&["basic", "header", "hmac_sha256"])?;
        let (basic, header, hmac) = (at.find("basic"), at.find("header"), at.find("hmac_sha256"));
        let field = |at: &At<'_>, name| Template::read_secret(&at.need(name)?);
        match (basic, header, hmac) {
            (Some(basic), None, None) => {
                let basic = basic.object(&["user", "password"])?;
                let user = Template::read(&basic.need("user")?)?;
                Ok(Self::Basic(user, field(&basic, "password")?))
            }
            (None, Some(header), None) => {
                let header = header.object(&["name", "value"])?;
                Ok(Self::Header(lower(&header, "name")?, field(&header, "value")?))
            }
            (None, None, Some(hmac)) => {
                let hmac = hmac.object(&["header", "prefix", "secret", "encoding"])?;
                let encodings = [("hex", false), ("base64", true)];
                let prefix = hmac.find("prefix").map(|at| at.text().map(str::to_owned));
                Ok(Self::Hmac {
                    header: lower(&hmac, "header")?,
                    prefix: prefix.transpose()?.unwrap_or_default(),
                    secret: field(&hmac, "secret")?,
                    is_base64: hmac.need("encoding")?.one_of(&encodings)?,
                })
            }
            _ => at.wrong("must have one of basic, header and hmac_sha256"),
        }
    }

    /// Which placeholders it has.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Basic(user, password) => user.names().chain(password.names()).collect(),
            Self::Header(_, value) => value.names().collect(),
            Self::Hmac { secret, .. } => secret.names().collect(),
        }
    }

    /// Whether it proves the URL too, and not the body alone.
    pub(super) const fn covers_url(&self) -> bool {
        matches!(self, Self::Basic(..) | Self::Header(..))
    }

    /// What proves the request, if it carries it.
    pub(super) fn of(&self, account: &Account, callback: &Callback<'_>) -> Option<webhook::Proof> {
        let fill = |template: &Template| {
            let filled = template.fill(&|name| account.expose(name).map(str::to_owned));
            filled.filter(|text| !text.is_empty())
        };
        let said = |name: &str| callback.header(name).unwrap_or_default();
        match self {
            Self::Basic(user, password) => {
                let pair = format!("{}:{}", fill(user)?, fill(password)?);
                let expected = format!("Basic {}", STANDARD.encode(pair));
                by_credential(&expected, said("authorization"), callback)
            }
            Self::Header(name, value) => by_credential(&fill(value)?, said(name), callback),
            Self::Hmac { header, prefix, secret, is_base64 } => {
                let tag = said(header).strip_prefix(prefix.as_str());
                let tag = tag.and_then(if *is_base64 { base64 } else { hex });
                by_hmac(hmac::HMAC_SHA256, fill(secret)?.as_bytes(), callback.body, tag)
            }
        }
    }
}

fn lower(at: &At<'_>, name: &str) -> Result<String, ShapeError> {
    at.need(name)?.text().map(str::to_ascii_lowercase)
}
