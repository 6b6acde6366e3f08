//! Finds the PostgreSQL server software of this machine.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::OLDEST_MAJOR;
use super::error::EngineError;
use super::server_user::ServerUser;

/// One installation of PostgreSQL's server: a folder that holds `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The folder of the programs, with symbolic links resolved.
    pub bin_dir: PathBuf,
    /// What the server calls its version, as in `15.14 (Debian 15.14-0+deb12u1)`.
    pub version_full: String,
    /// The major version, as in 15.
    pub major: u32,
}

impl Installation {
    /// Asks the programs in `bin_dir` for their version; `Err` says why it is no server installation.
    pub(super) fn at(bin_dir: &Path) -> Result<Self, String> {
        let bin_dir = real_bin_dir(bin_dir)?;
        let asked = Command::new(bin_dir.join("postgres"))
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("`{}/postgres` does not run: {error}", bin_dir.display()))?;
        let said = String::from_utf8_lossy(&asked.stdout);
        let version_full = version_in(&said)
            .ok_or_else(|| format!("`{}/postgres --version` says no version", bin_dir.display()))?
            .to_owned();
        let major = major_of(&version_full)
            .ok_or_else(|| format!("the version `{version_full}` has no major number"))?;
        Ok(Self {
            bin_dir,
            version_full,
            major,
        })
    }

    /// The version without what a distribution adds, as in `15.14`.
    pub fn version_short(&self) -> &str {
        self.version_full
            .split_whitespace()
            .next()
            .unwrap_or(&self.version_full)
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }
}

/// The major number at the beginning of a version: `15.14 (Debian …)`, `9.6.24`, `18beta1`, `19devel`.
pub(super) fn major_of(version: &str) -> Option<u32> {
    let digits = version
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(version.len());
    version[..digits].parse().ok()
}

fn version_in(said: &str) -> Option<&str> {
    let version = said.lines().next()?.split_once("(PostgreSQL)")?.1.trim();
    (!version.is_empty()).then_some(version)
}

/// `postgres` may be a link in a folder of PATH; the libraries and the share folder are found from where it points.
fn real_bin_dir(bin_dir: &Path) -> Result<PathBuf, String> {
    let postgres = fs::canonicalize(bin_dir.join("postgres"))
        .map_err(|_| format!("there is no `postgres` in `{}`", bin_dir.display()))?;
    let real = postgres.parent().unwrap_or(bin_dir).to_path_buf();
    for program in ["postgres", "initdb"] {
        let runnable = fs::metadata(real.join(program))
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
        if !runnable {
            return Err(format!("there is no program `{program}` in `{}`", real.display()));
        }
    }
    Ok(real)
}

/// Where to look: the machine's folders, injected so that tests bring their own.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// `SCHEMAPLAN_POSTGRES`: a bin folder or an install prefix. It is the only place when it is set.
    pub(super) set: Option<PathBuf>,
    /// Bin folders in the order of preference among equal versions.
    pub(super) bin_dirs: Vec<PathBuf>,
}

impl Places {
    /// The places of this machine: PATH, `pg_config`, and the usual folders of Debian, Red Hat, Homebrew,
    /// Postgres.app, and plain source installations.
    pub(super) fn of_this_machine() -> Self {
        let set = env::var_os("SCHEMAPLAN_POSTGRES")
            .filter(|value| !value.is_empty())
            .map(PathBuf::from);
        let mut bin_dirs: Vec<PathBuf> = env::var_os("PATH")
            .map(|path| env::split_paths(&path).collect())
            .unwrap_or_default();
        bin_dirs.extend(pg_config_bindir());
        for (parent, prefix, below) in [
            ("/usr/lib/postgresql", "", "bin"),
            ("/usr", "pgsql-", "bin"),
            ("/usr/lib64/pgsql", "", "bin"),
            ("/usr/libexec", "postgresql", ""),
            ("/opt/homebrew/opt", "postgresql", "bin"),
            ("/usr/local/opt", "postgresql", "bin"),
            ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
            ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
            ("/usr/local", "pgsql", "bin"),
            ("/opt/local/lib", "postgresql", "bin"),
        ] {
            bin_dirs.extend(
                children(Path::new(parent), prefix)
                    .into_iter()
                    .map(|child| child.join(below)),
            );
        }
        Self { set, bin_dirs }
    }
}

