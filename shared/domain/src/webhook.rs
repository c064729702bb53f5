//! A carrier's request: whose it is, whether it is proven, and whether it was used elsewhere.

use std::{fmt::Write, sync::Arc};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;

use crate::{
    Fault, Mode,
    account::{self, Unique},
    carrier::{Account, CarrierName},
    hear::{Callback, Document, Heard, NotHeard},
    keys::DataKeys,
    message::AccountRef,
    ports::{Claims, Hearing, KeyRing, Proofs, Stores},
    seal::framed,
};

/// What a request proves itself by, as a hash: the same proof, the same hash, wherever it is sent
/// and whatever else stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Proof(String);

impl Proof {
    /// The hash of what was verified: a signature or a credential, and what it was good for.
    #[must_use]
    pub fn of(tag: &[u8], verified: &[&[u8]]) -> Self {
        let parts = [&[tag], verified].concat();
        let mut hex = String::new();
        for byte in digest(&SHA256, &framed(b"doorstep/proof/2", &parts)).as_ref() {
            write!(hex, "{byte:02x}").expect("a String takes all");
        }
        Self(hex)
    }

    /// In hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a proven request says, and what proved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved<T> {
    /// What was verified, and nothing else of the request.
    pub proof: Proof,
    /// What it says.
    pub says: T,
}

/// To which account a request says it belongs.
#[derive(Debug, Clone, Copy)]
pub struct Addressed<'a> {
    /// Which carrier; any when the request names the account alone.
    pub carrier: Option<CarrierName>,
    /// The carrier's own name of the account.
    pub account: &'a str,
}

/// A request that is proven under its account's secret, and used nowhere else.
#[derive(Debug)]
pub struct Proven {
    /// The account.
    pub account: Arc<Account>,
    /// The keys of its owner.
    pub keys: Arc<DataKeys>,
    /// What the request says.
    pub heard: Vec<Heard>,
    /// What to read out at once, when a key was pressed in a call.
    pub read_out: Option<Document>,
    /// When it first came.
    pub at: Timestamp,
}

/// Why a request is refused. Nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no such account, or the request is not proven under its secret.
    #[error("unproven")]
    Unproven,
    /// It is proven, and not what this carrier sends.
    #[error("malformed")]
    Malformed,
    /// It was good for another account before.
    #[error("used elsewhere")]
    Elsewhere,
    /// A port is broken.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<NotHeard> for Refused {
    fn from(why: NotHeard) -> Self {
        match why {
            NotHeard::Unproven => Self::Unproven,
            NotHeard::Malformed => Self::Malformed,
        }
    }
}

/// Proves a request and reads it.
///
/// # Errors
/// See [`Refused`].
pub async fn prove(
    ports: &(impl Stores + Claims + Proofs),
    ring: &impl KeyRing,
    ears: &impl Hearing,
    (to, callback): (Addressed<'_>, &Callback<'_>),
) -> Result<Proven, Refused> {
    let (account, keys) = addressee(ports, ring, to).await?.ok_or(Refused::Unproven)?;
    let pressed = ears.pressed(&account, callback)?;
    let (proof, heard, read_out) = if let Some(Proved { proof, says }) = pressed {
        (proof, Vec::new(), Some(says))
    } else {
        let Proved { proof, says } = ears.hear(&account, callback)?;
        (proof, says, None)
    };
    let name = AccountRef::new(account.carrier, Some(&account.id));
    let first = ports.remember(&proof, &name, callback.now).await?;
    let at = first.ok_or(Refused::Elsewhere)?;
    Ok(Proven { account, keys, heard, read_out, at })
}

/// The account that a request is for, opened with its owner's keys.
async fn addressee(
    ports: &(impl Stores + Claims),
    ring: &impl KeyRing,
    to: Addressed<'_>,
) -> Result<Option<(Arc<Account>, Arc<DataKeys>)>, Fault> {
    let Some(holder) = ports.holder(&Unique::Account(to.account.to_owned())).await? else {
        return Ok(None);
    };
    let Some(carrier) = holder.carrier.filter(|known| to.carrier.is_none_or(|c| c == *known))
    else {
        return Ok(None);
    };
    let Some(owner) = Stores::find(ports, holder.store).await? else { return Ok(None) };
    let Some(account) = account::open(ports, ring, &owner, carrier).await? else {
        return Ok(None);
    };
    if account.id != to.account || account.owner != holder.store {
        return Ok(None);
    }
    Ok(Some((account, ring.data(&owner, Mode::Live).await?)))
}
