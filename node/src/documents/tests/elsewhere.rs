//! Documents loaded and saved on other threads: nothing that is out of date comes back.

use super::*;

fn parcel(node: &mut Node) -> Parcel {
    node.documents.parcel(&node.store, &DOC).expect("reads").expect("is there")
}

fn load(parcel: Parcel) -> Apart {
    std::thread::spawn(|| Apart::load(parcel)).join().expect("ends").expect("loads")
}

#[test]
fn what_was_loaded_apart_is_what_would_have_been_loaded() {
    let (mut node, mut tab) = typed();
    let before = (node.heads(), node.text());
    for with_snapshot in [false, true] {
        node.documents.discard(&DOC);
        if with_snapshot {
            let (bytes, _) = node.documents.snapshot(&node.store, &DOC).expect("reads").expect("saves");
            node.store.snapshots.borrow_mut().insert(DOC, bytes);
            // One item after the snapshot.
            let change = tab.splice(0, 0, "z");
            assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
            node.documents.discard(&DOC);
        }
        let loaded = load(parcel(&mut node));
        node.documents.take_in(DOC, loaded);
        assert!(node.documents.is_loaded(&DOC));
        let expected = if with_snapshot { format!("z{}", before.1) } else { before.1.clone() };
        assert_eq!(node.text(), expected);
        // The next change is judged on it.
        let change = tab.splice(0, 0, "y");
        assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
        let change = tab.splice(0, 1, "");
        assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
    }
    assert!(
        node.documents.parcel(&node.store, &DocId([0; 16])).expect("reads").is_none(),
        "no such document"
    );
}

/// I18, I45: a document to which something happened while it was being loaded is not replaced by what it was.
#[test]
fn what_is_out_of_date_is_not_taken_in() {
    let (mut node, mut tab) = typed();
    node.documents.discard(&DOC);
    let old = load(parcel(&mut node));
    let change = tab.splice(0, 0, "nuevo ");
    assert_eq!(code(&node.judge(A, &[change], false)), "accepted");
    // Even if it had to make room again.
    let now = node.text();
    let loaded = node.documents.remove(&DOC);
    drop(loaded);
    node.documents.take_in(DOC, old);
    assert!(!node.documents.is_loaded(&DOC));
    assert_eq!(node.text(), now);

    node.documents.discard(&DOC);
    let old = load(parcel(&mut node));
    // Items lost effect: what was loaded with them is worth nothing.
    node.documents.discard(&DOC);
    node.documents.take_in(DOC, old);
    assert!(!node.documents.is_loaded(&DOC));

    let first = parcel(&mut node);
    let second = parcel(&mut node);
    node.documents.take_in(DOC, load(first));
    assert!(!node.documents.is_loaded(&DOC), "another load was begun since");
    node.documents.take_in(DOC, load(second));
    assert!(!node.documents.is_loaded(&DOC), "the ticket is spent by the one that came first");
}

/// A snapshot of a document that went is kept only while it is true.
#[test]
fn a_snapshot_made_apart_of_items_that_lost_effect_is_not_kept() {
    for lost in [false, true] {
        let (mut node, _) = typed();
        let heads = node.heads();
        node.documents.limit_bytes = 0;
        node.documents.put(DocId([8; 16]), Loaded::new());
        let gone = node.documents.gone();
        assert_eq!(gone.len(), 1);
        if lost {
            node.documents.discard(&DOC);
        }
        for gone in gone {
            let left = std::thread::spawn(|| gone.save()).join().expect("ends");
            node.documents.left(left);
        }
        let left = node.documents.left_behind();
        if lost {
            assert!(left.is_empty());
        } else {
            let [(doc, bytes)] = &left[..] else { panic!("{} snapshots", left.len()) };
            assert_eq!((*doc, snapshot::open(bytes).expect("opens").graph.heads()), (DOC, heads));
        }
    }
}

/// I4: the verdict is of the bytes of the item, whatever was read ahead.
#[test]
fn what_was_read_ahead_of_other_bytes_is_not_used() {
    let (mut node, mut tab) = typed();
    let (first, second) = (tab.splice(0, 0, "a"), tab.splice(1, 0, "b"));
    let read = |changes: &[Vec<u8>]| ReadAhead::read(changes);
    assert!(read(&[vec![1, 2, 3]]).is_none(), "what is refused is left to judging");
    let place = node.place(A);
    let origin = Origin { place: Some(place), city: A, by: PersonRef([5; 8]) };
    let changes = [first.clone()];
    let job = |author| Judge {
        doc: DOC,
        is_create: false,
        author,
        origin: origin.clone(),
        past: &|_| true,
        local: false,
        changes: &changes,
    };
    let ahead = read(std::slice::from_ref(&first));
    let verdict = node.documents.judge_read(&node.store, &job(B), ahead).expect("reads");
    assert_eq!(code(&verdict), "gate.G3.actor", "I11");
    let verdict = node.documents.judge_read(&node.store, &job(A), read(&[second])).expect("reads");
    let Verdict::Accepted { changes: accepted } = verdict else { panic!("{verdict:?}") };
    let hash = automerge::Change::try_from(&first[..]).expect("a change").hash();
    assert_eq!(accepted[0].hash, ours(hash));
}

/// I4, I19: what room there is in memory decides nothing. While the items of one entry are judged, no document goes.
#[test]
fn a_document_does_not_go_between_two_items_of_one_entry() {
    let mut node = Node::new();
    node.documents = Documents::new(1);
    let (mut tab, created) = Tab::create(A);
    let next = tab.splice(0, 0, "más");
    let place = Place { city: A, epoch: 0, seq: 1 };
    let judge = |node: &mut Node, doc: DocId, is_create: bool, changes: &[Vec<u8>]| {
        let origin = Origin { place: Some(place), city: A, by: PersonRef([5; 8]) };
        let in_past = |of: &Place| *of == place;
        let job = Judge { doc, is_create, author: A, origin, past: &in_past, local: false, changes };
        node.documents.judge(&node.store, &job).expect("the store reads")
    };
    node.documents.hold();
    assert_eq!(code(&judge(&mut node, DOC, true, std::slice::from_ref(&created))), "accepted");
    assert_eq!(code(&judge(&mut node, DocId([8; 16]), true, &[created])), "accepted");
    assert_eq!(code(&judge(&mut node, DOC, false, &[next])), "accepted");
    node.documents.release();
    assert_eq!(node.documents.usage().1, 1, "then there is one again");
}
