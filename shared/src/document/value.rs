//! JSON values judged by what their field takes, and turned into Automerge scalars.

use automerge::ScalarValue;
use serde_json::Value;

use super::schema::{Key, Scalar};
use super::spanish::{Date, decimals};
use crate::api::ApiError;
use crate::id::City8;

/// A line of text; longer ones belong in a text.
pub const LINE_MAX_BYTES: usize = 4_096;
/// A key of flat values.
pub const KEY_MAX_BYTES: usize = 200;
/// An hour zone is at most 14 hours ahead of UTC: there it may be tomorrow already.
const AHEAD_MS: u64 = 14 * 3_600_000;

/// What a value is judged by, beside its field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) now_ms: u64,
    pub(super) currency: &'a str,
}

/// The scalar for a JSON value. The error has no path yet.
pub(super) fn scalar(sort: Scalar, value: &Value, at: Circumstances<'_>) -> Result<ScalarValue, ApiError> {
    match sort {
        Scalar::Line | Scalar::Pos => line(value),
        Scalar::OneOf(values) => match value.as_str() {
            Some(text) if values.contains(&text) => Ok(text.into()),
            _ => Err(invalid(
                "value.one_of",
                format!("El valor debe ser uno de estos: {}.", values.join(", ")),
            )),
        },
        Scalar::Int(min, max) => integer(value, min, max).ok_or_else(|| {
            invalid("value.int", format!("El valor debe ser un número entero entre {min} y {max}."))
        }),
        Scalar::Number => {
            number(value).ok_or_else(|| invalid("value.number", "El valor debe ser un número."))
        }
        Scalar::Percent => number(value)
            .filter(|_| value.as_f64().is_some_and(|percent| (0.0..=100.0).contains(&percent)))
            .ok_or_else(|| invalid("value.percent", "El porcentaje debe estar entre 0 y 100.")),
        Scalar::Progress => {
            integer(value, 0, 100).ok_or_else(|| invalid("AC05", "El avance debe estar entre 0 y 100."))
        }
        // Amounts go through programs whose numbers are doubles: up to 2^53 minor units.
        Scalar::Money => integer(value, 0, 1 << 53).ok_or_else(|| money_error(at.currency)),
        Scalar::Bool => value
            .as_bool()
            .map(ScalarValue::Boolean)
            .ok_or_else(|| invalid("value.bool", "El valor debe ser verdadero o falso (true, false).")),
        Scalar::Date => date(value).map(|(text, _)| text.into()),
        Scalar::PastDate => {
            let (text, date) = date(value)?;
            if date > Date::of_ms(at.now_ms + AHEAD_MS) {
                return Err(invalid("AC06", "La fecha real no puede ser futura."));
            }
            Ok(text.into())
        }
        Scalar::City => match value.as_str() {
            Some(text) if text.parse::<City8>().is_ok() => Ok(text.into()),
            _ => Err(invalid("value.city", "El valor debe ser el identificador corto de una ciudad.")),
        },
        Scalar::Currency => code(value, 3).ok_or_else(|| {
            invalid("value.currency", "La moneda debe ser un código ISO 4217, como EUR o BOB.")
        }),
        Scalar::Country => code(value, 2)
            .ok_or_else(|| invalid("value.country", "El país debe ser un código ISO 3166, como ES o BO.")),
        Scalar::Any => any(value),
    }
}

fn invalid(code: &str, message: impl Into<String>) -> ApiError {
    ApiError::new(422, code, message)
}

pub(super) fn money_error(currency: &str) -> ApiError {
    let message = format!(
        "La cantidad debe ser un número mayor o igual que cero, con {} decimales como máximo.",
        decimals(currency)
    );
    invalid("PB01", message).next("Los importes se escriben en unidades menores (céntimos), sin decimales.")
}

fn line(value: &Value) -> Result<ScalarValue, ApiError> {
    match value.as_str() {
        Some(text) if text.len() <= LINE_MAX_BYTES => Ok(text.into()),
        Some(_) => {
            Err(invalid("value.long", format!("El valor supera los {LINE_MAX_BYTES} bytes permitidos.")))
        }
        None => Err(invalid("value.text", "El valor debe ser un texto.")),
    }
}

