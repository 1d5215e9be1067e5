//! Faults of the core that were found by running it at random, each in its smallest form.

use super::*;
use crate::feed::EntryKind;
use crate::feed::body::check_edit;

pub(super) type Journal = Vec<(CircleId, RecordKind, Vec<u8>)>;

/// A node started again from these records, as the shell does it; records that are left out say `None`.
pub(super) fn restarted(at: u8, records: &[Option<&(CircleId, RecordKind, Vec<u8>)>]) -> Core {
    let mut core = Core::new(SigningKey::from_bytes(&[at + 1; 32]), format!("Ciudad {at}"), 2);
    let mut out = Outbox::default();
    let me = core.me();
    let mut sealed = std::collections::BTreeSet::new();
    for (ix, record) in records.iter().enumerate() {
        let Some((circle, kind, payload)) = record else { continue };
        let at = Location { segment: 0, offset: ix as u32, len: 1 };
        let read = |at: Location| records[at.offset as usize].map(|record| record.2.clone());
        match kind {
            RecordKind::Entry => {
                let entry = Entry::decode(payload).unwrap();
                if entry.header.author == me && entry.header.kind == EntryKind::Edit {
                    let (items, _) = check_edit(&entry.body).unwrap();
                    sealed.extend(items.iter().flat_map(|i| &i.changes).map(|change| change_hash(change).0));
                }
                core.replay_entry(*circle, payload, at, &mut out).unwrap();
            }
            RecordKind::Verdict => core
                .replay_verdict(*circle, payload, &read, &|change| Some(change_hash(change)), &mut out)
                .unwrap(),
            RecordKind::Pending => core.restore_pending(*circle, payload, &|c| Some(change_hash(c))).unwrap(),
            _ => {}
        }
    }
    core.restored(&mut out);
    let circles: Vec<CircleId> = core.circles().map(Circle::id).collect();
    for circle in circles {
        for (group, hashes) in core.pending_groups(&circle) {
            if hashes.iter().all(|(_, hash)| sealed.contains(hash)) {
                core.forget_pending(circle, group, &mut out);
            }
        }
    }
    core
}

pub(super) fn all(journal: &Journal) -> Vec<Option<&(CircleId, RecordKind, Vec<u8>)>> {
    journal.iter().map(Some).collect()
}

fn pending(net: &Net, at: usize, circle: CircleId) -> u64 {
    net.nodes[at].core.circle(&circle).unwrap().pending_changes()
}

/// I45: numbers of pending groups begin anew when no group was left at a start; the journal keeps both records.
#[test]
fn a_pending_record_is_not_taken_for_an_older_one_of_the_same_number() {
    let (mut net, circle) = Net::alliance(2);
    let (_, doc) = net.edit(1, circle, None, "a");
    net.tick(400);
    let journal = net.nodes[1].journal.clone();
    let without_pending: Vec<_> =
        journal.iter().map(|record| (record.1 != RecordKind::Pending).then_some(record)).collect();
    net.cut(0, 1);
    // The index knew that the group was sealed, so its record was not read.
    net.nodes[1].core = restarted(1, &without_pending);
    net.edit(1, circle, Some(doc), "b");
    assert_eq!(pending(&net, 1, circle), 1);
    let journal = net.nodes[1].journal.clone();
    let numbers: Vec<u64> = journal
        .iter()
        .filter(|record| record.0 == circle && record.1 == RecordKind::Pending)
        .map(|record| decode_pending(&record.2).unwrap().group)
        .collect();
    assert_eq!(numbers.len(), 2);
    // This time the index is lost, and everything is read.
    net.nodes[1].core = restarted(1, &all(&journal));
    assert_eq!(pending(&net, 1, circle), 1, "acknowledged, and not sealed yet");
}
