//! What others changed in a document since a version that a person has seen, counted in the words of people: amounts,
//! dates, paragraphs.
//!
//! Only the changes that are not in that version are read, and no more than [`CHANGES_MAX`] of them: beyond that it is
//! said that there were many.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use alianza_shared::api::NewsHand;
use alianza_shared::document::gate::{self, Action, Checked, Key, OpId, Row, Scalar};
use alianza_shared::id::{ChangeHash, DocId};
use automerge::{Automerge, ObjId, ObjType, Prop, ReadDoc as _};
use data_encoding::HEXLOWER;

use super::loaded::Loaded;
use super::sandbox::guarded;
use super::timeline::Hand;
use super::{Documents, DocumentsError, Source, actor_id, replay, theirs};

/// Changes that are read to tell what is new; a person types about as many in an hour.
const CHANGES_MAX: usize = 2_000;

/// What is new in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    pub heads: Vec<ChangeHash>,
    /// The part of the given version that this document has.
    pub seen: Vec<ChangeHash>,
    pub hands: Vec<NewsHand>,
}

impl Documents {
    /// What is in the document and not in the version `seen`, by who wrote it, without the changes of `except`.
    /// A version of which nothing is known here tells nothing apart: then everything is new.
    pub fn unseen(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
        seen: &[ChangeHash],
        except: Hand,
    ) -> Result<Option<Unseen>, DocumentsError> {
        self.with(source, doc, |loaded| {
            let seen: Vec<_> = seen.iter().copied().filter(|head| loaded.graph.contains(head)).collect();
            let hands = if seen.is_empty() { Vec::new() } else { hands(loaded, &seen, except) };
            Unseen { heads: loaded.graph.heads(), seen, hands }
        })
    }
}

fn hands(loaded: &Loaded, seen: &[ChangeHash], except: Hand) -> Vec<NewsHand> {
    let numbers: Vec<u32> = seen.iter().filter_map(|head| loaded.graph.number(head)).collect();
    let outside: BTreeSet<u32> = loaded.graph.find_outside(&numbers).into_iter().collect();
    let mut tallies: BTreeMap<Hand, Tally> = BTreeMap::new();
    for number in &outside {
        let origin = loaded.graph.origin(*number);
        if (origin.city, origin.by) == except {
            continue;
        }
        let tally = tallies.entry((origin.city, origin.by)).or_default();
        tally.changes += 1;
        tally.actors.insert(*loaded.graph.actor(*number));
    }
    let many = outside.len() > CHANGES_MAX;
    if !many && !tallies.is_empty() {
        let mut reader = Reader::new(&loaded.doc, seen);
        for number in &outside {
            let origin = loaded.graph.origin(*number);
            let Some(tally) = tallies.get_mut(&(origin.city, origin.by)) else { continue };
            let hash = theirs(&loaded.graph.hash(*number));
            let Some(change) = loaded.doc.get_change_by_hash(&hash) else { continue };
            if let Ok(change) = gate::check(change.raw_bytes()) {
                reader.read(&change, tally);
            }
        }
    }
    tallies.into_iter().map(|(hand, tally)| tally.told(hand, many)).filter(is_something).collect()
}

/// A hand whose every change was undone again has nothing to show.
fn is_something(hand: &NewsHand) -> bool {
    let counted = hand.amounts + hand.dates + hand.values + hand.texts + hand.paragraphs;
    hand.many || counted + hand.added + hand.removed > 0
}

/// Places that one person changed, each once.
#[derive(Default)]
struct Tally {
    changes: u64,
    actors: BTreeSet<[u8; 16]>,
    amounts: BTreeSet<String>,
    dates: BTreeSet<String>,
    values: BTreeSet<String>,
    texts: BTreeSet<String>,
    paragraphs: BTreeSet<usize>,
    added: BTreeSet<String>,
    removed: BTreeSet<String>,
}

impl Tally {
    fn told(self, (city, by): Hand, many: bool) -> NewsHand {
        NewsHand {
            city: city.hex(),
            person_ref: by.hex(),
            changes: self.changes,
            many,
            amounts: self.amounts.len() as u64,
            dates: self.dates.len() as u64,
            values: self.values.len() as u64,
            texts: self.texts.len() as u64,
            paragraphs: self.paragraphs.len() as u64,
            added: self.added.len() as u64,
            removed: self.removed.len() as u64,
            actors: self.actors.iter().map(|actor| HEXLOWER.encode(actor)).collect(),
        }
    }
}

/// Where an object is in the document.
#[derive(Clone)]
struct Home {
    id: ObjId,
    is_text: bool,
    path: Vec<Prop>,
}

/// Reads changes against one document.
struct Reader<'a> {
    doc: &'a Automerge,
    seen: Vec<automerge::ChangeHash>,
    homes: HashMap<OpId, Option<Home>>,
    /// Items that came after the version seen: what is inside of them is part of the item.
    new_items: HashSet<String>,
    /// Where the paragraphs after the first begin, by text.
    paragraphs: HashMap<OpId, Vec<usize>>,
}

impl<'a> Reader<'a> {
    fn new(doc: &'a Automerge, seen: &[ChangeHash]) -> Self {
        let seen = seen.iter().map(theirs).collect();
        let (homes, new_items, paragraphs) = (HashMap::new(), HashSet::new(), HashMap::new());
        Self { doc, seen, homes, new_items, paragraphs }
    }

