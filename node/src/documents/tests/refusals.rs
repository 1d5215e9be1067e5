//! Each code of the gate.

use super::*;

#[test]
fn what_is_refused_leaves_the_document_as_it_was() {
    let (mut node, mut tab) = typed();
    let heads = node.heads();
    let good = tab.splice(0, 0, "g");

    // G3: another city's prefix.
    assert_eq!(code(&node.judge(B, std::slice::from_ref(&good), false)), "gate.G3.actor");
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
    assert_eq!(code(&node.judge(A, std::slice::from_ref(&orphan), false)), "gate.G2.dependency");
    // In one body, in order, they may stand on one another; in the wrong order they may not.
    assert_eq!(code(&node.judge(A, &[orphan.clone(), missing.clone()], false)), "gate.G2.dependency");
    // The entry does not know the place of what the change stands on.
    let nothing = |_: &Place| false;
    assert_eq!(
        code(&node.judge_in(A, std::slice::from_ref(&missing), false, &nothing)),
        "gate.G2.dependency"
    );
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
    assert_eq!(code(&node.judge(A, std::slice::from_ref(&second), false)), "gate.G2.dependency");
    local.changes = std::slice::from_ref(&second);
    assert_eq!(code(&node.documents.judge(&node.store, &local).expect("reads")), "accepted");
    let hashes = node.heads();
    let place = node.place(A);
    let first_hash = alianza_shared::document::gate::check(&first).expect("sound").hash;
    node.documents.sealed(&DOC, &[first_hash, hashes[0]], place);
    let sealed_heads = node.documents.sealed_heads(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!(sealed_heads, node.heads());
    let sealed = Origin { place: Some(place), ..pending };
    let item = StoredItem { origin: sealed, changes: vec![first, second] };
    assert!(node.documents.snapshot(&node.store, &DOC).expect("reads").is_none(), "the store lacks the item");
    node.store.items.borrow_mut().entry(DOC).or_default().push(item);
    node.documents.sealed(&DOC, &[first_hash], place);
    let history = node.documents.history(&node.store, &DOC).expect("reads").expect("there");
    assert_eq!(history.last().and_then(|item| item.place.clone()), Some(place.to_string()));
    let (_, covered) = node.documents.snapshot(&node.store, &DOC).expect("reads").expect("nothing pending");
    assert_eq!(covered, node.store.items.borrow()[&DOC].len() as u64, "told twice, counted once");
}

#[test]
fn one_sequence_number_is_taken_once() {
    let (mut node, mut tab) = typed();
    // The same tab twice: a page load that used its actor again.
    let mut again = Tab { doc: tab.doc.clone(), text: tab.text.clone() };
    let one = tab.splice(0, 0, "1");
    let other = again.splice(0, 0, "2");
    assert_eq!(code(&node.judge(A, std::slice::from_ref(&one), false)), "accepted");
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
    assert!(
        matches!(verdict, Verdict::Void { code: "gate.G4.panic" | "gate.G5.canonical" | "gate.G1.form" }),
        "{verdict:?}"
    );
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
    assert_eq!(code(&node.judge(B, std::slice::from_ref(&forged), false)), "gate.G2.reference");
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
fn an_item_that_claims_very_many_operations_is_refused_before_they_are_read() {
    let (mut node, mut tab) = typed();
    // Values without bytes under one key: runs make them cheap to claim.
    let change = tab.edit(|tx, _| {
        for at in 0..9_900 {
            tx.put(ROOT, "n", at % 2 == 0).expect("put");
        }
    });
    let changes = vec![change; 51];
    assert!(changes.iter().map(Vec::len).sum::<usize>() < alianza_shared::limits::ENTRY_BODY_MAX_BYTES);
    assert_eq!(code(&node.judge(A, &changes, false)), "gate.G1.ops");
    assert_eq!(code(&node.judge(A, &changes[..1], false)), "accepted");
}
