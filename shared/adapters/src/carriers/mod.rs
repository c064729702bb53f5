//! Carriers: each hands over a text and tells in our words what the answer means.

mod eum;
mod sandbox;
mod sns;

use doorstep_domain::{
    carrier::{Outcome, Outgoing},
    ports::Carrier,
};

pub use eum::{Eum, EumConfig};
pub use sandbox::SandboxCarrier;
pub use sns::SnsCarrier;

/// The carrier that a sender function is deployed for.
#[expect(clippy::large_enum_variant, reason = "there is one per process")]
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
