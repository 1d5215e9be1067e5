//! Certificates made here, read back, and everything that may be wrong with them.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::files::covers;
use super::make::accepted;
use super::*;

const NOW_MS: u64 = 1_790_000_000_000;
const DAY_MS: u64 = 24 * 3600 * 1000;
pub(crate) const NAME: &str = "alianza.palencia.example";

/// A town's authority and certificate, for `alianza.palencia.example` and this machine.
pub(crate) struct TownFiles {
    pub(crate) folder: TempDir,
    pub(crate) made: Made,
}

impl TownFiles {
    pub(crate) fn new(now_ms: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let made = made(folder.path(), &[NAME], &["127.0.0.1"], false, now_ms).expect("made");
        Self { folder, made }
    }

    pub(crate) fn files(&self, names: &[&str]) -> TlsFiles {
        files(self.folder.path(), names)
    }

    /// The certificate is signed again, with a new key.
    pub(crate) fn renew(&self, now_ms: u64) -> Made {
        made(self.folder.path(), &[NAME], &["127.0.0.1"], false, now_ms).expect("made again")
    }
}

/// A client that trusts this authority alone, with these versions; and the certificate that it was shown.
pub(crate) async fn shake(
    authority: &Path,
    name: &str,
    address: SocketAddr,
    versions: &[&'static SupportedProtocolVersion],
) -> io::Result<(tokio_rustls::client::TlsStream<TcpStream>, Vec<u8>)> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).expect("an authority")).expect("added");
    let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let stream = TcpStream::connect(address).await?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let shown = stream.get_ref().1.peer_certificates().expect("shown")[0].to_vec();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]), "the page speaks HTTP/1.1 alone");
    Ok((stream, shown))
}

pub(crate) const BOTH: [&SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];

fn made(
    folder: &Path,
    names: &[&str],
    ips: &[&str],
    new_authority: bool,
    now_ms: u64,
) -> Result<Made, MakeError> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let ips: Vec<std::net::IpAddr> = ips.iter().map(|ip| ip.parse().expect("an address")).collect();
    make(folder, "Palencia", &names, &ips, new_authority, now_ms)
}

