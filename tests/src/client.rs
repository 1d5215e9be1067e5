//! The HTTP API as another program of the town hall would use it: a token, JSON, and nothing of the node's own
//! code but the types of the answers. Everything that depends on the API's shape is in this file.

use std::collections::BTreeMap;
use std::time::Duration;

use alianza_shared::api::{
    ChangesView, CircleStatus, CityView, DocumentSummary, DocumentView, HistoryView, InvitationView,
    Operation, PatchResult, StatusView,
};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::canonical::{canonical, sha256};

/// What the node answered instead of doing it.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

/// One person's way into one node.
#[derive(Debug, Clone)]
pub struct Client {
    pub base: String,
    pub token: String,
    /// Of a session, when signed in with a password in place of a token.
    cookie: Option<String>,
    http: reqwest::Client,
}

/// How long one request may take before it counts as refused.
const REQUEST_TIMEOUT_MS: u64 = 40_000;

impl Client {
    /// `page` is the port of the page on loopback.
    pub fn new(page: u16, token: &str) -> Self {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_millis(REQUEST_TIMEOUT_MS))
            .pool_max_idle_per_host(8)
            .build()
            .expect("a plain client needs nothing that could be missing");
        Self { base: format!("http://127.0.0.1:{page}"), token: token.to_owned(), cookie: None, http }
    }

    /// Signs in as the page does.
    ///
    /// # Errors
    /// When user or password are refused, or no cookie is set.
    pub async fn sign_in(base: &str, user: &str, password: &str) -> Result<Self, Refusal> {
        let mut client = Self::new(0, "");
        client.base = base.trim_end_matches('/').to_owned();
        let body = json!({"user": user, "password": password}).to_string().into_bytes();
        let (status, headers, bytes) = client.raw(Method::POST, "/api/session", &[], Some(body)).await?;
        if !status.is_success() {
            return Err(Refusal::from_body(status.as_u16(), &bytes));
        }
        let cookie = headers.get("set-cookie").and_then(|value| value.to_str().ok());
        let cookie = cookie.and_then(|value| value.split(';').next()).map(str::to_owned);
        client.cookie = Some(cookie.ok_or_else(|| Refusal {
            status: status.as_u16(),
            code: "test.no_cookie".to_owned(),
            message: "a session sets a cookie".to_owned(),
        })?);
        Ok(client)
    }

    /// Name and value of the session's cookie.
    pub fn cookie_header(&self) -> Option<String> {
        self.cookie.clone()
    }

    /// Status and body as they came; for tests of refusals and headers.
    pub async fn raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, reqwest::header::HeaderMap, Vec<u8>), Refusal> {
        let mut own = Vec::new();
        if self.token.is_empty() {
            // A browser says where its page came from.
            own.extend([("origin", self.base.as_str()), ("sec-fetch-site", "same-origin")]);
        }
        own.extend_from_slice(headers);
        self.raw_without_origin(method, path, &own, body).await
    }

    /// [`Client::raw`] as a browser on another site, or a program, sends it.
    pub async fn raw_without_origin(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, reqwest::header::HeaderMap, Vec<u8>), Refusal> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let answer = request.send().await.map_err(Refusal::transport)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.map_err(Refusal::transport)?.to_vec();
        Ok((status, headers, body))
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<T, Refusal> {
        let body = body.map(|value| value.to_string().into_bytes());
        let (status, _, bytes) = self.raw(method, path, headers, body).await?;
        if !status.is_success() {
            return Err(Refusal::from_body(status.as_u16(), &bytes));
        }
        let text = if bytes.is_empty() { b"null".as_slice() } else { bytes.as_slice() };
        serde_json::from_slice(text).map_err(|error| Refusal {
            status: status.as_u16(),
            code: "test.unreadable".to_owned(),
            message: format!("{path}: {error}: {}", String::from_utf8_lossy(text)),
        })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Refusal> {
        self.call(Method::GET, path, &[], None).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T, Refusal> {
        self.call(Method::POST, path, &[], Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Result<Value, Refusal> {
        self.call(Method::DELETE, path, &[], None).await
    }

    pub async fn status(&self) -> Result<StatusView, Refusal> {
        self.get("/api/status").await
    }

    pub async fn cities(&self) -> Result<Vec<CityView>, Refusal> {
        self.get("/api/cities").await
    }

    pub async fn alliances(&self) -> Result<Vec<CircleStatus>, Refusal> {
        self.get("/api/alliances").await
    }

    pub async fn invitations(&self, circle: &str) -> Result<Vec<InvitationView>, Refusal> {
        self.get(&format!("/api/alliances/{circle}/invitations")).await
    }

    pub async fn documents(&self, circle: &str) -> Result<Vec<DocumentSummary>, Refusal> {
        self.get(&format!("/api/documents?circle={circle}")).await
    }

    pub async fn document(&self, id: &str) -> Result<DocumentView, Refusal> {
        self.get(&format!("/api/documents/{id}")).await
    }

    pub async fn history(&self, id: &str) -> Result<HistoryView, Refusal> {
        self.get(&format!("/api/documents/{id}/history")).await
    }

    pub async fn changes(&self, since: u64, wait_s: u64) -> Result<ChangesView, Refusal> {
        self.get(&format!("/api/changes?since={since}&wait={wait_s}")).await
    }

    pub async fn create(&self, circle: &str, kind: &str, fields: Value) -> Result<DocumentView, Refusal> {
        self.post("/api/documents", json!({"circle": circle, "kind": kind, "fields": fields})).await
    }

    pub async fn patch(&self, id: &str, operations: &[Operation]) -> Result<PatchResult, Refusal> {
        let body = json!({ "operations": operations });
        self.call(Method::PATCH, &format!("/api/documents/{id}"), &[], Some(body)).await
    }

    /// Only if the document still has these heads.
    pub async fn patch_if(
        &self,
        id: &str,
        heads: &[String],
        operations: &[Operation],
    ) -> Result<PatchResult, Refusal> {
        let body = json!({ "operations": operations });
        let heads = heads.join(",");
        self.call(Method::PATCH, &format!("/api/documents/{id}"), &[("if-heads", &heads)], Some(body)).await
    }

    /// One value.
    pub async fn set(&self, id: &str, path: &str, value: Value) -> Result<PatchResult, Refusal> {
        self.patch(id, &[set(path, value)]).await
    }

    /// A new item of a collection; its id.
    pub async fn add(&self, id: &str, path: &str, value: Value) -> Result<String, Refusal> {
        let result = self.patch(id, &[add(path, value)]).await?;
        result.added.first().cloned().ok_or_else(|| Refusal {
            status: 200,
            code: "test.no_id".to_owned(),
            message: format!("add {path} answered no id"),
        })
    }

    /// Every document of one circle as it is read, keyed by id: what two nodes must agree on.
    /// Left out: what depends on who asks (`writable`) and on whom the node has heard (`received_by`, `lacking`).
    pub async fn everything(&self, circle: &str) -> Result<BTreeMap<String, Value>, Refusal> {
        let mut all = BTreeMap::new();
        for summary in self.documents(circle).await? {
            let view = self.document(&summary.id).await?;
            let mut heads = view.heads.clone();
            heads.sort();
            let value = json!({
                "id": view.id, "circle": view.circle, "kind": view.kind, "owner": view.owner,
                "heads": heads, "content": view.content, "conflicts": view.conflicts, "derived": view.derived,
            });
            all.insert(view.id, value);
        }
        Ok(all)
    }

    /// SHA-256 of the canonical JSON of all documents of one circle.
    pub async fn digest(&self, circle: &str) -> Result<String, Refusal> {
        let all: serde_json::Map<String, Value> = self.everything(circle).await?.into_iter().collect();
        Ok(sha256(canonical(&Value::Object(all)).as_bytes()))
    }

    /// Documents of one kind, with their content.
    pub async fn of_kind(&self, circle: &str, kind: &str) -> Result<Vec<DocumentView>, Refusal> {
        let mut found = Vec::new();
        for summary in self.documents(circle).await?.into_iter().filter(|one| one.kind == kind) {
            found.push(self.document(&summary.id).await?);
        }
        Ok(found)
    }
}

pub fn set(path: &str, value: Value) -> Operation {
    Operation::Set { path: path.to_owned(), value }
}

pub fn add(path: &str, value: Value) -> Operation {
    Operation::Add { path: path.to_owned(), value }
}

pub fn remove(path: &str) -> Operation {
    Operation::Remove { path: path.to_owned() }
}

pub fn splice(path: &str, index: u64, delete: u64, insert: &str) -> Operation {
    Operation::Splice { path: path.to_owned(), index, delete, insert: insert.to_owned() }
}

impl Refusal {
    fn transport(error: reqwest::Error) -> Self {
        Self { status: 0, code: "test.transport".to_owned(), message: format!("{error:?}") }
    }

    fn from_body(status: u16, bytes: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(bytes).unwrap_or(Value::Null);
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            status,
            code: text("code").unwrap_or_default(),
            message: text("message").unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    /// No answer came: the node was not there, or went away.
    pub fn is_transport(&self) -> bool {
        self.status == 0
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.status, self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
