//! The four operations.

use automerge::transaction::Transactable;
use automerge::{ObjId, ObjType, ScalarValue};
use serde_json::{Map, Value};

use super::place::{Place, child, child_str, child_text, frozen, missing};
use super::text::{self, Splice};
use super::{Plan, broken};
use crate::api::{ApiError, Operation};
use crate::document::schema::{Field, Key, Sort};
use crate::document::{identity, pointer, value};

/// An id of an item that comes with it.
const ID_MAX_BYTES: usize = 64;

impl Plan<'_> {
    /// Plans one operation and writes its containers and scalars.
    pub(super) fn apply(
        &mut self,
        tx: &mut impl Transactable,
        operation: &Operation,
    ) -> Result<(), ApiError> {
        if let Some(currency) = child_str(tx, &automerge::ROOT, "default_currency")
            .or_else(|| Some(self.context.programme?.get("default_currency")?.as_str()?.to_owned()))
        {
            self.currency = currency;
        }
        match operation {
            Operation::Set { path, value } => self.set(tx, path, value),
            Operation::Splice { path, index, delete, insert } => {
                self.splice(tx, path, *index, *delete, insert)
            }
            Operation::Add { path, value } => self.add(tx, path, value),
            Operation::Remove { path } => self.remove(tx, path),
        }
    }

    /// Writes a value; an object is laid over what is there, field by field.
    pub(super) fn set(
        &mut self,
        tx: &mut impl Transactable,
        path: &str,
        value: &Value,
    ) -> Result<(), ApiError> {
        self.touched.note(path);
        match self.resolve(tx, path)? {
            Place::Field { object, field } => self.set_field(tx, path, &object, field, value),
            Place::Flat { object, key, rule, sort } => {
                if value.is_null() {
                    return delete(tx, &object, &key);
                }
                value::check_key(rule, &key, self.context.city_name).map_err(|error| error.at(path))?;
                if matches!(rule, Key::ExternalCell | Key::OwnCell) {
                    self.touched.cell(path, &key);
                }
                let value =
                    value::scalar(sort, value, self.circumstances()).map_err(|error| error.at(path))?;
                self.put(tx, &object, &key, value)
            }
            Place::Language { object, language } => {
                let text = string(value).map_err(|error| error.at(path))?;
                let known = child_text(tx, &object, &language)?;
                let id = match known {
                    Some(id) => id,
                    None if is_language(&language) => self.make(tx, &object, &language, ObjType::Text)?,
                    None => {
                        return Err(
                            ApiError::new(422, "value.key", "Esa lengua no es un código ISO 639.").at(path)
                        );
                    }
                };
                self.set_text(tx, &id, text);
                Ok(())
            }
            Place::Item { item: Some(_), .. } => {
                self.lay(tx, path, object(value).map_err(|error| error.at(path))?)
            }
            Place::Item { collection, id, item: None, fields } => {
                let value = object(value).map_err(|error| error.at(path))?;
                if id.is_empty() || id.len() > ID_MAX_BYTES || !id.bytes().all(is_id_byte) {
                    return Err(ApiError::new(
                        422,
                        "value.key",
                        "El identificador del elemento no es válido.",
                    )
                    .at(path));
                }
                self.create(tx, path, &collection, &id, fields, value)
            }
        }
    }

    fn set_field(
        &mut self,
        tx: &mut impl Transactable,
        path: &str,
        object_id: &ObjId,
        field: &'static Field,
        value: &Value,
    ) -> Result<(), ApiError> {
        match &field.sort {
            Sort::Text => {
                let text = string(value).map_err(|error| error.at(path))?;
                let id = child_text(tx, object_id, field.name)?.ok_or_else(|| missing().at(path))?;
                self.set_text(tx, &id, text);
                Ok(())
            }
            Sort::Scalar(_) if value.is_null() => delete(tx, object_id, field.name),
            Sort::Scalar(sort) => {
                let value =
                    value::scalar(*sort, value, self.circumstances()).map_err(|error| error.at(path))?;
                self.put(tx, object_id, field.name, value)
            }
            Sort::Frozen | Sort::Sections => Err(frozen().at(path)),
            Sort::Items(..) if value.is_array() => {
                value.as_array().into_iter().flatten().try_for_each(|item| self.add(tx, path, item))
            }
            Sort::Items(..) | Sort::Object(_) | Sort::Flat(..) | Sort::Texts(_) => {
                self.lay(tx, path, object(value).map_err(|error| error.at(path))?)
            }
        }
    }

    /// Sets each field of an object.
    pub(super) fn lay(
        &mut self,
        tx: &mut impl Transactable,
        path: &str,
        values: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        values.iter().try_for_each(|(key, value)| {
            let mut path = path.to_owned();
            pointer::push(&mut path, key);
            self.set(tx, &path, value)
        })
    }

    fn splice(
        &mut self,
        tx: &mut impl Transactable,
        path: &str,
        index: u64,
        delete: u64,
        insert: &str,
    ) -> Result<(), ApiError> {
        let (object, key) = match self.resolve(tx, path)? {
            Place::Field { object, field } if matches!(field.sort, Sort::Text) => {
                (object, field.name.to_owned())
            }
            Place::Language { object, language } => (object, language),
            _ => return Err(ApiError::new(422, "value.text", "Ese campo no es un texto.").at(path)),
        };
        let id = child_text(tx, &object, &key)?.ok_or_else(|| missing().at(path))?;
        let mut text = self.text(tx, &id);
        let range = text::byte_range(&text, index, delete).ok_or_else(|| {
            let message = "La posición está fuera del texto, o en medio de un carácter.";
            ApiError::new(422, "text.position", message)
                .next("Las posiciones se cuentan en unidades UTF-16. Lea el documento otra vez.")
                .at(path)
        })?;
        let delete = text[range.clone()].to_owned();
        text.replace_range(range, insert);
        let splice = Splice { index: index as usize, delete, insert: insert.to_owned() };
        self.plan_text(&id, text, vec![splice]);
        Ok(())
    }

    /// A new item; its id is reported.
    pub(super) fn add(
        &mut self,
        tx: &mut impl Transactable,
        path: &str,
        value: &Value,
    ) -> Result<(), ApiError> {
        let Place::Field { object: parent, field } = self.resolve(tx, path)? else {
            return Err(not_a_collection().at(path));
        };
        let Sort::Items(fields, _) = field.sort else { return Err(not_a_collection().at(path)) };
        let collection = child(tx, &parent, field.name)?.ok_or_else(|| missing().at(path))?;
        let id = identity::uuid_v7(self.context.now_ms, &self.context.seed, self.made);
        self.made += 1;
        let mut item_path = path.to_owned();
        pointer::push(&mut item_path, &id);
        self.create(
            tx,
            &item_path,
            &collection,
            &id,
            fields,
            object(value).map_err(|error| error.at(path))?,
        )?;
        self.added.push(id);
        Ok(())
    }

    /// Makes an item with all its containers, then lays its values over them.
    fn create(
        &mut self,
        tx: &mut impl Transactable,
        path: &str,
        collection: &ObjId,
        id: &str,
        fields: &'static [Field],
        values: &Map<String, Value>,
    ) -> Result<(), ApiError> {
        let last = last_pos(tx, collection);
        let item = self.make(tx, collection, id, ObjType::Map)?;
        self.containers(tx, &item, fields)?;
        if !values.contains_key("pos") {
            self.put(tx, &item, "pos", identity::between(last.as_deref(), None).into())?;
        }
        self.touched.made(path);
        self.lay(tx, path, values)
    }

    /// Every container of the fields, empty, in the order of the table.
    pub(super) fn containers(
        &mut self,
        tx: &mut impl Transactable,
        parent: &ObjId,
        fields: &'static [Field],
    ) -> Result<(), ApiError> {
        for field in fields {
            match &field.sort {
                Sort::Text => {
                    self.make(tx, parent, field.name, ObjType::Text)?;
                }
                Sort::Texts(languages) => {
                    let texts = self.make(tx, parent, field.name, ObjType::Map)?;
                    for language in *languages {
                        self.make(tx, &texts, language, ObjType::Text)?;
                    }
                }
                Sort::Flat(..) | Sort::Items(..) | Sort::Sections => {
                    self.make(tx, parent, field.name, ObjType::Map)?;
                }
                Sort::Object(inner) => {
                    let object = self.make(tx, parent, field.name, ObjType::Map)?;
                    self.containers(tx, &object, inner)?;
                }
                Sort::Scalar(_) | Sort::Frozen => {}
            }
        }
        Ok(())
    }

    fn remove(&mut self, tx: &mut impl Transactable, path: &str) -> Result<(), ApiError> {
        match self.resolve(tx, path)? {
            Place::Item { item: Some(item), .. } => self.put(tx, &item, "deleted", true.into()),
            Place::Item { item: None, .. } => {
                Err(ApiError::new(404, "item.not_found", "Ese elemento no existe.").at(path))
            }
            Place::Flat { object, key, rule, .. } => {
                // Taking out another city's cell is setting it, too.
                value::check_key(rule, &key, self.context.city_name).map_err(|error| error.at(path))?;
                delete(tx, &object, &key)
            }
            Place::Field { object, field } if matches!(field.sort, Sort::Scalar(_)) => {
                self.touched.note(path);
                delete(tx, &object, field.name)
            }
            Place::Field { .. } | Place::Language { .. } => {
                Err(ApiError::new(422, "field.remove", "Ese campo no se puede quitar; déjelo vacío.")
                    .at(path))
            }
        }
    }

    fn set_text(&mut self, tx: &impl Transactable, id: &ObjId, text: &str) {
        let splices = text::difference(&self.text(tx, id), text);
        if !splices.is_empty() {
            self.plan_text(id, text.to_owned(), splices);
        }
    }

    pub(super) fn put(
        &mut self,
        tx: &mut impl Transactable,
        object: &ObjId,
        key: &str,
        value: ScalarValue,
    ) -> Result<(), ApiError> {
        // Writing the value that stands there alone would be a change without content; where several stand, it
        // decides for one of them.
        let standing = tx.get_all(object, key).map_err(|_| broken())?;
        if let [(automerge::Value::Scalar(same), _)] = standing.as_slice()
            && **same == value
        {
            return Ok(());
        }
        self.bytes += key.len() + value.as_str().map_or(8, str::len);
        tx.put(object, key, value).map_err(|_| broken())
    }

    pub(super) fn make(
        &mut self,
        tx: &mut impl Transactable,
        parent: &ObjId,
        key: &str,
        kind: ObjType,
    ) -> Result<ObjId, ApiError> {
        self.bytes += key.len() + 2;
        tx.put_object(parent, key, kind).map_err(|_| broken())
    }
}

