//! Bytes that anyone can make: any body under a valid checksum.

use proptest::prelude::*;

use super::*;

/// Makes the checksum of a chunk right again after its body was changed, as anyone can.
fn mend(bytes: &mut [u8]) {
    // Automerge tells the hash of whatever parses; a wrong checksum does not stop it.
    if let Ok(change) = automerge::Change::try_from(&*bytes) {
        let hash = change.hash();
        bytes[4..8].copy_from_slice(&hash.0[..4]);
    }
}

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
        let first = one.judge(A, std::slice::from_ref(&bytes), false);
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

    /// I4, I19: operations that name anything, in any object, end in the same verdict on a node that holds more
    /// than the past of the change and on one that does not.
    #[test]
    fn forged_operations_end_in_one_verdict_whatever_else_a_node_holds(
        which in 0usize..6,
        forgeries in proptest::collection::vec((any::<proptest::sample::Index>(), 0u8..8, 0u64..30, 0u8..4), 1..3),
    ) {
        let (mut one, changes) = honest();
        let (mut two, _) = honest();
        let original = automerge::Change::try_from(&changes[which][..]).expect("a change");
        // The second node holds what was written beside it, by both cities.
        let beside = {
            let mut doc = Automerge::load(&two.documents.catch_up(&two.store, &DOC, &[]).expect("reads").expect("there").snapshot.expect("whole")).expect("loads");
            doc.set_actor(actor(B, 5));
            let mut tx = doc.transaction();
            let (_, text) = tx.get(ROOT, "t").expect("reads").expect("there");
            tx.splice_text(&text, 2, 1, "junto").expect("in range");
            tx.put(ROOT, "n", 99).expect("put");
            tx.put_object(ROOT, "m", ObjType::Map).expect("put");
            tx.commit();
            doc.get_last_local_change().expect("committed").raw_bytes().to_vec()
        };
        prop_assert_eq!(code(&two.judge(B, &[beside], false)), "accepted");
        let mut forged = original.decode();
        for (at, what, counter, who) in forgeries {
            let at = at.index(forged.operations.len());
            let actors = [actor(A, 1), actor(B, 7), actor(B, 5), actor(A, 9)];
            let id = automerge::legacy::OpId::new(counter, &actors[usize::from(who)]);
            forge(&mut forged.operations[at], what, id);
        }
        let Ok(bytes) = std::panic::catch_unwind(|| automerge::Change::from(forged).raw_bytes().to_vec()) else {
            return Ok(());
        };
        let heads = one.heads();
        let first = one.judge(A, std::slice::from_ref(&bytes), false);
        let second = two.judge(A, &[bytes], false);
        prop_assert_eq!(code(&first), code(&second));
        if matches!(first, Verdict::Accepted { .. }) {
            for node in [&mut one, &mut two] {
                let after = node.heads();
                node.documents.discard(&DOC);
                prop_assert_eq!(node.heads(), after);
                prop_assert!(node.documents.snapshot(&node.store, &DOC).expect("reads").is_some());
            }
        } else {
            prop_assert_eq!(one.heads(), heads);
        }
    }
}

fn forge(op: &mut automerge::legacy::Op, what: u8, id: automerge::legacy::OpId) {
    use automerge::legacy::{ElementId, Key, ObjectId, OpType};
    match what {
        0 => op.obj = ObjectId::Id(id),
        1 => op.obj = ObjectId::Root,
        2 => op.key = Key::Seq(ElementId::Id(id)),
        3 => op.key = Key::Map("n".into()),
        4 => op.pred = vec![id].into(),
        5 => op.insert = !op.insert,
        6 => op.action = OpType::Delete,
        _ => op.action = OpType::Put(automerge::ScalarValue::Str("zz".into())),
    }
}
