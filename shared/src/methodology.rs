//! What the methodology says about documents: messages, totals, progress. Views computed from documents as JSON,
//! never stored; two nodes with the same documents compute the same.

use serde_json::Value;

use crate::api::{ConflictView, MessageView};
use crate::document::kind::Kind;
use crate::id::City8;

mod alliance;
mod budget;
mod conflicts;
mod programme;

pub use budget::derived;

/// What one city puts into a programme, as read.
#[derive(Debug, Clone, Copy)]
pub struct Contribution<'a> {
    pub city: City8,
    pub content: &'a Value,
    pub conflicts: &'a [ConflictView],
}

/// What must be known beside the document. Whatever has not arrived is left out and said nothing about.
pub struct Context<'a> {
    /// Milliseconds since 1970 UTC.
    pub now_ms: u64,
    /// Name of a city, from its card.
    pub city_name: &'a dyn Fn(&City8) -> Option<String>,
    /// Full members of the alliance: coordinators and partners.
    pub members: &'a [City8],
    /// Profile of a city, from its home.
    pub profile: &'a dyn Fn(&City8) -> Option<Value>,
    /// Body of a section of this document, by field; `None` if the section has not arrived.
    pub section: &'a dyn Fn(&str) -> Option<String>,
    /// Conflicts of this document.
    pub conflicts: &'a [ConflictView],
    /// For a programme: the contributions to it that have arrived.
    pub contributions: &'a [Contribution<'a>],
    /// For a contribution: its programme.
    pub programme: Option<&'a Value>,
}

impl Context<'_> {
    /// The name of a city, or its short id if no card has arrived.
    fn name(&self, city: &City8) -> String {
        (self.city_name)(city).unwrap_or_else(|| city.hex())
    }

    fn name_of(&self, city8: &str) -> String {
        city8.parse().map_or_else(|_| city8.to_owned(), |city| self.name(&city))
    }

    fn names<'c>(&self, cities: impl IntoIterator<Item = &'c City8>) -> String {
        let names: Vec<_> = cities.into_iter().map(|city| self.name(city)).collect();
        crate::document::spanish::list(&names)
    }
}

/// The validations of domain.md §3.9 that a document of this kind can be asked now, errors of actions and warnings
/// alike, in the order of the document.
pub fn messages(kind: Kind, content: &Value, context: &Context<'_>) -> Vec<MessageView> {
    let mut messages = Vec::new();
    match kind {
        Kind::Alliance => alliance::messages(content, context, &mut messages),
        Kind::Programme => {
            programme::messages(content, context, &mut messages);
            budget::messages(content, context, &mut messages);
        }
        Kind::Contribution => budget::own_messages(content, context, &mut messages),
        Kind::CityProfile | Kind::Section | Kind::Unknown(_) => {}
    }
    conflicts::messages(kind, content, context, &mut messages);
    messages
}

fn error(
    messages: &mut Vec<MessageView>,
    code: &str,
    path: impl Into<Option<String>>,
    text: impl Into<String>,
) {
    put(messages, "error", code, path.into(), text.into());
}

fn warning(
    messages: &mut Vec<MessageView>,
    code: &str,
    path: impl Into<Option<String>>,
    text: impl Into<String>,
) {
    put(messages, "warning", code, path.into(), text.into());
}

fn put(messages: &mut Vec<MessageView>, level: &str, code: &str, path: Option<String>, text: String) {
    messages.push(MessageView { code: code.to_owned(), level: level.to_owned(), text, path });
}

/// The items of a collection that are not taken out, in their order: by `pos`, then by id.
fn items<'a>(content: &'a Value, collection: &str) -> Vec<(&'a str, &'a Value)> {
    let mut items: Vec<_> = content
        .get(collection)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, item)| item.is_object() && item.get("deleted") != Some(&Value::Bool(true)))
        .map(|(id, item)| (id.as_str(), item))
        .collect();
    items.sort_by_key(|(id, item)| (text(item, "pos"), *id));
    items
}

/// A text or line of an object; empty if there is none.
fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn is_blank(object: &Value, field: &str) -> bool {
    text(object, field).trim().is_empty()
}

/// How an item is called: its code, else the beginning of its title, else its id.
fn label(id: &str, item: &Value) -> String {
    let code = text(item, "code");
    if !code.is_empty() {
        return code.to_owned();
    }
    let title = [text(item, "title"), text(item, "text"), text(item, "name")];
    match title.into_iter().map(str::trim).find(|title| !title.is_empty()) {
        Some(title) if title.chars().count() <= 40 => format!("«{title}»"),
        Some(title) => format!("«{}…»", title.chars().take(39).collect::<String>().trim_end()),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests;
