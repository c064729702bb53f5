//! Carriers: each hands over a message and tells in our words what the answer means.

pub mod eum;
mod hearing;
pub mod http;
mod http_settings;
mod overhearing;
mod proof;
mod sandbox;
mod sns;
pub mod standard;
mod twilio;
mod vonage;
pub(crate) mod web;
mod xml;

use std::sync::Arc;

use doorstep_domain::{
    carrier::{CarrierName, Outcome, Outgoing},
    egress::Reach,
    ports::Carrier,
};

pub use eum::{Eum, EumConfig};
pub use hearing::Ears;
pub use http::{HttpCarrier, Shape, ShapeError, shape_fields};
pub use http_settings::HttpSettings;
pub use overhearing::{EumEars, StandardEars};
pub use sandbox::SandboxCarrier;
pub use sns::SnsCarrier;
pub use twilio::Twilio;
pub use vonage::Vonage;

use crate::{aws::Aws, sqs::SqsQueue};

/// Where Twilio is.
const TWILIO: &str = "https://api.twilio.com";
/// Where Vonage's SMS API is.
const VONAGE: &str = "https://rest.nexmo.com";

/// What a deployment says about its carriers.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The queue that takes the sandbox's receipts.
    pub receipts: String,
    /// The sender id for SNS.
    pub sender: Option<String>,
    /// How End User Messaging is used.
    pub eum: EumConfig,
    /// Our own base URL, which carriers call back.
    pub public_url: String,
    /// Another base URL of Twilio's.
    pub twilio_base_url: Option<String>,
    /// Another base URL of Vonage's.
    pub vonage_base_url: Option<String>,
    /// The base URL of the carrier that accounts describe by a shape and name no URL of.
    pub http_carrier_url: Option<String>,
    /// How far hosts that accounts name may lie.
    pub reach: Reach,
}

/// The carrier of this name; the sandbox when there is none.
#[must_use]
pub fn wire(aws: &Aws, name: Option<CarrierName>, settings: Settings) -> AnyCarrier {
    let over_http = |base_url: Option<String>, default: &str| {
        let bare = |url: &str| url.trim_end_matches('/').to_owned();
        HttpSettings {
            meter: Arc::clone(&aws.meter),
            base_url: bare(base_url.as_deref().unwrap_or(default)),
            public_url: bare(&settings.public_url),
            reach: settings.reach,
        }
    };
    match name {
        Some(CarrierName::Eum) => AnyCarrier::Eum(Eum::new(aws, settings.eum)),
        Some(CarrierName::Sns) => AnyCarrier::Sns(SnsCarrier::new(aws, settings.sender)),
        Some(CarrierName::Twilio) => {
            AnyCarrier::Twilio(Twilio::new(over_http(settings.twilio_base_url, TWILIO)))
        }
        Some(CarrierName::Vonage) => {
            AnyCarrier::Vonage(Vonage::new(over_http(settings.vonage_base_url, VONAGE)))
        }
        Some(CarrierName::Http) => {
            AnyCarrier::Http(HttpCarrier::new(over_http(settings.http_carrier_url, "")))
        }
        // SMPP has a session to keep: it has a sender of its own.
        Some(CarrierName::Sandbox | CarrierName::Sandbox2 | CarrierName::Smpp) | None => {
            let receipts = SqsQueue::new(aws, settings.receipts);
            AnyCarrier::Sandbox(SandboxCarrier::new(receipts))
        }
    }
}

/// The carrier that a sender function is deployed for.
pub enum AnyCarrier {
    /// Test mode.
    Sandbox(SandboxCarrier),
    /// End User Messaging.
    Eum(Eum),
    /// SNS Publish.
    Sns(SnsCarrier),
    /// Twilio.
    Twilio(Twilio),
    /// Vonage.
    Vonage(Vonage),
    /// A carrier of any shape.
    Http(HttpCarrier),
}

impl Carrier for AnyCarrier {
    async fn send(&self, text: &Outgoing) -> Outcome {
        match self {
            Self::Sandbox(carrier) => carrier.send(text).await,
            Self::Eum(carrier) => carrier.send(text).await,
            Self::Sns(carrier) => carrier.send(text).await,
            Self::Twilio(carrier) => carrier.send(text).await,
            Self::Vonage(carrier) => carrier.send(text).await,
            Self::Http(carrier) => carrier.send(text).await,
        }
    }
}
