//! A data folder belongs to one process at a time, and to programs that know its format.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use super::disk::sync_dir;

/// Format of data folders that this program writes.
pub const FORMAT: u32 = 1;

/// Why a data folder is not taken.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process has it.
    #[error("la carpeta {} está en uso por otro proceso{}: párelo antes de continuar", path.display(), named(holder))]
    Held {
        /// The data folder.
        path: PathBuf,
        /// Its process id, if it could be read.
        holder: Option<u32>,
    },
    /// It was written by a newer program.
    #[error(
        "la carpeta {} tiene el formato {found} y este programa conoce hasta el {FORMAT}: actualice el programa",
        path.display()
    )]
    Newer {
        /// The data folder.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// There is no node in it.
    #[error("no hay ningún nodo en {}: créelo con «alianza init»", path.display())]
    Missing {
        /// The data folder.
        path: PathBuf,
    },
    /// Its `format` file holds no number.
    #[error("no se entiende el archivo «format» de {}: debería contener el número {FORMAT}", path.display())]
    Unreadable {
        /// The data folder.
        path: PathBuf,
    },
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] JournalError),
}

fn named(holder: &Option<u32>) -> String {
    holder.map(|pid| format!(" (número {pid})")).unwrap_or_default()
}

/// The exclusive hold of this process on a data folder; given up when dropped, or when the process ends in
/// any way.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes `<data>/lock`, without waiting, and writes this process's id into it.
    ///
    /// # Errors
    /// [`FolderError::Held`] when another process, or another place in this one, has it.
    pub fn take(data: &Path) -> Result<Self, FolderError> {
        let path = data.join("lock");
        let failed = |error| JournalError::io("open", &path, error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = (&file).take(32).read_to_string(&mut text);
                let holder = read.ok().and_then(|_| text.trim().parse().ok());
                return Err(FolderError::Held { path: data.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(JournalError::io("lock", &path, error).into()),
        }
        // The id only helps a person; a full disk must not keep a node from starting.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

/// Writes `<data>/format`, durably. For a new folder.
///
/// # Errors
/// When the disk refuses.
pub fn write_format(data: &Path) -> Result<(), FolderError> {
    let path = data.join("format");
    let failed = |error| JournalError::io("write", &path, error);
    let mut file = File::create(&path).map_err(failed)?;
    file.write_all(format!("{FORMAT}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(sync_dir(data)?)
}

/// Reads `<data>/format` and refuses what this program does not know.
///
/// # Errors
/// [`FolderError::Missing`], [`FolderError::Newer`], [`FolderError::Unreadable`].
pub fn check_format(data: &Path) -> Result<u32, FolderError> {
    let path = data.join("format");
    let text = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(FolderError::Missing { path: data.to_owned() });
        }
        Err(error) => return Err(JournalError::io("read", &path, error).into()),
    };
    let unreadable = || FolderError::Unreadable { path: data.to_owned() };
    let found: u32 =
        std::str::from_utf8(&text).ok().and_then(|text| text.trim().parse().ok()).ok_or_else(unreadable)?;
    match found {
        FORMAT => Ok(found),
        0 => Err(unreadable()),
        found => Err(FolderError::Newer { path: data.to_owned(), found }),
    }
}
