//! The ways out over HTTP: a plain client for hosts that the deployment names, a guarded one for
//! hosts that a caller gave.
//!
//! Neither follows a redirect, asks a proxy, unpacks an answer or repeats a request. The guarded
//! one resolves a name itself, once for each connection, refuses it whole when any of its addresses
//! is not on the outside, and connects to just those addresses; TLS and `Host` go by the name.

use std::{
    error::Error,
    fmt,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use doorstep_domain::egress::{NotOutside, Outside, Reach};
use reqwest::{
    Client, ClientBuilder, Method, RequestBuilder, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect, retry,
};

/// How long a connection, its TLS included, may take to come about.
const CONNECT: Duration = Duration::from_secs(1);
/// How long the whole exchange may take, unless its request says otherwise.
const WHOLE: Duration = Duration::from_secs(4);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Calls hosts that a caller gave: endpoints, connectors, carriers. The client is built when it is
/// needed first.
pub struct Egress {
    client: OnceLock<Client>,
    guard: Guard,
}

impl Egress {
    /// Resolves names as the system does.
    #[must_use]
    pub fn new(reach: Reach) -> Self {
        Self::with_names(reach, Arc::new(SystemNames))
    }

    /// Resolves names as `names` does.
    #[must_use]
    pub fn with_names(reach: Reach, names: Arc<dyn Resolve>) -> Self {
        Self { client: OnceLock::new(), guard: Guard { reach, names } }
    }

    /// A request to a URL that a caller gave. Sending it fails like one that found no connection
    /// when its host leads inside; [`is_refused`] tells the two apart.
    ///
    /// # Errors
    /// When the URL by itself is none that may be called.
    pub fn request(&self, method: Method, url: &str) -> Result<RequestBuilder, NotOutside> {
        let outside = Outside::parse(url, self.guard.reach)?;
        let build = || {
            let client = plain().dns_resolver(Arc::new(self.guard.clone())).build();
            client.expect("the settings fit together")
        };
        Ok(self.client.get_or_init(build).request(method, outside.expose()))
    }
}

/// A client for hosts that the deployment names. It keeps no connection: one that slept in a frozen
/// function would make "maybe sent" of what was never sent.
pub(crate) fn plain() -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls())
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
}

fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    rustls::ClientConfig::builder_with_provider(crypto)
        .with_safe_default_protocol_versions()
        .expect("AWS-LC has TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The body of an answer; `None` when it breaks off or has more than 64 KiB.
pub async fn body(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > LONGEST {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

/// Whether a request was not sent because its host leads inside.
#[must_use]
pub fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<LeadsInside>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Why a name is not called. It does not say where it leads.
#[derive(Debug)]
struct LeadsInside;

impl fmt::Display for LeadsInside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host leads inside")
    }
}

impl Error for LeadsInside {}

#[derive(Clone)]
struct Guard {
    reach: Reach,
    names: Arc<dyn Resolve>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, found) = (self.reach, self.names.resolve(name));
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                found.await?.map(|address| SocketAddr::new(address.ip(), 0)).collect();
            if found.is_empty() || !found.iter().all(|address| reach.allows(address.ip())) {
                return Err(LeadsInside.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}
