//! Answers for people at a terminal.

use serde_json::Value;

/// A line for people. Whoever reads may have gone (`alianza doc list | head -1`): that is no error of ours.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}
pub(super) use say;

pub(super) fn json(value: &Value) {
    say!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}

pub(super) fn done(_: &Value) {
    say!("Done.");
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub(super) fn circle(value: &Value) {
    say!("{}  {}  ({})", text(value, "id"), text(value, "name"), text(value, "standing"));
}

pub(super) fn circles(value: &Value) {
    if list(value).next().is_none() {
        say!("This city belongs to no alliance yet. Found one with: alianza alliance create NAME");
    }
    list(value).for_each(circle);
}

pub(super) fn joined(value: &Value) {
    circle(value);
    if text(value, "standing") == "joining" {
        say!("The answer has been delivered. A person of the city that invites must now admit yours.");
    }
}

pub(super) fn members(value: &Value) {
    for member in list(&value["members"]) {
        let state = match (member["is_self"] == true, member["connected"] == true) {
            (true, _) => "this city",
            (_, true) => "connected",
            _ => "not connected",
        };
        say!(
            "{:<28} {:<12} {:<14} lacks {} of ours, we lack {}",
            text(member, "city"),
            text(member, "role"),
            state,
            member["entries_they_lack"],
            member["entries_we_lack"]
        );
        if let Some(why) = member["denied"].as_str() {
            say!("  {why}");
        }
    }
}

pub(super) fn status(value: &Value) {
    say!("City:      {} ({})", text(&value["city"], "name"), text(&value["city"], "city_id"));
    say!("Version:   {}, protocol {}", text(value, "version"), value["protocol"]);
    let read_only = match (value["read_only"] == true, value["read_only_why"].as_str()) {
        (false, _) => "",
        (true, Some("disk_full")) => {
            "  READ-ONLY: the disk is full; make room, and the node goes on by itself"
        }
        (true, _) => {
            "  READ-ONLY: the disk failed to keep a write; look at the disk, then start the node again"
        }
    };
    say!("Journal:   {} bytes{read_only}", value["journal_bytes"]);
    for damage in list(&value["damaged"]) {
        say!("Damaged:   {}", damage.as_str().unwrap_or(""));
    }
    for warning in list(&value["certificate"]["warnings"]) {
        say!("TLS:       {}", warning.as_str().unwrap_or(""));
    }
    let reached = if value["reached_from_outside"] == true { "yes" } else { "not since the start" };
    say!("Reached by partners: {reached}");
    for alliance in list(&value["alliances"]) {
        say!();
        circle(alliance);
        say!(
            "  documents {}  entries {}  pending {}  waiting {}  held {}  void {}",
            alliance["documents"],
            alliance["entries"],
            alliance["pending"],
            alliance["waiting"],
            alliance["held"],
            alliance["void"]
        );
        say!("  vector {}  state {}", text(alliance, "vector_digest"), text(alliance, "state_root"));
        members(alliance);
    }
}

pub(super) fn invitation(value: &Value) {
    say!("{}  {}  {}", text(value, "id"), text(value, "role"), text(value, "state"));
    if let Some(link) = value["link"].as_str() {
        say!(
            "\n{link}\n\nSend it to the city you invite. It works once; the link is the only copy of its secret."
        );
    }
    for accept in list(&value["accepts"]) {
        say!("  {} waits to be admitted: alianza admit {}", text(accept, "city"), text(accept, "id"));
    }
}

pub(super) fn invitations(value: &Value) {
    if list(value).next().is_none() {
        say!("No invitations. Make one with: alianza invite create");
    }
    list(value).for_each(invitation);
}

pub(super) fn documents(value: &Value) {
    for document in list(value) {
        say!("{}  {:<13} {}", text(document, "id"), text(document, "kind"), text(document, "title"));
    }
}

pub(super) fn history(value: &Value) {
    for item in list(&value["items"]) {
        let city = text(item, "city");
        say!(
            "{}  {}  person {}  {} operations  {}",
            item["time_ms"],
            &city[..city.len().min(12)],
            text(item, "person_ref"),
            item["operations"],
            item["place"].as_str().unwrap_or("pending")
        );
    }
}

pub(super) fn people(value: &Value) {
    for person in list(value) {
        let roles: Vec<&str> = list(&person["roles"]).filter_map(Value::as_str).collect();
        let disabled = if person["disabled"] == true { "  (disabled)" } else { "" };
        say!("{:<16} {:<28} {}{disabled}", text(person, "user"), text(person, "name"), roles.join(", "));
    }
}

pub(super) fn token(value: &Value) {
    say!("{}\n\nShown once. Use it as: Authorization: Bearer TOKEN", text(value, "token"));
}

pub(super) fn report(value: &Value) {
    say!(
        "{} journals, {} records, {} entries, {} signatures checked.",
        value["journals"],
        value["records"],
        value["entries"],
        value["signatures"]
    );
    for finding in list(&value["findings"]) {
        let place = match (finding["epoch"].as_u64(), finding["seq"].as_u64()) {
            (Some(epoch), Some(seq)) => format!(" epoch {epoch} seq {seq}"),
            _ => String::new(),
        };
        say!(
            "{}: {} · circle {} · city {}{place} · {} · {}",
            text(finding, "state"),
            text(finding, "what"),
            text(finding, "circle"),
            text(finding, "city"),
            text(finding, "at"),
            text(finding, "detail")
        );
    }
    if value["clean"] == true {
        say!("Everything that is stored is whole.");
    } else {
        say!(
            "Damage was found. Start the node with a partner reachable: it fetches entries again. See OPERATIONS.md."
        );
    }
}
