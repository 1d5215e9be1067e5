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
}
