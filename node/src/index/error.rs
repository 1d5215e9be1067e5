//! What can go wrong with the index.

use std::io;
use std::path::PathBuf;

/// What can go wrong with the index; none of it loses anything.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A row is not what was written, or a part of it is missing: derive the index again.
    #[error("the index is damaged: {what}")]
    Damaged {
        /// Which row.
        what: String,
    },
    /// The disk refused.
    #[error("the index: {0}")]
    Disk(io::Error),
    /// The folder could not be moved or made.
    #[error("cannot {what} {}: {source}", path.display())]
    Folder {
        /// What was tried, as a verb.
        what: &'static str,
        /// On which folder.
        path: PathBuf,
        /// Why it was refused.
        source: io::Error,
    },
}

/// How the index was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// There was none: everything is to be derived.
    Fresh,
    /// There was one of this version.
    Existing,
    /// There was one that is of no use; it was moved aside, everything is to be derived.
    Replaced { why: String },
}

/// What keeps an index from being opened.
pub(super) enum Unusable {
    /// Another one must take its place.
    Useless(String),
    /// The disk, or another process, refuses: nothing may be thrown away for that.
    Refused(IndexError),
}

impl From<IndexError> for Unusable {
    fn from(error: IndexError) -> Self {
        match &error {
            IndexError::Disk(refused) if refusal(refused) => Self::Refused(error),
            _ => Self::Useless(error.to_string()),
        }
    }
}

fn refusal(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let refused = [PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull].contains(&error.kind());
    refused || error.to_string().starts_with("could not acquire lock")
}
