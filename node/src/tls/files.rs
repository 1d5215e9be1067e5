//! The certificate and the key as files, and what may be wrong with them, in sentences.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alianza_shared::api::CertificateView;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

use super::{SOON_MS, TlsFiles};

/// A chain and a key are some kilobytes.
const FILE_MAX_BYTES: u64 = 1 << 20;
/// Writing by the group, anything by others. Reading by the group is how Debian lends keys to services (`ssl-cert`).
const MODE_REFUSED: u32 = 0o027;

/// Why the page cannot be served with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(
        "No se puede leer {what} de la página, {path}: {source}. Compruebe «{setting}» en config.toml y que la cuenta del nodo puede leerlo.",
        path = path.display()
    )]
    Read { what: &'static str, setting: &'static str, path: PathBuf, source: std::io::Error },
    #[error(
        "La clave del certificado de la página, {path}, la pueden leer otras cuentas (modo {mode:o}). Ejecute: chmod 600 {path}",
        path = path.display()
    )]
    Mode { path: PathBuf, mode: u32 },
    #[error(
        "{path} no contiene ningún certificado en formato PEM («-----BEGIN CERTIFICATE-----»), o está dañado.",
        path = path.display()
    )]
    NoCertificate { path: PathBuf },
    #[error(
        "{path} no contiene una clave privada en formato PEM y sin contraseña («-----BEGIN PRIVATE KEY-----»).",
        path = path.display()
    )]
    NoKey { path: PathBuf },
    #[error(
        "La clave {key} no es la del certificado {certificate}. Si el archivo lleva una cadena, el certificado de la ciudad va el primero.",
        key = key.display(), certificate = certificate.display()
    )]
    Mismatch { certificate: PathBuf, key: PathBuf },
    #[error("El certificado {path} no se puede usar para TLS: {source}.", path = path.display())]
    Unusable { path: PathBuf, source: rustls::Error },
    #[error("TLS no se puede poner en marcha: {0}.")]
    Library(rustls::Error),
}

/// What tells one version of the two files from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp([(u64, u64, i64, i64); 2]);

impl Stamp {
    /// None while one of them is not there.
    pub(super) fn of(files: &TlsFiles) -> Option<Self> {
        let one = |path: &Path| {
            let meta = fs::metadata(path).ok()?;
            Some((meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec()))
        };
        Some(Self([one(&files.certificate)?, one(&files.key)?]))
    }
}

/// A certificate that can be used, and what it says.
pub(super) struct Loaded {
    pub(super) certified: Arc<CertifiedKey>,
    /// DNS names and addresses.
    pub(super) names: Vec<String>,
    begins_ms: u64,
    expires_ms: u64,
    signed_by_itself: bool,
}

