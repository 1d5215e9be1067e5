//! A document as JSON, and where two values stand at once.
//!
//! Texts become strings, scalars what they are; unknown fields are there too. Reading never fails: what has no
//! JSON form (bytes) becomes hexadecimal.

use automerge::{ObjId, ObjType, Prop, ReadDoc, ScalarValue, Value as Automerge, ValueRef};
use data_encoding::HEXLOWER;
use serde_json::{Map, Number, Value};

use super::pointer;
use crate::limits::NESTING_MAX;

/// A place with several values written at once; the first is the one in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Concurrent {
    /// JSON Pointer.
    pub path: String,
    /// Each value with the operation that wrote it.
    pub values: Vec<(Value, ObjId)>,
}

/// The whole document.
pub fn hydrate(doc: &impl ReadDoc) -> Value {
    object(doc, &automerge::ROOT, ObjType::Map, 0)
}

/// An object of the document, its kind known.
fn object(doc: &impl ReadDoc, id: &ObjId, kind: ObjType, depth: usize) -> Value {
    if depth > NESTING_MAX {
        return Value::Null;
    }
    match kind {
        ObjType::Map | ObjType::Table => {
            let mut map = Map::new();
            for item in doc.map_range(id, ..) {
                let value = item_value(doc, &item.value, || item.id(), depth);
                map.insert(item.key.into_owned(), value);
            }
            Value::Object(map)
        }
        ObjType::List => {
            doc.list_range(id, ..).map(|item| item_value(doc, &item.value, || item.id(), depth)).collect()
        }
        ObjType::Text => Value::String(doc.text(id).unwrap_or_default()),
    }
}

fn item_value(doc: &impl ReadDoc, value: &ValueRef<'_>, id: impl FnOnce() -> ObjId, depth: usize) -> Value {
    match value {
        ValueRef::Object(kind) => object(doc, &id(), *kind, depth + 1),
        ValueRef::Scalar(value) => scalar(&ScalarValue::from(value.clone())),
    }
}

/// A scalar as JSON.
pub fn scalar(value: &ScalarValue) -> Value {
    match value {
        ScalarValue::Str(text) => Value::String(text.to_string()),
        ScalarValue::Int(number) => Value::Number((*number).into()),
        ScalarValue::Uint(number) => Value::Number((*number).into()),
        // JavaScript writes every number that is not a whole one as a double.
        ScalarValue::F64(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        ScalarValue::Counter(counter) => Value::Number(i64::from(counter).into()),
        ScalarValue::Timestamp(time) => Value::Number((*time).into()),
        ScalarValue::Boolean(flag) => Value::Bool(*flag),
        ScalarValue::Bytes(bytes) => Value::String(HEXLOWER.encode(bytes)),
        ScalarValue::Unknown { bytes, .. } => Value::String(HEXLOWER.encode(bytes)),
        ScalarValue::Null => Value::Null,
    }
}

/// Every place below the root with more than one value, in the order of the paths. Equal values are no conflict.
pub fn concurrent(doc: &impl ReadDoc) -> Vec<Concurrent> {
    let mut found = Vec::new();
    walk(doc, &automerge::ROOT, ObjType::Map, &mut String::new(), 0, &mut found);
    found
}

fn walk(
    doc: &impl ReadDoc,
    id: &ObjId,
    kind: ObjType,
    path: &mut String,
    depth: usize,
    found: &mut Vec<Concurrent>,
) {
    if depth > NESTING_MAX || kind == ObjType::Text {
        return;
    }
    let mut visit = |key: &str, prop: Prop, conflict: bool, value: &ValueRef<'_>, child: ObjId| {
        let len = path.len();
        pointer::push(path, key);
        if conflict {
            let values = values_at(doc, id, prop);
            if values.len() > 1 {
                found.push(Concurrent { path: path.clone(), values });
            }
        }
        if let ValueRef::Object(kind) = value {
            walk(doc, &child, *kind, path, depth + 1, found);
        }
        path.truncate(len);
    };
    if kind == ObjType::List {
        for item in doc.list_range(id, ..) {
            let key = item.index.to_string();
            visit(&key, Prop::Seq(item.index), item.conflict, &item.value, item.id());
        }
    } else {
        for item in doc.map_range(id, ..) {
            visit(&item.key, Prop::Map(item.key.to_string()), item.conflict, &item.value, item.id());
        }
    }
}

/// The distinct values at a place, the one in use first.
fn values_at(doc: &impl ReadDoc, id: &ObjId, prop: Prop) -> Vec<(Value, ObjId)> {
    let mut values: Vec<(Value, ObjId)> = Vec::new();
    // Automerge lists the winner last.
    for (value, writer) in doc.get_all(id, prop).unwrap_or_default().into_iter().rev() {
        let value = match value {
            Automerge::Object(kind) => object(doc, &writer, kind, 0),
            Automerge::Scalar(value) => scalar(&value),
        };
        if values.iter().all(|(other, _)| *other != value) {
            values.push((value, writer));
        }
    }
    values
}
