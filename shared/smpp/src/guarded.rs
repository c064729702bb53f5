//! The way out for deployments.

use std::{io, net::SocketAddr};

use doorstep_domain::egress::is_public;
use tokio::net::{TcpStream, lookup_host};

use crate::dial::Dial;

/// Resolves a name once, and connects to just what it resolved to; a name that leads anywhere but
/// to the public internet is refused whole.
#[derive(Debug, Clone, Copy)]
pub struct Guarded {
    /// Whether carriers may be on this machine and in its network: for the local stage alone.
    pub inside: bool,
}

impl Guarded {
    async fn resolve(self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let addresses: Vec<_> = lookup_host((host, port)).await?.collect();
        if self.inside || addresses.iter().all(|address| is_public(address.ip())) {
            Ok(addresses)
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}

impl Dial for Guarded {
    async fn dial(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let addresses = self.resolve(host, port).await?;
        TcpStream::connect(addresses.as_slice()).await
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_deployment_never_connects_to_its_own_network() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "0.0.0.0", "169.254.169.254", "10.0.0.1", "::1"] {
            let refused = Guarded { inside: false }.dial(host, port).await.unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied, "{host}");
        }
        assert!(Guarded { inside: true }.dial("127.0.0.1", port).await.is_ok());
    }

    #[tokio::test]
    async fn the_internet_is_let_through() {
        let resolved = Guarded { inside: false }.resolve("192.0.1.1", 2775).await.unwrap();
        assert_eq!(resolved, [SocketAddr::from(([192, 0, 1, 1], 2775))]);
    }
}
