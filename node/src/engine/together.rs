//! History in groups and what is new to a person, of one document or of a programme with its parts.

use std::collections::BTreeMap;

use alianza_shared::api::{ApiError, HistoryGroup, NewsDocument, NewsView, SeenMark, TimelineView};
use alianza_shared::document::kind::Kind;
use alianza_shared::id::{ChangeHash, CircleId, City8, DocId};

use super::Running;
use super::effects::kind_of;
use super::handle::{Caller, Response};
use super::refusals::{not_found, unavailable};
use super::source::source;
use crate::documents::Stretch;

/// Groups of one page when nothing else is asked for, and at most.
const PAGE: usize = 50;
const PAGE_MAX: usize = 200;
/// No zone is further from Greenwich.
const ZONE_MAX_MINUTES: i32 = 18 * 60;

/// What of the history is asked for.
pub(super) struct Page<'a> {
    pub(super) parts: bool,
    pub(super) before: Option<&'a str>,
    pub(super) limit: Option<u32>,
    pub(super) minutes_east: i32,
}

/// How a document is named among the parts of a programme.
struct Named {
    doc: DocId,
    kind: Kind,
    field: Option<String>,
    owner: Option<String>,
}

impl Running {
    pub(super) fn timeline(&mut self, doc: &DocId, page: &Page<'_>) -> Result<Response, ApiError> {
        let circle = self.circle_of(doc).ok_or_else(not_found)?;
        let named = self.named(&circle, doc, page.parts)?;
        let minutes_east = page.minutes_east.clamp(-ZONE_MAX_MINUTES, ZONE_MAX_MINUTES);
        let mut all: Vec<Vec<Stretch>> = Vec::new();
        for one in &named {
            let source = source!(self, circle);
            let found = self.documents.stretches(&source, &one.doc, minutes_east).map_err(unavailable)?;
            all.push(found.unwrap_or_default());
        }
        let order = newest_first(&all);
        let start = match page.before {
            Some(before) => self.after(&circle, &named, &all, &order, before)?,
            None => 0,
        };
        let limit = page.limit.map_or(PAGE, |limit| limit as usize).clamp(1, PAGE_MAX);
        let chosen = &order[start.min(order.len())..(start + limit).min(order.len())];
        let mut groups: BTreeMap<(usize, usize), HistoryGroup> = BTreeMap::new();
        for (which, one) in named.iter().enumerate() {
            let mine: Vec<(usize, usize)> = chosen.iter().copied().filter(|(of, _)| *of == which).collect();
            let stretches: Vec<Stretch> = mine.iter().map(|(_, at)| all[which][*at]).collect();
            if stretches.is_empty() {
                continue;
            }
            let source = source!(self, circle);
            let told = self.documents.told(&source, &one.doc, &stretches).map_err(unavailable)?;
            for ((key, stretch), told) in mine.into_iter().zip(stretches).zip(told.unwrap_or_default()) {
                let group = HistoryGroup {
                    id: told.id.hex(),
                    doc: one.doc.hex(),
                    kind: one.kind.to_string(),
                    field: one.field.clone(),
                    owner: one.owner.clone(),
                    hands: told.hands,
                    from_ms: stretch.from_ms,
                    to_ms: stretch.to_ms,
                    changes: told.changes,
                    before: told.before.iter().map(ChangeHash::hex).collect(),
                    after: told.after.iter().map(ChangeHash::hex).collect(),
                };
                groups.insert(key, group);
            }
        }
        let mut groups: Vec<HistoryGroup> = chosen.iter().filter_map(|key| groups.remove(key)).collect();
        for hand in groups.iter_mut().flat_map(|group| &mut group.hands) {
            hand.city = self.city_hex(&hand.city);
        }
        let older = (start + chosen.len() < order.len()).then(|| groups.last());
        let older = older.flatten().map(|last| format!("{}:{}", last.doc, last.id));
        Ok(Response::Timeline(TimelineView { groups, older }))
    }

