use std::cell::RefCell;
use std::collections::HashMap;

use alianza_shared::id::{ChangeHash, City8, DocId, PersonRef, Place};
use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, ObjId, ObjType, ROOT, ReadDoc as _};

use super::*;

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

/// Makes the checksum of a chunk right again after its body was changed, as anyone can.
fn mend(bytes: &mut Vec<u8>) {
    // Automerge tells the hash of whatever parses; a wrong checksum does not stop it.
    if let Ok(change) = automerge::Change::try_from(&bytes[..]) {
        let hash = change.hash();
        bytes[4..8].copy_from_slice(&hash.0[..4]);
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
        assert_eq!(code(&node.judge(A, &[a.clone()], false)), "accepted");
        assert_eq!(code(&node.judge(B, &[b.clone()], false)), "accepted");
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
fn what_is_refused_leaves_the_document_as_it_was() {
    let (mut node, mut tab) = typed();
    let heads = node.heads();
    let good = tab.splice(0, 0, "g");

    // G3: another city's prefix.
    assert_eq!(code(&node.judge(B, &[good.clone()], false)), "gate.G3.actor");
    // G1: a document chunk, a compressed change, a bundle, an unknown type.
    assert_eq!(code(&node.judge(A, &[tab.doc.save()], false)), "gate.G1.chunk_type");
    for kind in [0, 2, 3, 9] {
        let mut other = good.clone();
        other[8] = kind;
        assert_eq!(code(&node.judge(A, &[other], false)), "gate.G1.chunk_type");
    }
    // G1: a wrong checksum, bytes behind, bytes missing, too many.
    let mut other = good.clone();
    other[5] ^= 1;
    assert_eq!(code(&node.judge(A, &[other], false)), "gate.G1.checksum");
    let mut other = good.clone();
    other.push(0);
    assert_eq!(code(&node.judge(A, &[other], false)), "gate.G1.form");
    assert_eq!(code(&node.judge(A, &[good[..good.len() - 1].to_vec()], false)), "gate.G1.form");
    let large = vec![0; alianza_shared::limits::CHANGE_MAX_BYTES + 1];
    assert_eq!(code(&node.judge(A, &[large], false)), "gate.G1.size");
    // A second creation, and a change to what does not exist.
    let (_, second) = Tab::create(A);
    let mut apart = Tab::create(A).0.fork(A, 3);
    assert_eq!(code(&node.judge(A, &[second], true)), "accepted", "the same bytes are skipped");
    let root = apart.splice(0, 0, "z");
    assert_eq!(code(&node.judge(A, &[root], true)), "gate.create");

    assert_eq!(node.heads(), heads);
    assert_eq!(code(&node.judge(A, &[good], false)), "accepted");
}

#[test]
fn a_change_must_stand_on_accepted_changes_of_its_past() {
    let (mut node, mut tab) = typed();
    let missing = tab.splice(0, 0, "m");
    let orphan = tab.splice(0, 0, "o");
    // I13: Automerge's own queue stays empty.
    assert_eq!(code(&node.judge(A, &[orphan.clone()], false)), "gate.G2.dependency");
    // In one body, in order, they may stand on one another; in the wrong order they may not.
    assert_eq!(code(&node.judge(A, &[orphan.clone(), missing.clone()], false)), "gate.G2.dependency");
    // The entry does not know the place of what the change stands on.
    let nothing = |_: &Place| false;
    assert_eq!(code(&node.judge_in(A, &[missing.clone()], false, &nothing)), "gate.G2.dependency");
    assert_eq!(code(&node.judge(A, &[missing, orphan], false)), "accepted");
    assert_eq!(node.text(), tab.content());
}

#[test]
fn a_change_on_a_pending_one_is_for_this_node_alone_until_it_is_sealed() {
    let (mut node, mut tab) = typed();
    let first = tab.splice(0, 0, "p");
    let second = tab.splice(0, 0, "q");
    let pending = Origin { place: None, city: A, by: PersonRef([5; 8]) };
    let all = |_: &Place| true;
    let mut local = Judge {
        doc: DOC,
        is_create: false,
        author: A,
        origin: pending.clone(),
        past: &all,
        local: true,
        changes: std::slice::from_ref(&first),
    };
    let verdict = node.documents.judge(&node.store, &local).expect("reads");
    assert_eq!(code(&verdict), "accepted");
    assert!(
        node.documents.snapshot(&node.store, &DOC).expect("reads").is_none(),
        "a pending change is inside"
    );
    let sealed_heads = node.documents.sealed_heads(&node.store, &DOC).expect("reads").expect("there");
    assert_ne!(sealed_heads, node.heads());
    // Another feed cannot know it.
    assert_eq!(code(&node.judge(A, &[second.clone()], false)), "gate.G2.dependency");
    local.changes = std::slice::from_ref(&second);
    assert_eq!(code(&node.documents.judge(&node.store, &local).expect("reads")), "accepted");
    let hashes = node.heads();
    let place = node.place(A);
    let first_hash = alianza_shared::document::gate::check(&first).expect("sound").hash;
    node.documents.sealed(&DOC, &[first_hash, hashes[0]], place);
    let sealed_heads = node.documents.sealed_heads(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!(sealed_heads, node.heads());
    let history = node.documents.history(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!(history.last().and_then(|item| item.place.clone()), Some(place.to_string()));
    assert!(node.documents.snapshot(&node.store, &DOC).expect("reads").is_some());
}

#[test]
fn one_sequence_number_is_taken_once() {
    let (mut node, mut tab) = typed();
    // The same tab twice: a page load that used its actor again.
    let mut again = Tab { doc: tab.doc.clone(), text: tab.text.clone() };
    let one = tab.splice(0, 0, "1");
    let other = again.splice(0, 0, "2");
    assert_eq!(code(&node.judge(A, &[one.clone()], false)), "accepted");
    // I14: not a second time with other bytes, whoever has seen what.
    assert_eq!(code(&node.judge(A, &[other], false)), "gate.G3.seq");
    let Verdict::Accepted { changes } = node.judge(A, &[one], false) else { panic!("identical bytes") };
    assert!(!changes[0].new);
}

#[test]
fn a_change_made_over_from_its_parts_must_say_what_automerge_would_say() {
    let (mut node, mut tab) = typed();
    let good = automerge::Change::try_from(&tab.splice(3, 0, "y")[..]).expect("a change");
    let rebuilt = |alter: &dyn Fn(&mut automerge::ExpandedChange)| {
        let mut expanded = good.decode();
        alter(&mut expanded);
        automerge::Change::from(expanded).raw_bytes().to_vec()
    };
    let one = std::num::NonZeroU64::new(1).expect("one");
    let later = |by: u64| {
        move |change: &mut automerge::ExpandedChange| {
            change.start_op = change.start_op.checked_add(by).expect("small");
        }
    };
    assert_eq!(code(&node.judge(A, &[rebuilt(&later(1))], false)), "gate.G3.start_op");
    assert_eq!(code(&node.judge(A, &[rebuilt(&|change| change.start_op = one)], false)), "gate.G3.start_op");
    assert_eq!(code(&node.judge(A, &[rebuilt(&|change| change.seq += 1)], false)), "gate.G3.seq");
    assert_eq!(code(&node.judge(A, &[rebuilt(&|change| change.deps.clear())], false)), "gate.G2.dependency");
    assert_eq!(code(&node.judge(A, &[rebuilt(&|change| change.time = -1)], false)), "gate.G3.time");
    assert_eq!(code(&node.judge(A, &[rebuilt(&|change| change.operations.clear())], false)), "gate.G1.ops");
    let extra = rebuilt(&|change| change.extra_bytes = vec![1, 1, 7]);
    assert_eq!(code(&node.judge(A, &[extra], false)), "gate.G1.form");
    // An operation that names what nobody wrote.
    let nowhere = rebuilt(&|change| {
        use automerge::legacy::{ElementId, Key, OpId};
        change.operations[0].key = Key::Seq(ElementId::Id(OpId::new(999, &actor(A, 1))));
    });
    assert_eq!(code(&node.judge(A, &[nowhere], false)), "gate.G2.reference");
    // An operation on an element of a map: Automerge panics on it, here and in its own past.
    let not_a_text = rebuilt(&|change| {
        change.operations[0].obj = automerge::legacy::ObjectId::Root;
    });
    let verdict = node.judge(A, &[not_a_text], false);
    assert!(matches!(verdict, Verdict::Void { code: "gate.G4.panic" | "gate.G5.canonical" }), "{verdict:?}");
    assert_eq!(code(&node.judge(A, &[rebuilt(&|_| ())], false)), "accepted");
    assert_eq!(node.text(), tab.content());
}

#[test]
fn nothing_may_name_what_was_written_beside_it() {
    let (mut node, mut tab) = typed();
    let mut two = tab.fork(B, 7);
    let beside = tab.splice(0, 0, "1");
    let own = two.splice(0, 0, "2");
    let theirs = automerge::Change::try_from(&beside[..]).expect("a change");
    // B's change claims to be written behind A's, which its dependencies do not hold.
    let mut forged = automerge::Change::try_from(&own[..]).expect("a change").decode();
    forged.operations[0].key = automerge::legacy::Key::Seq(automerge::legacy::ElementId::Id(
        automerge::legacy::OpId::new(theirs.start_op().get(), theirs.actor_id()),
    ));
    let forged = automerge::Change::from(forged).raw_bytes().to_vec();
    // A node that has A's change and one that has not come to the same verdict (I4).
    assert_eq!(code(&node.judge(B, &[forged.clone()], false)), "gate.G2.reference");
    assert_eq!(code(&node.judge(A, &[beside], false)), "accepted");
    assert_eq!(code(&node.judge(B, &[forged], false)), "gate.G2.reference");
    assert_eq!(code(&node.judge(B, &[own], false)), "accepted");
}

#[test]
fn objects_nest_no_deeper_than_the_bound() {
    let (mut node, mut tab) = typed();
    let mut changes = Vec::new();
    let mut inner = ROOT;
    for _ in 0..10 {
        let bytes = tab.edit(|tx, _| {
            for _ in 0..8 {
                inner = tx.put_object(&inner, "m", ObjType::Map).expect("put");
            }
        });
        changes.push(bytes);
    }
    // Eight changes of eight levels are allowed, in one item or in several.
    assert_eq!(code(&node.judge(A, &changes, false)), "gate.G1.nesting");
    assert_eq!(code(&node.judge(A, &changes[..4], false)), "accepted");
    assert_eq!(code(&node.judge(A, &changes[4..8], false)), "accepted");
    assert_eq!(code(&node.judge(A, &changes[8..9], false)), "gate.G1.nesting");
    assert!(node.documents.content(&node.store, &DOC).expect("reads").is_some());
}

#[test]
fn a_run_that_claims_a_billion_operations_costs_nothing() {
    let (mut node, mut tab) = typed();
    let change = tab.edit(|tx, object| tx.splice_text(object, 0, 0, &"a".repeat(9_000)).expect("in range"));
    assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
    let change = tab.edit(|tx, object| tx.splice_text(object, 0, 0, &"a".repeat(10_001)).expect("in range"));
    assert_eq!(code(&node.judge(A, &[change], false)), "gate.G1.ops");
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

mod hostile {
    use proptest::prelude::*;

    use super::*;

    /// Changes of many sorts, as an honest page would make them.
    fn honest() -> (Node, Vec<Vec<u8>>) {
        let (mut node, mut tab) = typed();
        let mut two = tab.fork(B, 7);
        let theirs = two.splice(4, 0, "b");
        node.judge(B, std::slice::from_ref(&theirs), false);
        tab.receive(&theirs);
        let make = |edit: &dyn Fn(&mut automerge::transaction::Transaction<'_>, &ObjId)| {
            let mut tab = Tab { doc: tab.doc.clone().with_actor(actor(A, 9)), text: tab.text.clone() };
            tab.edit(edit)
        };
        let changes = vec![
            make(&|tx, text| tx.splice_text(text, 3, 4, "nuevo").expect("in range")),
            make(&|tx, _| tx.put(ROOT, "n", -7).expect("put")),
            make(&|tx, _| {
                let map = tx.put_object(ROOT, "m", ObjType::Map).expect("put");
                tx.put(&map, "k", "v").expect("put");
                let list = tx.put_object(&map, "l", ObjType::List).expect("put");
                tx.insert(&list, 0, 1.5).expect("insert");
                tx.insert(&list, 1, "s").expect("insert");
            }),
            make(&|tx, _| tx.delete(ROOT, "n").expect("delete")),
            make(&|tx, text| {
                let mark = automerge::marks::Mark::new("bold".to_owned(), true, 1, 4);
                tx.mark(text, mark, automerge::marks::ExpandMark::Both).expect("mark");
            }),
            make(&|tx, text| {
                tx.split_block(text, 2).expect("split");
            }),
        ];
        (node, changes)
    }

    #[test]
    fn every_sort_of_honest_change_passes() {
        let (mut node, changes) = honest();
        for change in &changes {
            let mut fresh = honest().0;
            assert_eq!(code(&fresh.judge(A, std::slice::from_ref(change), false)), "accepted");
        }
        assert_eq!(code(&node.judge(A, &changes[..1], false)), "accepted");
    }

    proptest! {
        /// I4, I17: bytes with a valid checksum and any body end in a verdict, the same on every node, and what
        /// was there before stays as it was unless they are accepted.
        #[test]
        fn mutated_changes_end_in_one_verdict(
            which in 0usize..6,
            edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let (mut one, changes) = honest();
            let (mut two, _) = honest();
            let mut bytes = changes[which].clone();
            for (at, value) in edits {
                let at = at.index(bytes.len());
                if at >= 9 {
                    bytes[at] = value;
                }
            }
            mend(&mut bytes);
            let heads = one.heads();
            let first = one.judge(A, &[bytes.clone()], false);
            let second = two.judge(A, &[bytes], false);
            prop_assert_eq!(&first, &second);
            if matches!(first, Verdict::Accepted { .. }) {
                let after = one.heads();
                one.documents.discard(&DOC);
                prop_assert_eq!(one.heads(), after, "what was accepted can be rebuilt");
                prop_assert!(one.documents.snapshot(&one.store, &DOC).expect("reads").is_some());
            } else {
                prop_assert_eq!(one.heads(), heads);
            }
        }
    }
}
