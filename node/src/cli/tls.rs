//! `alianza tls`: a certificate for the page, and the authority of the town that signs it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::Common;
use super::print::say;
use crate::clock;
use crate::config::Config;
use crate::tls::make;

#[derive(Debug, Subcommand)]
pub(super) enum TlsCommand {
    /// Make an authority of the town and a certificate of the page signed by it; again: renew the certificate.
    ///
    /// The authority is installed once on the computers of the town. It is bound to the names given here: nobody can
    /// use it for any other site. When it is there already, it signs a new certificate for the page.
    Make {
        /// Name under which the page is opened; can be given several times.
        #[arg(long)]
        name: Vec<String>,
        /// Address under which the page is opened; can be given several times.
        #[arg(long)]
        ip: Vec<IpAddr>,
        /// Folder for the files; `tls` in the data folder when not given.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Make another authority in place of the one that is there; computers must then be given the new one.
        #[arg(long)]
        new_authority: bool,
        #[command(flatten)]
        common: Common,
    },
}

pub(super) fn run(command: TlsCommand) -> anyhow::Result<ExitCode> {
    let TlsCommand::Make { name, ip, out, new_authority, common } = command;
    let config = Config::load(&common.data)?;
    let folder = out.clone().unwrap_or_else(|| common.data.join("tls"));
    let made = make(&folder, &config.city, &name, &ip, new_authority, clock::now_ms())?;
    if common.json {
        let value = json!({
            "authority": made.authority, "authority_is_new": made.authority_is_new, "certificate": made.certificate,
            "key": made.key, "names": made.names, "expires_ms": made.expires_ms, "fingerprint": made.fingerprint,
        });
        say!("{value}");
        return Ok(ExitCode::SUCCESS);
    }
    let days = made.expires_ms.saturating_sub(clock::now_ms()) / (24 * 3600 * 1000);
    say!("Certificate for {}, for {days} days:", made.names.join(", "));
    say!("  {}", made.certificate.display());
    say!("  {}", made.key.display());
    if config.tls_certificate.is_some() {
        say!("A running node takes it within half a minute.");
    } else {
        let shown = |file: &str| match &out {
            // A path of config.toml begins at the data folder.
            Some(folder) => std::path::absolute(folder).unwrap_or_else(|_| folder.clone()).join(file),
            None => PathBuf::from("tls").join(file),
        };
        say!("\nPut this into {} and start the node again:", Config::path(&common.data).display());
        say!("  tls_certificate = {:?}", shown("page.crt").display().to_string());
        say!("  tls_key = {:?}", shown("page.key").display().to_string());
    }
    if made.authority_is_new {
        say!(
            "\nInstall this authority once on every computer that opens the page (OPERATIONS.md, section 2):"
        );
        say!("  {}", made.authority.display());
        say!("  SHA-256 {}", made.fingerprint);
    }
    Ok(ExitCode::SUCCESS)
}
