//! Carriers: each hands over a text and tells in our words what the answer means.

mod eum;
mod sandbox;
mod sns;

use doorstep_domain::{
    carrier::{CarrierName, Outcome, Outgoing},
    ports::Carrier,
};

pub use eum::{Eum, EumConfig};
pub use sandbox::SandboxCarrier;
pub use sns::SnsCarrier;

use crate::{aws::Aws, sqs::SqsQueue};

/// What a deployment says about its carriers.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The queue that takes the sandbox's receipts.
    pub receipts: String,
    /// The sender id for SNS.
    pub sender: Option<String>,
    /// How End User Messaging is used.
    pub eum: EumConfig,
}

/// The carrier of this name; the sandbox when there is none.
#[must_use]
pub fn wire(aws: &Aws, name: Option<CarrierName>, settings: Settings) -> AnyCarrier {
    match name {
        Some(CarrierName::Eum) => AnyCarrier::Eum(Eum::new(aws, settings.eum)),
        Some(CarrierName::Sns) => AnyCarrier::Sns(SnsCarrier::new(aws, settings.sender)),
        _ => {
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
}

impl Carrier for AnyCarrier {
    async fn send(&self, text: &Outgoing) -> Outcome {
        match self {
            Self::Sandbox(carrier) => carrier.send(text).await,
            Self::Eum(carrier) => carrier.send(text).await,
            Self::Sns(carrier) => carrier.send(text).await,
        }
    }
}
