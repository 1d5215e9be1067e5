//! The OpenAPI document: derived from the handlers, committed as `shared/openapi.json`, from which the page's types are
//! made.

use std::sync::LazyLock;

use alianza_shared::api;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, PathItem, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::{alliances, documents, live, people, session, together};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Alianza",
        description = "The node of one city. Write with `Content-Type: application/json`. Browsers use the session \
cookie; programs use `Authorization: Bearer` with a person's token. Answers to writes come after the data is durable. \
Errors are `ApiError`. The live socket is described in node/docs/LIVE.md.",
        version = "1",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2")
    ),
    paths(
        alliances::health, document, session::sign_in, session::current, session::sign_out, live::live,
        alliances::status, alliances::cities, alliances::list, alliances::create, alliances::one, alliances::leave,
        alliances::invitations, alliances::invite, alliances::revoke, alliances::admit, alliances::join,
        documents::list, documents::create, documents::one, documents::patch, documents::history, documents::changes,
        together::timeline, together::news, together::seen, together::mark,
        people::list, people::create, people::change, people::disable, people::enable, people::password,
        people::token, people::access, people::revoke_token, people::end_session,
    ),
    components(schemas(api::ApiError)),
    modifiers(&Common),
    security(("session" = []), ("token" = []))
)]
struct Document;

/// What holds for every operation: the two ways in, and how errors look.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        let cookie = ApiKeyValue::with_description("alianza_<city>", "Set by POST /api/session.");
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("ApiError"))));
        let refused = ResponseBuilder::new()
            .description("Refused. The status says of what sort, the code why, the message what to do.")
            .content("application/json", content)
            .build();
        for item in document.paths.paths.values_mut() {
            for operation in operations(item) {
                // Handlers of several groups have one name.
                let group =
                    operation.tags.as_ref().and_then(|tags| tags.first()).cloned().unwrap_or_default();
                operation.operation_id = operation.operation_id.take().map(|name| format!("{group}_{name}"));
                operation.responses.responses.insert("default".into(), RefOr::T(refused.clone()));
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// The document as it is served and committed: pretty JSON with a line end.
pub fn json() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let mut text = Document::openapi().to_pretty_json().expect("the document is plain data");
        text.push('\n');
        text
    });
    TEXT.as_str()
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "node", responses((status = 200, body = Object)), security(()))]
pub(super) async fn document() -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json()).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::super::access::ROUTES;
    use super::*;

    /// The page's types are made from the committed file; stale, they would describe another API.
    #[test]
    fn the_committed_document_is_the_generated_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/openapi.json");
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, json()).expect("written");
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == json(), "shared/openapi.json is stale: run this test with UPDATE_OPENAPI=1");
    }

    /// S9: every route is decided in the table, described in the document, and nothing else is.
    #[test]
    fn the_document_describes_exactly_the_routes_of_the_table() {
        let document: serde_json::Value = serde_json::from_str(json()).expect("JSON");
        let mut described = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                described.insert((method.to_uppercase(), path.clone()));
                assert!(ids.insert(operation["operationId"].to_string()), "operation ids are unique");
            }
        }
        let decided: BTreeSet<_> =
            ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
        assert_eq!(described, decided);
        assert_eq!(decided.len(), ROUTES.len(), "no route twice");
    }
}
