//! Lock files: who holds one uses the data folder beside it. The kernel releases them, however a process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::error::EngineError;

/// Opens a lock file, making it if needed.
pub(super) fn open_lock(path: &Path) -> Result<File, EngineError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(|error| EngineError::file("open", path, error))
}

/// The lock, or `None` where another holds it.
pub(super) fn try_lock(path: &Path) -> Result<Option<File>, EngineError> {
    let file = open_lock(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(EngineError::file("lock", path, error)),
    }
}

/// Whether another holds the lock.
pub(super) fn is_locked(path: &Path) -> bool {
    matches!(try_lock(path), Ok(None))
}
