//! The rich text of a section as a list of blocks, for those who read JSON.

use alianza_shared::id::DocId;
use automerge::iter::Span;
use automerge::{ReadDoc as _, ScalarValue, hydrate};
use serde_json::{Map, Value, json};

use super::{Documents, Source};

impl Documents {
    /// `[{type, level?, indent?, attrs?, text, spans: [{text, marks?}]}]` of the text at `key`; nothing if there is
    /// none. What has no marker before it is paragraphs, one a line.
    pub fn blocks(&mut self, source: &dyn Source, doc: &DocId, key: &str) -> Option<Value> {
        let found = self.with(source, doc, |loaded| {
            let (_, text) = loaded.doc.get(automerge::ROOT, key).ok()??;
            let mut blocks = Blocks::default();
            for span in loaded.doc.spans(&text).ok()? {
                match span {
                    Span::Block(block) => blocks.open(&block),
                    Span::Text { text, marks } => {
                        let marks: Map<String, Value> = marks
                            .iter()
                            .flat_map(|marks| marks.iter())
                            .filter(|(_, value)| !matches!(value, ScalarValue::Null))
                            .map(|(name, value)| (name.to_owned(), scalar(value)))
                            .collect();
                        blocks.write(&text, &marks);
                    }
                }
            }
            Some(Value::Array(blocks.done))
        });
        found.ok().flatten().flatten()
    }
}

/// What of a marker has a place of its own in the answer.
const OWN: [&str; 3] = ["type", "level", "indent"];

#[derive(Default)]
struct Blocks {
    done: Vec<Value>,
    /// The last block came from a marker: line ends inside of it are its own.
    marked: bool,
}

impl Blocks {
    fn open(&mut self, block: &hydrate::Map) {
        let block = map(block);
        // Whatever else the marker says: what a newer version writes is carried.
        let mut attrs: Map<String, Value> =
            block.clone().into_iter().filter(|(key, _)| !OWN.contains(&key.as_str())).collect();
        if let Some(Value::Object(more)) = attrs.remove("attrs") {
            attrs.extend(more);
        }
        let of =
            |name: &str| block.get(name).or_else(|| attrs.get(name)).filter(|value| value.is_u64()).cloned();
        let kind = block.get("type").and_then(Value::as_str).unwrap_or("unknown");
        let mut told = json!({"type": kind, "text": "", "spans": []});
        if let Some(level) = of("level") {
            told["level"] = level;
        }
        let parents = block.get("parents").and_then(Value::as_array).map(Vec::len).filter(|depth| *depth > 0);
        if let Some(indent) = of("indent").or_else(|| parents.map(Value::from)) {
            told["indent"] = indent;
        }
        if !attrs.is_empty() {
            told["attrs"] = Value::Object(attrs);
        }
        self.done.push(told);
        self.marked = true;
    }

    fn write(&mut self, text: &str, marks: &Map<String, Value>) {
        if self.marked {
            return self.append(text, marks);
        }
        for (at, line) in text.split('\n').enumerate() {
            if at > 0 || self.done.is_empty() {
                self.done.push(json!({"type": "paragraph", "text": "", "spans": []}));
            }
            if !line.is_empty() {
                self.append(line, marks);
            }
        }
    }

    fn append(&mut self, text: &str, marks: &Map<String, Value>) {
        let Some(block) = self.done.last_mut() else { return };
        let whole = format!("{}{text}", block["text"].as_str().unwrap_or_default());
        block["text"] = Value::String(whole);
        let mut span = json!({"text": text});
        if !marks.is_empty() {
            span["marks"] = Value::Object(marks.clone());
        }
        if let Some(spans) = block["spans"].as_array_mut() {
            spans.push(span);
        }
    }
}

fn map(map: &hydrate::Map) -> Map<String, Value> {
    map.iter().map(|(key, item)| (key.clone(), value(&item.value))).collect()
}

fn value(of: &hydrate::Value) -> Value {
    match of {
        hydrate::Value::Scalar(of) => scalar(of),
        hydrate::Value::Map(of) => Value::Object(map(of)),
        hydrate::Value::List(of) => of.iter().map(|item| value(&item.value)).collect(),
        hydrate::Value::Text(of) => Value::String(of.to_string()),
    }
}

fn scalar(of: &ScalarValue) -> Value {
    alianza_shared::document::hydrate::scalar(of)
}
