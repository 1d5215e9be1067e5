//! What each kind of document holds: names of fields, what sort of value each takes, in which order they are made.
//!
//! The tables are data; [`super::template`] makes containers from them and [`super::operations`] judges edits by
//! them. Documents may hold more than a table says (a later version wrote it): that is kept and shown, but cannot
//! be edited from here.

use super::kind::Kind;

mod alliance;
mod city;
mod programme;

/// One field of a document or an item.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub sort: Sort,
}

/// What stands in a field.
#[derive(Debug)]
pub enum Sort {
    /// A text that several people edit at once.
    Text,
    /// Texts by language; the languages listed are made with the document.
    Texts(&'static [&'static str]),
    /// One value, replaced as a whole.
    Scalar(Scalar),
    /// One value that never changes after creation.
    Frozen,
    /// Values under keys that mean something (a code, a city, a year): never objects, so that two cities that
    /// write the same key at once have a conflict and not a hidden object (domain.md §3.5).
    Flat(Key, Scalar),
    /// Items under UUIDv7 keys, each with `pos` and `deleted`. With `true`, also flat values beside the items.
    Items(&'static [Field], bool),
    /// Fields under one name.
    Object(&'static [Field]),
    /// Ids of the section documents by field.
    Sections,
}

/// What a single value may be.
#[derive(Debug, Clone, Copy)]
pub enum Scalar {
    /// A line of text of at most 4 KiB.
    Line,
    /// One of a closed list.
    OneOf(&'static [&'static str]),
    /// A whole number between the two, both included.
    Int(i64, i64),
    /// A number of any sort.
    Number,
    /// A number from 0 to 100.
    Percent,
    /// 0 to 100 in whole steps: progress of an activity (AC05).
    Progress,
    /// Whole number of minor units, not negative (PB01).
    Money,
    Bool,
    /// `YYYY-MM-DD`.
    Date,
    /// A date that has come: not in the future (AC06).
    PastDate,
    /// A city by its 8 bytes in hexadecimal.
    City,
    /// ISO 4217.
    Currency,
    /// ISO 3166-1, two letters.
    Country,
    /// Position in a collection.
    Pos,
    /// A value of any sort but an object or a list.
    Any,
}

/// What the keys of flat values look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Anything short.
    Any,
    /// `city8`.
    City,
    /// `city8/field`.
    CityField,
    /// `ext:<financier>|year|mode`: the only cells that a programme itself holds (PB02).
    ExternalCell,
    /// `<line>|year|mode` of a contribution.
    OwnCell,
}

/// Fields of every item, beside its own.
pub const ITEM_COMMON: &[Field] =
    &[scalar("pos", Scalar::Pos), scalar("deleted", Scalar::Bool), scalar("code", Scalar::Line)];

const COMMON: &[Field] = &[frozen("kind"), frozen("v"), frozen("created_by")];

const SECTION: &[Field] = &[frozen("parent"), frozen("field"), text("body")];

const CONTRIBUTION: &[Field] =
    &[frozen("programme"), frozen("city"), flat("cells", Key::OwnCell, Scalar::Money), text("note")];

/// The fields of a kind, without the common ones; `None` for a kind of a later version.
pub fn fields(kind: Kind) -> Option<&'static [Field]> {
    match kind {
        Kind::CityProfile => Some(city::FIELDS),
        Kind::Alliance => Some(alliance::FIELDS),
        Kind::Programme => Some(programme::FIELDS),
        Kind::Section => Some(SECTION),
        Kind::Contribution => Some(CONTRIBUTION),
        Kind::Unknown(_) => None,
    }
}

/// A field of a document by name.
pub fn top(kind: Kind, name: &str) -> Option<&'static Field> {
    find(fields(kind)?, name).or_else(|| find(COMMON, name))
}

/// A field of an item by name.
pub fn of_item(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    find(fields, name).or_else(|| find(ITEM_COMMON, name))
}

/// A field by name.
pub fn find(fields: &'static [Field], name: &str) -> Option<&'static Field> {
    fields.iter().find(|field| field.name == name)
}

const fn text(name: &'static str) -> Field {
    Field { name, sort: Sort::Text }
}

const fn frozen(name: &'static str) -> Field {
    Field { name, sort: Sort::Frozen }
}

const fn scalar(name: &'static str, scalar: Scalar) -> Field {
    Field { name, sort: Sort::Scalar(scalar) }
}

const fn line(name: &'static str) -> Field {
    scalar(name, Scalar::Line)
}

const fn date(name: &'static str) -> Field {
    scalar(name, Scalar::Date)
}

const fn one_of(name: &'static str, values: &'static [&'static str]) -> Field {
    scalar(name, Scalar::OneOf(values))
}

const fn flat(name: &'static str, key: Key, value: Scalar) -> Field {
    Field { name, sort: Sort::Flat(key, value) }
}

const fn items(name: &'static str, fields: &'static [Field]) -> Field {
    Field { name, sort: Sort::Items(fields, false) }
}

/// Items, or flat values, as the city that writes them prefers.
const fn mixed(name: &'static str, fields: &'static [Field]) -> Field {
    Field { name, sort: Sort::Items(fields, true) }
}

const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    Field { name, sort: Sort::Object(fields) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_are_unique(fields: &[Field], path: &str) {
        for (at, field) in fields.iter().enumerate() {
            assert!(fields[..at].iter().all(|other| other.name != field.name), "{path}/{}", field.name);
            if let Sort::Items(inner, _) | Sort::Object(inner) = &field.sort {
                names_are_unique(inner, &format!("{path}/{}", field.name));
            }
        }
    }

    #[test]
    fn no_field_is_listed_twice() {
        for kind in Kind::ALL {
            names_are_unique(fields(kind).expect("a known kind"), &kind.to_string());
            assert!(top(kind, "kind").is_some());
        }
        assert!(fields(Kind::Unknown(99)).is_none());
    }
}
