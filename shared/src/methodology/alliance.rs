//! Validations of an alliance (AL…). AL02 and AL08 wait for agreements.

use serde_json::Value;

use super::{Context, error, is_blank, items, text, warning};
use crate::api::MessageView;
use crate::document::spanish;

pub(super) fn messages(content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    if context.members.len() < 2 {
        error(messages, "AL01", None, "La alianza necesita al menos dos ciudades miembros.");
    }
    let (start, end) = (text(content, "horizon_start"), text(content, "horizon_end"));
    if !start.is_empty() && !end.is_empty() && end < start {
        let text = "La fecha de fin de la alianza es anterior a la de inicio.";
        error(messages, "AL03", "/horizon_end".to_owned(), text);
    }
    if items(content, "strategic_areas").is_empty() {
        let text = "Defina al menos un ámbito estratégico de actuación.";
        error(messages, "AL07", "/strategic_areas".to_owned(), text);
    }
    let staff = items(content, "staff");
    let alignment = content.get("alignment").and_then(Value::as_object);
    for city in context.members {
        let (name, city8) = (context.name(city), city.hex());
        let election = (context.profile)(city).map(|profile| text(&profile, "next_election").to_owned());
        if let Some(election) = election.filter(|election| !election.is_empty())
            && !end.is_empty()
            && end < election.as_str()
        {
            let text = format!(
                "El horizonte de la alianza ({}) termina antes de las próximas elecciones de {name}. \
                 La metodología pide ir más allá del ciclo electoral.",
                spanish::date(end)
            );
            warning(messages, "AL04", "/horizon_end".to_owned(), text);
        }
        if !staff.iter().any(|(_, person)| text(person, "city") == city8 && !is_blank(person, "person_ref")) {
            let text = format!("{name} no ha asignado personal técnico a la alianza.");
            warning(messages, "AL05", "/staff".to_owned(), text);
        }
        let aligned = alignment.is_some_and(|fields| {
            fields
                .iter()
                .any(|(key, value)| key.starts_with(&format!("{city8}/")) && value.as_str() != Some(""))
        });
        if !aligned {
            let text = format!("{name} no ha indicado su alineación con el Plan de Desarrollo Municipal.");
            warning(messages, "AL06", "/alignment".to_owned(), text);
        }
    }
}
