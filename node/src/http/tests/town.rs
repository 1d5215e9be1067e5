//! A node with people and a page, and an engine that only remembers.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use alianza_shared::access::Role;
use alianza_shared::api::{
    ApiError, ChangesView, CircleStatus, CityView, DocumentView, HistoryView, InvitationView, NewPerson,
    NewsView, PatchResult, StatusView, TimelineView,
};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::super::server::Http;
use super::super::{App, Backend, HttpOptions, router};
use super::client::{Ask, Reply, soon};
use crate::accounts::tests::MemoryLog;
use crate::accounts::{Accounts, By, HashCost, Options};
use crate::engine::handle::{Caller, LiveEvent, LiveSession, Request, Response};

pub(super) const PASSWORD: &str = "una mesa verde sin patas";

/// Places of the queue from tabs to the engine: few, so that a test can fill it.
pub(super) const QUEUE: usize = 64;

#[derive(Clone)]
pub(super) struct FakeEngine(Arc<FakeState>);

pub(super) struct FakeState {
    pub(super) asked: Mutex<Vec<(Caller, Request)>>,
    /// Sender to each attached tab.
    pub(super) tabs: Mutex<Vec<mpsc::Sender<Vec<u8>>>>,
    events: mpsc::Sender<LiveEvent>,
    sessions: AtomicU64,
}

impl Backend for FakeEngine {
    async fn call(&self, caller: &Caller, request: Request) -> Result<Response, ApiError> {
        self.0.asked.lock().expect("not poisoned").push((caller.clone(), request.clone()));
        if let Request::Changes { wait_ms: 1.., .. } = request {
            // Nothing ever changes here.
            std::future::pending::<()>().await;
        }
        answer(request)
    }

    async fn attach(&self, _: &Caller) -> Result<LiveSession, ApiError> {
        let session = self.0.sessions.fetch_add(1, Ordering::SeqCst);
        let (live, to_tab) = LiveSession::new(session, &self.0.events).expect("room");
        self.0.tabs.lock().expect("not poisoned").push(to_tab);
        Ok(live)
    }
}

fn answer(request: Request) -> Result<Response, ApiError> {
    Ok(match request {
        Request::Status => Response::Status(Box::new(status())),
        Request::Cities => Response::Cities(vec![city()]),
        Request::Alliances => Response::Alliances(vec![circle()]),
        Request::Alliance { .. } | Request::CreateAlliance(_) | Request::Join(_) => {
            Response::Alliance(Box::new(circle()))
        }
        Request::Invitations { .. } => Response::Invitations(Vec::new()),
        Request::Invite { .. } => Response::Invitation(Box::new(InvitationView {
            id: "01".repeat(32),
            role: "partner".into(),
            note: String::new(),
            expires_ms: 0,
            state: "live".into(),
            link: Some("alianza://unirse/1/x".into()),
            accepts: Vec::new(),
        })),
        Request::Documents { kind: Some(kind), .. } if kind == "panic" => panic!("asked to"),
        Request::Documents { .. } => Response::Documents(Vec::new()),
        Request::Document { id } if id == "ff".repeat(16) => {
            return Err(ApiError::new(404, "not_found", "No existe."));
        }
        Request::Document { .. } | Request::CreateDocument(_) => Response::Document(Box::new(DocumentView {
            id: "02".repeat(16),
            circle: circle().id,
            kind: "programme".into(),
            owner: None,
            heads: Vec::new(),
            writable: true,
            content: json!({}),
            conflicts: Vec::new(),
            messages: Vec::new(),
            derived: json!({}),
            received_by: Vec::new(),
            lacking: Vec::new(),
        })),
        Request::Patch { if_heads: Some(_), .. } => {
            return Err(ApiError::new(412, "heads.changed", "El documento ha cambiado."));
        }
        Request::Patch { .. } => {
            Response::Patched(PatchResult { heads: Vec::new(), added: Vec::new(), messages: Vec::new() })
        }
        Request::History { .. } => Response::History(HistoryView { items: Vec::new() }),
        Request::Timeline { .. } => Response::Timeline(TimelineView { groups: Vec::new(), older: None }),
        Request::News { seen, .. } => {
            Response::News(NewsView { first: seen.is_empty(), seen_ms: None, documents: Vec::new() })
        }
        Request::Changes { since, .. } => Response::Changes(ChangesView {
            cursor: since,
            documents: Vec::new(),
            circles: Vec::new(),
            reset: false,
        }),
        Request::Leave { .. }
        | Request::RevokeInvite { .. }
        | Request::Admit { .. }
        | Request::SetDirectory { .. } => Response::Done,
    })
}

