//! History in groups, and what is new since a version.

use alianza_shared::api::NewsHand;
use serde_json::json;

use super::*;
use crate::documents::timeline::Told;

const ANA: PersonRef = PersonRef([5; 8]);
const BEA: PersonRef = PersonRef([6; 8]);
const MINUTE: u64 = 60_000;
/// 3 March 2026, 09:00 UTC.
const MORNING: u64 = 1_772_528_400_000;

/// A document that several people write in turn, and the store that has it.
struct Book {
    doc: Automerge,
    documents: Documents,
    store: Store,
    seq: u64,
}

impl Book {
    fn new() -> Self {
        let documents = Documents::new(256 << 20);
        Self { doc: empty(), documents, store: Store::default(), seq: 0 }
    }

    /// One change of this person at this time; its version.
    fn write(
        &mut self,
        (city, by): (City8, PersonRef),
        time: u64,
        edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> Vec<ChangeHash> {
        let mut id = [by.0[0]; 16];
        id[..8].copy_from_slice(&city.0);
        self.write_as(id, (city, by), time, edit)
    }

    fn write_as(
        &mut self,
        id: [u8; 16],
        (city, by): (City8, PersonRef),
        time: u64,
        edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
    ) -> Vec<ChangeHash> {
        self.doc.set_actor(ActorId::from(&id[..]));
        let mut tx = self.doc.transaction();
        edit(&mut tx);
        tx.commit_with(CommitOptions::default().with_time(time as i64));
        let bytes = self.doc.get_last_local_change().expect("committed").raw_bytes().to_vec();
        self.seq += 1;
        let place = Some(Place { city, epoch: 0, seq: self.seq });
        let item = StoredItem { origin: Origin { place, city, by }, changes: vec![bytes] };
        self.store.items.borrow_mut().entry(DOC).or_default().push(item);
        self.documents.discard(&DOC);
        self.version()
    }

    fn version(&self) -> Vec<ChangeHash> {
        self.doc.get_heads().into_iter().map(ours).collect()
    }

    /// An empty section, by Ana of A.
    fn section() -> (Self, ObjId) {
        let mut book = Self::new();
        book.write((A, ANA), MORNING, |tx| {
            tx.put(ROOT, "field", "context").expect("put");
            tx.put_object(ROOT, "body", ObjType::Text).expect("put");
        });
        let (_, body) = book.doc.get(ROOT, "body").expect("reads").expect("is there");
        (book, body)
    }

    fn groups(&mut self, minutes_east: i32) -> Vec<(Stretch, Told)> {
        let stretches =
            self.documents.stretches(&self.store, &DOC, minutes_east).expect("reads").expect("is there");
        let told = self.documents.told(&self.store, &DOC, &stretches).expect("reads").expect("is there");
        stretches.into_iter().zip(told).collect()
    }

    fn unseen(&mut self, seen: &[ChangeHash], except: Hand) -> Unseen {
        self.documents.unseen(&self.store, &DOC, seen, except).expect("reads").expect("is there")
    }
}

fn append(tx: &mut automerge::transaction::Transaction<'_>, text: &ObjId, what: &str) {
    let end = tx.length(text);
    tx.splice_text(text, end, 0, what).expect("in range");
}

/// Item 3: by city, person and day, cut by half an hour of silence, with the versions at both ends.
#[test]
fn changes_of_one_person_belong_together_until_a_silence_or_another_day() {
    let (mut book, body) = Book::section();
    let mut versions = vec![book.version()];
    let mut say = |book: &mut Book, who, time, what: &str| {
        versions.push(book.write(who, time, |tx| append(tx, &body, what)));
    };
    say(&mut book, (A, ANA), MORNING + MINUTE, "uno ");
    say(&mut book, (A, ANA), MORNING + 30 * MINUTE, "dos ");
    say(&mut book, (A, BEA), MORNING + 31 * MINUTE, "otra persona ");
    say(&mut book, (B, BEA), MORNING + 32 * MINUTE, "otra ciudad ");
    say(&mut book, (B, BEA), MORNING + 62 * MINUTE, "tras el silencio ");
    say(&mut book, (B, BEA), MORNING + 860 * MINUTE, "23:20 ");
    say(&mut book, (B, BEA), MORNING + 885 * MINUTE, "23:45 ");
    say(&mut book, (B, BEA), MORNING + 905 * MINUTE, "el día siguiente ");
    let groups = book.groups(0);
    let who: Vec<(u64, String, String)> = groups
        .iter()
        .map(|(_, told)| (told.changes, told.hands[0].city.clone(), told.hands[0].person_ref.clone()))
        .collect();
    let hand = |changes, city: City8, by: PersonRef| (changes, city.hex(), by.hex());
    assert_eq!(
        who,
        [
            hand(3, A, ANA),
            hand(1, A, BEA),
            hand(1, B, BEA),
            hand(1, B, BEA),
            hand(2, B, BEA),
            hand(1, B, BEA)
        ]
    );
    assert_eq!(groups[0].1.before, []);
    for pair in groups.windows(2) {
        assert_eq!(pair[0].1.after, pair[1].1.before, "each group begins where the one before ends");
    }
    assert_eq!(groups[0].1.after, versions[2]);
    assert_eq!(groups[5].1.after, versions[8]);
    assert_eq!((groups[0].0.from_ms, groups[0].0.to_ms), (MORNING, MORNING + 30 * MINUTE));
    assert_eq!(groups[0].1.hands[0].actors.len(), 1);
    assert_eq!(book.groups(60).len(), 5, "an hour further east all three are after midnight");
    let at = book.groups(0).into_iter().map(|(one, _)| one).collect::<Vec<_>>();
    let third = groups[2].1.id;
    assert_eq!(book.documents.stretch_of(&book.store, &DOC, &at, &third), Some(2));
}

/// Two people who write at once would fill the page with lines of one change each.
#[test]
fn turns_within_seconds_are_one_group_of_several_hands() {
    let (mut book, body) = Book::section();
    for turn in 0..20u64 {
        let who = if turn % 2 == 0 { (A, ANA) } else { (B, BEA) };
        book.write(who, MORNING + turn * 1_000, |tx| append(tx, &body, "x"));
    }
    book.write((B, BEA), MORNING + 60 * MINUTE, |tx| append(tx, &body, "después"));
    let groups = book.groups(0);
    assert_eq!(groups.len(), 2);
    let hands: Vec<_> = groups[0].1.hands.iter().map(|hand| (hand.city.clone(), hand.changes)).collect();
    assert_eq!(hands, [(A.hex(), 11), (B.hex(), 10)]);
}

/// Versions are of this node's order; work of a city that was away is one group behind what was there.
#[test]
fn work_done_apart_stays_together() {
    let (mut book, body) = Book::section();
    let mut away = Away::fork(&book, B);
    for n in 0..3 {
        book.write((A, ANA), MORNING + n * MINUTE, |tx| append(tx, &body, "aquí "));
    }
    let theirs: Vec<Vec<u8>> = (0..3).map(|n| away.say(&body, MORNING + n * MINUTE)).collect();
    for bytes in theirs {
        book.seq += 1;
        let place = Some(Place { city: B, epoch: 0, seq: book.seq });
        let item = StoredItem { origin: Origin { place, city: B, by: BEA }, changes: vec![bytes] };
        book.store.items.borrow_mut().entry(DOC).or_default().push(item);
    }
    book.documents.discard(&DOC);
    let groups = book.groups(0);
    assert_eq!(groups.iter().map(|(_, told)| told.changes).collect::<Vec<_>>(), [4, 3]);
    assert_eq!(groups[1].1.before.len(), 1);
    assert_eq!(groups[1].1.after.len(), 2, "both branches are heads");
}

/// A tab of another city that is away.
struct Away {
    doc: Automerge,
}

impl Away {
    fn fork(book: &Book, city: City8) -> Self {
        Self { doc: book.doc.fork().with_actor(actor(city, 77)) }
    }

