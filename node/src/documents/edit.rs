//! Edits that come as operations (HTTP, command line), turned into changes of the node's own actor.

use alianza_shared::api::{ApiError, Operation};
use alianza_shared::document::gate;
use alianza_shared::document::operations::{self, EditContext};
use alianza_shared::id::{DocId, PersonRef};
use automerge::ReadDoc as _;

use super::graph::{self, Origin};
use super::sandbox::guarded;
use super::{AcceptedChange, Documents, Source, theirs};

/// Operations to carry out on one document.
pub struct EditJob<'a> {
    pub doc: DocId,
    /// Of this node: its `city8` and 8 random bytes, fresh for every process start.
    pub actor: [u8; 16],
    pub by: PersonRef,
    pub operations: &'a [Operation],
    /// Who edits, when, and what else must be known to judge the values. Its `city` is the author.
    pub context: &'a EditContext<'a>,
}

/// What came of them: applied to the cached document as pending.
#[derive(Debug, Clone)]
pub struct Edited {
    /// Raw changes in causal order; more than one when a text is long, none when nothing changed.
    pub changes: Vec<Vec<u8>>,
    /// The same changes, as [`Documents::judge`] would report them.
    pub accepted: Vec<AcceptedChange>,
    /// Ids of the items that `add` made, in order.
    pub added: Vec<String>,
}

impl Documents {
    /// Carries out all of the operations or none. The caller must make the changes durable, or call
    /// [`Documents::discard`].
    pub fn edit(&mut self, source: &dyn Source, job: &EditJob<'_>) -> Result<Edited, ApiError> {
        let Some(mut loaded) = self.take(source, &job.doc).map_err(unavailable)? else {
            return Err(ApiError::new(404, "not_found", "Ese documento no está en este nodo."));
        };
        loaded.caret = None;
        loaded.set_actor(&job.actor);
        let before = loaded.graph.len();
        let done = guarded(|| operations::run(&mut loaded.doc, job.operations, job.context));
        let run = match done {
            Some(Ok(run)) => run,
            Some(Err(failed)) => {
                // What was committed before the failure must not stay: the document is rebuilt at its next use.
                if !failed.committed {
                    self.put(job.doc, loaded);
                }
                return Err(failed.error);
            }
            None => return Err(unavailable(super::DocumentsError::Damaged(job.doc))),
        };
        let origin = Origin { place: None, city: job.context.city, by: job.by };
        let origin = loaded.graph.add_origin(origin);
        let mut edited = Edited { changes: Vec::new(), accepted: Vec::new(), added: run.added };
        for hash in &run.changes {
            let bytes =
                guarded(|| loaded.doc.get_change_by_hash(hash).map(|change| change.raw_bytes().to_vec()));
            let Some(Some(bytes)) = bytes else {
                return Err(unavailable(super::DocumentsError::Damaged(job.doc)));
            };
            // Our own changes pass the same gate: a partner will hold them to it.
            let checked = gate::check(&bytes)
                .map_err(|refusal| ApiError::new(413, refusal.code, gate::Refusal::sentence(refusal.code)))?;
            let change = graph::Change {
                hash: checked.hash,
                deps: &checked.deps,
                actor: checked.actor,
                seq: checked.seq,
                start_op: checked.start_op,
                max_op: checked.max_op,
            };
            if loaded.graph.add(change, origin).is_none() {
                return Err(unavailable(super::DocumentsError::Damaged(job.doc)));
            }
            edited.accepted.push(AcceptedChange { hash: checked.hash, deps: checked.deps, new: true });
            edited.changes.push(bytes);
        }
        debug_assert_eq!(loaded.graph.len(), before + edited.changes.len());
        self.put(job.doc, loaded);
        Ok(edited)
    }

    /// The raw bytes of a change that the document holds.
    pub fn change(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
        hash: &alianza_shared::id::ChangeHash,
    ) -> Result<Option<Vec<u8>>, super::DocumentsError> {
        let bytes = self.with(source, doc, |loaded| {
            loaded.doc.get_change_by_hash(&theirs(hash)).map(|change| change.raw_bytes().to_vec())
        })?;
        Ok(bytes.flatten())
    }
}

pub(super) fn unavailable(error: super::DocumentsError) -> ApiError {
    tracing::error!(%error, "a document cannot be used");
    ApiError::new(500, "document.unavailable", "El documento no se puede leer en este momento.")
        .next("Avise a quien administra el nodo: «alianza verify» dice qué registro falta.")
}
