//! How a link is opened: TCP by whoever guards what leaves the deployment, TLS by us.

use std::{future::Future, io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::settings::{Endpoint, Roots, Settings, SettingsError};

/// Opens TCP connections. A deployment passes one that refuses private addresses and pins what a
/// name resolved to; the host came from outside.
pub trait Dial: Send + Sync {
    /// A connection to the host, a name or an address, within the caller's time.
    fn dial(&self, host: &str, port: u16) -> impl Future<Output = io::Result<TcpStream>> + Send;
}

/// Resolves and connects, and guards nothing: for the local stack and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Direct;

impl Dial for Direct {
    async fn dial(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        TcpStream::connect((host, port)).await
    }
}

/// A duplex stream, in clear or not.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Everything that opening a link takes, made once.
pub(crate) struct Door<D> {
    dial: D,
    endpoint: Endpoint,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// What went wrong at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// No TCP connection.
    Connect,
    /// No TLS, or not with the one that we want to talk to.
    Tls,
}

impl<D: Dial> Door<D> {
    pub(crate) fn new(dial: D, settings: &Settings) -> Result<Self, SettingsError> {
        let endpoint = settings.endpoint.clone();
        let tls = endpoint.tls.then(|| connector(&endpoint, &settings.roots)).transpose()?;
        Ok(Self { dial, endpoint, tls })
    }

    pub(crate) async fn open(&self) -> Result<Box<dyn Duplex>, Closed> {
        let dialled = self.dial.dial(&self.endpoint.host, self.endpoint.port).await;
        let stream = dialled.map_err(|_| Closed::Connect)?;
        // A PDU is one write; waiting to fill a packet would only delay it.
        stream.set_nodelay(true).map_err(|_| Closed::Connect)?;
        match &self.tls {
            None => Ok(Box::new(stream)),
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await;
                Ok(Box::new(stream.map_err(|_| Closed::Tls)?))
            }
        }
    }
}

fn connector(
    endpoint: &Endpoint,
    roots: &Roots,
) -> Result<(TlsConnector, ServerName<'static>), SettingsError> {
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| SettingsError::Endpoint)?;
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| SettingsError::Roots)?
        .with_root_certificates(store(roots)?)
        .with_no_client_auth();
    Ok((TlsConnector::from(Arc::new(config)), name))
}

fn store(roots: &Roots) -> Result<RootCertStore, SettingsError> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::Public => store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Roots::Pem(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate = certificate.map_err(|_| SettingsError::Roots)?;
                store.add(certificate).map_err(|_| SettingsError::Roots)?;
            }
        }
    }
    if store.is_empty() { Err(SettingsError::Roots) } else { Ok(store) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_that_vouch_for_nobody_are_refused() {
        for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----"]
        {
            assert_eq!(store(&Roots::Pem(pem.to_owned())).err(), Some(SettingsError::Roots));
        }
        assert!(store(&Roots::Public).unwrap().len() > 50);
    }
}
