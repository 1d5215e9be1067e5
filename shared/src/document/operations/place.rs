//! Where a path leads, by the tables of the kind and by what the document holds.

use automerge::transaction::Transactable;
use automerge::{ObjId, ObjType, Value as Automerge};

use super::{Plan, broken};
use crate::api::ApiError;
use crate::document::pointer;
use crate::document::schema::{self, Field, Key, Scalar, Sort};

/// Where a value stands or would stand.
#[derive(Debug)]
pub(super) enum Place {
    /// A field of the object.
    Field { object: ObjId, field: &'static Field },
    /// A key of flat values.
    Flat { object: ObjId, key: String, rule: Key, sort: Scalar },
    /// A text by language.
    Language { object: ObjId, language: String },
    /// An item of a collection, there or not.
    Item { collection: ObjId, id: String, item: Option<ObjId>, fields: &'static [Field] },
}

impl Plan<'_> {
    /// Follows a path from the root.
    pub(super) fn resolve(&self, tx: &impl Transactable, path: &str) -> Result<Place, ApiError> {
        let keys = pointer::parse(path).map_err(|_| {
            ApiError::new(422, "path.form", "La ruta debe empezar por «/», como /activities.").at(path)
        })?;
        let Some((first, rest)) = keys.split_first() else {
            return Err(ApiError::new(422, "path.form", "La ruta debe nombrar un campo.").at(path));
        };
        let field = schema::top(self.context.kind, first).ok_or_else(|| unknown(path))?;
        descend(tx, automerge::ROOT, field, rest).map_err(|error| error.at(path))
    }
}

fn descend(
    tx: &impl Transactable,
    object: ObjId,
    field: &'static Field,
    keys: &[String],
) -> Result<Place, ApiError> {
    let Some((key, rest)) = keys.split_first() else { return Ok(Place::Field { object, field }) };
    let inside = || child(tx, &object, field.name)?.ok_or_else(missing);
    match &field.sort {
        Sort::Object(fields) => {
            let field = schema::find(fields, key).ok_or_else(|| unknown(""))?;
            descend(tx, inside()?, field, rest)
        }
        Sort::Items(fields, mixed) => {
            let collection = inside()?;
            let item = child(tx, &collection, key)?;
            match (item, rest.split_first()) {
                (Some(item), Some((name, rest))) => {
                    let field = schema::of_item(fields, name).ok_or_else(|| unknown(""))?;
                    descend(tx, item, field, rest)
                }
                (None, None) if *mixed => Ok(Place::Flat {
                    object: collection,
                    key: key.clone(),
                    rule: Key::Any,
                    sort: Scalar::Any,
                }),
                (item, None) => Ok(Place::Item { collection, id: key.clone(), item, fields }),
                (None, Some(_)) => Err(ApiError::new(404, "item.not_found", "Ese elemento no existe.")),
            }
        }
        Sort::Flat(rule, sort) if rest.is_empty() => {
            Ok(Place::Flat { object: inside()?, key: key.clone(), rule: *rule, sort: *sort })
        }
        Sort::Texts(_) if rest.is_empty() => Ok(Place::Language { object: inside()?, language: key.clone() }),
        Sort::Sections | Sort::Frozen => Err(frozen()),
        Sort::Text | Sort::Scalar(_) | Sort::Flat(..) | Sort::Texts(_) => Err(unknown("")),
    }
}

/// The object in a field; `None` if there is none. A scalar where an object belongs is as good as none.
pub(super) fn child(tx: &impl Transactable, object: &ObjId, key: &str) -> Result<Option<ObjId>, ApiError> {
    match tx.get(object, key).map_err(|_| broken())? {
        Some((Automerge::Object(_), id)) => Ok(Some(id)),
        _ => Ok(None),
    }
}

/// The text in a field.
pub(super) fn child_text(
    tx: &impl Transactable,
    object: &ObjId,
    key: &str,
) -> Result<Option<ObjId>, ApiError> {
    match tx.get(object, key).map_err(|_| broken())? {
        Some((Automerge::Object(ObjType::Text), id)) => Ok(Some(id)),
        _ => Ok(None),
    }
}

/// The line of text in a field.
pub(super) fn child_str(tx: &impl Transactable, object: &ObjId, key: &str) -> Option<String> {
    match tx.get(object, key).ok()?? {
        (Automerge::Scalar(value), _) => Some(value.as_str()?.to_owned()),
        (Automerge::Object(_), _) => None,
    }
}

fn unknown(path: &str) -> ApiError {
    ApiError::new(422, "field.unknown", "Ese campo no existe en este documento.").at(path)
}

pub(super) fn frozen() -> ApiError {
    ApiError::new(422, "field.frozen", "Ese campo no se puede cambiar.")
}

pub(super) fn missing() -> ApiError {
    ApiError::new(422, "field.missing", "El documento es de una versión anterior y no tiene ese campo.")
}
