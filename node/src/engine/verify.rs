//! Checking what is on disk: every record of every journal, every signature, every chain, and the index against
//! them. Names what is damaged, and whether a whole copy has come back from a partner.

use std::collections::{BTreeMap, BTreeSet};

use alianza_shared::alliance::Card;
use alianza_shared::feed::body::{check_edit, root_of_whole};
use alianza_shared::feed::{Entry, EntryKind};
use alianza_shared::id::{CircleId, CityId, EntryHash, Place};
use alianza_shared::sync::{RecordKind, decode_pending};
use serde::Serialize;

use super::source::EntryRow;
use crate::index::Index;
use crate::journal::{Damage, HEADER_BYTES, JournalName, Journals, LocalLog, RecordRef, Scanned, claimed};

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `entry`, `pending`, `record`, `local`, `index`, `chain`, `signature`.
    pub what: String,
    pub circle: String,
    /// City of the feed, by name if it is known, else its short id.
    pub city: String,
    pub epoch: Option<u32>,
    pub seq: Option<u64>,
    /// Segment and offset.
    pub at: String,
    /// `damaged`, `repaired`, or `lost`.
    pub state: String,
    pub detail: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} · circle {} · city {}", self.state, self.what, self.circle, self.city)?;
        if let (Some(epoch), Some(seq)) = (self.epoch, self.seq) {
            write!(f, " · epoch {epoch} · seq {seq}")?;
        }
        write!(f, " · {}", self.at)?;
        if !self.detail.is_empty() {
            write!(f, " · {}", self.detail)?;
        }
        Ok(())
    }
}

/// The whole result.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub journals: u64,
    pub records: u64,
    pub entries: u64,
    pub signatures: u64,
    pub findings: Vec<Finding>,
}

impl Report {
    /// Nothing is damaged that has not been repaired.
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| finding.state == "repaired")
    }
}

/// Read everything. Without an index, damaged entries are named from the gaps they leave.
pub fn run(journals: &Journals, index: Option<&Index>) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut names: BTreeMap<CityId, String> = BTreeMap::new();
    let mut circles = Vec::new();
    for name in journals.names()? {
        report.journals += 1;
        match name {
            JournalName::Circle(id) => {
                circles.push(CircleJournal::read(journals, CircleId(id), &mut report, &mut names)?)
            }
            JournalName::Local => local(journals, &mut report)?,
        }
    }
    for circle in &circles {
        circle.judge(index, &names, &mut report)?;
    }
    Ok(report)
}

fn local(journals: &Journals, report: &mut Report) -> anyhow::Result<()> {
    let (records, breaks) = LocalLog::verify(journals, JournalName::Local)?;
    report.records += records as u64;
    for found in breaks {
        report.findings.push(Finding {
            what: "local".into(),
            circle: "local".into(),
            city: String::new(),
            epoch: None,
            seq: None,
            at: String::new(),
            state: "lost".into(),
            detail: format!("accounts, settings and audit: {found}"),
        });
    }
    Ok(())
}

/// Bytes of an entry record by which a damaged copy is known again: its whole header, with two hashes in it.
const BEGINNING_BYTES: usize = 400;
/// Wrong bytes with which it still is.
const WRONG_BYTES_MAX: usize = 8;

/// One circle's journal as read.
struct CircleJournal {
    circle: CircleId,
    entries: BTreeMap<Place, (EntryHash, EntryHash, RecordRef)>,
    /// How each whole entry begins, to know a damaged copy of it again.
    beginnings: Vec<(Place, u32, Vec<u8>)>,
    by_location: BTreeSet<RecordRef>,
    cities: BTreeMap<alianza_shared::id::City8, CityId>,
    damage: Vec<Damage>,
    /// Groups of pending records by location, and changes that lie in entries.
    pending: BTreeMap<RecordRef, u64>,
}

impl CircleJournal {
    fn read(
        journals: &Journals,
        circle: CircleId,
        report: &mut Report,
        names: &mut BTreeMap<CityId, String>,
    ) -> anyhow::Result<Self> {
        let mut found = Self {
            circle,
            entries: BTreeMap::new(),
            beginnings: Vec::new(),
            by_location: BTreeSet::new(),
            cities: BTreeMap::new(),
            damage: Vec::new(),
            pending: BTreeMap::new(),
        };
        for scanned in journals.scan(JournalName::Circle(circle.0), None) {
            match scanned? {
                Scanned::Damage(damage) => found.damage.push(damage),
                Scanned::Record { at, kind, payload } => {
                    report.records += 1;
                    found.by_location.insert(at);
                    found.record(at, kind, &payload, report, names);
                }
            }
        }
        Ok(found)
    }

