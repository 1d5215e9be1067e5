use std::cell::RefCell;
use std::collections::HashMap;

use alianza_shared::id::{ChangeHash, City8, DocId, PersonRef, Place};
use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, ObjId, ObjType, ROOT, ReadDoc as _};

use super::*;

mod elsewhere;
mod hostile;
mod refusals;
mod together;

const A: City8 = City8([1; 8]);
const B: City8 = City8([2; 8]);
const DOC: DocId = DocId([9; 16]);

/// What a journal would give back.
#[derive(Default)]
struct Store {
    items: RefCell<HashMap<DocId, Vec<StoredItem>>>,
    snapshots: RefCell<HashMap<DocId, Vec<u8>>>,
}

impl Source for Store {
    fn snapshot(&self, doc: &DocId) -> Option<Vec<u8>> {
        self.snapshots.borrow().get(doc).cloned()
    }

    fn items(&self, doc: &DocId, skip: u64) -> Result<Vec<StoredItem>, SourceError> {
        let items = self.items.borrow();
        Ok(items.get(doc).map_or(&[][..], |items| &items[skip as usize..]).to_vec())
    }
}

/// A node of city A: documents, and the journal behind them.
struct Node {
    documents: Documents,
    store: Store,
    seq: u64,
}

impl Node {
    fn new() -> Self {
        Self { documents: Documents::new(64 << 20), store: Store::default(), seq: 0 }
    }

    fn place(&mut self, city: City8) -> Place {
        self.seq += 1;
        Place { city, epoch: 0, seq: self.seq }
    }

    fn judge_in(
        &mut self,
        author: City8,
        changes: &[Vec<u8>],
        create: bool,
        past: &dyn Fn(&Place) -> bool,
    ) -> Verdict {
        let place = self.place(author);
        let origin = Origin { place: Some(place), city: author, by: PersonRef([5; 8]) };
        let job = Judge {
            doc: DOC,
            is_create: create,
            author,
            origin: origin.clone(),
            past,
            local: false,
            changes,
        };
        let verdict = self.documents.judge(&self.store, &job).expect("the store reads");
        if matches!(verdict, Verdict::Accepted { .. }) {
            let item = StoredItem { origin, changes: changes.to_vec() };
            self.store.items.borrow_mut().entry(DOC).or_default().push(item);
        }
        verdict
    }

    fn judge(&mut self, author: City8, changes: &[Vec<u8>], create: bool) -> Verdict {
        self.judge_in(author, changes, create, &|_| true)
    }

    fn text(&mut self) -> String {
        let (content, _) = self.documents.content(&self.store, &DOC).expect("reads").expect("is there");
        content["t"].as_str().expect("a text").to_owned()
    }

    fn heads(&mut self) -> Vec<ChangeHash> {
        self.documents.heads(&self.store, &DOC).expect("reads").expect("is there")
    }
}

/// A tab.
struct Tab {
    doc: Automerge,
    text: ObjId,
}

fn actor(city: City8, tab: u8) -> ActorId {
    let mut actor = [tab; 16];
    actor[..8].copy_from_slice(&city.0);
    ActorId::from(&actor[..])
}

impl Tab {
    /// Creates the document; the change that does so.
    fn create(city: City8) -> (Self, Vec<u8>) {
        let mut doc = empty().with_actor(actor(city, 1));
        let mut tx = doc.transaction();
        let text = tx.put_object(ROOT, "t", ObjType::Text).expect("put");
        tx.put(ROOT, "n", 1).expect("put");
        tx.commit_with(CommitOptions::default().with_time(1_700_000_000_000));
        let bytes = doc.get_last_local_change().expect("committed").raw_bytes().to_vec();
        (Self { doc, text }, bytes)
    }

    fn fork(&self, city: City8, tab: u8) -> Self {
        Self { doc: self.doc.fork().with_actor(actor(city, tab)), text: self.text.clone() }
    }

