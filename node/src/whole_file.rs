//! Small files that are replaced whole: after a crash there is the old one or the new one, never half of one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Writes `bytes` beside `path` (`.new` in place of its extension), syncs them, puts them in place and syncs the
/// folder: durable when it returns. `mode` is that of the new file.
///
/// # Errors
/// The disk does not take it; the old file, if any, is as it was.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = path.with_extension("new");
    // One that was left by a crash may have another mode.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// S14: a secret is never in a file that others may read, not even one that a crash left.
    #[test]
    fn the_new_content_is_there_whole_with_its_mode_and_nothing_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("demo.json");
        fs::write(folder.path().join("demo.new"), "left by a crash").expect("written");
        for text in ["first", "and then a longer one"] {
            replace(&path, text.as_bytes(), 0o600).expect("replaced");
            assert_eq!(fs::read_to_string(&path).expect("read"), text);
            assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
