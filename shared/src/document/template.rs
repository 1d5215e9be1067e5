//! New documents: every container made in one change, in the order of the tables, with given fields laid over.
//!
//! Two cities that later write into the same container therefore never create it twice; creating it twice would
//! hide one whole object (domain.md §3.5).

use automerge::transaction::Transactable as _;
use automerge::{ActorId, Automerge, ROOT, ReadDoc as _, TextEncoding};
use serde_json::{Map, Value};

use super::kind::Kind;
use super::operations::{self, EditContext};
use super::schema;
use crate::api::ApiError;
use crate::id::DocId;

/// Version of the tables that a document is made from: its field `v`.
pub const DOCUMENT_VERSION: i64 = 1;

/// What a new document is made from, beside its fields.
pub struct Creation<'a> {
    /// Kind, city, time, randomness; its city is `created_by`.
    pub context: &'a EditContext<'a>,
    /// Actor of the changes: `city8` and 8 bytes.
    pub actor: [u8; 16],
    /// Ids of the section documents that are created together with this one, by field.
    pub sections: &'a [(&'static str, DocId)],
    /// For a section: the document it belongs to, and which of its fields it is.
    pub parent: Option<(DocId, &'a str)>,
    /// For a contribution: its programme.
    pub programme: Option<DocId>,
}

/// The changes that create a document, in causal order. The first makes all containers; more follow only when the
/// texts among the fields are long. All of them belong into one item.
pub fn template(fields: &Value, creation: &Creation<'_>) -> Result<Vec<Vec<u8>>, ApiError> {
    let kind = creation.context.kind;
    let empty = Map::new();
    let fields = match fields {
        Value::Null => &empty,
        Value::Object(fields) => fields,
        _ => return Err(ApiError::new(422, "value.object", "Los campos deben ser un objeto.").at("/fields")),
    };
    let mut doc = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    doc.set_actor(ActorId::from(&creation.actor[..]));
    let run = operations::write(&mut doc, creation.context, |tx, plan| {
        let broken = |_| operations::broken();
        tx.put(ROOT, "kind", kind.to_string()).map_err(broken)?;
        tx.put(ROOT, "v", DOCUMENT_VERSION).map_err(broken)?;
        tx.put(ROOT, "created_by", creation.context.city.hex()).map_err(broken)?;
        if let (Kind::Section, Some((parent, field))) = (kind, creation.parent) {
            tx.put(ROOT, "parent", parent.hex()).map_err(broken)?;
            tx.put(ROOT, "field", field).map_err(broken)?;
        }
        if let (Kind::Contribution, Some(programme)) = (kind, creation.programme) {
            tx.put(ROOT, "programme", programme.hex()).map_err(broken)?;
            tx.put(ROOT, "city", creation.context.city.hex()).map_err(broken)?;
        }
        if matches!(kind, Kind::Alliance | Kind::Programme) {
            tx.put(ROOT, "status", "draft").map_err(broken)?;
        }
        plan.make_containers(tx, schema::fields(kind).unwrap_or_default())?;
        if let Ok(Some((_, sections))) = tx.get(ROOT, "sections") {
            for (field, id) in creation.sections {
                tx.put(&sections, *field, id.hex()).map_err(broken)?;
            }
        }
        plan.lay_fields(tx, fields)
    })
    .map_err(|failed| failed.error)?;
    Ok(run
        .changes
        .iter()
        .filter_map(|hash| doc.get_change_by_hash(hash))
        .map(|change| change.raw_bytes().to_vec())
        .collect())
}

/// Takes the narratives out of the fields of a new document: what the API gives as `"context": "…"` becomes the
/// body of a section document. One pair for every section of the kind, empty where nothing was given.
pub fn split_sections(kind: Kind, fields: &mut Value) -> Result<Vec<(&'static str, String)>, ApiError> {
    kind.sections()
        .iter()
        .map(|field| {
            let given = fields.as_object_mut().and_then(|fields| fields.remove(*field));
            match given {
                None | Some(Value::Null) => Ok((*field, String::new())),
                Some(Value::String(body)) => Ok((*field, body)),
                Some(_) => {
                    let error = ApiError::new(422, "value.text", "El valor debe ser un texto.");
                    Err(error.at(format!("/fields/{field}")))
                }
            }
        })
        .collect()
}

/// What a list calls a document.
pub fn title(kind: Kind, content: &Value) -> String {
    let text = |path: &str| {
        content.pointer(path).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    };
    let title = match kind {
        Kind::CityProfile => text("/legal_name").or(Some("Ficha de la ciudad")),
        Kind::Alliance => text("/name").or(Some("Alianza")),
        Kind::Programme => text("/title/es")
            .or_else(|| text("/title/en"))
            .or_else(|| text("/code"))
            .or(Some("Programa sin título")),
        Kind::Section => text("/field").map(section_label),
        Kind::Contribution => Some("Aportación al programa"),
        Kind::Unknown(_) => None,
    };
    title.unwrap_or("Documento").to_owned()
}

/// A section as people call it.
pub fn section_label(field: &str) -> &str {
    match field {
        "common_strategy" => "Estrategia común",
        "context" => "Contexto",
        "justification" => "Justificación",
        "sustainability" => "Sostenibilidad",
        "gender" => "Enfoque de género",
        other => other,
    }
}
