//! Finds `pg_dump`, where the server's programs are found: the client's alone may be there without a server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::find::{Places, major_of};

/// A `pg_dump` that can dump a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DumpProgram {
    /// Where it is.
    pub path: PathBuf,
    /// Its major version.
    pub major: u32,
}

/// There is none that can dump the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NoDumpProgram {
    /// What was found instead.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// The `pg_dump` of the server's major, else the oldest that is newer: an older one refuses to dump a newer server.
///
/// # Errors
/// Where there is none.
pub fn find_pg_dump(server_major: u32) -> Result<DumpProgram, NoDumpProgram> {
    find(&Places::of_this_machine(), server_major)
}

fn find(places: &Places, server_major: u32) -> Result<DumpProgram, NoDumpProgram> {
    let folders: Vec<PathBuf> = match &places.set {
        Some(set) => vec![set.clone(), set.join("bin")],
        None => places.bin_dirs.clone(),
    };
    let mut best: Option<DumpProgram> = None;
    let mut older: Option<DumpProgram> = None;
    for path in folders.iter().map(|folder| folder.join("pg_dump")) {
        let Some(major) = version(&path) else { continue };
        let found = DumpProgram { path, major };
        if major == server_major {
            return Ok(found);
        }
        let (place, better): (_, fn(u32, u32) -> bool) = match major > server_major {
            true => (&mut best, |new, old| new < old),
            false => (&mut older, |new, old| new > old),
        };
        if place.as_ref().is_none_or(|known| better(major, known.major)) {
            *place = Some(found);
        }
    }
    best.ok_or_else(|| NoDumpProgram {
        what: match older {
            Some(older) => format!(
                "the newest pg_dump of this machine is of PostgreSQL {} (`{}`) and cannot dump a server of {server_major}",
                older.major,
                older.path.display()
            ),
            None => format!("there is no pg_dump on this machine to dump a server of PostgreSQL {server_major}"),
        },
        hint: format!(
            "install PostgreSQL's client programs of {server_major} or newer (Debian: postgresql-client-{server_major}); PATH, pg_config and the usual folders are looked at, or SCHEMAPLAN_POSTGRES alone where it is set"
        ),
    })
}

fn version(program: &Path) -> Option<u32> {
    if !program.is_file() {
        return None;
    }
    let asked = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&asked.stdout);
    major_of(said.lines().next()?.split_once("(PostgreSQL)")?.1.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn fake(root: &Path, name: &str, version: &str) -> PathBuf {
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("pg_dump");
        std::fs::write(
            &path,
            format!("#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n"),
        )
        .unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn the_servers_major_is_wanted_and_else_the_next() {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            set: None,
            bin_dirs: vec![
                fake(root.path(), "a", "18.1"),
                fake(root.path(), "b", "14.9 (Debian 14.9-1)"),
                fake(root.path(), "c", "16.2"),
                root.path().join("not there"),
            ],
        };
        let major = |server| find(&places, server).map(|found| found.major);
        assert_eq!(major(14), Ok(14));
        assert_eq!(major(15), Ok(16));
        assert_eq!(major(17), Ok(18));
        let error = find(&places, 19).unwrap_err();
        assert!(error.what.contains("of PostgreSQL 18"), "{error}");
        assert!(error.hint.contains("postgresql-client-19"));
        assert!(
            find(&Places::default(), 15)
                .unwrap_err()
                .what
                .contains("no pg_dump")
        );
    }
}
