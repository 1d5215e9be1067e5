//! A member that cheats: it holds a city's real key and journal, and signs entries that no honest node would.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use alianza_shared::feed::body::check_edit;
use alianza_shared::feed::{Body, Entry, EntryKind, Header, Item, Seen, Vector};
use alianza_shared::id::{CircleId, City8, CityId, DocId, EntryHash, PersonRef};
use alianza_shared::wire::{CORE_VERSION, Message, PROTOCOL, Tag8, WireEntry, tag};
use anyhow::{Context, Result};
use automerge::{ActorId, AutoCommit, Change};
use ed25519_dalek::SigningKey;

use super::{Peer, SYNC, Wire};
use crate::canonical::unhex;
use crate::journal::{KIND_ENTRY, records};

/// Until the node has answered what it was sent.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The key and all entries of a city that is a member, taken from its stopped node.
pub struct Cheat {
    pub key: SigningKey,
    pub city: CityId,
    pub circle: CircleId,
    /// All entries it had, in the order of its journal.
    pub entries: Vec<Entry>,
    /// Its own latest.
    last: Option<Entry>,
    /// What its own entries have said to have seen.
    known: BTreeMap<(City8, u32), u64>,
    /// Of its fabricated changes.
    pub actor: Vec<u8>,
}

impl Cheat {
    /// Takes over the data folder of a stopped node.
    ///
    /// # Errors
    /// When key or journal cannot be read.
    pub fn of(data: &Path, circle: &str) -> Result<Self> {
        let seed = std::fs::read_to_string(data.join("identity").join("node.key"))?;
        let seed: [u8; 32] = unhex(seed.trim())
            .and_then(|bytes| bytes.try_into().ok())
            .context("node.key holds 32 bytes in hexadecimal")?;
        let key = SigningKey::from_bytes(&seed);
        let city = CityId(key.verifying_key().to_bytes());
        let mut entries = Vec::new();
        for record in records(&data.join("journal").join(circle))? {
            if record.kind == KIND_ENTRY {
                entries.push(Entry::decode(&record.payload).context("an Entry record holds an entry")?);
            }
        }
        let mut actor = city.city8().0.to_vec();
        actor.extend_from_slice(&[0xEE; 8]);
        let own: Vec<Entry> = entries.iter().filter(|entry| entry.header.author == city).cloned().collect();
        let circle = circle.parse()?;
        let mut cheat = Self { key, city, circle, entries, last: None, known: BTreeMap::new(), actor };
        for entry in &own {
            cheat.adopt(entry);
        }
        Ok(cheat)
    }

    /// A document as its entries make it, and whether it was found.
    ///
    /// # Errors
    /// When a body is not readable.
    pub fn document(&self, id: DocId) -> Result<AutoCommit> {
        let mut doc = AutoCommit::new();
        for entry in self.entries.iter().filter(|entry| entry.header.kind == EntryKind::Edit) {
            let (items, _) = check_edit(&entry.body).context("a stored body is whole")?;
            for item in items.iter().filter(|item| item.doc == id) {
                for raw in &item.changes {
                    doc.apply_changes([Change::from_bytes(raw.clone())?])?;
                }
            }
        }
        doc.set_actor(ActorId::from(self.actor.clone()));
        Ok(doc)
    }

