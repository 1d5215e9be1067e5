//! Settings of a node: `config.toml` in its data folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::tls::TlsFiles;

/// What the operator decides. Unknown keys are refused, so that a misspelt one is noticed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the city, as people read it.
    pub city: String,
    /// ISO 3166-1 code of its country.
    pub country: String,
    /// Where partners reach this node (multiaddresses).
    #[serde(default)]
    pub listen: Vec<String>,
    /// Addresses to tell partners, if they differ from `listen` (behind a router, a public name).
    #[serde(default)]
    pub announce: Vec<String>,
    /// Where the page is served.
    pub page: String,
    /// Serve the page without TLS outside this machine. A banner says so on every page.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// A proxy in front of the page speaks TLS with the browsers (and passes Host and Origin unchanged).
    #[serde(default)]
    pub behind_tls: bool,
    /// Certificate chain of the page, PEM; with it and `tls_key` the node speaks TLS itself. From the data folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_certificate: Option<PathBuf>,
    /// Key of that certificate, PEM, not readable by others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Host names under which the page is reached, besides this machine's own.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Look for partners on the local network.
    #[serde(default)]
    pub mdns: bool,
    /// Dial partners at private addresses (a shared network, tests on one machine).
    #[serde(default)]
    pub allow_private_addresses: bool,
    /// Memory for loaded documents.
    #[serde(default = "default_documents_mib")]
    pub documents_mib: usize,
}

fn default_documents_mib() -> usize {
    48
}

/// `name:port` → `name`; an address in brackets keeps its colons.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {source}", path = path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} has a mistake: {what}", path = path.display())]
    Mistake { path: PathBuf, what: String },
}

impl Config {
    pub fn path(data: &Path) -> PathBuf {
        data.join("config.toml")
    }

    pub fn load(data: &Path) -> Result<Self, ConfigError> {
        let path = Self::path(data);
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        toml::from_str(&text).map_err(|error| ConfigError::Mistake { path, what: error.message().to_owned() })
    }

    /// Certificate and key of the page, if the node speaks TLS itself.
    pub fn tls_files(&self, data: &Path) -> Result<Option<TlsFiles>, ConfigError> {
        let missing = |what: &str| {
            let what = format!("tls_certificate and tls_key go together, and {what} is not set");
            Err(ConfigError::Mistake { path: Self::path(data), what })
        };
        match (&self.tls_certificate, &self.tls_key) {
            (None, None) => Ok(None),
            (None, Some(_)) => missing("tls_certificate"),
            (Some(_), None) => missing("tls_key"),
            (Some(certificate), Some(key)) => {
                let names = self.allowed_hosts.iter().map(|host| without_port(host).to_owned()).collect();
                Ok(Some(TlsFiles { certificate: data.join(certificate), key: data.join(key), names }))
            }
        }
    }

    /// The file as `init` writes it.
    pub fn to_text(&self) -> String {
        let list = |items: &[String]| {
            let quoted: Vec<String> = items.iter().map(|item| format!("{:?}", Quoted(item))).collect();
            format!("[{}]", quoted.join(", "))
        };
        let path = |name: &str, path: &Option<PathBuf>| match path {
            Some(path) => format!("{name} = {:?}\n", path.display().to_string()),
            None => String::new(),
        };
        format!(
            "# Settings of this node. See OPERATIONS.md.\n\
             city = {:?}\ncountry = {:?}\n\n\
             # Where partner cities reach this node.\nlisten = {}\nannounce = {}\n\n\
             # Where this city's own people open the page.\npage = {:?}\nallow_plain_http = {}\nbehind_tls = {}\n\
             # Or the node speaks TLS itself: alianza tls make --help\n{}{}\
             allowed_hosts = {}\n\n\
             mdns = {}\nallow_private_addresses = {}\ndocuments_mib = {}\n",
            Quoted(&self.city),
            Quoted(&self.country),
            list(&self.listen),
            list(&self.announce),
            Quoted(&self.page),
            self.allow_plain_http,
            self.behind_tls,
            path("tls_certificate", &self.tls_certificate),
            path("tls_key", &self.tls_key),
            list(&self.allowed_hosts),
            self.mdns,
            self.allow_private_addresses,
            self.documents_mib,
        )
    }
}

/// A text as TOML quotes it. Rust's own way knows escapes that TOML does not (`\u{202e}`).
struct Quoted<'a>(&'a str);

impl std::fmt::Debug for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write as _;
        f.write_char('"')?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                _ if character.is_control() => write!(f, "\\u{:04X}", u32::from(character))?,
                _ => f.write_char(character)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod quoting {
    use super::*;

    #[test]
    fn whatever_a_city_is_called_its_settings_are_read_back() {
        let least = "city = \"x\"\ncountry = \"BO\"\npage = \"127.0.0.1:8080\"\n";
        let mut example: Config = toml::from_str(least).expect("the least that settings need");
        example.city = "Tari\u{202e}ja \"la\" \\ \u{200b}\u{7f}\n\u{85} 🏛".to_owned();
        example.listen = vec!["/dns4/\"x\u{feff}\"/tcp/1".to_owned()];
        let read: Config = toml::from_str(&example.to_text()).expect("init writes what serve reads");
        assert_eq!(read, example);
    }
}
