//! Changes of our own people: durable as pending records, or at once as an entry.

use super::circle::Group;
use super::effect::{Effect, Outbox, RecordKind, Row};
use super::input::{LocalItem, Location, Refusal};
use super::{Core, DocMeta, Written};
use crate::alliance::CircleKind;
use crate::cbor;
use crate::feed::{Body, Create, Item};
use crate::id::{CircleId, DocId};

impl Core {
    /// May this city write that document, or create one like that, as things stand? The engine asks before the
    /// gate, and `handle` asks again.
    pub fn may_write(&self, circle: &CircleId, doc: &DocId, create: Option<&Create>) -> Result<(), Refusal> {
        if self.read_only {
            return Err(Refusal::ReadOnly);
        }
        let held = self.circles.get(circle).ok_or(Refusal::UnknownCircle)?;
        let state = held.state();
        if state.unknown_act {
            return Err(Refusal::NewerProgram);
        }
        let right = match state.kind {
            Some(CircleKind::Alliance) => state.role(&self.me).is_some_and(|role| role.may_edit()),
            Some(CircleKind::Home | CircleKind::Private) => state.founder == Some(self.me),
            None => false,
        };
        if !right {
            return Err(Refusal::Forbidden);
        }
        let owner = match (held.documents.get(doc), create) {
            (Some(_), Some(_)) => return Err(Refusal::Malformed),
            (Some(meta), None) => meta.create.owner,
            (None, Some(create)) => {
                if DocId::derive(circle, &self.me, &create.nonce) != *doc {
                    return Err(Refusal::Malformed);
                }
                create.owner
            }
            (None, None) => return Err(Refusal::UnknownDocument),
        };
        match owner {
            Some(owner) if owner != self.me => Err(Refusal::Forbidden),
            _ => Ok(()),
        }
    }

    pub(super) fn local(
        &mut self,
        now_ms: u64,
        job: u64,
        circle: CircleId,
        items: Vec<LocalItem>,
        out: &mut Outbox,
    ) {
        for item in &items {
            if let Err(refusal) = self.may_write(&circle, &item.doc, item.create.as_ref()) {
                out.push(Effect::Refused { job, refusal });
                return;
            }
        }
        let id = self.next_group;
        self.next_group += 1;
        let me = self.me;
        let can_seal = self.can_seal(&circle);
        let Some(held) = self.circles.get_mut(&circle) else { return };
        for item in &items {
            if let Some(create) = &item.create {
                let meta = DocMeta {
                    create: create.clone(),
                    creator: me,
                    created: None,
                    heads: Vec::new(),
                    items: 0,
                    latest: Vec::new(),
                    held: Vec::new(),
                };
                held.documents.insert(item.doc, meta);
                out.push(Effect::DocumentAdded { circle, doc: item.doc, create: create.clone() });
            }
        }
        let live = can_seal && items.iter().any(|item| held.is_live(&item.doc, now_ms));
        let body = body_of(&items);
        let group = Group {
            id,
            job: Some(job),
            changes: items.iter().map(|item| item.changes.len()).sum(),
            bytes: body.len(),
            items,
            durable: false,
            published: false,
        };
        if held.groups.is_empty() {
            held.first_pending_ms = now_ms;
        }
        held.last_pending_ms = now_ms;
        held.groups.push_back(group);
        if live {
            // The entry itself stands for the pending record: one write, one sync.
            if held.sealing.is_empty() {
                self.seal(now_ms, circle, out);
            }
        } else {
            let payload = encode_pending(id, &body);
            let what = Written::Pending { circle, group: id };
            self.append(circle, vec![(RecordKind::Pending, payload)], true, what, out);
        }
    }

    pub(super) fn pending_written(&mut self, circle: CircleId, id: u64, at: &[Location], out: &mut Outbox) {
        let me8 = self.me8;
        let Some(held) = self.circles.get_mut(&circle) else { return };
        if let Some(at) = at.first() {
            out.push(Effect::Row { circle, row: Row::Pending { group: id, at: *at } });
        }
        let in_sealing = held.sealing.iter_mut().flat_map(|sealing| sealing.groups.iter_mut());
        let Some(group) = in_sealing.chain(held.groups.iter_mut()).find(|group| group.id == id) else {
            // Sealed already: the record is of no more use.
            out.push(Effect::Row { circle, row: Row::PendingGone { group: id } });
            return;
        };
        group.durable = true;
        announce(circle, me8, group, out);
    }
}

/// Tell the writer that it is safe, and the other tabs what it is; once.
pub(super) fn announce(circle: CircleId, me8: crate::id::City8, group: &mut Group, out: &mut Outbox) {
    if group.published {
        return;
    }
    group.published = true;
    for item in &group.items {
        out.push(Effect::Publish {
            circle,
            doc: item.doc,
            changes: item.changes.clone(),
            city: me8,
            by: item.by,
            job: group.job,
        });
    }
    if let Some(job) = group.job {
        out.push(Effect::Stored { job, entry: None });
    }
}

/// Items as the body of an Edit.
pub(super) fn body_of(items: &[LocalItem]) -> Vec<u8> {
    let items: Vec<Item> = items.iter().map(item_of).collect();
    Body::edit(&items).bytes
}

pub(super) fn item_of(item: &LocalItem) -> Item {
    Item {
        doc: item.doc,
        create: item.create.clone(),
        by: item.by,
        changes: item.changes.clone(),
        blobs: Vec::new(),
    }
}

fn encode_pending(group: u64, body: &[u8]) -> Vec<u8> {
    cbor::encode(|e| {
        e.array(3)?.u8(1)?.u64(group)?.bytes(body)?;
        Ok(())
    })
}
