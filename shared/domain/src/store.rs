//! Stores and their settings.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    Mode,
    account::SealedAccount,
    cap::FrequencyCap,
    carrier::CarrierName,
    guard::{Budget, Exempt, Lever, Pause},
    health::Pin,
    id::StoreId,
    keys::RootUse,
    phone::Region,
    quiet::QuietHours,
    retention::Retention,
    seal::KeyVersion,
    template::fits_one_segment,
    text::locale::Locale,
};

/// What a store may set; unset inherits the deployment's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The shop's name, as texts say it.
    pub name: Option<String>,
    /// The shop's host, to which codes are bound.
    pub domain: Option<String>,
    /// Origins from which a publishable key is taken.
    pub origins: Option<Vec<String>>,
    /// Where a link may lead back to.
    pub return_urls: Option<Vec<String>>,
    /// The language of texts, BCP 47.
    pub locale: Option<String>,
    /// The country of national numbers.
    pub country: Option<Region>,
    /// Countries that texts may go to.
    pub allowed_countries: Option<BTreeSet<Region>>,
    /// Who texts come from.
    pub sender_id: Option<String>,
    /// Where shoppers may text to, E.164.
    pub inbound_number: Option<String>,
    /// The template of verification texts; the built-in texts when absent.
    pub otp_template: Option<String>,
    /// The template sent after a verification; nothing when absent.
    pub welcome_template: Option<String>,
    /// After how many seconds without a sender nothing more is taken; thirty when absent.
    pub busy_after_seconds: Option<u16>,
    /// After how many seconds an unconfirmed text becomes a call; never when absent.
    pub voice_after_seconds: Option<u16>,
    /// What consents may be asked for.
    pub purposes: Option<Vec<String>>,
    /// The words of consents, version and text.
    pub wordings: Option<Vec<(String, String)>>,
    /// Who relies on consents, by name; the shop alone when absent.
    pub controllers: Option<Vec<String>>,
    /// When no marketing goes out, in the recipient's time; [`QuietHours::USUAL`] when absent.
    pub quiet_hours: Option<QuietHours>,
    /// How much marketing one number gets; [`FrequencyCap::USUAL`] when absent.
    pub frequency_cap: Option<FrequencyCap>,
    /// Carriers that somebody pinned, by country.
    pub pins: Option<BTreeMap<Region, Pin>>,
    /// Rules that were changed for a while.
    pub levers: Option<Vec<Lever>>,
    /// Why nothing is sent, while nothing is, in each mode.
    pub pauses: Option<Vec<Pause>>,
    /// Who is never taken for an attacker.
    pub exempt: Option<Vec<Exempt>>,
    /// How much may be spent. A store does not inherit it: the deployment's is for all together.
    pub budgets: Option<Vec<Budget>>,
    /// A page for shoppers who need help.
    pub help_url: Option<String>,
    /// The shop's privacy notice.
    pub privacy_url: Option<String>,
    /// The shop's own labels, name and value.
    pub tags: Option<Vec<(String, String)>>,
    /// How long what is kept.
    pub retention: Option<Retention>,
}

impl Settings {
    /// These settings, with `defaults` where they are unset.
    #[must_use]
    pub fn or(&self, defaults: &Self) -> Self {
        macro_rules! inherit {
            ($($field:ident),+) => {
                Self {
                    inbound_number: self.inbound_number.clone(),
                    levers: together(self.levers.as_ref(), defaults.levers.as_ref()),
                    pauses: together(self.pauses.as_ref(), defaults.pauses.as_ref()),
                    exempt: together(self.exempt.as_ref(), defaults.exempt.as_ref()),
                    budgets: self.budgets.clone(),
                    retention: match (self.retention, defaults.retention) {
                        (Some(own), Some(defaults)) => Some(own.or(defaults)),
                        (own, defaults) => own.or(defaults),
                    },
                    $($field: self.$field.clone().or_else(|| defaults.$field.clone())),+
                }
            };
        }
        inherit!(
            name,
            domain,
            origins,
            return_urls,
            locale,
            country,
            allowed_countries,
            sender_id,
            otp_template,
            welcome_template,
            busy_after_seconds,
            voice_after_seconds,
            purposes,
            wordings,
            controllers,
            quiet_hours,
            frequency_cap,
            pins,
            help_url,
            privacy_url,
            tags
        )
    }

    /// The words of this version of a consent's wording.
    #[must_use]
    pub fn wording(&self, version: &str) -> Option<&str> {
        let wordings = self.wordings.as_ref()?;
        wordings.iter().find(|(name, _)| name == version).map(|(_, text)| text.as_str())
    }

    /// Who relies on the shop's consents, as shoppers were told.
    #[must_use]
    pub fn controllers(&self) -> Vec<String> {
        let shop = || self.name.iter().cloned().collect();
        self.controllers.clone().unwrap_or_else(shop)
    }