pub(super) fn city() -> CityView {
    CityView {
        city_id: "03".repeat(32),
        city8: "04".repeat(8),
        name: "Sant Cugat del Vallès".into(),
        country: "ES".into(),
        home: None,
        people: Vec::new(),
    }
}

fn status() -> StatusView {
    StatusView {
        city: city(),
        version: "0".into(),
        protocol: 1,
        journal_bytes: 0,
        read_only: false,
        read_only_why: None,
        reached_from_outside: false,
        listening: Vec::new(),
        alliances: Vec::new(),
        homes: Vec::new(),
        damaged: Vec::new(),
        certificate: None,
    }
}

fn circle() -> CircleStatus {
    CircleStatus {
        id: "05".repeat(32),
        kind: "alliance".into(),
        name: "Alianza Bolivia".into(),
        standing: "active".into(),
        members: Vec::new(),
        documents: 0,
        entries: 0,
        pending: 0,
        waiting: 0,
        held: 0,
        void: 0,
        vector_digest: String::new(),
        state_root: String::new(),
        forks: 0,
    }
}

/// A running page.
pub(super) struct Town {
    pub(super) address: SocketAddr,
    pub(super) accounts: Accounts,
    pub(super) engine: Arc<FakeState>,
    pub(super) events: mpsc::Receiver<LiveEvent>,
    pub(super) now_ms: Arc<AtomicU64>,
    pub(super) log: Arc<MemoryLog>,
    pub(super) stop: CancellationToken,
    pub(super) running: JoinHandle<()>,
}

impl Town {
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(super) async fn with(adjust: impl FnOnce(&mut HttpOptions)) -> Self {
        Self::with_routes(adjust, router::router).await
    }

    pub(super) async fn with_routes(
        adjust: impl FnOnce(&mut HttpOptions),
        routes: impl FnOnce(App) -> axum::Router,
    ) -> Self {
        let (log, now_ms) = (Arc::new(MemoryLog::default()), Arc::new(AtomicU64::new(1_000_000)));
        let clock = Arc::clone(&now_ms);
        let options = Options {
            city: "Sant Cugat del Vallès".into(),
            cost: HashCost::FLOOR,
            clock: Arc::new(move || clock.load(Ordering::SeqCst)),
            seen: None,
        };
        let (accounts, _) = Accounts::open(&[], Arc::clone(&log) as _, options);
        let (sender, events) = mpsc::channel(QUEUE);
        let engine = Arc::new(FakeState {
            asked: Mutex::default(),
            tabs: Mutex::default(),
            events: sender,
            sessions: AtomicU64::new(1),
        });
        let mut options =
            HttpOptions::new("127.0.0.1:0".parse().expect("an address"), "Sant Cugat del Vallès");
        adjust(&mut options);
        let fake = FakeEngine(Arc::clone(&engine));
        let page = Arc::new(super::pages::page);
        let http = Http::bind_with(options, fake, accounts.clone(), page, routes).await.expect("listening");
        let address = http.address();
        let stop = CancellationToken::new();
        let running = tokio::spawn(http.run(stop.clone()));
        Self { address, accounts, engine, events, now_ms, log, stop, running }
    }

    pub(super) async fn add(&self, user: &str, roles: &[Role]) {
        let new = NewPerson {
            user: user.into(),
            name: "Marta Ruiz".into(),
            office: "Cooperación".into(),
            roles: roles.iter().map(|role| role.code().to_owned()).collect(),
            password: PASSWORD.into(),
        };
        self.accounts.create(By::Operator, new).await.expect("created");
    }

    /// A person with these roles, and `Bearer …`.
    pub(super) async fn program(&self, user: &str, roles: &[Role]) -> String {
        self.add(user, roles).await;
        self.token(user).await
    }

    pub(super) async fn token(&self, user: &str) -> String {
        let token = self.accounts.issue_token(By::Operator, user, "prueba").await.expect("issued");
        format!("Bearer {}", token.token)
    }

    /// A person with these roles, signed in: `name=value`.
    pub(super) async fn browser(&self, user: &str, roles: &[Role]) -> String {
        self.add(user, roles).await;
        self.sign_in(user).await
    }

    pub(super) async fn sign_in(&self, user: &str) -> String {
        let reply = self.try_sign_in(user, PASSWORD).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.cookie()
    }

    pub(super) async fn try_sign_in(&self, user: &str, password: &str) -> Reply {
        Ask::post("/api/session", json!({"user": user, "password": password})).to(self.address).await
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn asked(&self) -> Vec<(Caller, Request)> {
        self.engine.asked.lock().expect("not poisoned").clone()
    }

    /// Stops and waits until everything is over.
    pub(super) async fn stopped(self) {
        self.stop.cancel();
        soon(self.running).await.expect("no panic");
    }
}
