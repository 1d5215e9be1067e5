//! What each person has marked as seen: one small file for each, of this node alone (domain.md D20). Only the last mark
//! of a document is kept: what people read is nobody's history, so it is not in the trail of accounts.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use alianza_shared::api::{ApiError, MarkSeen, SeenMark, SeenView};
use alianza_shared::id::{ChangeHash, DocId, PersonRef};
use serde::{Deserialize, Serialize};

use super::{Accounts, Identity, blocking};
use crate::whole_file;

/// Documents of one person; the marks that were made longest ago give way.
pub(super) const SEEN_MAX_DOCUMENTS: usize = 4_000;
/// Heads of one mark.
pub(super) const SEEN_MAX_HEADS: usize = 64;
const FILE_MAX_BYTES: u64 = 32 << 20;

/// The file: version 1.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    v: u32,
    documents: BTreeMap<String, SeenMark>,
}

type Marks = BTreeMap<String, SeenMark>;

/// The marks of all people. Without a folder they last as long as the process.
pub(super) struct Seen {
    folder: Option<PathBuf>,
    /// Read once each; a person who is being written is locked out of it only for that long.
    people: Mutex<HashMap<PersonRef, Arc<Mutex<Option<Marks>>>>>,
}

impl Seen {
    pub(super) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, people: Mutex::default() }
    }

    fn of(&self, person: PersonRef) -> Arc<Mutex<Option<Marks>>> {
        let mut people = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(people.entry(person).or_default())
    }

    fn path(&self, person: PersonRef) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(format!("{}.json", person.hex())))
    }

    fn read(&self, person: PersonRef) -> Marks {
        let marks = self.of(person);
        let mut marks = marks.lock().unwrap_or_else(PoisonError::into_inner);
        marks.get_or_insert_with(|| self.load(person)).clone()
    }

    /// What cannot be read is as if nothing was marked: the person is told of a first visit.
    fn load(&self, person: PersonRef) -> Marks {
        let Some(path) = self.path(person) else { return Marks::new() };
        let read = || -> io::Result<Option<Kept>> {
            if fs::metadata(&path)?.len() > FILE_MAX_BYTES {
                return Ok(None);
            }
            Ok(serde_json::from_slice(&fs::read(&path)?).ok())
        };
        match read() {
            Ok(Some(kept)) => kept.documents,
            Ok(None) => {
                tracing::warn!(path = %path.display(), "the marks of what a person has seen cannot be read");
                Marks::new()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Marks::new(),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "the marks of what a person has seen cannot be read");
                Marks::new()
            }
        }
    }

    fn mark(&self, person: PersonRef, new: BTreeMap<String, Vec<String>>, at_ms: u64) -> io::Result<Marks> {
        let held = self.of(person);
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut marks = held.get_or_insert_with(|| self.load(person)).clone();
        for (doc, heads) in new {
            marks.insert(doc, SeenMark { heads, at_ms });
        }
        while marks.len() > SEEN_MAX_DOCUMENTS {
            let oldest = marks.iter().min_by_key(|(_, mark)| mark.at_ms).map(|(doc, _)| doc.clone());
            let Some(oldest) = oldest else { break };
            marks.remove(&oldest);
        }
        if let (Some(folder), Some(path)) = (&self.folder, self.path(person)) {
            write(folder, &path, &Kept { v: 1, documents: marks.clone() })?;
        }
        *held = Some(marks.clone());
        Ok(marks)
    }
}

fn write(folder: &Path, path: &Path, kept: &Kept) -> io::Result<()> {
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
        folder.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())?;
    }
    whole_file::replace(path, &serde_json::to_vec(kept)?, 0o600)
}

impl Accounts {
    /// What this person has marked as seen.
    pub async fn seen(&self, identity: &Identity) -> Result<SeenView, ApiError> {
        let (inner, person) = (Arc::clone(&self.inner), identity.person);
        let documents = blocking(move || inner.seen.read(person)).await?;
        Ok(SeenView { documents })
    }

