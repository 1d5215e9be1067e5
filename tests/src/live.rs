//! A browser tab without a browser: the live socket `/api/live`, with replicas of the documents it has open.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use alianza_shared::id::DocId;
use anyhow::{Context, Result, bail};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ObjId, ROOT, ReadDoc, Value};
use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::client::Client;

pub mod frames;

pub use frames::{FromNode, ToNode};

/// Until the node answers one message.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What the node said to our changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Stored,
    Refused { code: String, message: String },
}

/// A document as this tab holds it.
pub struct Replica {
    pub doc: AutoCommit,
    pub circle: [u8; 32],
    pub kind: String,
    pub owner: Option<[u8; 32]>,
    pub writable: bool,
    /// Cities that have everything of it, as last told.
    pub delivered_to: Vec<[u8; 8]>,
    pub sealed: bool,
    pub rebuilds: u64,
}

/// One tab of one person.
pub struct LiveClient {
    socket: Socket,
    pub city_id: [u8; 32],
    pub city8: [u8; 8],
    pub person_ref: [u8; 8],
    pub session: u64,
    /// Of its changes: city8 ‖ 8 random bytes.
    pub actor: Vec<u8>,
    pub replicas: BTreeMap<DocId, Replica>,
    /// Every refusal heard, with the ref it answers.
    pub refused: Vec<(Option<u64>, String, String)>,
    pub stored: Vec<u64>,
    /// Presence payloads heard, latest last.
    pub presences: Vec<(DocId, [u8; 8], Option<Vec<u8>>)>,
    next_ref: u64,
}

impl LiveClient {
    /// Connects with the token of `client` and says hello.
    pub async fn connect(client: &Client) -> Result<Self> {
        let mut socket = open_socket(client).await?;
        socket.send(Message::binary(ToNode::Hello.encode())).await?;
        let welcome = next_frame(&mut socket, ANSWER_TIMEOUT).await?;
        let FromNode::Welcome { city_id, city8, person_ref, session, .. } = welcome else {
            bail!("the first message is {welcome:?}");
        };
        let mut actor = city8.to_vec();
        actor.extend_from_slice(&rand::random::<[u8; 8]>());
        Ok(Self {
            socket,
            city_id,
            city8,
            person_ref,
            session,
            actor,
            replicas: BTreeMap::new(),
            refused: Vec::new(),
            stored: Vec::new(),
            presences: Vec::new(),
            next_ref: 1,
        })
    }

    /// Opens a document and waits until it is here.
    pub async fn open(&mut self, id: DocId, presence: bool) -> Result<()> {
        let heads = match self.replicas.get_mut(&id) {
            Some(replica) => replica.doc.get_heads().iter().map(|head| head.0).collect(),
            None => Vec::new(),
        };
        self.send(&ToNode::Open { doc: id, heads, presence }).await?;
        let start = Instant::now();
        loop {
            match self.next(ANSWER_TIMEOUT).await? {
                FromNode::Opened { doc, .. } if doc == id => return Ok(()),
                FromNode::Refused { doc: Some(doc), code, message, .. } if doc == id => {
                    bail!("not opened: {code} {message}")
                }
                _ if start.elapsed() > ANSWER_TIMEOUT => bail!("{id} was not opened"),
                _ => {}
            }
        }
    }

    pub async fn send(&mut self, message: &ToNode) -> Result<()> {
        self.send_bytes(message.encode()).await
    }

    /// Any bytes, as a hostile tab would.
    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> Result<()> {
        self.socket.send(Message::binary(bytes)).await.context("the socket is closed")
    }

    /// The next message, already applied to the replicas.
    pub async fn next(&mut self, timeout: Duration) -> Result<FromNode> {
        let frame = next_frame(&mut self.socket, timeout).await?;
        self.take(&frame)?;
        Ok(frame)
    }

    fn take(&mut self, frame: &FromNode) -> Result<()> {
        match frame {
            FromNode::Opened { doc, circle, kind, owner, writable, snapshot, changes, .. } => {
                let mut replica = match self.replicas.remove(doc) {
                    Some(replica) => replica,
                    None => Replica {
                        doc: AutoCommit::new(),
                        circle: *circle,
                        kind: kind.clone(),
                        owner: *owner,
                        writable: *writable,
                        delivered_to: Vec::new(),
                        sealed: false,
                        rebuilds: 0,
                    },
                };
                replica.writable = *writable;
                if let Some(snapshot) = snapshot {
                    let mut loaded = AutoCommit::load(snapshot).context("the snapshot does not load")?;
                    if !replica.doc.is_empty() {
                        loaded.merge(&mut replica.doc)?;
                    }
                    replica.doc = loaded;
                }
                apply(&mut replica.doc, changes)?;
                replica.doc.set_actor(ActorId::from(self.actor.clone()));
                self.replicas.insert(*doc, replica);
            }
            FromNode::Changes { doc, changes, .. } => {
                if let Some(replica) = self.replicas.get_mut(doc) {
                    apply(&mut replica.doc, changes)?;
                }
            }
            FromNode::Delivery { doc, sealed, have, .. } => {
                if let Some(replica) = self.replicas.get_mut(doc) {
                    replica.sealed = *sealed;
                    replica.delivered_to = have.clone();
                }
            }
            FromNode::Stored { reference } => self.stored.push(*reference),
            FromNode::Refused { reference, code, message, .. } => {
                self.refused.push((*reference, code.clone(), message.clone()));
            }
            FromNode::Presence { doc, person_ref, payload, .. } => {
                self.presences.push((*doc, *person_ref, payload.clone()));
            }
            FromNode::Rebuild { doc } => {
                if let Some(replica) = self.replicas.get_mut(doc) {
                    replica.rebuilds += 1;
                }
            }
            FromNode::Welcome { .. } | FromNode::Ping { .. } | FromNode::Pong => {}
        }
        Ok(())
    }

