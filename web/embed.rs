//! The built page, embedded: a table of files made by `build.rs`, each also in compressed form.

/// One file of the page, in the form that suits the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    pub bytes: &'static [u8],
    pub content_type: &'static str,
    /// Strong validator, quotes included; differs between encodings of one file.
    pub etag: &'static str,
    /// Value of `Content-Encoding`; none when the bytes are the file itself.
    pub encoding: Option<&'static str>,
    /// The address contains the content's hash: it may be kept for ever. Otherwise it must be asked for again.
    pub immutable: bool,
}

type Form = (&'static [u8], &'static str);

struct Entry {
    path: &'static str,
    content_type: &'static str,
    immutable: bool,
    raw: Form,
    brotli: Option<Form>,
    gzip: Option<Form>,
}

static FILES: &[Entry] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The file at a path of the page (`/assets/…`), or the page itself for the addresses of its screens (`/`,
/// `/alianza/…`, `/personas`, `/borradores`, `/ayuda`, `/piezas`). None for every other path.
///
/// `accept_brotli` and `accept_gzip` say what the request takes; brotli goes first, so callers must not offer it
/// where browsers reject it (plain http to another machine).
pub fn file(path: &str, accept_brotli: bool, accept_gzip: bool) -> Option<File> {
    let wanted = if is_screen(path) { "/index.html" } else { path };
    let entry = FILES.iter().find(|entry| entry.path == wanted)?;
    let (form, encoding) = match (entry.brotli, entry.gzip) {
        (Some(form), _) if accept_brotli => (form, Some("br")),
        (_, Some(form)) if accept_gzip => (form, Some("gzip")),
        _ => (entry.raw, None),
    };
    Some(File {
        bytes: form.0,
        etag: form.1,
        content_type: entry.content_type,
        encoding,
        immutable: entry.immutable,
    })
}

/// Every path of the table, for tests and for the list that a service worker keeps.
pub fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|entry| entry.path)
}

/// The addresses that `src/route.ts` reads.
fn is_screen(path: &str) -> bool {
    matches!(path, "/" | "/personas" | "/borradores" | "/ayuda" | "/piezas") || path.starts_with("/alianza/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_answers_for_its_screens_and_nothing_else() {
        let index = file("/", false, false).expect("the page has an index");
        assert!(index.content_type.starts_with("text/html") && !index.immutable && index.encoding.is_none());
        assert_eq!(file("/alianza/00/programa/11/presupuesto", false, false), Some(index));
        assert_eq!(file("/ayuda", false, false), Some(index));
        assert_eq!(file("/piezas", false, false), Some(index));
        assert_eq!(file("/ayuda/otra", false, false), None);
        assert_eq!(file("/api/status", true, true), None);
        assert_eq!(file("/assets/../embed.rs", true, true), None);
    }

    #[test]
    fn every_file_has_forms_that_differ_and_the_first_load_is_small() {
        let index = file("/", false, false).expect("the page has an index");
        let index = std::str::from_utf8(index.bytes).expect("HTML is UTF-8");
        let mut first_load_bytes = 0;
        for path in paths() {
            let raw = file(path, false, false).expect("listed");
            let gzip = file(path, false, true).expect("listed");
            let brotli = file(path, true, true).expect("listed");
            assert!(brotli.bytes.len() <= gzip.bytes.len() && gzip.bytes.len() <= raw.bytes.len());
            assert!(gzip.encoding.is_none() || gzip.etag != raw.etag);
            // What the page names itself, and the words in Spanish; the rest is fetched by the screens that need it.
            if path.ends_with(".js") && (index.contains(path) || path.starts_with("/assets/es-")) {
                first_load_bytes += gzip.bytes.len();
            }
            if path.ends_with(".wasm") {
                assert!(gzip.bytes.len() <= 1_200_000, "the WebAssembly file is {} bytes", gzip.bytes.len());
            }
        }
        assert!(first_load_bytes > 30_000, "the page's own scripts were not found: {first_load_bytes} bytes");
        assert!(first_load_bytes <= 150_000, "the scripts are {first_load_bytes} bytes gzipped");
    }
}
