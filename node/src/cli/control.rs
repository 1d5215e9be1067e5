//! The local socket of a running node (mode 0600 in its data folder): one JSON line asks, one answers. While the
//! node is stopped the same orders are carried out in this process.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use alianza_shared::api::{ApiError, NewPerson};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Common;
use crate::accounts::By;
use crate::clock;
use crate::engine::handle::{Caller, Request, Response};
use crate::node::Node;
use crate::tls;

/// Longest order.
const LINE_MAX_BYTES: u64 = 4 << 20;
const SOCKET: &str = "control.sock";

/// An order of the operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Order {
    Local(LocalRequest),
    Engine(Request),
}

/// Orders that the engine knows nothing of.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum LocalRequest {
    Verify,
    UserAdd { person: NewPerson },
    UserList,
    UserDisable { user: String },
    UserPassword { user: String, password: String },
    UserToken { user: String, name: String },
}

/// Carry out an order on an open node.
pub async fn carry_out(node: &Node, order: Order) -> Result<Value, ApiError> {
    match order {
        Order::Engine(request) => {
            let mut response = node.engine.call(&Caller::operator(), request).await?;
            if let Response::Status(status) = &mut response {
                // While the node is stopped nothing is in use, and what the next start would find is told.
                let stopped = || node.config.tls_files(&node.data).ok().flatten();
                status.certificate = match &node.tls {
                    Some(tls) => Some(tls.view(clock::now_ms())),
                    None => stopped().map(|files| tls::look(files, clock::now_ms())),
                };
            }
            Ok(serde_json::to_value(response).unwrap_or(Value::Null))
        }
        Order::Local(LocalRequest::Verify) => {
            let report = node.engine.verify().await.map_err(|error| {
                ApiError::new(500, "verify", format!("No se puede leer el diario: {error}"))
            })?;
            let clean = report.is_clean();
            let mut value = serde_json::to_value(&report).unwrap_or(Value::Null);
            value["clean"] = json!(clean);
            Ok(value)
        }
        Order::Local(request) => people(node, request).await,
    }
}

async fn people(node: &Node, request: LocalRequest) -> Result<Value, ApiError> {
    let by = || By::Operator;
    let value = match request {
        LocalRequest::UserAdd { person } => to_value(node.accounts.create(by(), person).await?),
        LocalRequest::UserList => to_value(node.accounts.people()),
        LocalRequest::UserDisable { user } => to_value(node.accounts.disable(by(), &user).await?),
        LocalRequest::UserPassword { user, password } => {
            node.accounts.set_password(by(), &user, password).await?;
            Value::Null
        }
        LocalRequest::UserToken { user, name } => {
            to_value(node.accounts.issue_token(by(), &user, &name).await?)
        }
        LocalRequest::Verify => Value::Null,
    };
    node.tell_directory().await?;
    Ok(value)
}

fn to_value(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Answer orders at the local socket until `stop`.
pub fn listen(node: Arc<Node>, stop: CancellationToken) -> anyhow::Result<JoinHandle<()>> {
    let path = node.data.join(SOCKET);
    // We hold the folder's lock, so a socket that is there belongs to nobody.
    let _ = std::fs::remove_file(&path);
    let listener =
        UnixListener::bind(&path).with_context(|| format!("cannot listen at {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else { continue };
            let node = node.clone();
            tokio::spawn(async move {
                if let Err(error) = answer(&node, stream).await {
                    tracing::debug!(%error, "a command went away");
                }
            });
        }
        let _ = std::fs::remove_file(path);
    }))
}

async fn answer(node: &Node, stream: UnixStream) -> anyhow::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    BufReader::new(read.take(LINE_MAX_BYTES)).read_line(&mut line).await?;
    let result = match serde_json::from_str::<Order>(&line) {
        Ok(order) => carry_out(node, order).await,
        Err(error) => Err(ApiError::new(400, "bad_request", format!("La orden no se entiende: {error}"))),
    };
    let text = match result {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "error": error }),
    };
    write.write_all(format!("{text}\n").as_bytes()).await?;
    Ok(())
}

/// Ask the running node, or open its folder if it is stopped. The error is a sentence with the next step.
pub async fn execute(common: &Common, order: Order) -> anyhow::Result<Value> {
    if let Some(result) = ask_running(&common.data, &order).await? {
        return result.map_err(|error| anyhow::anyhow!("{error}"));
    }
    let node = Node::open(&common.data, false).await?;
    let result = carry_out(&node, order).await;
    node.engine.stop().await;
    result.map_err(|error| anyhow::anyhow!("{error}"))
}

/// None when no node is running on that folder.
async fn ask_running(data: &Path, order: &Order) -> anyhow::Result<Option<Result<Value, ApiError>>> {
    let Ok(stream) = UnixStream::connect(data.join(SOCKET)).await else { return Ok(None) };
    let (read, mut write) = stream.into_split();
    write.write_all(format!("{}\n", serde_json::to_string(order)?).as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(read).read_line(&mut line).await?;
    let mut answer: Value =
        serde_json::from_str(&line).context("the node stopped before it answered; try again")?;
    if let Some(error) = answer.get("error") {
        return Ok(Some(Err(serde_json::from_value(error.clone())?)));
    }
    Ok(Some(Ok(answer["ok"].take())))
}

/// The circle meant: the one named, or the only alliance there is.
pub async fn circle(common: &Common, named: Option<String>) -> anyhow::Result<String> {
    if let Some(named) = named {
        return Ok(named);
    }
    let alliances = execute(common, Order::Engine(Request::Alliances)).await?;
    let ids: Vec<&str> =
        alliances.as_array().into_iter().flatten().filter_map(|a| a["id"].as_str()).collect();
    match ids.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => anyhow::bail!("this city belongs to no alliance; found one with: alianza alliance create NAME"),
        _ => anyhow::bail!(
            "this city belongs to several alliances; say which with --circle (alianza alliance list)"
        ),
    }
}