fn delete(tx: &mut impl Transactable, object: &ObjId, key: &str) -> Result<(), ApiError> {
    match tx.get(object, key).map_err(|_| broken())? {
        None => Ok(()),
        Some((automerge::Value::Scalar(_), _)) => tx.delete(object, key).map_err(|_| broken()),
        Some(_) => Err(ApiError::new(422, "field.remove", "Un elemento se quita con la operación remove.")),
    }
}

/// The highest position in a collection.
fn last_pos(tx: &impl Transactable, collection: &ObjId) -> Option<String> {
    let ids: Vec<_> = tx.keys(collection).collect();
    ids.iter()
        .filter_map(|id| child(tx, collection, id).ok().flatten())
        .filter_map(|item| child_str(tx, &item, "pos"))
        .max()
}

fn string(value: &Value) -> Result<&str, ApiError> {
    value.as_str().ok_or_else(|| ApiError::new(422, "value.text", "El valor debe ser un texto."))
}

fn object(value: &Value) -> Result<&Map<String, Value>, ApiError> {
    value
        .as_object()
        .ok_or_else(|| ApiError::new(422, "value.object", "El valor debe ser un objeto con campos."))
}

fn not_a_collection() -> ApiError {
    ApiError::new(422, "field.collection", "Ahí no se pueden añadir elementos.")
}

fn is_language(code: &str) -> bool {
    (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}
