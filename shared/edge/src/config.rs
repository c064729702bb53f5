//! Configuration: read once, all errors at once.

mod smpp;
mod turnstile;

use std::fmt;

use doorstep_domain::{carrier::CarrierName, money::Money, price::Rates, route::Lane};
use jiff::SignedDuration;

pub use smpp::SmppConfig;
pub use turnstile::Widget;

use crate::front::Front;

/// The one region where functions start.
const REGION: &str = "eu-west-2";

/// Whether calls must come by the firewall: `ORIGIN_DIGEST`, for every function that is called.
///
/// # Errors
/// See [`Front::read`].
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub(crate) fn front() -> Result<Front, &'static str> {
    Front::read(std::env::var("ORIGIN_DIGEST").ok().as_deref())
}

/// What the environment says. Each function reads all of it and uses what it needs; the template
/// gives each one only that.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `STAGE`: local, staging or production.
    pub stage: String,
    /// `VERSION`: the deployed version; default `dev`.
    pub version: String,
    /// `STATE_TABLE`: the table whose stream is the outbox.
    pub state_table: String,
    /// `EVIDENCE_TABLE`: consent ledger, wordings, audit log and its chain.
    pub evidence_table: String,
    /// `KEY_ID`: the KMS key.
    pub key_id: String,
    /// `TOPIC_ARN`: where `relay` publishes.
    pub topic_arn: String,
    /// `QUEUE_URL`: the queue that a sender reads from; for `stores` Twilio's, as the others are
    /// beside it.
    pub queue_url: String,
    /// `DLQ_URL`: where that queue's unreadable messages go.
    pub dlq_url: String,
    /// `PUBLIC_URL`: where carriers find the API, without a slash at the end; without it, the host
    /// that was called.
    pub public_url: Option<String>,
    /// `RECEIPTS_QUEUE_URL`: where the sandbox sends its receipts, and `webhooks` what it hears.
    pub receipts_queue_url: String,
    /// `RECEIPTS_DLQ_URL`: where what nobody could handle of that queue lies.
    pub receipts_dlq_url: String,
    /// `CARRIER`: the carrier that a sender is deployed for.
    pub carrier: Option<CarrierName>,
    /// `LIVE_ROUTE`: the carriers of live mode, comma between, each with its points at rest, as in
    /// `eum:50,twilio:0`: shares of the traffic, and 0 stands by for failover. Without points it
    /// has 50. Default `eum`.
    pub live_route: Vec<Lane>,
    /// `RECEIPT_WAIT_SECONDS`: how long a carrier may be silent before the next one is asked;
    /// default 10.
    pub receipt_wait: SignedDuration,
    /// `TWILIO_BASE_URL`, `VONAGE_BASE_URL`, `HTTP_CARRIER_URL`: where these carriers are; https,
    /// but on the local stage.
    pub base_urls: BaseUrls,
    /// `SNS_SENDER_ID`: the sender id for SNS.
    pub sns_sender_id: Option<String>,
    /// `EUM_ORIGINATION`: number, sender id or pool for End User Messaging.
    pub eum_origination: Option<String>,
    /// `EUM_VOICE_ORIGINATION`: number that End User Messaging calls from. It cannot wait for a
    /// keypress, so that a mailbox may record a code: it calls only where this is set.
    pub eum_voice_origination: Option<String>,
    /// `EUM_CONFIGURATION_SET`: where End User Messaging reports events.
    pub eum_configuration_set: Option<String>,
    /// `MAX_PRICE_USD`: the most that one text may cost.
    pub max_price_usd: Option<String>,
    /// `EUM_ENDPOINT_URL`: another endpoint; the local stage alone may have one.
    pub eum_endpoint_url: Option<String>,
    /// `SMPP_URL` and what else is said of SMPP.
    pub smpp: SmppConfig,
    /// `GBP_PER_USD`, `GBP_PER_EUR`: pounds for a dollar, and for a euro; default 0.80 and 0.88.
    pub rates: Rates,
    /// `TURNSTILE_SITE_KEY` and what else is said of Turnstile.
    pub turnstile: Option<Widget>,
    /// `BUCKET`: where signed heads of the audit chain are.
    pub bucket: String,
    /// `OPERATOR_SECRET`: the secret that takes the first operator key.
    pub operator_secret: String,
}

/// Where carriers are; the usual places when absent.
#[derive(Debug, Clone, Default)]
pub struct BaseUrls {
    /// Twilio's API.
    pub twilio: Option<String>,
    /// Vonage's SMS API.
    pub vonage: Option<String>,
    /// The one carrier that accounts may describe by a shape.
    pub http: Option<String>,
}

/// What is wrong with the environment: every trouble, one a line.
#[derive(PartialEq, Eq)]
pub struct BadConfig(Vec<String>);

impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl fmt::Debug for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BadConfig {}

impl Config {
    /// Reads the process's environment; `needs` names the variables that must be there.
    ///
    /// # Errors
    /// Every trouble at once; a region other than eu-west-2 is one.
    #[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
    pub fn read(needs: &[&str]) -> Result<Self, BadConfig> {
        Self::from(needs, |name| std::env::var(name).ok())
    }

    /// The carriers that nothing sends by, as their address is not given.
    #[must_use]
    pub fn absent(&self) -> Vec<CarrierName> {
        let given = [
            (CarrierName::Http, self.base_urls.http.is_some()),
            (CarrierName::Smpp, !self.smpp.url.is_empty()),
        ];
        given.into_iter().filter_map(|(carrier, given)| (!given).then_some(carrier)).collect()
    }

    fn from(needs: &[&str], get: impl Fn(&str) -> Option<String>) -> Result<Self, BadConfig> {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let text = |name: &str| get(name).unwrap_or_default();
        let mut troubles: Vec<String> = needs
            .iter()
            .filter(|name| get(name).is_none())
            .map(|name| format!("The environment variable {name} is missing."))
            .collect();
        let region = text("AWS_REGION");
        if region != REGION {
            troubles.push(format!(
                "Doorstep keeps all data in {REGION} (London) and refuses to start in `{region}`."
            ));
        }
        let carrier = carrier(get("CARRIER"), &mut troubles);
        let live_route = live_route(get("LIVE_ROUTE").as_deref(), &mut troubles);
        let stage = text("STAGE");
        let receipt_wait = receipt_wait(get("RECEIPT_WAIT_SECONDS"), &mut troubles);
        let base_urls = BaseUrls::from(get, stage == "local", &mut troubles);
        if stage != "local" && get("EUM_ENDPOINT_URL").is_some() {
            troubles.push("EUM_ENDPOINT_URL is for the local stage alone.".to_owned());
        }
        let rates = rates(get, &mut troubles);
        let turnstile = Widget::from(get, stage == "local", &mut troubles);
        let smpp = SmppConfig::from(get, stage == "local", &mut troubles);
        if !troubles.is_empty() {
            return Err(BadConfig(troubles));
        }
        Ok(Self {
            stage,
            version: get("VERSION").unwrap_or_else(|| "dev".to_owned()),
            state_table: text("STATE_TABLE"),
            evidence_table: text("EVIDENCE_TABLE"),
            key_id: text("KEY_ID"),
            topic_arn: text("TOPIC_ARN"),
            queue_url: text("QUEUE_URL"),
            dlq_url: text("DLQ_URL"),
            public_url: get("PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned()),
            receipts_queue_url: text("RECEIPTS_QUEUE_URL"),
            receipts_dlq_url: text("RECEIPTS_DLQ_URL"),
            carrier,
            live_route,
            receipt_wait,
            base_urls,
            sns_sender_id: get("SNS_SENDER_ID"),
            eum_origination: get("EUM_ORIGINATION"),
            eum_voice_origination: get("EUM_VOICE_ORIGINATION"),
            eum_configuration_set: get("EUM_CONFIGURATION_SET"),
            max_price_usd: get("MAX_PRICE_USD"),
            eum_endpoint_url: get("EUM_ENDPOINT_URL"),
            smpp,
            rates,
            turnstile,
            bucket: text("BUCKET"),
            operator_secret: text("OPERATOR_SECRET"),
        })
    }
}

fn carrier(named: Option<String>, troubles: &mut Vec<String>) -> Option<CarrierName> {
    let carrier = named?.parse().ok();
    if carrier.is_none() {
        troubles.push("CARRIER names an unknown carrier.".to_owned());
    }
    carrier
}

impl BaseUrls {
    fn from(get: impl Fn(&str) -> Option<String>, local: bool, troubles: &mut Vec<String>) -> Self {
        let names = ["TWILIO_BASE_URL", "VONAGE_BASE_URL", "HTTP_CARRIER_URL"];
        let [twilio, vonage, http] = names.map(|name| {
            let url = get(name);
            if !local && url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
                troubles.push(format!("{name} must begin with https://."));
            }
            url
        });
        Self { twilio, vonage, http }
    }
}

/// Pounds for other currencies.
fn rates(get: impl Fn(&str) -> Option<String>, troubles: &mut Vec<String>) -> Rates {
    let usual = Rates::default();
    let mut rate = |name: &str, usual: Money| {
        let told = get(name).map(|told| Money::parse(&told, "GBP"));
        match told {
            None => usual,
            Some(Ok(rate)) if rate.nanos() > 0 => rate,
            Some(_) => {
                troubles.push(format!("{name} must be an amount of pounds, such as 0.80."));
                usual
            }
        }
    };
    Rates { usd: rate("GBP_PER_USD", usual.usd), eur: rate("GBP_PER_EUR", usual.eur) }
}