    /// Marks versions as seen; durable when it answers.
    ///
    /// Errors: `seen.document`, `seen.heads`, `seen.many`, `read_only`.
    pub async fn mark_seen(&self, identity: &Identity, new: MarkSeen) -> Result<SeenView, ApiError> {
        check(&new)?;
        let (inner, person) = (Arc::clone(&self.inner), identity.person);
        let at_ms = inner.now_ms();
        let marked = blocking(move || inner.seen.mark(person, new.documents, at_ms)).await?;
        let documents = marked.map_err(|error| {
            tracing::error!(%error, "what a person has seen was not written");
            ApiError::new(503, "read_only", "El nodo no puede guardar en este momento.")
                .next("Avise a la administración del nodo.")
        })?;
        Ok(SeenView { documents })
    }
}

fn check(new: &MarkSeen) -> Result<(), ApiError> {
    if new.documents.len() > SEEN_MAX_DOCUMENTS {
        return Err(ApiError::new(400, "seen.many", "Son demasiados documentos de una vez."));
    }
    for (doc, heads) in &new.documents {
        let at = format!("/documents/{doc}");
        if doc.parse::<DocId>().map(|id| id.hex()).as_ref() != Ok(doc) {
            return Err(ApiError::new(400, "seen.document", "Eso no es un documento.").at("/documents"));
        }
        let wrong = heads.is_empty()
            || heads.len() > SEEN_MAX_HEADS
            || heads.iter().any(|head| head.parse::<ChangeHash>().is_err());
        if wrong {
            return Err(ApiError::new(400, "seen.heads", "Eso no es una versión de un documento.").at(at));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARTA: PersonRef = PersonRef([1; 8]);
    const ANA: PersonRef = PersonRef([2; 8]);

    fn marks(docs: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        docs.iter().map(|(doc, head)| ((*doc).to_owned(), vec![(*head).to_owned()])).collect()
    }

    /// D20: a mark is there after a restart, is one person's alone, and leaves nothing of the one before.
    #[test]
    fn marks_last_and_belong_to_one_person() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("seen");
        let seen = Seen::new(Some(place.clone()));
        assert!(seen.read(MARTA).is_empty());
        seen.mark(MARTA, marks(&[("a", "h1"), ("b", "h1")]), 5).expect("written");
        seen.mark(MARTA, marks(&[("a", "h2")]), 9).expect("written");
        let again = Seen::new(Some(place.clone()));
        let kept = again.read(MARTA);
        assert_eq!(kept["a"], SeenMark { heads: vec!["h2".into()], at_ms: 9 });
        assert_eq!(kept["b"], SeenMark { heads: vec!["h1".into()], at_ms: 5 });
        assert!(again.read(ANA).is_empty());
        let text = fs::read_to_string(place.join(format!("{}.json", MARTA.hex()))).expect("a file");
        assert_eq!(text.matches("h1").count(), 1, "{text}");
    }

    #[test]
    fn a_damaged_file_is_a_first_visit_and_is_written_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().to_owned();
        fs::write(place.join(format!("{}.json", MARTA.hex())), b"{\"v\":1,\"docu").expect("written");
        let seen = Seen::new(Some(place.clone()));
        assert!(seen.read(MARTA).is_empty());
        seen.mark(MARTA, marks(&[("a", "h1")]), 5).expect("written");
        assert_eq!(Seen::new(Some(place)).read(MARTA).len(), 1);
    }

    #[test]
    fn the_oldest_marks_give_way() {
        let seen = Seen::new(None);
        let many = SEEN_MAX_DOCUMENTS - 2;
        for (from, to, at_ms) in [(0, 3, 1), (3, many, 2), (many, SEEN_MAX_DOCUMENTS + 3, 3)] {
            let some: Vec<String> = (from..to).map(|n| format!("{n:05}")).collect();
            let some: Vec<(&str, &str)> = some.iter().map(|doc| (doc.as_str(), "h")).collect();
            seen.mark(MARTA, marks(&some), at_ms).expect("kept");
        }
        let kept = seen.read(MARTA);
        assert_eq!(kept.len(), SEEN_MAX_DOCUMENTS);
        assert!(!kept.contains_key("00002") && kept.contains_key("00003"));
    }
}
