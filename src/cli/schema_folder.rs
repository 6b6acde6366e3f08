//! A folder of schema files on disk: written so that a run that is stopped loses nothing.

use super::failure::Failure;
use crate::export::ExportFile;
use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What the folder is called in which files wait for their place; readers of schema files pass over hidden folders.
const STAGE: &str = ".schemaplan-dump-";

/// What was done.
#[derive(Debug, Default)]
pub struct Written {
    /// How many files there are now.
    pub files: usize,
    /// Schema files that were there before and hold nothing of this schema.
    pub removed: Vec<PathBuf>,
}

/// Looks whether the place can take what is to be written.
///
/// # Errors
/// A folder where a file should be or the other way round; schema files that nobody said may be replaced.
pub fn check(out: &Path, file: bool, replace: bool) -> Result<(), Failure> {
    let shown = out.display();
    let found = match std::fs::metadata(out) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(out, &error)),
    };
    match (file, found.is_dir()) {
        (true, true) => Err(Failure::new(
            "out-is-a-folder",
            format!("{shown} is a folder, and its name is one of a file"),
            "name a file that is not there, or a folder without `.sql` at its end",
        )),
        (false, false) => Err(Failure::new(
            "out-is-a-file",
            format!("{shown} is a file, and one file per object needs a folder"),
            "name a folder; a name that ends in `.sql` gives one file",
        )),
        (true, false) if !replace => Err(Failure::new(
            "out-is-there",
            format!("{shown} is there already"),
            "add `--replace` to write over it, or name another file",
        )),
        (false, true) if !replace && !is_empty(out)? => Err(Failure::new(
            "out-is-there",
            format!("{shown} is not empty"),
            "add `--replace` to put the new schema files in the place of the old ones, or name another folder",
        )),
        _ => Ok(()),
    }
}

fn is_empty(folder: &Path) -> Result<bool, Failure> {
    let mut entries = std::fs::read_dir(folder).map_err(|error| failed(folder, &error))?;
    Ok(entries.next().is_none())
}

/// Writes one file: a reader sees the old one or the new one, never half of it.
///
/// # Errors
/// Where the folder around it does not take it.
pub fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let above = match path.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(above)
        .and_then(|()| tempfile::NamedTempFile::new_in(above))
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            readable(file.as_file())?;
            file.persist(path).map_err(Error::from)
        })
        .map(drop)
        .map_err(|error| failed(path, &error))
}

/// A temporary file is for its owner alone; a schema file is for everybody who may see the folder.
fn readable(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

/// Puts the files into the folder: all of them are written beside it first, then moved one by one over those of the same name, and
/// last the schema files that the new ones do not name are removed. What is no schema file stays.
///
/// # Errors
/// Where the folder does not take them; what was there is then still there.
pub fn write(folder: &Path, files: &[ExportFile]) -> Result<Written, Failure> {
    let in_folder = |error: Error| failed(folder, &error);
    std::fs::create_dir_all(folder).map_err(in_folder)?;
    let stage = tempfile::Builder::new()
        .prefix(STAGE)
        .tempdir_in(folder)
        .map_err(in_folder)?;
    for file in files {
        let path = stage.path().join(&file.path);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, &file.text))
            .map_err(in_folder)?;
    }
    let stale = stale(folder, files);
    for file in files {
        let path = folder.join(&file.path);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::rename(stage.path().join(&file.path), &path))
            .map_err(|error| failed(&path, &error))?;
    }
    for path in &stale {
        std::fs::remove_file(path).map_err(|error| failed(path, &error))?;
        // Its folder, where that is empty now; anything else keeps it.
        let _ = path.parent().map(std::fs::remove_dir);
    }
    stage.close().map_err(in_folder)?;
    Ok(Written {
        files: files.len(),
        removed: stale,
    })
}

/// The schema files in the folder that none of the new ones takes the place of. Names are compared without case: on some disks
/// `Orders.sql` is `orders.sql`.
fn stale(folder: &Path, files: &[ExportFile]) -> Vec<PathBuf> {
    let new: BTreeSet<String> = files.iter().map(|file| file.path.to_lowercase()).collect();
    let hidden =
        |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter();
    entries
        .filter_entry(|entry| !hidden(entry))
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .filter(|entry| {
            let ending = entry
                .path()
                .extension()
                .map(|ending| ending.to_string_lossy().to_ascii_lowercase());
            ending.is_some_and(|ending| ["sql", "yaml", "yml"].contains(&ending.as_str()))
        })
        .filter(|entry| {
            let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
            !new.contains(&below.to_string_lossy().replace('\\', "/").to_lowercase())
        })
        .map(walkdir::DirEntry::into_path)
        .collect()
}

fn failed(path: &Path, error: &Error) -> Failure {
    Failure::new(
        "dump",
        format!("cannot write {}: {error}", path.display()),
        "check the rights of the folder and the room on its disk; what was there before is untouched",
    )
}