fn files(folder: &Path, names: &[&str]) -> TlsFiles {
    TlsFiles {
        certificate: folder.join("page.crt"),
        key: folder.join("page.key"),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn der(path: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(path).expect("a certificate")
}

/// S16: what `alianza tls make` leaves can be served at once; keys are for their owner alone.
#[test]
fn a_town_certificate_is_served_as_it_was_made() {
    let town = TownFiles::new(NOW_MS);
    let folder = town.folder.path();
    for key in ["authority.key", "page.key"] {
        assert_eq!(fs::metadata(folder.join(key)).expect(key).permissions().mode() & 0o777, 0o600, "{key}");
    }
    assert!(!folder.join("page.new").exists() && !folder.join("authority.new").exists());
    assert_eq!(town.made.fingerprint.len(), 32 * 3 - 1, "SHA-256 as {}", town.made.fingerprint);
    let tls = Tls::open(town.files(&[NAME, "127.0.0.1"])).expect("usable");
    let view = tls.view(NOW_MS);
    assert_eq!(view.names, [NAME, "127.0.0.1"]);
    assert_eq!(view.warnings, Vec::<String>::new());
    assert_eq!(view.expires_ms / DAY_MS, NOW_MS / DAY_MS + 800);
    assert!(
        tls.names_host(NAME) && tls.names_host("ALIANZA.palencia.example") && tls.names_host("127.0.0.1")
    );
    assert!(!tls.names_host("palencia.example") && !tls.names_host("x.alianza.palencia.example"));
}

/// S16: the authority stays, so that it is installed once; the certificate and its key are new.
#[test]
fn a_certificate_is_renewed_by_the_same_authority() {
    let town = TownFiles::new(NOW_MS);
    let (authority, leaf) = (der(&town.made.authority), der(&town.made.certificate));
    let key = fs::read(&town.made.key).expect("a key");
    let later = NOW_MS + 790 * DAY_MS;
    let again = town.renew(later);
    assert!(!again.authority_is_new && again.fingerprint == town.made.fingerprint);
    assert_eq!(der(&again.authority), authority);
    assert_ne!(der(&again.certificate), leaf);
    assert_ne!(fs::read(&again.key).expect("a key"), key);
    assert!(accepted(&authority, &der(&again.certificate), NAME, later + 799 * DAY_MS));
}

/// S16: whoever gets hold of the authority's key can pretend to be nothing but this page.
#[test]
fn an_authority_is_bound_to_its_names() {
    let town = TownFiles::new(NOW_MS);
    let folder = town.folder.path();
    let before = fs::read(&town.made.certificate).expect("there");
    for (names, ips) in [
        (vec!["banco.example"], vec![]),
        (vec![NAME, "banco.example"], vec![]),
        (vec!["palencia.example"], vec![]),
        (vec![], vec!["10.0.0.9"]),
        (vec![NAME], vec!["127.0.0.2"]),
        (vec![], vec!["::1"]),
    ] {
        let refused = made(folder, &names, &ips, false, NOW_MS).expect_err("not its names");
        assert!(matches!(refused, MakeError::OtherNames { .. }), "{names:?} {ips:?}: {refused}");
        assert!(refused.to_string().contains("--new-authority"), "{refused}");
    }
    assert_eq!(fs::read(&town.made.certificate).expect("there"), before, "nothing was replaced");
    let other = made(folder, &["otra.example"], &[], true, NOW_MS).expect("a new authority");
    assert!(other.authority_is_new && other.fingerprint != town.made.fingerprint);

    let by_name = tempfile::tempdir().expect("a folder");
    made(by_name.path(), &[NAME], &[], false, NOW_MS).expect("a name alone");
    let refused = made(by_name.path(), &[], &["127.0.0.1"], false, NOW_MS);
    assert!(matches!(refused, Err(MakeError::OtherNames { .. })), "no address was given: none is allowed");
    let by_ip = tempfile::tempdir().expect("a folder");
    made(by_ip.path(), &[], &["192.168.1.20", "fd00::20"], false, NOW_MS).expect("addresses alone");
    let refused = made(by_ip.path(), &[NAME], &[], false, NOW_MS);
    assert!(matches!(refused, Err(MakeError::OtherNames { .. })), "no name was given: none is allowed");
}

#[test]
fn odd_names_are_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(made(folder.path(), &[], &[], false, NOW_MS), Err(MakeError::NoName)));
    for odd in
        ["", "a b", "año.es", "x..y", "-x.es", "10.0.0.1", "*.palencia.es", "x.es:8443", "https://x.es"]
    {
        let refused = made(folder.path(), &[odd], &[], false, NOW_MS);
        assert!(matches!(refused, Err(MakeError::BadName(_))), "{odd}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 0);
}

fn refused(files: TlsFiles) -> String {
    Tls::open(files).expect_err("it must not open").to_string()
}

/// S16, RQ-clear-errors: every mistake is one sentence that names the file and the next step.
#[test]
fn mistakes_are_named() {
    let town = TownFiles::new(NOW_MS);
    let folder = town.folder.path();
    let good = town.files(&[]);
    let with = |certificate: &str, key: &str| TlsFiles {
        certificate: folder.join(certificate),
        key: folder.join(key),
        names: Vec::new(),
    };
    let none = refused(with("none.crt", "page.key"));
    assert!(none.contains("none.crt") && none.contains("tls_certificate"), "{none}");
    let none = refused(with("page.crt", "none.key"));
    assert!(none.contains("none.key") && none.contains("tls_key"), "{none}");
    let other = refused(with("page.crt", "authority.key"));
    assert!(other.contains("authority.key") && other.contains("no es la del certificado"), "{other}");
    let swapped = refused(with("page.key", "page.key"));
    assert!(swapped.contains("no contiene ningún certificado"), "{swapped}");
    let swapped = refused(with("page.crt", "page.crt"));
    assert!(swapped.contains("page.crt"), "{swapped}");
    fs::set_permissions(&good.key, fs::Permissions::from_mode(0o600)).expect("set");
    let certificate_as_key = folder.join("wrong.key");
    fs::copy(&good.certificate, &certificate_as_key).expect("copied");
    fs::set_permissions(&certificate_as_key, fs::Permissions::from_mode(0o600)).expect("set");
    let wrong = refused(with("page.crt", "wrong.key"));
    assert!(wrong.contains("no contiene una clave privada"), "{wrong}");
    for bytes in
        [&b""[..], b"hola", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", &[0xff; 99]]
    {
        fs::write(folder.join("bad.crt"), bytes).expect("written");
        let bad = refused(with("bad.crt", "page.key"));
        assert!(bad.contains("bad.crt"), "{bad}");
    }
    for (mode, fine) in
        [(0o600, true), (0o400, true), (0o640, true), (0o644, false), (0o604, false), (0o660, false)]
    {
        fs::set_permissions(&good.key, fs::Permissions::from_mode(mode)).expect("set");
        match Tls::open(good.clone()) {
            Ok(_) => assert!(fine, "{mode:o}"),
            Err(error) => {
                assert!(!fine && error.to_string().contains("chmod 600"), "{mode:o}: {error}");
            }
        }
    }
}

/// S16: what will stop working is told before it does.
#[test]
fn dates_and_names_are_warned_of() {
    let town = TownFiles::new(NOW_MS);
    let tls = Tls::open(town.files(&[NAME, "otra.palencia.example", "10.1.1.1"])).expect("usable");
    let warned = |at_ms: u64| tls.view(at_ms).warnings.join("\n");
    let at_start = warned(NOW_MS);
    assert!(at_start.contains("«otra.palencia.example»") && at_start.contains("«10.1.1.1»"), "{at_start}");
    assert!(!at_start.contains(&format!("«{NAME}»")) && !at_start.contains("caduca"), "{at_start}");
    assert!(!warned(NOW_MS + 769 * DAY_MS).contains("caduca"));
    assert!(
        warned(NOW_MS + 790 * DAY_MS).contains("caduca dentro de 10 días"),
        "{}",
        warned(NOW_MS + 790 * DAY_MS)
    );
    assert!(warned(NOW_MS + 800 * DAY_MS - 1).contains("menos de un día"));
    assert!(warned(NOW_MS + 801 * DAY_MS + 1).contains("caducó hace 1 día"));
    assert!(warned(NOW_MS - 2 * DAY_MS).contains("todavía no vale"));
    assert!(!at_start.contains("firmado por sí mismo"));
    // Signed by itself: the authority as if it were the certificate of the page.
    let itself = TlsFiles {
        certificate: town.folder.path().join("authority.crt"),
        key: town.folder.path().join("authority.key"),
        names: Vec::new(),
    };
    let itself = Tls::open(itself).expect("usable").view(NOW_MS).warnings.join("\n");
    assert!(itself.contains("firmado por sí mismo") && itself.contains("alianza tls make"), "{itself}");
}

/// S16: a new certificate is taken while the node runs; a broken one is not, and is told.
#[test]
fn a_broken_renewal_keeps_the_certificate_in_use() {
    let town = TownFiles::new(NOW_MS);
    let tls = Tls::open(town.files(&[])).expect("usable");
    assert!(!tls.changed());
    let expires = tls.view(NOW_MS).expires_ms;
    let key = PathBuf::from(&town.made.key);
    fs::write(&key, "nada").expect("written");
    assert!(tls.changed());
    tls.reload().expect_err("no key");
    assert!(!tls.changed(), "looked at once, told once");
    let view = tls.view(NOW_MS);
    assert_eq!(view.expires_ms, expires);
    assert!(view.warnings[0].contains("sigue el que había"), "{:?}", view.warnings);
    fs::remove_file(&key).expect("removed");
    assert!(tls.changed());
    tls.reload().expect_err("no file");
    town.renew(NOW_MS + 5 * DAY_MS);
    assert!(tls.changed());
    tls.reload().expect("a good pair");
    let view = tls.view(NOW_MS + 5 * DAY_MS);
    assert!(view.expires_ms == expires + 5 * DAY_MS && view.warnings.is_empty(), "{view:?}");
}

#[test]
fn a_star_is_one_label() {
    let names = ["*.palencia.es".to_owned(), "10.0.0.1".to_owned(), "fd00::1".to_owned()];
    for host in ["a.palencia.es", "A.PALENCIA.ES", "10.0.0.1", "[fd00::1]"] {
        assert!(covers(&names, host), "{host}");
    }
    for host in ["palencia.es", "a.b.palencia.es", ".palencia.es", "10.0.0.2", "xpalencia.es", ""] {
        assert!(!covers(&names, host), "{host}");
    }
}