    fn record(
        &mut self,
        at: RecordRef,
        kind: u8,
        payload: &[u8],
        report: &mut Report,
        names: &mut BTreeMap<CityId, String>,
    ) {
        match RecordKind::from_code(kind) {
            Some(RecordKind::Entry) => {
                report.entries += 1;
                match check_entry(&self.circle, payload) {
                    Ok(entry) => {
                        report.signatures += 1;
                        let place = entry.header.place();
                        self.cities.insert(place.city, entry.header.author);
                        let beginning = payload[..payload.len().min(BEGINNING_BYTES)].to_vec();
                        self.beginnings.push((place, at.len, beginning));
                        self.entries.insert(place, (entry.hash, entry.header.prev, at));
                    }
                    Err(detail) => {
                        let place = Entry::decode(payload).ok().map(|entry| entry.header.place());
                        report.findings.push(self.finding("signature", place, at, "damaged", detail, names));
                    }
                }
            }
            Some(RecordKind::Pending) => {
                if let Ok(record) = decode_pending(payload) {
                    self.pending.insert(at, record.group);
                }
            }
            Some(RecordKind::Card) => {
                if let Ok(card) = Card::open(payload) {
                    names.insert(card.city, card.name);
                }
            }
            _ => {}
        }
    }

    fn finding(
        &self,
        what: &str,
        place: Option<Place>,
        at: RecordRef,
        state: &str,
        detail: &str,
        names: &BTreeMap<CityId, String>,
    ) -> Finding {
        let city = place.map(|place| {
            let city = self.cities.get(&place.city);
            let name = city.and_then(|city| names.get(city));
            name.map_or_else(|| place.city.hex(), |name| format!("{name} ({})", place.city))
        });
        Finding {
            what: what.to_owned(),
            circle: self.circle.hex(),
            city: city.unwrap_or_else(|| "unknown".into()),
            epoch: place.map(|place| place.epoch),
            seq: place.map(|place| place.seq),
            at: at.to_string(),
            state: state.to_owned(),
            detail: detail.to_owned(),
        }
    }

    fn judge(
        &self,
        index: Option<&Index>,
        names: &BTreeMap<CityId, String>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let mut rows: BTreeMap<(u32, u32), (RecordRef, Place)> = BTreeMap::new();
        let mut pending_rows: BTreeMap<(u32, u32), (RecordRef, u64)> = BTreeMap::new();
        if let Some(index) = index {
            for row in index.entries(&self.circle.0, 0) {
                let Ok((_, value)) = row else { continue };
                let Ok(row) = EntryRow::decode(&value) else { continue };
                let Ok(header) = alianza_shared::feed::Header::decode(&row.header) else { continue };
                rows.insert((row.at.segment, row.at.offset), (row.at, header.place()));
            }
            for row in index.pending(&self.circle.0) {
                let Ok((group, value)) = row else { continue };
                if let Some(at) = RecordRef::decode(&value) {
                    pending_rows.insert((at.segment, at.offset), (at, group));
                }
            }
        }
        let gaps = self.gaps();
        for damage in &self.damage {
            self.name_damage(damage, &rows, &pending_rows, &gaps, names, report);
        }
        for (place, (_, prev, at)) in &self.entries {
            let before = place.seq.checked_sub(1).and_then(|seq| self.entries.get(&Place { seq, ..*place }));
            if before.is_some_and(|(hash, ..)| hash != prev) {
                let detail = "does not follow the entry before it";
                report.findings.push(self.finding("chain", Some(*place), *at, "damaged", detail, names));
            }
        }
        for (at, place) in rows.values() {
            if !self.by_location.contains(at) && !self.covered(at) && !self.entries.contains_key(place) {
                let detail = "the index names an entry that the journal does not hold";
                report.findings.push(self.finding("index", Some(*place), *at, "damaged", detail, names));
            }
        }
        Ok(())
    }

    fn covered(&self, at: &RecordRef) -> bool {
        self.damage.iter().any(|damage| {
            damage.segment == at.segment
                && damage.offset <= at.offset
                && u64::from(at.offset) < u64::from(damage.offset) + damage.len_bytes
        })
    }

    /// Whole entries of which a damaged region holds the damaged copies, one after the other.
    fn twins(&self, damage: &Damage) -> Vec<Place> {
        let mut found = Vec::new();
        let mut rest = damage.bytes.as_slice();
        while let Some((_, payload)) = rest.split_at_checked(HEADER_BYTES) {
            let twin = self.beginnings.iter().find(|(_, _, beginning)| {
                let wrong = beginning.iter().zip(payload).filter(|(a, b)| a != b).count();
                payload.len() >= beginning.len() && wrong <= WRONG_BYTES_MAX
            });
            let Some((place, len, _)) = twin else { break };
            found.push(*place);
            rest = payload.get(*len as usize..).unwrap_or_default();
        }
        found
    }

