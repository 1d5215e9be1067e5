//! The node's key on disk: a 32-byte seed in hexadecimal, readable by its owner alone (S14).

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Io { what: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{path} can be read by others (mode {mode:o}); run: chmod 600 {path}", path = path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("{path} belongs to another user than its folder; check who runs the node", path = path.display())]
    Owner { path: PathBuf },
    #[error("{path} is not a node key", path = path.display())]
    Malformed { path: PathBuf },
}

/// The secret half of the node's key.
pub struct Identity {
    pub seed: Zeroizing<[u8; 32]>,
}

fn path_of(data: &Path) -> PathBuf {
    data.join("identity").join("node.key")
}

impl Identity {
    /// Make a new key; refused by the file system if there is one.
    pub fn create(data: &Path) -> Result<Self, IdentityError> {
        let path = path_of(data);
        let dir = data.join("identity");
        let io = |what, path: &Path| {
            let path = path.to_owned();
            move |source| IdentityError::Io { what, path, source }
        };
        fs::create_dir_all(&dir).map_err(io("create", &dir))?;
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).map_err(io("protect", &dir))?;
        let seed = Zeroizing::new(crate::clock::random::<32>());
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(io("create", &path))?;
        let text = Zeroizing::new(HEXLOWER.encode(&*seed) + "\n");
        file.write_all(text.as_bytes()).map_err(io("write", &path))?;
        file.sync_all().map_err(io("sync", &path))?;
        fs::File::open(&dir).and_then(|dir| dir.sync_all()).map_err(io("sync", &dir))?;
        Ok(Self { seed })
    }

    /// Read the key; a file that others can read is refused.
    pub fn open(data: &Path) -> Result<Self, IdentityError> {
        let path = path_of(data);
        let io = |source| IdentityError::Io { what: "read", path: path.clone(), source };
        let meta = fs::metadata(&path).map_err(io)?;
        let folder = fs::metadata(data).map_err(io)?;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(IdentityError::Open { path, mode: meta.permissions().mode() & 0o777 });
        }
        if meta.uid() != folder.uid() {
            return Err(IdentityError::Owner { path });
        }
        let text = Zeroizing::new(fs::read_to_string(&path).map_err(io)?);
        let bytes =
            HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        match bytes {
            Some(seed) => Ok(Self { seed: Zeroizing::new(seed) }),
            None => Err(IdentityError::Malformed { path }),
        }
    }
}