fn integer(value: &Value, min: i64, max: i64) -> Option<ScalarValue> {
    // 3.0 is how some programs write 3.
    let whole = value.as_i64().or_else(|| {
        let double = value.as_f64()?;
        (double.fract() == 0.0 && double.abs() <= (1i64 << 53) as f64).then_some(double as i64)
    })?;
    (min..=max).contains(&whole).then_some(ScalarValue::Int(whole))
}

fn number(value: &Value) -> Option<ScalarValue> {
    match integer(value, i64::MIN, i64::MAX) {
        Some(whole) => Some(whole),
        None => value.as_f64().map(ScalarValue::F64),
    }
}

fn date(value: &Value) -> Result<(&str, Date), ApiError> {
    let text = value.as_str().unwrap_or_default();
    match Date::parse(text) {
        Some(date) => Ok((text, date)),
        None => Err(invalid("value.date", "Escriba la fecha como AAAA-MM-DD, por ejemplo 2026-03-31.")),
    }
}

fn code(value: &Value, letters: usize) -> Option<ScalarValue> {
    let text = value.as_str()?;
    (text.len() == letters && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.into())
}

fn any(value: &Value) -> Result<ScalarValue, ApiError> {
    match value {
        Value::Bool(flag) => Ok((*flag).into()),
        Value::String(_) => line(value),
        Value::Number(_) => {
            number(value).ok_or_else(|| invalid("value.number", "El valor debe ser un número."))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(invalid("value.scalar", "El valor debe ser un texto, un número, o verdadero o falso."))
        }
    }
}

/// The three parts of a cell key: who or which line, year, mode.
pub fn cell_parts(key: &str) -> Option<(&str, i32, &str)> {
    let mut parts = key.split('|');
    let (who, year, mode) = (parts.next()?, parts.next()?, parts.next()?);
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some() || who.is_empty() || !is_year || !["cash", "in_kind"].contains(&mode) {
        return None;
    }
    Some((who, year.parse().ok()?, mode))
}

/// Whether a key fits its collection; `city_name` serves PB02.
pub(super) fn check_key(
    rule: Key,
    key: &str,
    city_name: &dyn Fn(&City8) -> Option<String>,
) -> Result<(), ApiError> {
    if key.is_empty() || key.len() > KEY_MAX_BYTES || key.chars().any(char::is_control) {
        return Err(invalid("value.key", "La clave no es válida."));
    }
    match rule {
        Key::Any => Ok(()),
        Key::City if key.parse::<City8>().is_ok() => Ok(()),
        Key::City => Err(invalid("value.key", "La clave debe ser el identificador corto de una ciudad.")),
        Key::CityField => match key.split_once('/') {
            Some((city, field)) if city.parse::<City8>().is_ok() && !field.is_empty() => Ok(()),
            _ => Err(invalid("value.key", "La clave debe tener la forma ciudad/campo.")),
        },
        Key::ExternalCell => {
            let (who, ..) = cell_parts(key).ok_or_else(|| {
                invalid("value.cell", "La celda debe tener la forma ext:financiador|año|cash o in_kind.")
            })?;
            if who.strip_prefix("ext:").is_some_and(|id| !id.is_empty()) {
                return Ok(());
            }
            let city = who.parse::<City8>().ok().and_then(|city| city_name(&city));
            Err(only_the_city(city.as_deref()))
        }
        Key::OwnCell => cell_parts(key)
            .map(|_| ())
            .ok_or_else(|| invalid("value.cell", "La celda debe tener la forma partida|año|cash o in_kind.")),
    }
}

/// PB02.
pub(super) fn only_the_city(city: Option<&str>) -> ApiError {
    let city = city.unwrap_or("la ciudad financiadora");
    invalid("PB02", format!("Solo {city} puede fijar su aportación. Puede enviarle una propuesta."))
}