fn children(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

fn pg_config_bindir() -> Option<PathBuf> {
    let asked = Command::new("pg_config")
        .arg("--bindir")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8(asked.stdout).ok()?;
    Some(PathBuf::from(said.trim())).filter(|dir| dir.is_absolute())
}

/// The installation to use: of the major that is wanted, else the newest that is not older than 14; `None` where
/// there is none.
///
/// # Errors
/// When `SCHEMAPLAN_POSTGRES` is set and names no usable server.
pub(super) fn find(
    places: &Places,
    want_major: Option<u32>,
    user: Option<&ServerUser>,
) -> Result<Option<Installation>, EngineError> {
    if let Some(set) = &places.set {
        return set_installation(set, user).map(Some);
    }
    let mut seen = BTreeSet::new();
    let mut best: Option<Installation> = None;
    for bin_dir in &places.bin_dirs {
        let Ok(real) = real_bin_dir(bin_dir) else { continue };
        if !seen.insert(real.clone()) || user.is_some_and(|user| user.stopped_at(&real).is_some()) {
            continue;
        }
        let Ok(found) = Installation::at(&real) else {
            continue;
        };
        if found.major < OLDEST_MAJOR {
            continue;
        }
        if Some(found.major) == want_major {
            return Ok(Some(found));
        }
        if best.as_ref().is_none_or(|best| found.major > best.major) {
            best = Some(found);
        }
    }
    Ok(best)
}

fn set_installation(set: &Path, user: Option<&ServerUser>) -> Result<Installation, EngineError> {
    let refuse = |reason: String| {
        EngineError::NotAServer {
        path: set.to_path_buf(),
        reason,
        hint: "set it to the folder that holds `postgres` and `initdb`, or to the one above its `bin`, or unset it"
            .to_owned(),
    }
    };
    let found = Installation::at(set)
        .or_else(|reason| Installation::at(&set.join("bin")).map_err(|_| reason))
        .map_err(refuse)?;
    if found.major < OLDEST_MAJOR {
        return Err(refuse(format!(
            "that is PostgreSQL {}, and {OLDEST_MAJOR} is the oldest that works",
            found.version_short()
        )));
    }
    if let Some((user, closed)) = user.and_then(|user| Some((user, user.stopped_at(&found.bin_dir)?))) {
        return Err(refuse(format!(
            "user `{}`, as which the server runs, cannot enter `{}`",
            user.name,
            closed.display()
        )));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with programs that say `version`; `wrapper` leaves out `initdb`, like Debian's PATH wrappers.
    fn fake(prefix: &Path, version: &str, wrapper: bool) -> PathBuf {
        let bin = prefix.join("bin");
        fs::create_dir_all(&bin).unwrap();
        for program in ["postgres", "initdb"].iter().take(if wrapper { 1 } else { 2 }) {
            let path = bin.join(program);
            fs::write(
                &path,
                format!("#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n"),
            )
            .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        bin
    }

    fn found(places: &Places, want: Option<u32>) -> Option<String> {
        find(places, want, None).unwrap().map(|found| found.version_full)
    }

    #[test]
    fn the_wanted_major_is_preferred_and_else_the_newest() {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            set: None,
            bin_dirs: vec![
                fake(&root.path().join("a"), "15.14 (Debian 15.14-0+deb12u1)", false),
                fake(&root.path().join("b"), "17.6", false),
                fake(&root.path().join("c"), "18.1", true),
                fake(&root.path().join("d"), "13.22", false),
                root.path().join("not there"),
            ],
        };
        assert_eq!(
            found(&places, Some(15)).as_deref(),
            Some("15.14 (Debian 15.14-0+deb12u1)")
        );
        assert_eq!(found(&places, Some(16)).as_deref(), Some("17.6"));
        assert_eq!(
            found(&places, Some(13)).as_deref(),
            Some("17.6"),
            "13 is too old to be of use"
        );
        assert_eq!(
            found(&places, None).as_deref(),
            Some("17.6"),
            "without initdb it is no server"
        );
        assert_eq!(found(&Places::default(), None), None);
    }

    #[test]
    fn a_linked_program_is_followed_to_its_installation() {
        let root = tempfile::tempdir().unwrap();
        let bin = fake(&root.path().join("real"), "16.2", false);
        let path = root.path().join("path");
        fs::create_dir(&path).unwrap();
        std::os::unix::fs::symlink(bin.join("postgres"), path.join("postgres")).unwrap();
        let places = Places {
            set: None,
            bin_dirs: vec![path],
        };
        let installation = find(&places, None, None).unwrap().unwrap();
        assert_eq!(installation.bin_dir, fs::canonicalize(bin).unwrap());
    }

    #[test]
    fn what_is_set_is_the_only_place() {
        let root = tempfile::tempdir().unwrap();
        let other = fake(&root.path().join("other"), "18.1", false);
        fake(&root.path().join("set"), "16.2", false);
        let places = Places {
            set: Some(root.path().join("set")),
            bin_dirs: vec![other.clone()],
        };
        assert_eq!(found(&places, Some(18)).as_deref(), Some("16.2"));

        let wrong = Places {
            set: Some(root.path().join("nothing")),
            bin_dirs: vec![other],
        };
        let error = find(&wrong, None, None).unwrap_err();
        assert!(error.to_string().contains("there is no `postgres`"), "{error}");
        fake(&root.path().join("old"), "9.6.24", false);
        let old = Places {
            set: Some(root.path().join("old")),
            bin_dirs: Vec::new(),
        };
        let error = find(&old, None, None).unwrap_err();
        assert!(error.to_string().contains("PostgreSQL 9.6.24"), "{error}");
    }

    #[test]
    fn majors_are_read_from_every_form() {
        for (version, major) in [
            ("15.14 (Debian)", Some(15)),
            ("9.6.24", Some(9)),
            ("18beta1", Some(18)),
            ("devel", None),
            ("", None),
        ] {
            assert_eq!(major_of(version), major, "{version}");
        }
    }
}
