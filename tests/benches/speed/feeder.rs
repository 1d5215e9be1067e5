//! Fills an alliance with documents in entries of an exact shape: the key of a third member, whose node is
//! stopped, signs them, and they reach a node over the protocol like any partner's.

use std::collections::BTreeMap;

use alianza_shared::feed::{Body, Create, Entry, EntryKind, Item};
use alianza_shared::id::{CityId, DocId, Nonce, PersonRef};
use alianza_shared::wire::Message;
use alianza_tests::live::commit;
use alianza_tests::wire::cheat::{Cheat, Session};
use alianza_tests::{Cluster, fixture};
use anyhow::{Context, Result};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ObjType, ROOT};
use serde_json::json;

/// Code of the kind `section` in an entry.
const SECTION: u16 = 4;
/// Bytes of entries in one frame.
const FRAME_BYTES: usize = 500_000;

/// How the documents are made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) documents: usize,
    /// Bytes of text of each.
    pub(crate) text_bytes: usize,
    /// Entries that edit a document after the one that creates it.
    pub(crate) edits: usize,
    /// Changes in each entry of a document.
    pub(crate) changes_per_entry: usize,
    /// Documents created by one entry; above 1 nothing is edited.
    pub(crate) documents_per_entry: usize,
}

/// What was written.
pub(crate) struct Fed {
    /// Text of each document at the end.
    pub(crate) texts: BTreeMap<DocId, String>,
    pub(crate) entries: u64,
    pub(crate) entry_bytes: u64,
}

/// The third member of a cluster of three, taken over.
pub(crate) struct Feeder {
    cheat: Cheat,
    programme: DocId,
    counter: u64,
}

impl Feeder {
    /// Stops node 2 and takes its key. The cluster gets one programme, the parent of all documents.
    pub(crate) async fn take_over(cluster: &mut Cluster) -> Result<Self> {
        let client = cluster.client(0);
        let (_, city8) = fixture::city(&client).await?;
        let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
        let all: Vec<usize> = (0..cluster.nodes.len()).collect();
        cluster.settled(&all).await?;
        // An entry of its own after its admission, whose governance past the fabricated ones go on from.
        cluster.client(2).set(&programme.id, "/visibility_plan", json!("De la tercera ciudad.")).await?;
        cluster.settled(&all).await?;
        cluster.nodes[2].stop().await?;
        let cheat = Cheat::of(&cluster.nodes[2].data, &cluster.circle)?;
        Ok(Self { cheat, programme: programme.id.parse()?, counter: 0 })
    }

    /// Makes the documents and sends them to node 0, until it has stored them.
    pub(crate) async fn feed(&mut self, cluster: &Cluster, shape: Shape) -> Result<Fed> {
        let client = cluster.client(0);
        let node: CityId = fixture::city(&client).await?.0.parse()?;
        let mut session = Session::start(&self.cheat, cluster.nodes[0].port, &node, 1 << 40).await?;
        let mut fed = Fed { texts: BTreeMap::new(), entries: 0, entry_bytes: 0 };
        let mut frame: Vec<Entry> = Vec::new();
        let mut frame_bytes = 0;
        let mut made = 0;
        while made < shape.documents {
            let new = if shape.documents_per_entry > 1 {
                let count = shape.documents_per_entry.min(shape.documents - made);
                made += count;
                vec![self.many(shape, count, &mut fed)?]
            } else {
                made += 1;
                self.one(shape, &mut fed)?
            };
            for entry in new {
                let bytes = entry.body.len() + entry.header_bytes.len() + 64;
                if frame_bytes + bytes > FRAME_BYTES {
                    deliver(&mut session, &mut frame).await?;
                    frame_bytes = 0;
                }
                frame_bytes += bytes;
                fed.entries += 1;
                fed.entry_bytes += bytes as u64;
                frame.push(entry);
            }
        }
        deliver(&mut session, &mut frame).await?;
        Ok(fed)
    }

    fn sign(&mut self, items: &[Item]) -> Entry {
        let body = Body::edit(items);
        let header = self.cheat.header(EntryKind::Edit, &body);
        let entry = Entry::sign(&self.cheat.key, header, body.bytes);
        self.cheat.adopt(&entry);
        entry
    }

