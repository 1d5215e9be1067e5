//! `alianza init`: the data folder of a new node.

use std::path::PathBuf;
use std::process::ExitCode;

use alianza_shared::api::NewPerson;
use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use super::print::say;
use crate::accounts::{By, random_password};
use crate::config::Config;
use crate::engine::handle::{Caller, Request, Response};
use crate::identity::Identity;
use crate::journal::lock::write_format;
use crate::node::Node;

#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Data folder to make; it must not hold a node already.
    #[arg(long, env = "ALIANZA_DATA", default_value = "./alianza-data")]
    data: PathBuf,
    /// Name of the city.
    #[arg(long)]
    city: String,
    /// ISO 3166-1 code of its country: ES, BO, CO…
    #[arg(long)]
    country: String,
    /// Address of the page for the city's own people.
    #[arg(long, default_value = "127.0.0.1:8080")]
    page: String,
    /// Where partners reach this node, such as /ip4/0.0.0.0/tcp/4710; can be given several times.
    #[arg(long)]
    listen: Vec<String>,
    /// Address to tell partners, if it is another one, such as /dns4/alianza.ejemplo.es/tcp/4710.
    #[arg(long)]
    announce: Vec<String>,
    /// User name of the first account, which administers the node.
    #[arg(long, default_value = "admin")]
    admin: String,
    /// Dial partners at private addresses too (10.x, 192.168.x, this machine): when they share a network with you.
    #[arg(long)]
    allow_private_addresses: bool,
    /// Serve the page without TLS outside this machine.
    #[arg(long)]
    allow_plain_http: bool,
    /// A proxy in front of the page speaks TLS with the browsers.
    #[arg(long)]
    behind_tls: bool,
    /// Name under which people open the page; can be given several times.
    #[arg(long)]
    allowed_host: Vec<String>,
    /// Print data as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: InitArgs) -> anyhow::Result<ExitCode> {
    let country = args.country.to_uppercase();
    anyhow::ensure!(
        country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()),
        "the country is a code of two letters, such as ES or BO"
    );
    anyhow::ensure!(
        !args.city.trim().is_empty() && args.city.len() <= 200,
        "the city needs a name of at most 200 letters"
    );
    anyhow::ensure!(
        !args.data.join("format").exists(),
        "{} holds a node already; choose another folder with --data",
        args.data.display()
    );
    let page: std::net::SocketAddr = args
        .page
        .parse()
        .with_context(|| format!("{:?} is not an address such as 127.0.0.1:8080", args.page))?;
    let default_listen =
        || vec!["/ip4/0.0.0.0/tcp/4710".to_owned(), "/ip4/0.0.0.0/udp/4710/quic-v1".to_owned()];
    let loopback = |address: &String| address.starts_with("/ip4/127.");
    let config = Config {
        city: args.city.trim().to_owned(),
        country,
        allow_private_addresses: args.allow_private_addresses || args.listen.iter().any(loopback),
        listen: if args.listen.is_empty() { default_listen() } else { args.listen },
        announce: args.announce,
        page: page.to_string(),
        allow_plain_http: args.allow_plain_http,
        behind_tls: args.behind_tls,
        tls_certificate: None,
        tls_key: None,
        allowed_hosts: args.allowed_host,
        mdns: false,
        documents_mib: 48,
    };
    std::fs::create_dir_all(&args.data).with_context(|| format!("cannot make {}", args.data.display()))?;
    protect(&args.data)?;
    Identity::create(&args.data)?;
    std::fs::write(Config::path(&args.data), config.to_text())?;
    write_format(&args.data)?;
    let node = Node::open(&args.data, false).await?;
    let password = random_password();
    let person = NewPerson {
        user: args.admin.clone(),
        name: format!("Administración de {}", config.city),
        office: "Administración del servidor".to_owned(),
        roles: vec!["node_admin".to_owned(), "coop_officer".to_owned()],
        password: password.clone(),
    };
    node.accounts.create(By::Operator, person).await?;
    node.tell_directory().await?;
    let status = node.engine.call(&Caller::operator(), Request::Status).await?;
    node.engine.stop().await;
    let city_id = match status {
        Response::Status(status) => status.city.city_id,
        _ => String::new(),
    };
    let data = args.data.display().to_string();
    if args.json {
        let value = json!({ "city_id": city_id, "data": data, "page": config.page, "user": args.admin, "password": password });
        say!("{value}");
    } else {
        say!("The node of {} is in {data}.", config.city);
        say!("City id:   {city_id}");
        say!("User:      {}", args.admin);
        say!("Password:  {password}   (shown once; keep it)");
        say!("Next:      alianza serve --data {data}   and open http://{}/", config.page);
    }
    Ok(ExitCode::SUCCESS)
}

fn protect(data: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(data, std::fs::Permissions::from_mode(0o700))
}
