//! Edits that come as operations on JSON Pointers, carried out as Automerge transactions.
//!
//! First everything is looked at and the containers and scalars are written into one transaction, which is rolled
//! back at the first thing that is wrong: all of the operations or none. Texts are written last, in pieces, for one
//! change may not hold more than so many characters; what is long becomes several changes.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, ChangeHash, ObjId};
use serde_json::Value;

use super::kind::Kind;
use super::value::Circumstances;
use crate::api::{ApiError, Operation};
use crate::id::City8;

mod apply;
mod checks;
mod place;
#[cfg(test)]
mod tests;
mod text;

use checks::Touched;
use text::Splice;

/// Operations of one call.
pub const OPERATIONS_MAX: usize = 2_000;
/// Automerge operations that we put into one change, well below what the gate lets through.
const CHANGE_OPS: usize = 8_000;
/// Bytes of values that we put into one change.
const CHANGE_BYTES: usize = 96 * 1024;
/// Characters that one call may write.
const CALL_CHARS_MAX: usize = 400_000;

/// What must be known to judge and carry out operations.
pub struct EditContext<'a> {
    pub kind: Kind,
    /// City that edits.
    pub city: City8,
    /// Milliseconds since 1970 UTC; becomes the time of the changes and part of the ids of new items.
    pub now_ms: u64,
    /// Random, fresh for every call: ids of new items are made from it.
    pub seed: [u8; 32],
    /// Name of a city for messages.
    pub city_name: &'a dyn Fn(&City8) -> Option<String>,
    /// For a contribution: its programme as JSON, if it has arrived (period, currency, lines).
    pub programme: Option<&'a Value>,
}

/// What was carried out.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Changes committed, in causal order; none if nothing changed.
    pub changes: Vec<ChangeHash>,
    /// Ids that `add` made, in order.
    pub added: Vec<String>,
}

/// Nothing was carried out.
#[derive(Debug, Clone)]
pub struct Failed {
    pub error: ApiError,
    /// Automerge failed after a first change was committed: the document must be thrown away.
    pub committed: bool,
}

/// Carries out all operations or fails. The document must already have the actor of the changes.
pub fn run(doc: &mut Automerge, operations: &[Operation], context: &EditContext<'_>) -> Result<Run, Failed> {
    write(doc, context, |tx, plan| {
        if operations.len() > OPERATIONS_MAX {
            return Err(too_large());
        }
        operations.iter().try_for_each(|operation| plan.apply(tx, operation))
    })
}

/// Writes what `prepare` plans, in as many changes as it takes.
pub(super) fn write(
    doc: &mut Automerge,
    context: &EditContext<'_>,
    prepare: impl FnOnce(&mut automerge::transaction::Transaction<'_>, &mut Plan<'_>) -> Result<(), ApiError>,
) -> Result<Run, Failed> {
    let refused = |error| Failed { error, committed: false };
    let mut plan = Plan::new(context).map_err(refused)?;
    let mut tx = doc.transaction();
    let planned = prepare(&mut tx, &mut plan).and_then(|()| plan.check(&tx));
    let chars: usize = plan.splices.iter().map(|(_, splice)| splice.operations()).sum();
    let size = tx.pending_ops() > CHANGE_OPS || plan.bytes > CHANGE_BYTES || chars > CALL_CHARS_MAX;
    let planned = planned.and_then(|()| if size { Err(too_large()) } else { Ok(()) });
    if let Err(error) = planned {
        tx.rollback();
        return Err(refused(error));
    }
    let options = || CommitOptions::default().with_time(i64::try_from(context.now_ms).unwrap_or(0));
    let mut run = Run { changes: Vec::new(), added: plan.added };
    let mut bytes = plan.bytes;
    for (object, splice) in plan
        .splices
        .into_iter()
        .flat_map(|(object, splice)| splice.pieces().into_iter().map(move |piece| (object.clone(), piece)))
    {
        let full = tx.pending_ops() + splice.operations() > CHANGE_OPS;
        if full || bytes + splice.insert.len() > CHANGE_BYTES {
            run.changes.extend(tx.commit_with(options()).0);
            bytes = 0;
            tx = doc.transaction();
        }
        bytes += splice.insert.len();
        if tx.splice_text(&object, splice.index, splice.delete_units(), &splice.insert).is_err() {
            tx.rollback();
            return Err(Failed { error: broken(), committed: !run.changes.is_empty() });
        }
    }
    run.changes.extend(tx.commit_with(options()).0);
    Ok(run)
}

/// What is to be written besides what the transaction holds already, and what must be looked at in the end.
pub(super) struct Plan<'a> {
    context: &'a EditContext<'a>,
    added: Vec<String>,
    splices: Vec<(ObjId, Splice)>,
    /// Texts as they will be.
    texts: Vec<(ObjId, String)>,
    /// Bytes of scalars and keys.
    bytes: usize,
    made: u64,
    currency: String,
    touched: Touched,
}

impl<'a> Plan<'a> {
    fn new(context: &'a EditContext<'a>) -> Result<Self, ApiError> {
        if super::schema::fields(context.kind).is_none() {
            let message =
                "Este documento es de una versión más nueva del programa y aquí no se puede cambiar.";
            return Err(ApiError::new(422, "kind.unknown", message).next("Actualice el programa."));
        }
        Ok(Self {
            context,
            added: Vec::new(),
            splices: Vec::new(),
            texts: Vec::new(),
            bytes: 0,
            made: 0,
            currency: "EUR".to_owned(),
            touched: Touched::default(),
        })
    }

    /// All containers of a new document.
    pub(super) fn make_containers(
        &mut self,
        tx: &mut impl Transactable,
        fields: &'static [super::schema::Field],
    ) -> Result<(), ApiError> {
        self.containers(tx, &automerge::ROOT, fields)
    }

    /// Lays fields over a new document.
    pub(super) fn lay_fields(
        &mut self,
        tx: &mut impl Transactable,
        fields: &serde_json::Map<String, Value>,
    ) -> Result<(), ApiError> {
        if let Some(currency) = fields.get("default_currency").and_then(Value::as_str) {
            self.currency = currency.to_owned();
        }
        self.lay(tx, "", fields)
    }

    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances { now_ms: self.context.now_ms, currency: &self.currency }
    }

    /// A text as it will be after what is planned so far.
    fn text(&self, tx: &impl Transactable, object: &ObjId) -> String {
        match self.texts.iter().find(|(planned, _)| planned == object) {
            Some((_, text)) => text.clone(),
            None => tx.text(object).unwrap_or_default(),
        }
    }

    fn plan_text(&mut self, object: &ObjId, text: String, splices: Vec<Splice>) {
        self.splices.extend(splices.into_iter().map(|splice| (object.clone(), splice)));
        match self.texts.iter_mut().find(|(planned, _)| planned == object) {
            Some((_, planned)) => *planned = text,
            None => self.texts.push((object.clone(), text)),
        }
    }
}

fn too_large() -> ApiError {
    ApiError::new(413, "too_large", "La petición es demasiado grande. Divídala en varias.")
}

/// Automerge refused what we had looked at: our bug, or a document led astray.
pub(super) fn broken() -> ApiError {
    ApiError::new(500, "document.unavailable", "El documento no admite el cambio en este momento.")
}