    fn say(&mut self, body: &ObjId, time: u64) -> Vec<u8> {
        let mut tx = self.doc.transaction();
        append(&mut tx, body, "lejos ");
        tx.commit_with(CommitOptions::default().with_time(time as i64));
        self.doc.get_last_local_change().expect("committed").raw_bytes().to_vec()
    }
}

/// "Desde su última visita": paragraphs of a section, each once, by who wrote them; one's own are not news.
#[test]
fn paragraphs_are_counted_by_who_changed_them() {
    let (mut book, body) = Book::section();
    let seen = book.write((A, ANA), MORNING, |tx| append(tx, &body, "Uno 😀.\nDos.\nTres."));
    assert_eq!(book.unseen(&seen, (A, ANA)).hands, []);
    book.write((B, BEA), MORNING, |tx| tx.splice_text(&body, 0, 0, "El ").expect("in range"));
    book.write((B, BEA), MORNING, |tx| tx.splice_text(&body, 3, 1, "u").expect("in range"));
    book.write((B, BEA), MORNING, |tx| append(tx, &body, " Y más.\nCuatro.\nCinco."));
    let end = book.doc.length(&body);
    book.write((A, BEA), MORNING, |tx| tx.splice_text(&body, end - 2, 1, "").expect("in range"));
    book.write((A, ANA), MORNING, |tx| append(tx, &body, " Propio."));
    let unseen = book.unseen(&seen, (A, ANA));
    let told: Vec<_> = unseen
        .hands
        .iter()
        .map(|hand| (hand.city.as_str(), hand.person_ref.as_str(), hand.changes, hand.paragraphs))
        .collect();
    let (a, b, bea) = (A.hex(), B.hex(), BEA.hex());
    assert_eq!(told, [(a.as_str(), bea.as_str(), 1, 1), (b.as_str(), bea.as_str(), 3, 4)]);
    assert_eq!(unseen.heads, book.version());
    assert_eq!(unseen.seen, seen);
    let unknown = book.unseen(&[ChangeHash([7; 32])], (A, ANA));
    assert_eq!((unknown.seen, unknown.hands), (Vec::new(), Vec::new()), "nothing to compare with");
}

/// Amounts, dates, items: places count once, and not at all when they are as they were.
#[test]
fn values_are_counted_by_what_they_are() {
    let mut book = Book::new();
    let made = book.write((A, ANA), MORNING, |tx| {
        for name in ["activities", "budget_lines", "cells"] {
            tx.put_object(ROOT, name, ObjType::Map).expect("put");
        }
        tx.put(ROOT, "code", "P1").expect("put");
    });
    let (_, activities) = book.doc.get(ROOT, "activities").expect("reads").expect("is there");
    let (_, cells) = book.doc.get(ROOT, "cells").expect("reads").expect("is there");
    let bea = (B, BEA);
    book.write(bea, MORNING, |tx| {
        let item = tx.put_object(&activities, "a1", ObjType::Map).expect("put");
        tx.put(&item, "planned_end", "2026-03-01").expect("put");
        let text = tx.put_object(&item, "text", ObjType::Text).expect("put");
        tx.splice_text(&text, 0, 0, "Misión").expect("in range");
        tx.put(&cells, "x|2026|cash", 100).expect("put");
        tx.put(&cells, "y|2026|cash", 100).expect("put");
        tx.put(ROOT, "code", "P2").expect("put");
    });
    let hand = |book: &mut Book, seen: &[ChangeHash]| -> NewsHand {
        let mut hands = book.unseen(seen, (A, ANA)).hands;
        assert_eq!(hands.len(), 1, "{hands:?}");
        hands.remove(0)
    };
    let first = hand(&mut book, &made);
    assert_eq!((first.added, first.amounts, first.values, first.dates, first.texts), (1, 2, 1, 0, 0));
    let seen = book.version();
    let (_, item) = book.doc.get(&activities, "a1").expect("reads").expect("is there");
    let (_, text) = book.doc.get(&item, "text").expect("reads").expect("is there");
    book.write(bea, MORNING, |tx| tx.put(&item, "planned_end", "2026-09-01").expect("put"));
    book.write(bea, MORNING, |tx| tx.put(&cells, "x|2026|cash", 200).expect("put"));
    book.write(bea, MORNING, |tx| tx.put(&cells, "x|2026|cash", 300).expect("put"));
    book.write(bea, MORNING, |tx| tx.put(&cells, "y|2026|cash", 900).expect("put"));
    book.write(bea, MORNING, |tx| tx.put(&cells, "y|2026|cash", 100).expect("put"));
    book.write(bea, MORNING, |tx| append(tx, &text, " técnica"));
    book.write(bea, MORNING, |tx| tx.put(&item, "deleted", true).expect("put"));
    let second = hand(&mut book, &seen);
    assert_eq!(
        (second.added, second.removed, second.amounts, second.dates, second.texts, second.values),
        (0, 1, 1, 1, 1, 0)
    );
    let seen = book.version();
    book.write(bea, MORNING, |tx| tx.put(ROOT, "code", "P3").expect("put"));
    book.write(bea, MORNING, |tx| tx.put(ROOT, "code", "P2").expect("put"));
    assert_eq!(book.unseen(&seen, (A, ANA)).hands, [], "as it was: nothing to look at");
}

/// The JSON of a rich section: markers one unit each in `body`, blocks beside it, what is unknown carried.
#[test]
fn a_rich_section_is_told_as_blocks() {
    use automerge::hydrate;
    use automerge::marks::{ExpandMark, Mark};
    let (mut book, body) = Book::section();
    book.write((A, ANA), MORNING, |tx| append(tx, &body, "Uno\nDos"));
    let plain = book.documents.blocks(&book.store, &DOC, "body").expect("a text");
    let span = |text: &str| json!([{"text": text}]);
    assert_eq!(
        plain,
        json!([
            {"type": "paragraph", "text": "Uno", "spans": span("Uno")},
            {"type": "paragraph", "text": "Dos", "spans": span("Dos")},
        ])
    );
    let block = |kind: &str, attrs: hydrate::Value| {
        hydrate::Value::from(HashMap::from([("type", hydrate::Value::from(kind)), ("attrs", attrs)]))
    };
    let level = hydrate::Value::from(HashMap::from([("level", hydrate::Value::from(2u64))]));
    book.write((A, ANA), MORNING, |tx| {
        for (at, kind, attrs) in [
            (0, "heading", level),
            (4, "de_otra_versión", hydrate::Value::from(HashMap::<&str, hydrate::Value>::new())),
        ] {
            let marker = tx.split_block(&body, at).expect("in range");
            tx.update_object(&marker, &block(kind, attrs)).expect("filled");
        }
        tx.mark(&body, Mark::new("strong".into(), true, 1, 3), ExpandMark::After).expect("in range");
    });
    let rich = book.documents.blocks(&book.store, &DOC, "body").expect("a text");
    assert_eq!(
        rich,
        json!([
            {"type": "heading", "level": 2, "attrs": {"level": 2}, "text": "Uno",
                "spans": [{"text": "Un", "marks": {"strong": true}}, {"text": "o"}]},
            {"type": "de_otra_versión", "text": "\nDos", "spans": span("\nDos")},
        ])
    );
    let (content, _) = book.documents.content(&book.store, &DOC).expect("reads").expect("is there");
    assert_eq!(content["body"], json!("\u{fffc}Uno\u{fffc}\nDos"), "one unit for each marker");
}

/// Bounded work: 60,000 changes by 600 actors. `cargo test --release -- --ignored --nocapture many_changes`
#[test]
#[ignore = "a measurement"]
fn the_history_of_many_changes_is_quick() {
    let (mut book, body) = Book::section();
    let (changes, actors) = (60_000u64, 600u64);
    let mut seen = Vec::new();
    for n in 0..changes {
        let of = n * actors / changes;
        let mut id = [0; 16];
        id[0] = (of % 6) as u8 + 1;
        id[8..].copy_from_slice(&of.to_be_bytes());
        let city = City8(id[..8].try_into().expect("eight"));
        let hand = (city, PersonRef(id[8..].try_into().expect("eight")));
        book.write_as(id, hand, MORNING + n * 7_000, |tx| append(tx, &body, "a"));
        if n == changes - 1_900 {
            seen = book.version();
        }
    }
    let bytes = {
        book.groups(0);
        book.documents.usage().0
    };
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let stretches = book.documents.stretches(&book.store, &DOC, 0).expect("reads").expect("is there");
        let grouped = start.elapsed();
        let page = &stretches[stretches.len().saturating_sub(50)..];
        book.documents.told(&book.store, &DOC, page).expect("reads");
        let told = start.elapsed() - grouped;
        let start = std::time::Instant::now();
        let unseen = book.unseen(&seen, (A, ANA));
        println!(
            "{} groups in {grouped:?}, a page of them in {told:?}, news of 1,900 changes in {:?} ({} hands), {} MB loaded",
            stretches.len(),
            start.elapsed(),
            unseen.hands.len(),
            bytes >> 20
        );
    }
}