    fn edit(&mut self, edit: impl FnOnce(&mut automerge::transaction::Transaction<'_>, &ObjId)) -> Vec<u8> {
        let mut tx = self.doc.transaction();
        edit(&mut tx, &self.text);
        tx.commit_with(CommitOptions::default().with_time(1_700_000_000_000));
        self.doc.get_last_local_change().expect("committed").raw_bytes().to_vec()
    }

    fn splice(&mut self, index: usize, delete: isize, text: &str) -> Vec<u8> {
        self.edit(|tx, object| tx.splice_text(object, index, delete, text).expect("in range"))
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.doc.apply_changes([automerge::Change::try_from(bytes).expect("a change")]).expect("applies");
    }

    fn content(&self) -> String {
        self.doc.text(&self.text).expect("a text")
    }
}

fn code(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted { .. } => "accepted",
        Verdict::Void { code } | Verdict::Held { code } => code,
    }
}

#[test]
fn typing_is_accepted_by_replay_and_rebuilds_to_the_same_heads() {
    let mut node = Node::new();
    let (mut tab, create) = Tab::create(A);
    assert_eq!(code(&node.judge(A, &[create], true)), "accepted");
    let edits: [(usize, isize, &str); 8] = [
        (0, 0, "h"),
        (1, 0, "ola 😀"),
        (7, 0, "!"),
        (5, 2, ""),
        (0, 1, "H"),
        (3, 1, "á🇪🇸"),
        (0, 0, "¡"),
        (2, 3, "abc"),
    ];
    for (index, delete, insert) in edits {
        let change = tab.splice(index, delete, insert);
        assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
        assert_eq!(node.text(), tab.content());
    }
    let heads = node.heads();
    assert_eq!(heads, tab.doc.get_heads().into_iter().map(ours).collect::<Vec<_>>());
    node.documents.discard(&DOC);
    assert_eq!(node.heads(), heads, "I18: what is rebuilt is what was there");
    assert_eq!(node.text(), tab.content());
}

#[test]
fn two_cities_at_once_end_in_one_text() {
    let mut node = Node::new();
    let (mut one, create) = Tab::create(A);
    node.judge(A, &[create], true);
    let mut two = one.fork(B, 7);
    let mut from_one = Vec::new();
    let mut from_two = Vec::new();
    for at in 0..20 {
        from_one.push(one.splice(at, 0, "a"));
        from_two.push(two.splice(at, 0, "b"));
    }
    for (a, b) in from_one.iter().zip(&from_two) {
        assert_eq!(code(&node.judge(A, std::slice::from_ref(a), false)), "accepted");
        assert_eq!(code(&node.judge(B, std::slice::from_ref(b), false)), "accepted");
        one.receive(b);
        two.receive(a);
    }
    assert_eq!(one.content(), two.content());
    assert_eq!(node.text(), one.content());
}

/// A document that A created and typed in, and the tab that did.
fn typed() -> (Node, Tab) {
    let mut node = Node::new();
    let (mut tab, create) = Tab::create(A);
    assert_eq!(code(&node.judge(A, &[create], true)), "accepted");
    for at in 0..10 {
        let change = tab.splice(at, 0, "x");
        assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
    }
    (node, tab)
}

#[test]
fn a_snapshot_and_what_came_after_is_the_document() {
    let (mut node, mut tab) = typed();
    let (bytes, covered) =
        node.documents.snapshot(&node.store, &DOC).expect("reads").expect("nothing pending");
    assert_eq!(covered, node.store.items.borrow()[&DOC].len() as u64);
    let change = tab.splice(2, 1, "ñ");
    assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
    let before = (node.heads(), node.documents.history(&node.store, &DOC).expect("reads"));
    for damaged in [false, true] {
        let mut bytes = bytes.clone();
        if damaged {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
        }
        node.store.snapshots.borrow_mut().insert(DOC, bytes);
        node.documents.discard(&DOC);
        let after = (node.heads(), node.documents.history(&node.store, &DOC).expect("reads"));
        let text = |(_, history): &(Vec<ChangeHash>, Option<Vec<_>>)| {
            let history: &Vec<alianza_shared::api::HistoryItem> = history.as_ref().expect("there");
            let mut lines: Vec<_> = history.iter().map(|item| format!("{item:?}")).collect();
            lines.sort();
            lines
        };
        assert_eq!(after.0, before.0);
        assert_eq!(text(&after), text(&before), "origins too (damaged: {damaged})");
    }
}