    /// Edits the replica; the raw change, not yet sent.
    pub fn change<F>(&mut self, id: DocId, edit: F) -> Result<Vec<u8>>
    where
        F: FnOnce(&mut AutoCommit) -> Result<()>,
    {
        let replica = self.replicas.get_mut(&id).context("not open")?;
        edit(&mut replica.doc)?;
        commit(&mut replica.doc)
    }

    /// Sends changes of a document; the ref under which the node will answer.
    pub async fn send_changes(&mut self, id: DocId, changes: Vec<Vec<u8>>) -> Result<u64> {
        let reference = self.next_ref;
        self.next_ref += 1;
        self.send(&ToNode::Changes { reference, doc: id, changes }).await?;
        Ok(reference)
    }

    /// Until the node has said what became of `reference`.
    pub async fn verdict(&mut self, reference: u64) -> Result<Verdict> {
        let start = Instant::now();
        loop {
            if self.stored.contains(&reference) {
                return Ok(Verdict::Stored);
            }
            if let Some((_, code, message)) = self.refused.iter().find(|(one, ..)| *one == Some(reference)) {
                return Ok(Verdict::Refused { code: code.clone(), message: message.clone() });
            }
            if start.elapsed() > ANSWER_TIMEOUT {
                bail!("no answer to {reference}; refused so far: {:?}", self.refused);
            }
            self.next(ANSWER_TIMEOUT).await?;
        }
    }

    /// Edits, sends, and waits for the verdict.
    pub async fn edit<F>(&mut self, id: DocId, edit: F) -> Result<Verdict>
    where
        F: FnOnce(&mut AutoCommit) -> Result<()>,
    {
        let change = self.change(id, edit)?;
        let reference = self.send_changes(id, vec![change]).await?;
        self.verdict(reference).await
    }

    /// Puts `text` into the text at `path`, `at` characters from its start, and waits until it is durable.
    pub async fn type_text(&mut self, id: DocId, path: &[&str], at: usize, text: &str) -> Result<Verdict> {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        self.edit(id, |doc| {
            let object = object_at(doc, &path)?;
            Ok(doc.splice_text(&object, at, 0, text)?)
        })
        .await
    }

    /// The text at `path` as this tab has it.
    pub fn text(&self, id: DocId, path: &[&str]) -> Result<String> {
        let replica = self.replicas.get(&id).context("not open")?;
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        let object = object_at(&replica.doc, &path)?;
        Ok(replica.doc.text(&object)?)
    }

    /// Reads messages until `condition` holds.
    pub async fn until<F>(&mut self, what: &str, timeout: Duration, condition: F) -> Result<()>
    where
        F: Fn(&mut Self) -> bool,
    {
        let start = Instant::now();
        while !condition(self) {
            let left =
                timeout.checked_sub(start.elapsed()).with_context(|| format!("not in time: {what}"))?;
            self.next(left).await.with_context(|| format!("not in time: {what}"))?;
        }
        Ok(())
    }

    /// The socket itself, for measuring without this layer.
    pub fn into_socket(self) -> Socket {
        self.socket
    }
}

/// The socket before the first message.
pub async fn open_socket(client: &Client) -> Result<Socket> {
    let url = format!("{}/api/live", client.base.replace("http://", "ws://"));
    let mut request = url.into_client_request()?;
    request.headers_mut().insert("authorization", format!("Bearer {}", client.token).parse()?);
    let (socket, _) = connect_async_with_config(request, None, true).await?;
    Ok(socket)
}

/// Next binary message of the node.
pub async fn next_frame(socket: &mut Socket, timeout: Duration) -> Result<FromNode> {
    loop {
        let message = tokio::time::timeout(timeout, socket.next())
            .await
            .with_context(|| format!("nothing came within {timeout:?}"))?
            .context("the node closed the socket")??;
        match message {
            Message::Binary(bytes) => return FromNode::decode(&bytes),
            Message::Close(reason) => bail!("the node closed the socket: {reason:?}"),
            _ => {}
        }
    }
}

fn apply(doc: &mut AutoCommit, changes: &[Vec<u8>]) -> Result<()> {
    let parsed: Result<Vec<Change>, _> = changes.iter().map(|raw| Change::from_bytes(raw.clone())).collect();
    doc.apply_changes(parsed?)?;
    Ok(())
}

/// Commits what was edited; the raw, uncompressed change.
pub fn commit(doc: &mut AutoCommit) -> Result<Vec<u8>> {
    doc.commit_with(CommitOptions::default()).context("nothing was edited")?;
    let change = doc.get_last_local_change().context("a commit leaves a local change")?;
    Ok(change.raw_bytes().to_vec())
}

/// Follows keys from the root to an object.
pub fn object_at(doc: &AutoCommit, path: &[String]) -> Result<ObjId> {
    let mut object = ROOT;
    for key in path {
        match doc.get(&object, key.as_str())? {
            Some((Value::Object(_), id)) => object = id,
            other => bail!("{key} of {path:?} is {other:?}"),
        }
    }
    Ok(object)
}

/// [`object_at`] with borrowed keys.
pub fn object(doc: &AutoCommit, path: &[&str]) -> Result<ObjId> {
    let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
    object_at(doc, &path)
}