    /// Where to look for a text of this language, best first; without one, in the shop's own.
    #[must_use]
    pub fn fallbacks(&self, wanted: Option<&Locale>) -> Vec<Locale> {
        let shop: Option<Locale> = self.locale.as_ref().and_then(|tag| tag.parse().ok());
        let own = wanted.or(shop.as_ref()).map(|own| own.fallbacks(shop.as_ref()));
        own.or_else(|| Some("en".parse::<Locale>().ok()?.fallbacks(None))).unwrap_or_default()
    }

    /// Which settings are missing before a sign-up can be sent; see
    /// [`missing`](crate::route::missing) for all that is.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let needed = [("name", self.name.is_none()), ("domain", self.domain.is_none())];
        needed.into_iter().filter_map(|(name, missing)| missing.then_some(name)).collect()
    }

    /// Name and host for the verification text, when both are set.
    #[must_use]
    pub fn text_identity(&self) -> Option<(&str, &str)> {
        Some((self.name.as_deref()?, self.domain.as_deref()?))
    }

    /// Whether name and host, as far as they are set, leave the verification text in one segment.
    #[must_use]
    pub fn text_fits(&self) -> bool {
        let name = self.name.as_deref().unwrap_or_default();
        fits_one_segment(name, self.domain.as_deref().unwrap_or("shop.example"))
    }

    /// Whether a text may go there; GB alone unless the store says otherwise.
    #[must_use]
    pub fn allows(&self, region: Region) -> bool {
        match &self.allowed_countries {
            Some(allowed) => allowed.contains(&region),
            None => region == Region::GB,
        }
    }

    /// Why nothing is sent in this mode, if nothing is.
    #[must_use]
    pub fn pause(&self, mode: Mode) -> Option<&Pause> {
        self.pauses.iter().flatten().find(|pause| pause.scope == mode)
    }

    /// Whether a browser may call from this origin.
    #[must_use]
    pub fn has_origin(&self, origin: &str) -> bool {
        self.origins.as_ref().is_some_and(|origins| origins.iter().any(|o| o == origin))
    }
}

/// The store's own before the deployment's.
fn together<T: Clone>(own: Option<&Vec<T>>, defaults: Option<&Vec<T>>) -> Option<Vec<T>> {
    let all: Vec<_> = own.into_iter().chain(defaults).flatten().cloned().collect();
    (!all.is_empty()).then_some(all)
}

/// A root as the key service wrapped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedRoot {
    /// Test or live.
    pub mode: Mode,
    /// Personal data or codes.
    pub usage: RootUse,
    /// Its version, from 1.
    pub version: KeyVersion,
    /// The wrapped bytes.
    pub wrapped: Vec<u8>,
}

/// A store. `StoreId::from_bits(0)` is the deployment, whose settings are all stores' defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Its id.
    pub id: StoreId,
    /// What it set itself.
    pub own: Settings,
    /// What applies: its own settings and the defaults.
    pub settings: Settings,
    /// Its carrier accounts, and those of the deployment for carriers where it has none.
    pub accounts: BTreeMap<CarrierName, SealedAccount>,
    /// Its wrapped roots, all versions.
    pub roots: Vec<WrappedRoot>,
    /// The key version of its indexes.
    pub indexing: KeyVersion,
    /// When it was made.
    pub created_at: Timestamp,
    /// Goes up with each change.
    pub revision: u64,
}

impl Store {
    /// The pseudo-store that holds the defaults.
    pub const DEPLOYMENT: StoreId = StoreId::from_bits(0);

    /// The deployment before anybody set anything.
    #[must_use]
    pub fn nothing_set() -> Self {
        crate::open_store::blank(Self::DEPLOYMENT, Timestamp::UNIX_EPOCH)
    }

    /// The store with what the deployment has and it lacks itself.
    #[must_use]
    pub fn inheriting(mut self, deployment: &Self) -> Self {
        self.settings = self.own.or(&deployment.own);
        for (carrier, account) in &deployment.accounts {
            self.accounts.entry(*carrier).or_insert_with(|| account.clone());
        }
        self
    }

    /// The accounts of its own.
    pub fn own_accounts(&self) -> impl Iterator<Item = (CarrierName, &SealedAccount)> {
        let own = self.accounts.iter().filter(|(_, account)| account.owner == self.id);
        own.map(|(carrier, account)| (*carrier, account))
    }

    /// The wrapped roots for one use in one mode.
    pub fn roots(&self, mode: Mode, usage: RootUse) -> impl Iterator<Item = &WrappedRoot> {
        self.roots.iter().filter(move |root| root.mode == mode && root.usage == usage)
    }

    /// The newest version of the codes' root: what new attempts are pinned to.
    #[must_use]
    pub fn code_version(&self, mode: Mode) -> KeyVersion {
        let newest = self.roots(mode, RootUse::Codes).map(|root| root.version).max();
        newest.unwrap_or(KeyVersion(1))
    }
}

/// The answer of [`Stores::save`](crate::ports::Stores::save).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is written.
    Yes,
    /// It changed since it was read, or exists already.
    Conflict,
}