fn receipt_wait(told: Option<String>, troubles: &mut Vec<String>) -> SignedDuration {
    let seconds = told.map_or(Ok(10), |told| told.parse::<u16>());
    if seconds.is_err() {
        troubles.push("RECEIPT_WAIT_SECONDS must be a number of seconds.".to_owned());
    }
    SignedDuration::from_secs(seconds.unwrap_or_default().into())
}

fn live_route(told: Option<&str>, troubles: &mut Vec<String>) -> Vec<Lane> {
    lanes(told.unwrap_or("eum")).unwrap_or_else(|trouble| {
        troubles.push(format!("LIVE_ROUTE {trouble}."));
        Vec::new()
    })
}

/// The carriers of live mode, or what is wrong with them.
fn lanes(text: &str) -> Result<Vec<Lane>, &'static str> {
    let mut lanes: Vec<Lane> = Vec::new();
    for entry in text.split(',').filter(|entry| !entry.is_empty()) {
        let (name, points) = entry.split_once(':').map_or((entry, None), |(n, p)| (n, Some(p)));
        let carrier: CarrierName = name.parse().map_err(|_| "names an unknown carrier")?;
        let mut lane = Lane::from(carrier);
        if let Some(points) = points {
            let points = points.parse().ok().filter(|points| *points <= 100);
            lane.resting = points.ok_or("has points that are not a number from 0 to 100")?;
        }
        if carrier.is_sandbox() {
            return Err("must not name the sandbox");
        }
        if lanes.iter().any(|known| known.carrier == carrier) {
            return Err("names a carrier twice");
        }
        lanes.push(lane);
    }
    Ok(lanes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, BadConfig> {
        let get = |name: &str| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
        };
        Config::from(&["STATE_TABLE"], get)
    }

    #[test]
    fn another_region_is_refused_with_a_reason() {
        let refused = read(&[("AWS_REGION", "us-east-1"), ("STATE_TABLE", "state")]).unwrap_err();
        insta::assert_snapshot!(refused, @"Doorstep keeps all data in eu-west-2 (London) and refuses to start in `us-east-1`.");
    }

    #[test]
    fn all_troubles_are_told_at_once() {
        let refused = read(&[("LIVE_ROUTE", "pigeon"), ("EUM_ENDPOINT_URL", "http://x")]);
        assert_eq!(refused.unwrap_err().0.len(), 4);
    }

    #[test]
    fn a_live_route_has_points_at_rest() {
        let points = |text| lanes(text).map(|all| all.iter().map(|l| l.resting).collect());
        assert_eq!(points("sns:100,twilio:0,eum"), Ok(vec![100, 0, 50]));
        assert_eq!(points(""), Ok(vec![]));
        for wrong in ["sns:", "sns:101", "sns:-1", "sns:1:2", "pigeon", "sns,sns", "sandbox-2"] {
            assert!(lanes(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_live_route_never_leads_to_the_sandbox() {
        let variables = [("AWS_REGION", REGION), ("STATE_TABLE", "s"), ("LIVE_ROUTE", "sandbox")];
        assert!(read(&variables).is_err());
    }

    #[test]
    fn pounds_for_a_dollar_are_an_amount_above_nothing() {
        let with =
            |rate| read(&[("AWS_REGION", REGION), ("STATE_TABLE", "s"), ("GBP_PER_USD", rate)]);
        assert_eq!(with("0.75").unwrap().rates.usd, Money::pounds(750_000_000));
        assert_eq!(with("").unwrap().rates, Rates::default());
        for wrong in ["0", "-1", "much", "0,8"] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn carriers_without_an_address_are_absent() {
        let with = |more: &[(&str, &str)]| {
            let given = [&[("AWS_REGION", REGION), ("STATE_TABLE", "s")], more].concat();
            read(&given).unwrap().absent()
        };
        assert_eq!(with(&[]), [CarrierName::Http, CarrierName::Smpp]);
        let http = ("HTTP_CARRIER_URL", "https://carrier.example");
        assert_eq!(with(&[http]), [CarrierName::Smpp]);
        assert_eq!(with(&[http, ("SMPP_URL", "smpps://carrier.example:3550")]), []);
    }

    #[test]
    fn defaults_are_as_documented() {
        let config = read(&[("AWS_REGION", REGION), ("STATE_TABLE", "state")]).unwrap();
        assert_eq!(
            (config.version.as_str(), config.live_route),
            ("dev", vec![CarrierName::Eum.into()])
        );
    }
}
