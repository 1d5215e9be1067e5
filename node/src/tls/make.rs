//! An authority of the town, and a certificate of the page signed by it. Computers on which informática installs the
//! authority once trust the page without a warning; and since the authority is bound to the names given when it is
//! made, nobody who gets hold of its key can pretend to be any other site.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, SerialNumber,
    date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

use super::files::Said;
use crate::whole_file;

const DAY: Duration = Duration::from_secs(24 * 3600);
/// The authority: ten years, so that it is installed once.
const AUTHORITY_DAYS: u32 = 3650;
/// The certificate: what every system accepts (some refuse more than 825 days).
const LEAF_DAYS: u32 = 800;
/// Clocks of a town hall differ.
const BEFORE: Duration = Duration::from_secs(24 * 3600);

/// Why no certificate was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    #[error(
        "Diga con qué nombre abrirán la página: --name alianza.ayuntamiento.es, --ip 192.168.1.20, o los dos."
    )]
    NoName,
    #[error("«{0}» no puede ser el nombre de una máquina: letras sin tilde, cifras, guiones y puntos.")]
    BadName(String),
    #[error("No se puede escribir {path}: {source}.", path = path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("No se puede leer {path}: {source}.", path = path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "La autoridad de {folder} se hizo para otros nombres y no vale para estos. Haga otra con --new-authority; habrá que instalarla en los equipos en lugar de la anterior.",
        folder = folder.display()
    )]
    OtherNames { folder: PathBuf },
    #[error("{path} no es una autoridad hecha por «alianza tls make».", path = path.display())]
    NotOurs { path: PathBuf },
    #[error("El certificado no se pudo hacer: {0}.")]
    Library(String),
}

/// What was made, and where.
#[derive(Debug)]
pub struct Made {
    /// To be installed on the computers of the town.
    pub authority: PathBuf,
    /// False when the one that was there has signed again.
    pub authority_is_new: bool,
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub names: Vec<String>,
    pub expires_ms: u64,
    /// SHA-256 of the authority, as operating systems show it.
    pub fingerprint: String,
}

/// Makes or uses the authority in `folder`, and a certificate for these names with a new key.
pub fn make(
    folder: &Path,
    city: &str,
    names: &[String],
    ips: &[IpAddr],
    new_authority: bool,
    now_ms: u64,
) -> Result<Made, MakeError> {
    if names.is_empty() && ips.is_empty() {
        return Err(MakeError::NoName);
    }
    if let Some(bad) = names.iter().find(|name| !is_host_name(name)) {
        return Err(MakeError::BadName(bad.clone()));
    }
    let authority_path = folder.join("authority.crt");
    let authority_key_path = folder.join("authority.key");
    fs::create_dir_all(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))
        .map_err(|source| MakeError::Write { path: folder.to_owned(), source })?;
    let authority_is_new = new_authority || !authority_path.exists();
    let authority = if authority_is_new {
        let authority = Authority::new(city, names, ips, now_ms)?;
        write(&authority_key_path, &Zeroizing::new(authority.key.serialize_pem()), 0o600)?;
        write(&authority_path, &authority.certificate.pem(), 0o644)?;
        authority
    } else {
        Authority::read(&authority_path, &authority_key_path, now_ms)?
    };
    let key = KeyPair::generate().map_err(library)?;
    let leaf = leaf_params(city, names, ips, now_ms)?
        .signed_by(&key, &authority.certificate, &authority.key)
        .map_err(library)?;
    // The judge is the same code that browsers' relatives use: names, dates and the bounds of the authority.
    for name in names.iter().cloned().chain(ips.iter().map(IpAddr::to_string)) {
        if !accepted(&authority.der, leaf.der(), &name, now_ms) {
            return Err(MakeError::OtherNames { folder: folder.to_owned() });
        }
    }
    let certificate_path = folder.join("page.crt");
    let key_path = folder.join("page.key");
    // The key first: whoever looks in between finds a pair that does not match and keeps what it has.
    write(&key_path, &Zeroizing::new(key.serialize_pem()), 0o600)?;
    write(&certificate_path, &leaf.pem(), 0o644)?;
    let said = Said::read(leaf.der()).ok_or_else(|| library("it cannot be read back"))?;
    Ok(Made {
        fingerprint: fingerprint(&authority.der),
        authority: authority_path,
        authority_is_new,
        certificate: certificate_path,
        key: key_path,
        names: said.names,
        expires_ms: said.expires_ms,
    })
}

struct Authority {
    /// Issuer of what is signed: its name and key are those of `der`.
    certificate: Certificate,
    der: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    fn new(city: &str, names: &[String], ips: &[IpAddr], now_ms: u64) -> Result<Self, MakeError> {
        let key = KeyPair::generate().map_err(library)?;
        let year = 1970 + now_ms / (365 * DAY.as_millis() as u64 + DAY.as_millis() as u64 / 4);
        let mut params = authority_params(&format!("Alianza {city} {year} (autoridad del nodo)"), now_ms)?;
        params.name_constraints = Some(bounds(names, ips));
        let certificate = params.self_signed(&key).map_err(library)?;
        let der = certificate.der().clone();
        Ok(Self { certificate, der, key })
    }

