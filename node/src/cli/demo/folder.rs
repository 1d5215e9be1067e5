//! The demonstration's folder: one data folder per city, and `demo.json` with ports and passwords.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};

use crate::whole_file;

const VERSION: u32 = 1;

/// What a second start needs to know of the first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Memory {
    version: u32,
    /// Everything was written and equal once. Without it a start begins anew.
    pub(super) complete: bool,
    pub(super) port: u16,
    pub(super) cities: Vec<CityMemory>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CityMemory {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) page_port: u16,
    pub(super) link_port: u16,
    /// The first is the one that the table shows; the last is the node's administrator.
    pub(super) people: Vec<PersonMemory>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PersonMemory {
    pub(super) user: String,
    pub(super) roles: Vec<String>,
    pub(super) password: String,
}

impl Memory {
    pub(super) fn new(port: u16) -> Self {
        Self { version: VERSION, complete: false, port, cities: Vec::new() }
    }
}

impl CityMemory {
    /// The person whose name and password are shown.
    ///
    /// # Errors
    /// `demo.json` was changed by hand and names nobody.
    pub(super) fn person(&self) -> Result<&PersonMemory> {
        self.people.first().with_context(|| format!("demo.json no nombra a nadie en {}", self.name))
    }
}

/// The folder given with `--dir`.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder if it is not there, readable for its owner alone.
    ///
    /// # Errors
    /// It cannot be made, or something that is not a demonstration lies in it.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| {
                format!("No se puede crear la carpeta {}. Elija otra con --dir.", path.display())
            })?;
        }
        let path = path.canonicalize().with_context(|| format!("No se puede abrir {}", path.display()))?;
        let folder = Self { path };
        let strange = fs::read_dir(&folder.path)
            .with_context(|| format!("No se puede leer {}", folder.path.display()))?
            .next()
            .is_some()
            && !folder.memory_path().exists()
            && !folder.mark_path().exists();
        if strange {
            bail!(
                "La carpeta {} tiene otras cosas dentro y no se toca. Elija otra con --dir.",
                folder.path.display()
            );
        }
        // Keeps the data out of the repository in which the demonstration may be started, and marks the folder.
        fs::write(folder.mark_path(), "*\n")
            .context("No se puede escribir en la carpeta de la demostración")?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn memory_path(&self) -> PathBuf {
        self.path.join("demo.json")
    }

    fn mark_path(&self) -> PathBuf {
        self.path.join(".gitignore")
    }

    /// Data folder of a city.
    pub(super) fn data(&self, slug: &str) -> PathBuf {
        self.path.join(slug)
    }

    /// What the city's process prints.
    pub(super) fn log(&self, slug: &str) -> PathBuf {
        self.path.join(format!("{slug}.log"))
    }

    /// What an earlier start wrote down.
    ///
    /// # Errors
    /// The file is there and cannot be understood.
    pub(super) fn recall(&self) -> Result<Option<Memory>> {
        let path = self.memory_path();
        if !path.exists() {
            return Ok(None);
        }
        let text =
            fs::read_to_string(&path).with_context(|| format!("No se puede leer {}", path.display()))?;
        let memory: Memory = serde_json::from_str(&text)
            .with_context(|| format!("No se entiende {}. Empiece de nuevo con --fresh.", path.display()))?;
        if memory.version > VERSION {
            bail!("{} es de una versión más nueva. Actualice el programa o use --fresh.", path.display());
        }
        Ok(Some(memory))
    }

    /// Replaces `demo.json` (mode 0600: it has passwords) at once or not at all.
    ///
    /// # Errors
    /// The disk does not take it.
    pub(super) fn remember(&self, memory: &Memory) -> Result<()> {
        whole_file::replace(&self.memory_path(), serde_json::to_string_pretty(memory)?.as_bytes(), 0o600)
            .context("No se puede guardar demo.json")
    }

    /// Takes out what this and earlier demonstrations made here, and nothing else.
    ///
    /// # Errors
    /// Something cannot be removed.
    pub(super) fn clear(&self, slugs: &[String]) -> Result<()> {
        for slug in slugs {
            let data = self.data(slug);
            if data.exists() {
                fs::remove_dir_all(&data)
                    .with_context(|| format!("No se puede borrar {}", data.display()))?;
            }
            let log = self.log(slug);
            if log.exists() {
                fs::remove_file(&log).with_context(|| format!("No se puede borrar {}", log.display()))?;
            }
        }
        let memory = self.memory_path();
        if memory.exists() {
            fs::remove_file(&memory).context("No se puede borrar demo.json")?;
        }
        Ok(())
    }
}

/// Twenty letters and digits in groups of four: 100 bits, easy to read aloud.
///
/// # Errors
/// The system gives no randomness.
pub(super) fn new_password() -> Result<String> {
    let mut bytes = [0_u8; 13];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("sin azar del sistema: {error}"))?;
    let letters = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let groups: Vec<&str> = (0..5).map(|i| &letters[4 * i..4 * i + 4]).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn passwords_are_long_and_different() {
        let one = new_password().expect("random");
        assert_eq!(one.len(), 24);
        assert_ne!(one, new_password().expect("random"));
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("tesis.odt"), "…").expect("written");
        assert!(Folder::open(dir.path()).is_err());
        assert!(!dir.path().join(".gitignore").exists());
    }

    #[test]
    fn what_was_written_down_is_found_again_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&dir.path().join("demo")).expect("made");
        assert!(folder.recall().expect("readable").is_none());
        folder.remember(&Memory::new(8800)).expect("written");
        assert_eq!(folder.recall().expect("readable").expect("there").port, 8800);
        let mode = fs::metadata(folder.memory_path()).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::create_dir(folder.data("jaen")).expect("made");
        folder.clear(&["jaen".into(), "tarija".into()]).expect("cleared");
        assert!(!folder.data("jaen").exists() && folder.recall().expect("readable").is_none());
        assert!(Folder::open(folder.path()).is_ok(), "an emptied folder is still ours");
    }
}
