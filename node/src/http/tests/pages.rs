//! Files of the page.

use std::borrow::Cow;

use super::client::Ask;
use super::town::Town;
use super::{super::AcceptEncoding, super::PageFile};

/// Three files.
pub(super) fn page(path: &str, accept: AcceptEncoding) -> Option<PageFile> {
    let (bytes, content_type, immutable): (&'static str, &str, bool) = match path {
        "index.html" => ("<!doctype html>", "text/html; charset=utf-8", false),
        "assets/app-1.js" => ("let a", "text/javascript", true),
        _ => return None,
    };
    let encoding = if accept.br {
        Some("br")
    } else if accept.gzip {
        Some("gzip")
    } else {
        None
    };
    Some(PageFile {
        bytes: Cow::Owned(format!("{bytes}{}", encoding.unwrap_or_default()).into_bytes()),
        content_type: Cow::Owned(content_type.to_owned()),
        etag: Cow::Owned(format!("e{}{}", bytes.len(), encoding.unwrap_or_default())),
        encoding,
        immutable,
    })
}

#[tokio::test]
async fn files_come_in_the_encoding_that_was_asked_for() {
    let town = Town::new().await;
    for (accept, encoding) in [
        ("", None),
        ("gzip", Some("gzip")),
        ("gzip, deflate, br", Some("br")),
        ("br;q=0, gzip;q=0.5", Some("gzip")),
        ("identity", None),
    ] {
        let reply = Ask::get("/assets/app-1.js").with("accept-encoding", accept).to(town.address).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-encoding"), encoding, "{accept}");
        assert_eq!(reply.body, format!("let a{}", encoding.unwrap_or_default()).into_bytes());
        assert_eq!(reply.header("vary"), Some("accept-encoding"));
        assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"));
        let etag = reply.header("etag").expect("a tag").to_owned();
        let again = Ask::get("/assets/app-1.js").with("accept-encoding", accept).with("if-none-match", &etag);
        let again = again.to(town.address).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{accept}");
    }
    let head = Ask::new("HEAD", "/").to(town.address).await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("15")));
}

/// Addresses that the page makes up are the page; missing files and the API are not.
#[tokio::test]
async fn unknown_addresses_are_the_page() {
    let town = Town::new().await;
    for path in ["/", "/programas/1/presupuesto", "/index.html", "/apis", "//x"] {
        let reply = Ask::get(path).to(town.address).await;
        assert_eq!((reply.status, reply.body.as_slice()), (200, b"<!doctype html>".as_slice()), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-cache"));
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    }
    for path in ["/api/x", "/assets/x.js", "/../etc/passwd.txt", "/healthz/x.y"] {
        let reply = Ask::get(path).to(town.address).await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"), "{path}");
    }
}