    /// Places that later entries say must exist and that are nowhere.
    fn gaps(&self) -> Vec<Place> {
        let mut gaps = Vec::new();
        let mut next: BTreeMap<(alianza_shared::id::City8, u32), u64> = BTreeMap::new();
        for place in self.entries.keys() {
            let expected = next.entry((place.city, place.epoch)).or_insert(0);
            gaps.extend((*expected..place.seq).map(|seq| Place { seq, ..*place }));
            *expected = place.seq + 1;
        }
        gaps
    }

    fn name_damage(
        &self,
        damage: &Damage,
        rows: &BTreeMap<(u32, u32), (RecordRef, Place)>,
        pending_rows: &BTreeMap<(u32, u32), (RecordRef, u64)>,
        gaps: &[Place],
        names: &BTreeMap<CityId, String>,
        report: &mut Report,
    ) {
        let end = u64::from(damage.offset) + damage.len_bytes;
        let inside =
            (damage.segment, damage.offset)..(damage.segment, u32::try_from(end).unwrap_or(u32::MAX));
        let at = RecordRef { segment: damage.segment, offset: damage.offset, len: 0 };
        let mut named = false;
        for (at, place) in rows.range(inside.clone()).map(|(_, row)| row) {
            named = true;
            let state = if self.entries.contains_key(place) { "repaired" } else { "damaged" };
            let detail = format!("{} bytes", damage.len_bytes);
            report.findings.push(self.finding("entry", Some(*place), *at, state, &detail, names));
        }
        for (at, group) in pending_rows.range(inside).map(|(_, row)| row) {
            named = true;
            let detail = format!("group {group}: {}", held(damage));
            report.findings.push(self.finding("pending", None, *at, "lost", &detail, names));
        }
        if named {
            return;
        }
        let twins = self.twins(damage);
        for place in &twins {
            let detail = format!("{} bytes", damage.len_bytes);
            report.findings.push(self.finding("entry", Some(*place), at, "repaired", &detail, names));
        }
        if !twins.is_empty() {
            return;
        }
        match claimed(&damage.bytes) {
            Some((kind, payload)) if RecordKind::from_code(kind) == Some(RecordKind::Pending) => {
                let detail = match decode_pending(payload) {
                    Ok(record) => format!("group {}: {}", record.group, held(damage)),
                    Err(_) => held(damage),
                };
                report.findings.push(self.finding("pending", None, at, "lost", &detail, names));
            }
            Some((kind, _)) if RecordKind::from_code(kind) == Some(RecordKind::Verdict) => {
                let detail = "verdicts of an entry; they are computed again";
                report.findings.push(self.finding("record", None, at, "repaired", detail, names));
            }
            claimed => {
                // What the region claims to be cannot be trusted; what is missing from a feed can.
                let claimed_place = claimed
                    .and_then(|(_, payload)| Entry::decode(payload).ok())
                    .map(|entry| entry.header.place())
                    .filter(|place| self.cities.contains_key(&place.city))
                    .or_else(|| gaps.first().copied());
                let state = match claimed_place {
                    Some(place) if self.entries.contains_key(&place) => "repaired",
                    _ => "damaged",
                };
                let what = if claimed_place.is_some() { "entry" } else { "record" };
                let detail = format!("{} bytes", damage.len_bytes);
                report.findings.push(self.finding(what, claimed_place, at, state, &detail, names));
            }
        }
    }
}

/// What a damaged pending record still tells about itself.
fn held(damage: &Damage) -> String {
    let Some((_, payload)) = claimed(&damage.bytes) else { return format!("{} bytes", damage.len_bytes) };
    match decode_pending(payload) {
        Ok(record) => {
            let items = record.items.iter().map(|item| {
                format!("{} changes of document {} by person {}", item.changes.len(), item.doc, item.by)
            });
            items.collect::<Vec<_>>().join("; ")
        }
        Err(_) => format!("{} bytes of changes of this city that were not yet in an entry", damage.len_bytes),
    }
}

fn check_entry(circle: &CircleId, payload: &[u8]) -> Result<Entry, &'static str> {
    let entry = Entry::decode(payload).map_err(|_| "malformed entry")?;
    if entry.circle() != *circle {
        return Err("entry of another circle");
    }
    if !entry.signature_is_valid() {
        return Err("the signature does not hold");
    }
    let root = match entry.header.kind {
        EntryKind::Edit => check_edit(&entry.body).map_err(|_| "malformed body")?.1,
        _ => root_of_whole(&entry.body),
    };
    if root == entry.header.body_hash { Ok(entry) } else { Err("the body is not the one signed") }
}
