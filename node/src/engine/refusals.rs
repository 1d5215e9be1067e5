//! What is refused, as a sentence that the person can act on.

use alianza_shared::api::ApiError;
use alianza_shared::sync::Refusal;
use alianza_shared::wire::{DENIED_OLD, DENIED_STRANGER};

use crate::documents::DocumentsError;

pub(super) fn not_found() -> ApiError {
    ApiError::new(404, "not_found", "Eso no está en este nodo.").next("Compruebe el identificador.")
}

pub(super) fn owned(city: &str) -> ApiError {
    ApiError::new(
        403,
        "PB02",
        format!("Solo {city} puede fijar su aportación. Puede enviarle una propuesta."),
    )
}

pub(super) fn role_forbidden() -> ApiError {
    ApiError::new(403, "forbidden", "Su papel en la ciudad no permite hacer esto.")
        .next("Pídalo a la persona responsable de cooperación o a quien administra el nodo.")
}

pub(super) fn unavailable(error: DocumentsError) -> ApiError {
    tracing::error!(%error, "a document cannot be used");
    ApiError::new(500, "document.unavailable", "El documento no se puede leer en este momento.")
        .next("Avise a quien administra el nodo: «alianza verify» dice qué registro falta.")
}

/// Why a partner will not have a link with us, as a sentence (*Denied*).
pub(super) fn denied(code: u8) -> &'static str {
    match code {
        DENIED_STRANGER => {
            "El nodo de esa ciudad no reconoce a la nuestra como socia: puede que haya salido de la alianza, o que aún \
             no sepa que se nos ha admitido. Si dura más de unos minutos, hable con esa ciudad."
        }
        DENIED_OLD => "El programa de nuestro nodo es demasiado antiguo para esa ciudad. Actualícelo.",
        _ => {
            "El nodo de esa ciudad no quiere conectar con el nuestro. Actualice el programa o hable con esa ciudad."
        }
    }
}

/// What the core refused, as a sentence.
pub(super) fn refusal(refusal: Refusal) -> ApiError {
    let error = |status, code: &str, message: &str| ApiError::new(status, code, message);
    match refusal {
        Refusal::ReadOnly => {
            error(507, "read_only", "El nodo no puede guardar en su disco y está en modo de solo lectura.")
                .next("Conserve lo escrito en la página y avise a quien administra el nodo.")
        }
        Refusal::UnknownCircle | Refusal::UnknownDocument => not_found(),
        Refusal::Forbidden => {
            error(403, "forbidden", "Su ciudad no tiene permiso para hacer esto en esta alianza.")
        }
        Refusal::NewerProgram => error(409, "upgrade", "Otra ciudad usa una versión más nueva del programa.")
            .next("Actualice el programa para poder escribir en esta alianza."),
        Refusal::InvitationUnknown => error(404, "invite.unknown", "Esa invitación no existe."),
        Refusal::InvitationExpired => error(409, "invite.expired", "La invitación ha caducado.")
            .next("Cree una nueva y envíela otra vez."),
        Refusal::InvitationUsed => error(409, "invite.used", "Esa invitación ya se ha usado."),
        Refusal::InvitationRevoked => error(409, "invite.revoked", "Esa invitación se retiró."),
        Refusal::AcceptUnknown => {
            error(404, "admit.unknown", "Ninguna ciudad espera ser admitida con esa respuesta.")
        }
        Refusal::AcceptInvalid => {
            error(409, "admit.invalid", "Esa respuesta no corresponde a ninguna invitación viva.")
        }
        Refusal::TooManyAccepts => {
            error(409, "admit.full", "Esta invitación ya tiene demasiadas respuestas en espera.")
        }
        Refusal::NotCaughtUp => error(
            409,
            "not_caught_up",
            "Este nodo acaba de arrancar y todavía no ha hablado con ninguna otra ciudad de la alianza.",
        )
        .next("Espere a que conecte con una de ellas y repita la orden."),
        Refusal::Malformed => error(400, "bad_request", "La orden no está bien formada."),
    }
}