impl Loaded {
    pub(super) fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let (certificate, key) = (&files.certificate, &files.key);
        let pem = read_file(certificate, "el certificado", "tls_certificate")?;
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate { path: certificate.clone() })?;
        let none = || TlsError::NoCertificate { path: certificate.clone() };
        let leaf = chain.first().ok_or_else(none)?;
        let said = Said::read(leaf).ok_or_else(none)?;
        let secret = read_key(key)?;
        let private =
            PrivateKeyDer::from_pem_slice(&secret).map_err(|_| TlsError::NoKey { path: key.clone() })?;
        let signer = provider
            .key_provider
            .load_private_key(private)
            .map_err(|_| TlsError::NoKey { path: key.clone() })?;
        let certified = CertifiedKey::new(chain, signer);
        certified.keys_match().map_err(|source| match source {
            rustls::Error::InconsistentKeys(_) => {
                TlsError::Mismatch { certificate: certificate.clone(), key: key.clone() }
            }
            source => TlsError::Unusable { path: certificate.clone(), source },
        })?;
        let Said { names, begins_ms, expires_ms, signed_by_itself } = said;
        Ok(Self { certified: Arc::new(certified), names, begins_ms, expires_ms, signed_by_itself })
    }

    pub(super) fn view(&self, files: &TlsFiles, now_ms: u64) -> CertificateView {
        let mut warnings = Vec::new();
        let path = files.certificate.display();
        if now_ms >= self.expires_ms {
            warnings.push(format!(
                "El certificado de la página caducó hace {}: los navegadores avisan o no entran. Renuévelo y deje los archivos en {path}; no hace falta parar el nodo.",
                days((now_ms - self.expires_ms) / DAY_MS)
            ));
        } else if self.expires_ms - now_ms < SOON_MS {
            warnings.push(format!(
                "El certificado de la página caduca dentro de {}. Renuévelo y deje los archivos en {path}; no hace falta parar el nodo.",
                days((self.expires_ms - now_ms) / DAY_MS)
            ));
        }
        if now_ms < self.begins_ms {
            warnings.push(
                "El certificado de la página todavía no vale: mire su fecha de comienzo y el reloj de esta máquina."
                    .to_owned(),
            );
        }
        for name in files.names.iter().filter(|name| !covers(&self.names, name)) {
            warnings.push(format!(
                "El certificado de la página no lleva el nombre «{name}», con el que se abre según config.toml: los navegadores avisarán. Lleva: {}.",
                if self.names.is_empty() { "ninguno".to_owned() } else { self.names.join(", ") }
            ));
        }
        if self.signed_by_itself {
            warnings.push(
                "El certificado de la página está firmado por sí mismo: aunque se acepte el aviso del navegador, la página no podrá trabajar sin conexión. Haga uno con «alianza tls make»."
                    .to_owned(),
            );
        }
        CertificateView { names: self.names.clone(), expires_ms: self.expires_ms, warnings }
    }
}

const DAY_MS: u64 = 24 * 3600 * 1000;

fn days(days: u64) -> String {
    match days {
        0 => "menos de un día".to_owned(),
        1 => "1 día".to_owned(),
        days => format!("{days} días"),
    }
}

/// What a certificate says of itself.
pub(super) struct Said {
    pub(super) names: Vec<String>,
    begins_ms: u64,
    pub(super) expires_ms: u64,
    signed_by_itself: bool,
}

impl Said {
    /// None if the bytes are no certificate.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = parse_x509_certificate(der).ok()?;
        let ms = |seconds: i64| u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
        let names = certificate.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|names| &names.value.general_names).filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => ip(bytes).map(|ip| ip.to_string()),
            _ => None,
        });
        Some(Self {
            names: names.collect(),
            begins_ms: ms(certificate.validity().not_before.timestamp()),
            expires_ms: ms(certificate.validity().not_after.timestamp()),
            signed_by_itself: certificate.subject() == certificate.issuer(),
        })
    }
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// Does one of these names stand for that host? A star stands for one label.
pub(super) fn covers(names: &[String], host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    names.iter().any(|name| match name.strip_prefix("*.") {
        Some(rest) => host
            .split_once('.')
            .is_some_and(|(label, parent)| !label.is_empty() && parent.eq_ignore_ascii_case(rest)),
        None => name.eq_ignore_ascii_case(host),
    })
}

fn read_file(path: &Path, what: &'static str, setting: &'static str) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::Read { what, setting, path: path.to_owned(), source };
    let length = fs::metadata(path).map_err(failed)?.len();
    if length > FILE_MAX_BYTES {
        return Err(failed(std::io::ErrorKind::FileTooLarge.into()));
    }
    fs::read(path).map_err(failed)
}

fn read_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    let secret = Zeroizing::new(read_file(path, "la clave del certificado", "tls_key")?);
    let read = |source| TlsError::Read {
        what: "la clave del certificado",
        setting: "tls_key",
        path: path.to_owned(),
        source,
    };
    let mode = fs::metadata(path).map_err(read)?.permissions().mode() & 0o777;
    if mode & MODE_REFUSED != 0 {
        return Err(TlsError::Mode { path: path.to_owned(), mode });
    }
    Ok(secret)
}