    fn read(&mut self, change: &Checked, tally: &mut Tally) {
        let Ok(rows) = change.rows() else { return };
        // The last element of a run of letters that was looked up.
        let mut run: Option<OpId> = None;
        for (at, row) in rows.rows.iter().enumerate() {
            let own = (change.start_op + at as u64, change.actor);
            let Some(home) = self.home(row.object) else { continue };
            match row.key {
                Key::Map(key) => {
                    run = None;
                    self.value(row, &home, key, tally);
                }
                Key::Head | Key::Element(_) if !home.is_text => {}
                Key::Head | Key::Element(_) => {
                    let follows = row.insert && run.is_some_and(|last| row.key == Key::Element(last));
                    if !follows || breaks_line(row) {
                        self.letter(row, &home, own, tally);
                    }
                    // What follows a line end is in the next paragraph.
                    run = (row.insert && !breaks_line(row)).then_some(own);
                }
            }
        }
    }

    fn home(&mut self, object: Option<OpId>) -> Option<Home> {
        let Some(id) = object else {
            return Some(Home { id: ObjId::Root, is_text: false, path: Vec::new() });
        };
        if let Some(known) = self.homes.get(&id) {
            return known.clone();
        }
        let object = ObjId::Id(id.0, actor_id(&id.1), 0);
        let found = guarded(|| {
            let kind = self.doc.object_type(&object).ok()?;
            let mut path: Vec<Prop> =
                self.doc.parents(&object).ok()?.path().into_iter().map(|(_, prop)| prop).collect();
            path.truncate(64);
            Some(Home { id: object.clone(), is_text: kind == ObjType::Text, path })
        });
        self.homes.insert(id, found.clone().flatten());
        found.flatten()
    }

    /// A value under a key.
    fn value(&mut self, row: &Row<'_>, home: &Home, key: &str, tally: &mut Tally) {
        let path = words(&home.path);
        // Inside a text there are only block markers: a paragraph became a heading, perhaps.
        if let Some(index) =
            home.path.iter().find_map(|prop| if let Prop::Seq(index) = prop { Some(*index) } else { None })
        {
            if path.first().map(String::as_str) == Some("body") {
                tally.paragraphs.insert(self.paragraph_in_body(index));
            }
            return;
        }
        let place = format!("{}/{key}", path.join("/"));
        if path.len() == 1 && row.action == Action::MakeMap {
            self.new_items.insert(place.clone());
            tally.added.insert(place);
            return;
        }
        if path.len() >= 2 && self.new_items.contains(&format!("{}/{}", path[0], path[1])) {
            return;
        }
        if row.action == Action::MakeMap || !self.differs(&home.id, key) {
            return;
        }
        let set = match (row.action, row.value) {
            (Action::MakeText, _) => &mut tally.texts,
            (Action::Set, Scalar::Bool(true)) if key == "deleted" && path.len() == 2 => &mut tally.removed,
            _ if path.iter().any(|word| word == "cells") => &mut tally.amounts,
            (_, Scalar::Text(text)) if is_date(text) => &mut tally.dates,
            _ => &mut tally.values,
        };
        set.insert(place);
    }

    /// Is the value another one than in the version seen?
    fn differs(&self, object: &ObjId, key: &str) -> bool {
        let before = guarded(|| self.doc.get_at(object, key, &self.seen).ok().flatten()).flatten();
        let now = guarded(|| self.doc.get(object, key).ok().flatten()).flatten();
        match (before, now) {
            (None, None) => false,
            (Some((a, id_a)), Some((b, id_b))) => {
                if a.is_object() && b.is_object() {
                    id_a != id_b
                } else {
                    a != b
                }
            }
            _ => true,
        }
    }

    /// A letter, a block marker or a format, written or taken out.
    fn letter(&mut self, row: &Row<'_>, home: &Home, own: OpId, tally: &mut Tally) {
        let path = words(&home.path);
        if path.len() >= 2 && self.new_items.contains(&format!("{}/{}", path[0], path[1])) {
            return;
        }
        if path.as_slice() != ["body"] {
            tally.texts.insert(path.join("/"));
            return;
        }
        let element = match row.key {
            _ if row.insert && row.action != Action::MarkBegin && row.action != Action::MarkEnd => own,
            Key::Element(element) => element,
            _ => own,
        };
        let Some(cursor) = replay::cursor(&element) else { return };
        // Debug builds of Automerge assert that nobody asks for the place of a mark.
        let place = guarded(|| self.doc.get_cursor_position(&home.id, &cursor, None).ok()).flatten();
        let text = row.object.unwrap_or(own);
        let starts = self.paragraphs.entry(text).or_insert_with(|| starts(self.doc, &home.id));
        tally.paragraphs.insert(starts.partition_point(|start| *start <= place.unwrap_or(0)));
    }

    fn paragraph_in_body(&self, index: usize) -> usize {
        let body = self.doc.get(automerge::ROOT, "body").ok().flatten();
        body.map_or(0, |(_, id)| starts(self.doc, &id).partition_point(|start| *start <= index))
    }
}

/// Where paragraphs begin, in UTF-16 units: at a block marker, or after a line end.
fn starts(doc: &Automerge, text: &ObjId) -> Vec<usize> {
    let mut at = 0;
    let mut starts = Vec::new();
    for letter in doc.text(text).unwrap_or_default().chars() {
        match letter {
            '\u{fffc}' => starts.push(at),
            '\n' => starts.push(at + 1),
            _ => {}
        }
        at += letter.len_utf16();
    }
    starts
}

fn breaks_line(row: &Row<'_>) -> bool {
    row.action == Action::MakeMap || row.value == Scalar::Text("\n")
}

fn words(path: &[Prop]) -> Vec<String> {
    path.iter().map(ToString::to_string).collect()
}

/// `2026-03-01`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