    fn read(path: &Path, key_path: &Path, now_ms: u64) -> Result<Self, MakeError> {
        let read =
            |path: &Path| fs::read(path).map_err(|source| MakeError::Read { path: path.to_owned(), source });
        let not_ours = || MakeError::NotOurs { path: path.to_owned() };
        let der = CertificateDer::from_pem_slice(&read(path)?).map_err(|_| not_ours())?;
        let secret = Zeroizing::new(read(key_path)?);
        let text = std::str::from_utf8(&secret).map_err(|_| not_ours())?;
        let key = KeyPair::from_pem(text).map_err(|_| not_ours())?;
        let (_, parsed) = parse_x509_certificate(&der).map_err(|_| not_ours())?;
        let name = parsed.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        // Issuing needs the name and the key alone; that they are those of the file is checked on what was signed.
        let params = authority_params(name.ok_or_else(not_ours)?, now_ms)?;
        let certificate = params.self_signed(&key).map_err(library)?;
        Ok(Self { certificate, der, key })
    }
}

fn authority_params(name: &str, now_ms: u64) -> Result<CertificateParams, MakeError> {
    let mut params = CertificateParams::new(Vec::new()).map_err(library)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    dates(&mut params, now_ms, AUTHORITY_DAYS);
    Ok(params)
}

fn leaf_params(
    city: &str,
    names: &[String],
    ips: &[IpAddr],
    now_ms: u64,
) -> Result<CertificateParams, MakeError> {
    let all: Vec<String> = names.iter().cloned().chain(ips.iter().map(IpAddr::to_string)).collect();
    let mut params = CertificateParams::new(all).map_err(library)?;
    params.distinguished_name = DistinguishedName::new();
    // Not a host's name: some verifiers read one that stands here as if it were among the names.
    params.distinguished_name.push(DnType::CommonName, format!("Alianza {city} (page)"));
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    dates(&mut params, now_ms, LEAF_DAYS);
    Ok(params)
}

fn dates(params: &mut CertificateParams, now_ms: u64, days: u32) {
    let now = date_time_ymd(1970, 1, 1) + Duration::from_millis(now_ms);
    params.not_before = now - BEFORE;
    params.not_after = now + DAY * days;
    // Two certificates of one authority never share a number.
    let mut serial = crate::clock::random::<16>();
    serial[0] = serial[0] & 0x7f | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
}

/// These names and nothing else: a kind of name of which none is given is excluded whole.
fn bounds(names: &[String], ips: &[IpAddr]) -> NameConstraints {
    let mut permitted: Vec<GeneralSubtree> = names.iter().cloned().map(GeneralSubtree::DnsName).collect();
    let single = |ip: &IpAddr| match ip {
        IpAddr::V4(four) => CidrSubnet::V4(four.octets(), [255; 4]),
        IpAddr::V6(six) => CidrSubnet::V6(six.octets(), [255; 16]),
    };
    permitted.extend(ips.iter().map(single).map(GeneralSubtree::IpAddress));
    let mut excluded = Vec::new();
    if names.is_empty() {
        excluded.push(GeneralSubtree::DnsName(String::new()));
    }
    if ips.is_empty() {
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::V4([0; 4], [0; 4])));
        excluded.push(GeneralSubtree::IpAddress(CidrSubnet::V6([0; 16], [0; 16])));
    }
    NameConstraints { permitted_subtrees: permitted, excluded_subtrees: excluded }
}

/// Would a careful client that trusts the authority take this certificate for that name?
pub(super) fn accepted(
    authority: &CertificateDer<'static>,
    leaf: &CertificateDer<'static>,
    name: &str,
    now_ms: u64,
) -> bool {
    let mut roots = RootCertStore::empty();
    if roots.add(authority.clone()).is_err() {
        return false;
    }
    let provider = Arc::new(default_provider());
    let Ok(verifier) = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build() else {
        return false;
    };
    let Ok(name) = ServerName::try_from(name.to_owned()) else { return false };
    let now = UnixTime::since_unix_epoch(Duration::from_millis(now_ms));
    verifier.verify_server_cert(leaf, &[], &name, &[], now).is_ok()
}

fn is_host_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label) && name.parse::<IpAddr>().is_err()
}

fn library(error: impl ToString) -> MakeError {
    MakeError::Library(error.to_string())
}

/// Whole, so that a running node never reads half a file.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), MakeError> {
    whole_file::replace(path, text.as_bytes(), mode)
        .map_err(|source| MakeError::Write { path: path.to_owned(), source })
}

/// `AB:CD:…`, as certificate viewers show it.
fn fingerprint(der: &[u8]) -> String {
    let hash = sha256(der);
    let pairs: Vec<String> = hash.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let rustls::SupportedCipherSuite::Tls13(suite) = TLS13_AES_128_GCM_SHA256 else { return Vec::new() };
    suite.common.hash_provider.hash(bytes).as_ref().to_vec()
}
