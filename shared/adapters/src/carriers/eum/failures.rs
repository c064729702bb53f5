//! The errors of End User Messaging, by their stable reasons.

use aws_sdk_pinpointsmsvoicev2::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        send_text_message::SendTextMessageError, send_voice_message::SendVoiceMessageError,
    },
};
use doorstep_domain::carrier::Outcome;

use super::codes::class;
use crate::aws::{fault, maybe_sent};

/// An error that may give a stable reason.
pub(super) trait Reason: ProvideErrorMetadata {
    /// The reason, such as `MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT`.
    fn reason(&self) -> Option<&str>;
}

macro_rules! reason {
    ($error:ident) => {
        impl Reason for $error {
            fn reason(&self) -> Option<&str> {
                match self {
                    Self::AccessDeniedException(e) => e.reason.as_ref().map(AsRef::as_ref),
                    Self::ConflictException(e) => e.reason.as_ref().map(AsRef::as_ref),
                    Self::ServiceQuotaExceededException(e) => e.reason.as_ref().map(AsRef::as_ref),
                    Self::ValidationException(e) => e.reason.as_ref().map(AsRef::as_ref),
                    _ => None,
                }
            }
        }
    };
}

reason!(SendTextMessageError);
reason!(SendVoiceMessageError);

pub(super) fn failure<E: Reason, R>(error: &SdkError<E, R>) -> Outcome {
    let code = match error.as_service_error().and_then(Reason::reason) {
        Some(reason) => reason.to_owned(),
        None => fault("send a message", error).code,
    };
    Outcome::Failed { class: class(&code, maybe_sent(error)), code }
}
