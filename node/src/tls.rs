//! TLS of the page with the city's own certificate (S16): the files are read at the start, again when they change
//! and on SIGHUP, and connections that are open stay open. The only module that names rustls, rcgen and x509.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alianza_shared::api::CertificateView;
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring::default_provider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
pub use tokio_rustls::server::TlsStream;

mod files;
mod make;
#[cfg(test)]
pub(crate) mod tests;

pub use files::TlsError;
use files::{Loaded, Stamp};
pub use make::{Made, MakeError, make};

/// A certificate that ends within this time is named in the log and in `alianza status`.
pub const SOON_MS: u64 = 30 * 24 * 3600 * 1000;
/// How often the files are looked at.
pub const LOOK_EVERY: Duration = Duration::from_secs(30);
/// First byte of a TLS connection: a handshake record. A request of plain http begins with a letter.
pub const HANDSHAKE: u8 = 0x16;

/// Where the certificate chain and its key are, and under which names the page is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Names and addresses that the certificate should hold; without ports.
    pub names: Vec<String>,
}

/// The certificate in use. Clones share it.
#[derive(Clone)]
pub struct Tls {
    held: Arc<Held>,
    config: Arc<ServerConfig>,
}

struct Held {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    state: Mutex<State>,
}

struct State {
    loaded: Loaded,
    /// What the files looked like when they were read last, well or not.
    stamp: Option<Stamp>,
    /// Why the newest files are not in use.
    refused: Option<String>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("files", &self.held.files).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Whoever asks, and for whatever name, gets the one certificate.
impl ResolvesServerCert for Held {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.state().loaded.certified))
    }
}

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked while holding it left a whole state: it is only ever replaced.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tls {
    /// Reads and checks the files. An expired certificate is taken, and named: the page with a warning is better
    /// than no page, and partners do not see it.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(default_provider());
        let stamp = Stamp::of(&files);
        let loaded = Loaded::read(&files, &provider)?;
        let state = Mutex::new(State { loaded, stamp, refused: None });
        let held = Arc::new(Held { files, provider: Arc::clone(&provider), state });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(TlsError::Library)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&held) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { held, config: Arc::new(config) })
    }

    /// Have the files changed since they were read?
    pub fn changed(&self) -> bool {
        Stamp::of(&self.held.files) != self.held.state().stamp
    }

    /// Reads the files again. If they are no good the certificate in use stays, and [`Tls::view`] says why.
    pub fn reload(&self) -> Result<(), TlsError> {
        // The stamp is taken first: files that change while they are read are read once more.
        let stamp = Stamp::of(&self.held.files);
        let loaded = Loaded::read(&self.held.files, &self.held.provider);
        let mut state = self.held.state();
        state.stamp = stamp;
        match loaded {
            Ok(loaded) => {
                state.loaded = loaded;
                state.refused = None;
                Ok(())
            }
            Err(error) => {
                state.refused = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// What the operator should know at this time.
    pub fn view(&self, now_ms: u64) -> CertificateView {
        let state = self.held.state();
        let mut view = state.loaded.view(&self.held.files, now_ms);
        if let Some(refused) = &state.refused {
            view.warnings.insert(0, format!("El certificado nuevo no se usa; sigue el que había. {refused}"));
        }
        view
    }

    /// Is this the name of a host that the certificate holds, as it is written there?
    pub fn names_host(&self, host: &str) -> bool {
        let state = self.held.state();
        state.loaded.names.iter().any(|name| name.eq_ignore_ascii_case(host.trim_matches(['[', ']'])))
    }

    /// Shakes hands over a connection that has been accepted.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        TlsAcceptor::from(Arc::clone(&self.config)).accept(stream).await
    }
}

/// What is wrong with the certificate of these files, or what `alianza status` shows of it while the node is
/// stopped.
pub fn look(files: TlsFiles, now_ms: u64) -> CertificateView {
    match Tls::open(files) {
        Ok(tls) => tls.view(now_ms),
        Err(error) => CertificateView { names: Vec::new(), expires_ms: 0, warnings: vec![error.to_string()] },
    }
}