#[test]
fn a_document_that_makes_room_leaves_a_snapshot_that_opens_as_the_same() {
    let (mut node, _) = typed();
    let before = (node.heads(), node.text());
    // Another document comes, and there is room for one.
    node.documents.limit_bytes = 0;
    let other = DocId([8; 16]);
    let (_, create) = Tab::create(B);
    let place = node.place(B);
    let origin = Origin { place: Some(place), city: B, by: PersonRef([6; 8]) };
    let job = Judge {
        doc: other,
        is_create: true,
        author: B,
        origin,
        past: &|_| true,
        local: false,
        changes: &[create],
    };
    assert!(matches!(node.documents.judge(&node.store, &job), Ok(Verdict::Accepted { .. })));
    let left = node.documents.left_behind();
    let [(doc, bytes)] = &left[..] else { panic!("{} snapshots", left.len()) };
    assert_eq!(*doc, DOC);
    let opened = snapshot::open(bytes).expect("opens");
    assert_eq!(opened.graph.heads(), before.0, "G6");
    assert_eq!(opened.items, node.store.items.borrow()[&DOC].len() as u64, "covers every item");
    // It is used: nothing is asked of the journal but what came later.
    node.store.snapshots.borrow_mut().insert(DOC, bytes.clone());
    node.store.items.borrow_mut().get_mut(&DOC).expect("there").fill(StoredItem {
        origin: Origin { place: None, city: A, by: PersonRef::NODE },
        changes: vec![vec![0]],
    });
    assert_eq!((node.heads(), node.text()), before);
    node.documents.put(other, Loaded::new());
    let again = node.documents.left_behind();
    assert!(again.iter().all(|(doc, _)| *doc != DOC), "what has not changed is not written again");
}

#[test]
fn a_tab_gets_what_it_lacks_or_the_whole() {
    let (mut node, mut tab) = typed();
    let have: Vec<_> = tab.doc.get_heads().into_iter().map(ours).collect();
    let change = tab.splice(0, 0, "n");
    node.judge(A, std::slice::from_ref(&change), false);
    let catch_up = node.documents.catch_up(&node.store, &DOC, &have).expect("reads").expect("there");
    assert_eq!(catch_up.snapshot, None);
    assert_eq!(catch_up.changes, vec![change]);
    for unknown in [vec![], vec![ChangeHash([7; 32])]] {
        let whole = node.documents.catch_up(&node.store, &DOC, &unknown).expect("reads").expect("there");
        let loaded = Automerge::load(&whole.snapshot.expect("the whole")).expect("loads");
        assert_eq!(loaded.get_heads(), tab.doc.get_heads());
    }
    assert!(node.documents.heads(&node.store, &DocId([0; 16])).expect("reads").is_none());
}

#[test]
fn memory_stays_within_its_bound() {
    let (_, create) = Tab::create(A);
    let mut node = Node::new();
    node.documents = Documents::new(300 * 1024);
    let all = |_: &Place| true;
    for index in 0..40u8 {
        let doc = DocId([index; 16]);
        let origin = Origin {
            place: Some(Place { city: A, epoch: 0, seq: u64::from(index) }),
            city: A,
            by: PersonRef::NODE,
        };
        let changes = vec![create.clone()];
        let job = Judge {
            doc,
            is_create: true,
            author: A,
            origin: origin.clone(),
            past: &all,
            local: false,
            changes: &changes,
        };
        assert_eq!(code(&node.documents.judge(&node.store, &job).expect("reads")), "accepted");
        node.store.items.borrow_mut().insert(doc, vec![StoredItem { origin, changes: changes.clone() }]);
        let (bytes, _) = node.documents.usage();
        assert!(bytes <= 300 * 1024, "{bytes}");
    }
    for index in 0..40u8 {
        assert!(node.documents.heads(&node.store, &DocId([index; 16])).expect("reads").is_some());
    }
}

