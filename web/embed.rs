//! The built page, embedded.
pub struct File { pub bytes: &'static [u8], pub content_type: &'static str, pub etag: &'static str, pub encoding: Option<&'static str>, pub immutable: bool }
pub fn file(_path: &str, _br: bool, _gzip: bool) -> Option<File> { None }