    /// The place behind the group at which the last page ended.
    fn after(
        &mut self,
        circle: &CircleId,
        named: &[Named],
        all: &[Vec<Stretch>],
        order: &[(usize, usize)],
        before: &str,
    ) -> Result<usize, ApiError> {
        let wrong = || {
            ApiError::new(400, "request.cursor", "Ese lugar del historial no existe.")
                .next("Vuelva a pedir el historial desde el principio.")
        };
        let (doc, change) = before.split_once(':').ok_or_else(wrong)?;
        let doc: DocId = doc.parse().map_err(|_| wrong())?;
        let change: ChangeHash = change.parse().map_err(|_| wrong())?;
        let which = named.iter().position(|one| one.doc == doc).ok_or_else(wrong)?;
        let source = source!(self, *circle);
        let at = self.documents.stretch_of(&source, &doc, &all[which], &change).ok_or_else(wrong)?;
        order.iter().position(|key| *key == (which, at)).map(|place| place + 1).ok_or_else(wrong)
    }

    pub(super) fn news(
        &mut self,
        caller: &Caller,
        doc: &DocId,
        seen: &BTreeMap<String, SeenMark>,
    ) -> Result<Response, ApiError> {
        let circle = self.circle_of(doc).ok_or_else(not_found)?;
        let named = self.named(&circle, doc, true)?;
        let me = (self.core.me8(), caller.person);
        let mut view =
            NewsView { first: !seen.contains_key(&doc.hex()), seen_ms: None, documents: Vec::new() };
        for one in named {
            let mark = seen.get(&one.doc.hex());
            let heads = mark.map(|mark| mark.heads.as_slice()).unwrap_or_default();
            let heads: Vec<ChangeHash> = heads.iter().filter_map(|head| head.parse().ok()).collect();
            view.seen_ms = view.seen_ms.max(mark.map(|mark| mark.at_ms));
            let source = source!(self, circle);
            let found = self.documents.unseen(&source, &one.doc, &heads, me).map_err(unavailable)?;
            let Some(unseen) = found else { continue };
            let mut hands = unseen.hands;
            for hand in &mut hands {
                hand.city = self.city_hex(&hand.city);
            }
            view.documents.push(NewsDocument {
                doc: one.doc.hex(),
                kind: one.kind.to_string(),
                field: one.field,
                owner: one.owner,
                heads: unseen.heads.iter().map(ChangeHash::hex).collect(),
                seen: unseen.seen.iter().map(ChangeHash::hex).collect(),
                hands,
            });
        }
        Ok(Response::News(view))
    }

    /// The document, and if asked for the documents that belong to it.
    fn named(&mut self, circle: &CircleId, doc: &DocId, parts: bool) -> Result<Vec<Named>, ApiError> {
        let mut docs = vec![*doc];
        if parts {
            docs.extend(self.parts.get(doc).into_iter().flatten().copied());
        }
        let mut named = Vec::new();
        for doc in docs {
            let Some(meta) = self.core.circle(circle).and_then(|held| held.documents().get(&doc)) else {
                continue;
            };
            let (kind, owner) = (kind_of(&meta.create), meta.create.owner.map(|owner| owner.hex()));
            let source = source!(self, *circle);
            let field = match kind {
                Kind::Section => self.documents.text(&source, &doc, &["field"]),
                _ => None,
            };
            named.push(Named { doc, kind, field, owner });
        }
        if named.is_empty() { Err(not_found()) } else { Ok(named) }
    }

    fn city_hex(&self, city8: &str) -> String {
        let city = city8.parse::<City8>().ok().and_then(|city8| self.city_of(&city8));
        city.map_or_else(|| city8.to_owned(), |city| city.hex())
    }
}

/// The groups of several documents in one list: of each document in its own order, and among documents the one that
/// was changed last comes first.
fn newest_first(all: &[Vec<Stretch>]) -> Vec<(usize, usize)> {
    let mut left: Vec<usize> = all.iter().map(Vec::len).collect();
    let mut waiting: std::collections::BinaryHeap<(u64, std::cmp::Reverse<usize>)> = all
        .iter()
        .enumerate()
        .filter_map(|(which, of)| Some((of.last()?.to_ms, std::cmp::Reverse(which))))
        .collect();
    let mut order = Vec::with_capacity(left.iter().sum());
    while let Some((_, std::cmp::Reverse(which))) = waiting.pop() {
        left[which] -= 1;
        order.push((which, left[which]));
        if let Some(next) = left[which].checked_sub(1) {
            waiting.push((all[which][next].to_ms, std::cmp::Reverse(which)));
        }
    }
    order
}