    /// A new document with its first changes, and the replica to go on from.
    fn create(&mut self, shape: Shape) -> Result<(Item, AutoCommit, Typist)> {
        self.counter += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.counter.to_be_bytes());
        let nonce = Nonce(nonce);
        let doc = DocId::derive(&self.cheat.circle, &self.cheat.city, &nonce);
        let mut replica = AutoCommit::new();
        let actor = [self.cheat.city.city8().0.as_slice(), &self.counter.to_be_bytes()].concat();
        replica.set_actor(ActorId::from(actor));
        replica.put(ROOT, "kind", "section")?;
        replica.put(ROOT, "v", 1)?;
        replica.put(ROOT, "created_by", self.cheat.city.city8().hex())?;
        replica.put(ROOT, "parent", self.programme.hex())?;
        replica.put(ROOT, "field", "note")?;
        let body = replica.put_object(ROOT, "body", ObjType::Text)?;
        let changes = (1 + shape.edits) * shape.changes_per_entry;
        let mut typist = Typist { body, at: 0, piece_bytes: shape.text_bytes / changes };
        typist.write(&mut replica)?;
        let mut raw = vec![commit(&mut replica)?];
        for _ in 1..shape.changes_per_entry {
            typist.write(&mut replica)?;
            raw.push(commit(&mut replica)?);
        }
        let create = Create { kind: SECTION, owner: None, nonce, parent: Some(self.programme) };
        let item = Item { doc, create: Some(create), by: PersonRef([3; 8]), changes: raw, blobs: Vec::new() };
        Ok((item, replica, typist))
    }

    /// One document: an entry that creates, entries that edit.
    fn one(&mut self, shape: Shape, fed: &mut Fed) -> Result<Vec<Entry>> {
        let (item, mut replica, mut typist) = self.create(shape)?;
        let doc = item.doc;
        let mut entries = vec![self.sign(&[item])];
        for _ in 0..shape.edits {
            let mut changes = Vec::new();
            for _ in 0..shape.changes_per_entry {
                typist.write(&mut replica)?;
                changes.push(commit(&mut replica)?);
            }
            let item = Item { doc, create: None, by: PersonRef([3; 8]), changes, blobs: Vec::new() };
            entries.push(self.sign(&[item]));
        }
        fed.texts.insert(doc, typist.text(&replica)?);
        Ok(entries)
    }

    /// Several documents created by one entry.
    fn many(&mut self, shape: Shape, count: usize, fed: &mut Fed) -> Result<Entry> {
        let mut items = Vec::new();
        for _ in 0..count {
            let (item, replica, typist) = self.create(Shape { edits: 0, ..shape })?;
            fed.texts.insert(item.doc, typist.text(&replica)?);
            items.push(item);
        }
        Ok(self.sign(&items))
    }
}

/// Writes a text piece by piece.
struct Typist {
    body: automerge::ObjId,
    at: usize,
    piece_bytes: usize,
}

impl Typist {
    fn write(&mut self, doc: &mut AutoCommit) -> Result<()> {
        const WORDS: &[u8] = b"La cuenca alta pierde caudal y la red de saneamiento necesita obras. ";
        let piece: String =
            (0..self.piece_bytes).map(|n| char::from(WORDS[(self.at + n) % WORDS.len()])).collect();
        doc.splice_text(&self.body, self.at, 0, &piece)?;
        self.at += piece.len();
        Ok(())
    }

    fn text(&self, doc: &AutoCommit) -> Result<String> {
        use automerge::ReadDoc;
        Ok(doc.text(&self.body)?)
    }
}

/// Sends one frame and waits until the node has stored the last entry of it.
async fn deliver(session: &mut Session, frame: &mut Vec<Entry>) -> Result<()> {
    let Some(last) = frame.last() else { return Ok(()) };
    let (city, count) = (last.header.author.city8(), last.header.seq + 1);
    session.send_entries(frame).await?;
    session
        .hear(|message| match message {
            Message::Ack { lines, .. } => lines.iter().any(|line| line.city == city && line.count >= count),
            _ => false,
        })
        .await
        .context("the node stores what it is fed")?;
    session.heard.clear();
    frame.clear();
    Ok(())
}
