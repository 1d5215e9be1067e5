//! Composition root: the only file that sees every part.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alianza_shared::api::ApiError;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::accounts::{Accounts, HashCost, LogFailed, Options};
use crate::clock;
use crate::config::Config;
use crate::engine::handle::{Caller, LiveSession, Request, Response};
use crate::engine::{Engine, Start};
use crate::http::{AcceptEncoding, Backend, Http, HttpOptions, Page, PageFile};
use crate::identity::Identity;
use crate::journal::lock::{FolderLock, check_format};
use crate::journal::{JournalName, Journals, LocalLog};
use crate::tls::{self, Tls};

/// A node that is running, with or without network and page.
pub struct Node {
    pub data: PathBuf,
    pub config: Config,
    pub engine: Engine,
    pub accounts: Accounts,
    /// The certificate in use, while the page is served with one.
    pub tls: Option<Tls>,
    _lock: FolderLock,
}

struct AccountLog(LocalLog);

impl crate::accounts::LocalLog for AccountLog {
    fn append(&self, record: Vec<u8>) -> Result<(), LogFailed> {
        self.0.append_blocking(&record).map_err(|error| LogFailed(Box::new(error)))
    }
}

impl Node {
    /// Open a data folder. `online`: take part in the network.
    pub async fn open(data: &Path, online: bool) -> anyhow::Result<Self> {
        check_format(data)?;
        let lock = FolderLock::take(data)?;
        let config = Config::load(data)?;
        let identity = Identity::open(data)?;
        let journals = Journals::open(&data.join("journal"))?;
        let opened = LocalLog::open(&journals, JournalName::Local)?;
        for broken in &opened.breaks {
            tracing::error!(%broken, "the record of accounts, settings and audit is damaged; see: alianza verify");
        }
        let options = Options {
            city: config.city.clone(),
            cost: HashCost::default(),
            clock: Arc::new(clock::now_ms),
            seen: Some(data.join("seen")),
        };
        let log: Arc<dyn crate::accounts::LocalLog> = Arc::new(AccountLog(opened.log));
        let (accounts, replay) = Accounts::open(&opened.records, log, options);
        for broken in &replay.breaks {
            tracing::error!(?broken, "the trail of accounts does not hold together; see: alianza verify");
        }
        let start = Start { data: data.to_owned(), config: config.clone(), seed: *identity.seed, online };
        let engine = Engine::start(start).await?;
        let node = Self { data: data.to_owned(), config, engine, accounts, tls: None, _lock: lock };
        node.tell_directory().await?;
        Ok(node)
    }

    /// The people of this city, for its card.
    pub async fn tell_directory(&self) -> Result<(), ApiError> {
        let people = self.accounts.directory();
        self.engine.call(&Caller::operator(), Request::SetDirectory { people }).await.map(drop)
    }

    /// Serve page, API and control socket until `stop`.
    pub async fn serve(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        let listen = self
            .config
            .page
            .parse()
            .with_context(|| format!("page = {:?} is not an address", self.config.page))?;
        let mut options = HttpOptions::new(listen, self.config.city.clone());
        options.allowed_hosts.clone_from(&self.config.allowed_hosts);
        options.allow_plain_http = self.config.allow_plain_http;
        options.behind_tls = self.config.behind_tls;
        options.tls = self.config.tls_files(&self.data)?.map(Tls::open).transpose()?;
        let tls = options.tls.clone();
        self.tls.clone_from(&tls);
        let plain_outside = self.config.allow_plain_http && tls.is_none();
        let backend = PageBackend { engine: self.engine.clone() };
        let http = Http::bind(options, backend, self.accounts.clone(), page(plain_outside)).await?;
        let address = http.address();
        let node = Arc::new(self);
        let control = crate::cli::control::listen(node.clone(), stop.clone())?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        tracing::info!(%address, city = %node.config.city, "the page is at {scheme}://{address}/");
        let renewal = tokio::spawn(keep_certificate(tls));
        http.run(stop).await;
        renewal.abort();
        control.abort();
        node.engine.stop().await;
        Ok(())
    }
}

/// Reads the certificate again when its files change, and when the operator says so (SIGHUP). Without one, SIGHUP does
/// nothing.
async fn keep_certificate(tls: Option<Tls>) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    if let Some(tls) = &tls {
        tell_certificate(tls);
    }
    loop {
        let asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(tls::LOOK_EVERY) => false,
        };
        let Some(tls) = tls.as_ref().filter(|tls| asked || tls.changed()) else { continue };
        match tls.reload() {
            Ok(()) => {
                tracing::info!("the certificate of the page was read again");
                tell_certificate(tls);
            }
            Err(error) => tracing::error!(%error, "the new certificate of the page is not used"),
        }
    }
}

fn tell_certificate(tls: &Tls) {
    for warning in tls.view(clock::now_ms()).warnings {
        tracing::warn!(%warning, "the certificate of the page needs attention");
    }
}

/// Files of the built page. Browsers reject brotli on plain http outside this machine (web.md §2.6).
fn page(plain_outside: bool) -> Page {
    Arc::new(move |path: &str, accept: AcceptEncoding| {
        let file = alianza_web::file(&format!("/{path}"), accept.br && !plain_outside, accept.gzip)?;
        Some(PageFile {
            bytes: file.bytes.into(),
            content_type: file.content_type.into(),
            etag: file.etag.trim_matches('"').into(),
            encoding: file.encoding,
            immutable: file.immutable,
        })
    })
}

/// The engine as the page reaches it.
#[derive(Clone)]
struct PageBackend {
    engine: Engine,
}

impl Backend for PageBackend {
    async fn call(&self, caller: &Caller, request: Request) -> Result<Response, ApiError> {
        self.engine.call(caller, request).await
    }

    async fn attach(&self, caller: &Caller) -> Result<LiveSession, ApiError> {
        self.engine.attach(caller).await
    }
}