    /// The header that an honest node of this city would sign next over this body.
    pub fn header(&self, kind: EntryKind, body: &Body) -> Header {
        let last = self.last.as_ref();
        let mut tips: BTreeMap<(City8, u32), Seen> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.header.author != self.city) {
            let place = entry.header.place();
            let mut tip8 = [0; 8];
            tip8.copy_from_slice(&entry.hash.0[..8]);
            let seen = Seen { city: place.city, epoch: place.epoch, seq: place.seq, tip8 };
            if self.known.get(&(place.city, place.epoch)).is_none_or(|&seq| seq < place.seq) {
                tips.insert((place.city, place.epoch), seen);
            }
        }
        Header {
            v: 1,
            circle: self.circle,
            author: self.city,
            key_ix: 0,
            epoch: last.map_or(0, |entry| entry.header.epoch),
            seq: last.map_or(0, |entry| entry.header.seq + 1),
            prev: last.map_or(EntryHash([0; 32]), |entry| entry.hash),
            gov: self.gov(),
            seen: tips.into_values().collect(),
            time_ms: 1_800_000_000_000,
            kind,
            body_len: body.bytes.len() as u32,
            body_hash: body.root,
        }
    }

    /// Heads of the acts that it holds.
    fn gov(&self) -> Vec<EntryHash> {
        let acts = || self.entries.iter().filter(|entry| entry.header.kind == EntryKind::Act);
        let named: Vec<EntryHash> = acts().flat_map(|entry| entry.header.gov.clone()).collect();
        let mut heads: Vec<EntryHash> =
            acts().map(|entry| entry.hash).filter(|hash| !named.contains(hash)).collect();
        heads.sort_unstable();
        heads
    }

    /// Signs an Edit with these changes of one document as the next entry of its feed.
    pub fn sign_edit(&mut self, doc: DocId, changes: Vec<Vec<u8>>) -> Entry {
        let item = Item { doc, create: None, by: PersonRef([7; 8]), changes, blobs: Vec::new() };
        let body = Body::edit(&[item]);
        let entry = Entry::sign(&self.key, self.header(EntryKind::Edit, &body), body.bytes);
        self.entries.push(entry.clone());
        self.adopt(&entry);
        entry
    }

    /// Goes on from an entry of its own that it has signed. Only the last one is needed for that.
    pub fn adopt(&mut self, entry: &Entry) {
        for seen in &entry.header.seen {
            self.known.insert((seen.city, seen.epoch), seen.seq);
        }
        self.last = Some(entry.clone());
    }

    /// What it holds, as it would tell a partner.
    pub fn vector(&self) -> Vector {
        let mut vector = Vector::default();
        for entry in &self.entries {
            let place = entry.header.place();
            let mut tip8 = [0; 8];
            tip8.copy_from_slice(&entry.hash.0[..8]);
            vector.0.insert((place.city, place.epoch), (place.seq + 1, tip8));
        }
        vector
    }
}

/// A running session of a cheat with one honest node.
pub struct Session {
    pub wire: Wire,
    pub tag: Tag8,
    /// Everything the node said.
    pub heard: Vec<Message>,
    _peer: Peer,
}

impl Session {
    /// Connects and says Hello with a digest that equals nobody's, so that the node tells its vector.
    ///
    /// # Errors
    /// When the node does not take the connection or the stream.
    pub async fn start(cheat: &Cheat, port: u16, node: &CityId, incarnation: u64) -> Result<Self> {
        let mut peer = Peer::connect(cheat.key.to_bytes(), port, node).await?;
        let mut wire = peer.open(SYNC).await?;
        let tag = tag(&cheat.circle, &cheat.city, node);
        let hello = Message::Hello {
            protocol: PROTOCOL,
            core_version: CORE_VERSION,
            features: 0,
            incarnation,
            card_counter: 0,
            circles: vec![(tag, cheat.vector().digest8(0))],
        };
        wire.send(&hello.encode()).await?;
        let mut session = Self { wire, tag, heard: Vec::new(), _peer: peer };
        session.hear(|message| matches!(message, Message::Hello { .. })).await?;
        Ok(session)
    }

    /// Sends entries of the cheat's own feed.
    ///
    /// # Errors
    /// When the node has closed the stream.
    pub async fn send_entries(&mut self, entries: &[Entry]) -> Result<()> {
        let entries = entries.iter().map(wire_entry).collect();
        let message = Message::Entries { tag: self.tag, entries };
        self.wire.send(&message.encode()).await
    }

    /// Reads until the node says something that `wanted` accepts.
    ///
    /// # Errors
    /// When it does not, or closes.
    pub async fn hear(&mut self, wanted: impl Fn(&Message) -> bool) -> Result<Message> {
        loop {
            let frame =
                self.wire.receive(ANSWER_TIMEOUT).await.with_context(|| format!("{:?}", self.heard))?;
            let frame = frame.with_context(|| format!("the node closed after {:?}", self.heard))?;
            let message = Message::decode(&frame).with_context(|| {
                format!(
                    "the node sent a frame that has another form: {:02x?}",
                    &frame[..frame.len().min(400)]
                )
            })?;
            self.heard.push(message.clone());
            if wanted(&message) {
                return Ok(message);
            }
        }
    }
}

/// The form of an entry between nodes.
pub fn wire_entry(entry: &Entry) -> WireEntry {
    let author = &entry.header.author;
    let author = if entry.header.seq == 0 { author.0.to_vec() } else { author.city8().0.to_vec() };
    WireEntry {
        author,
        header: entry.header.encode_elided(),
        signature: entry.signature,
        body: entry.body.clone(),
    }
}
