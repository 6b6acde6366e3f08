//! Plan folders on disk.

use super::failure::Failure;
use crate::output::folder;
use crate::plan::Plan;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The plan of a folder.
///
/// # Errors
/// A folder that is missing, incomplete or edited: that one is refused.
pub fn read(path: &Path) -> Result<Plan, Failure> {
    let shown = path.display();
    let files = contents(path).map_err(|error| {
        Failure::new(
            "plan-folder",
            format!("cannot read the plan folder {shown}: {error}"),
            "`schemaplan plan --out plans` writes one and says its name",
        )
    })?;
    folder::read(&files).map_err(|error| {
        Failure::refused(
            "plan-folder",
            format!("{shown}: {error}"),
            "bring the folder back from version control, or make the plan anew with `schemaplan plan --out`",
        )
    })
}

fn contents(path: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        if !entry.file_type()?.is_file() {
            continue;
        }
        // Files of others may hold anything; ours are UTF-8.
        if let Ok(text) = String::from_utf8(std::fs::read(entry.path())?) {
            files.insert(entry.file_name().to_string_lossy().into_owned(), text);
        }
    }
    Ok(files)
}

/// Writes the folder of a plan.
///
/// # Errors
/// A folder of that name with other content, or one that cannot be written.
pub fn write(plan: &Plan, into: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = into.join(name);
    let failed = |error: std::io::Error| {
        Failure::new(
            "plan-folder",
            format!("cannot write the plan folder {}: {error}", path.display()),
            "check the rights of the folder behind `--out`",
        )
    };
    std::fs::create_dir_all(&path).map_err(failed)?;
    for (file, content) in folder::files(plan) {
        std::fs::write(path.join(file), content).map_err(failed)?;
    }
    Ok(path)
}

/// The plan folders below `out`, oldest first.
pub fn all_below(out: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(out) else {
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join(folder::PLAN_YAML).is_file())
        .collect();
    folders.sort();
    folders
}
