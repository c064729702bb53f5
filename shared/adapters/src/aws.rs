//! The AWS clients, and the interceptor that counts what they do.

use std::{sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::SharedHttpClient,
        interceptors::{
            Intercept,
            context::{
                BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
            },
        },
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use doorstep_domain::{Fault, usage::Meter};

/// Certificates that sign every AWS endpoint.
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// The region where everything is, and nowhere else.
pub const REGION: &str = "eu-west-2";

/// What all clients of an invocation share.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(crate) config: SdkConfig,
    /// Counts the calls of the invocation in progress.
    pub meter: Arc<Meter>,
}

impl Aws {
    /// Reads credentials and endpoint from the environment; the region is ours.
    pub async fn load() -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(Duration::from_secs(4))
            .build();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts)
            .http_client(http_client())
            .load()
            .await;
        Self { config, meter: Arc::default() }
    }

    pub(crate) fn counter(&self) -> CountCalls {
        CountCalls(Arc::clone(&self.meter))
    }

    /// The DynamoDB client.
    #[must_use]
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.config);
        aws_sdk_dynamodb::Client::from_conf(config.interceptor(self.counter()).build())
    }
}

/// One client for all services. It trusts Amazon's roots alone: reading the system's hundred and
/// more certificates would take most of a cold start.
fn http_client() -> SharedHttpClient {
    let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let tls = TlsContext::builder().with_trust_store(roots).build();
    Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls.expect("Amazon's roots are certificates"))
        .build_https()
}

/// Counts calls and the requests sent for them.
#[derive(Debug)]
pub(crate) struct CountCalls(Arc<Meter>);

impl CountCalls {
    fn operation(bag: &ConfigBag) -> String {
        bag.load::<Metadata>().map_or_else(String::new, |call| {
            format!("{}.{}", call.service().to_lowercase(), call.name())
        })
    }
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for CountCalls {
    fn name(&self) -> &'static str {
        "CountCalls"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.call(&Self::operation(bag));
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.attempt(&Self::operation(bag));
        Ok(())
    }
}

/// A fault from an AWS error: its stable code, never its text.
pub(crate) fn fault<E: ProvideErrorMetadata, R>(
    what: &'static str,
    error: &SdkError<E, R>,
) -> Fault {
    let code = error.code().unwrap_or(match error {
        SdkError::TimeoutError(_) => "timeout",
        SdkError::DispatchFailure(_) => "dispatch",
        SdkError::ConstructionFailure(_) => "construction",
        _ => "unreadable",
    });
    Fault::new(what, code)
}

/// Whether a request may have been carried out although it has no answer. Only a connection that
/// was refused surely carried nothing.
pub(crate) fn maybe_sent<E, R>(error: &SdkError<E, R>) -> bool {
    match error {
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
        SdkError::DispatchFailure(failure) => {
            let cause = failure.as_connector_error().and_then(std::error::Error::source);
            !std::iter::successors(cause, |cause| cause.source()).any(is_refusal)
        }
        _ => false,
    }
}

fn is_refusal(cause: &(dyn std::error::Error + 'static)) -> bool {
    let cause = cause.downcast_ref::<std::io::Error>();
    cause.is_some_and(|e| e.kind() == std::io::ErrorKind::ConnectionRefused)
}