#[test]
fn several_values_at_one_place_are_told_with_their_authors() {
    let (mut node, mut tab) = typed();
    let mut two = tab.fork(B, 7);
    let mut three = tab.fork(B, 8);
    let from_a = tab.edit(|tx, _| tx.put(ROOT, "n", 12_000).expect("put"));
    let from_b = two.edit(|tx, _| tx.put(ROOT, "n", 10_000).expect("put"));
    let same = three.edit(|tx, _| tx.put(ROOT, "n", 10_000).expect("put"));
    node.judge(A, &[from_a], false);
    node.judge(B, &[from_b], false);
    node.judge(B, &[same], false);
    let (content, conflicts) = node.documents.content(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!(conflicts.len(), 1);
    let values: Vec<_> = conflicts[0].values.iter().map(|value| value.value.clone()).collect();
    assert_eq!(conflicts[0].path, "/n");
    assert_eq!(values[0], content["n"], "the one in use comes first");
    assert_eq!(values.len(), 2, "equal values are no conflict");
    assert!(conflicts[0].values.iter().any(|value| value.city == A.hex()));
    assert!(conflicts[0].values.iter().all(|value| value.time_ms == 1_700_000_000_000));
}

/// G2: an entry carries one item for each person; the second may build on the first, and on nothing later.
#[test]
fn a_person_builds_on_what_a_colleague_wrote_in_the_same_entry() {
    let (mut tab, create) = Tab::create(A);
    let edit = tab.splice(0, 0, "hola");
    let mut node = Node::new();
    let place = node.place(A);
    for (by, changes, is_create) in [(0, vec![create], true), (7, vec![edit], false)] {
        let origin = Origin { place: Some(place), city: A, by: PersonRef([by; 8]) };
        let job = Judge {
            doc: DOC,
            is_create,
            author: A,
            origin,
            past: &|of| *of != place,
            local: false,
            changes: &changes,
        };
        let verdict = node.documents.judge(&node.store, &job).expect("the store reads");
        assert!(matches!(verdict, Verdict::Accepted { .. }), "{verdict:?}");
    }
}

/// Whoever decides by keeping the value in use writes only that the others go: no other node may stumble over it
/// (domain.md §3.5; I19).
#[test]
fn keeping_the_winner_of_a_conflict_is_accepted_everywhere() {
    let (mut node, mut tab) = typed();
    let mut two = tab.fork(B, 7);
    let from_a = tab.edit(|tx, _| tx.put(ROOT, "n", 12_000).expect("put"));
    let from_b = two.edit(|tx, _| tx.put(ROOT, "n", 10_000).expect("put"));
    tab.receive(&from_b);
    assert_eq!(code(&node.judge(A, &[from_a], false)), "accepted");
    assert_eq!(code(&node.judge(B, &[from_b], false)), "accepted");
    let (content, conflicts) = node.documents.content(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!(conflicts.len(), 1);
    let winner = content["n"].as_i64().expect("a number");
    let decided = tab.edit(|tx, _| tx.put(ROOT, "n", winner).expect("put"));
    assert_eq!(code(&node.judge(A, &[decided], false)), "accepted");
    let (content, conflicts) = node.documents.content(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!((content["n"].as_i64(), conflicts.len()), (Some(winner), 0), "decided");
}

/// Rich text: marks and blocks of honest tabs pass, also what is typed right behind the edge of a mark.
#[test]
fn marks_blocks_and_what_is_typed_behind_them_are_accepted() {
    use automerge::marks::{ExpandMark, Mark};
    let (mut node, mut tab) = typed();
    let mut changes = vec![tab.splice(0, 0, "hola que tal")];
    changes.push(tab.edit(|tx, text| {
        tx.mark(text, Mark::new("strong".into(), true, 0, 4), ExpandMark::After).expect("mark");
    }));
    changes.push(tab.splice(4, 0, "x"));
    changes.push(tab.splice(0, 0, "y"));
    changes.push(tab.edit(|tx, text| {
        tx.split_block(text, 3).expect("split");
    }));
    changes.push(tab.splice(4, 1, "z"));
    changes.push(tab.splice(3, 2, ""));
    for change in changes {
        assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
    }
    assert_eq!(node.text(), tab.content());
}

/// Two changes of one item, the second on a key that somebody else wrote meanwhile: what it replaces stood there when
/// it was written, whatever stands there now (I4, I19).
#[test]
fn what_a_change_replaces_is_looked_for_in_its_own_past() {
    let (mut node, mut tab) = typed();
    let mut two = tab.fork(B, 7);
    let ours = tab.edit(|tx, _| tx.put(ROOT, "n", 12_000).expect("put"));
    let first = two.edit(|tx, _| tx.put(ROOT, "m", 1).expect("put"));
    let second = two.edit(|tx, _| tx.put(ROOT, "n", 10_000).expect("put"));
    assert_eq!(code(&node.judge(A, &[ours], false)), "accepted");
    assert_eq!(code(&node.judge(B, &[first, second], false)), "accepted");
    let (_, conflicts) = node.documents.content(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!(conflicts.len(), 1);
}
