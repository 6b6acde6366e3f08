//! Where the desired schema comes from: a folder, a file, a git revision, or nothing.

use crate::text::{Diagnostic, SourceFile, shown_path};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use walkdir::WalkDir;

/// A source of schema files. Live databases and snapshots are sources too, but hold no files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder, read recursively, or one file.
    Path(PathBuf),
    /// A folder or file as it stood at a git revision.
    Git {
        /// A commit, branch or tag.
        rev: String,
        /// Relative to the working folder, as for git itself with `./`.
        path: PathBuf,
    },
    /// `empty`.
    Empty,
}

impl Source {
    /// Reads `schema/`, `schema.sql`, `git:REV`, `git:REV:PATH` or `empty`; `git:REV` means `default_path` at that revision.
    /// None for what is no source of files: a URL, a snapshot (`.json`).
    pub fn parse(text: &str, default_path: &Path) -> Option<Self> {
        if text == "empty" {
            return Some(Self::Empty);
        }
        if let Some(rest) = text.strip_prefix("git:") {
            let (rev, path) = match rest.split_once(':') {
                Some((rev, path)) => (rev, PathBuf::from(path)),
                None => (rest, default_path.to_path_buf()),
            };
            return Some(Self::Git {
                rev: rev.to_string(),
                path,
            });
        }
        let file = !text.contains("://") && !text.ends_with(".json") && text != "embedded";
        file.then(|| Self::Path(PathBuf::from(text)))
    }

    /// Every schema file of the source, sorted by path.
    ///
    /// # Errors
    /// All that is wrong: a missing folder, a folder without schema files, files that are no UTF-8, a revision that git does not know.
    pub fn files(&self) -> Result<Vec<Arc<SourceFile>>, Vec<Diagnostic>> {
        match self {
            Self::Empty => Ok(Vec::new()),
            Self::Path(path) => on_disk(path),
            Self::Git { rev, path } => at_revision(&std::env::current_dir().unwrap_or_default(), rev, path),
        }
    }
}

#[derive(PartialEq, Eq)]
enum FileKind {
    Sql,
    Yaml,
    Other,
}

fn kind_of(path: &str) -> FileKind {
    let lower = path.to_ascii_lowercase();
    // The settings are no schema, also where they stand in its folder.
    if lower.rsplit('/').next() == Some("schemaplan.yaml") {
        return FileKind::Other;
    }
    match lower.rsplit_once('.').map(|(_, extension)| extension) {
        Some("sql") => FileKind::Sql,
        Some("yaml" | "yml") => FileKind::Yaml,
        _ => FileKind::Other,
    }
}

/// True for a file that is read as YAML.
pub(super) fn is_yaml(path: &str) -> bool {
    kind_of(path) == FileKind::Yaml
}

/// A YAML file takes many times its size while it is read.
fn too_large(path: &str, bytes: u64) -> Option<Diagnostic> {
    let limit = 64 << 20;
    (is_yaml(path) && bytes > limit).then(|| {
        let title = format!("`{path}` has {bytes} bytes; a YAML file has {limit} at most");
        Diagnostic::error("yaml-limit", title).help("split it into several files")
    })
}

fn no_files(place: &str) -> Diagnostic {
    Diagnostic::error("no-schema-files", format!("no schema file in {place}"))
        .note("an empty folder never means \"drop everything\"")
        .help("put `.sql` or `.yaml` files there, or name another source with `--target`")
        .help("`--target empty` says that nothing should be there")
}

/// Gathers what is right, or all that is wrong.
fn gather(
    found: Vec<(String, Vec<u8>)>,
    mut errors: Vec<Diagnostic>,
) -> Result<Vec<Arc<SourceFile>>, Vec<Diagnostic>> {
    let mut files = Vec::new();
    for (path, bytes) in found {
        match SourceFile::from_bytes(path, bytes) {
            Ok(file) => files.push(file),
            Err(error) => errors.push(error),
        }
    }
    files.sort_by(|a, b| a.path().cmp(b.path()));
    match errors.is_empty() {
        true => Ok(files),
        false => Err(errors),
    }
}

fn on_disk(path: &Path) -> Result<Vec<Arc<SourceFile>>, Vec<Diagnostic>> {
    let base = std::env::current_dir().unwrap_or_default();
    let shown = shown_path(path, &base);
    let unreadable = |path: &str, error: &dyn std::fmt::Display| {
        Diagnostic::error("unreadable", format!("cannot read `{path}`")).note(error.to_string())
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(vec![
                Diagnostic::error("no-such-source", format!("no folder or file `{shown}`"))
                    .help("name the schema with `--target`, or make a first one with `schemaplan init`"),
            ]);
        }
        Err(error) => return Err(vec![unreadable(&shown, &error)]),
    };
    if metadata.is_file() {
        if let Some(diagnostic) = too_large(&shown, metadata.len()) {
            return Err(vec![diagnostic]);
        }
        let bytes = std::fs::read(path).map_err(|error| vec![unreadable(&shown, &error)])?;
        return gather(vec![(shown, bytes)], Vec::new());
    }
    let mut errors = Vec::new();
    let mut found = Vec::new();
    // Hidden folders are other programs': version control, editors, a dump that was stopped.
    let hidden =
        |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let entries = WalkDir::new(path)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter();
    for entry in entries.filter_entry(|entry| !hidden(entry)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                errors.push(unreadable(&shown, &error));
                continue;
            }
        };
        let shown = shown_path(entry.path(), &base);
        match kind_of(&shown) {
            _ if entry.file_type().is_dir() => {}
            FileKind::Other => {}
            FileKind::Sql | FileKind::Yaml => {
                let length = entry.metadata().map_or(0, |metadata| metadata.len());
                match too_large(&shown, length).map_or_else(|| Ok(std::fs::read(entry.path())), Err) {
                    Ok(Ok(bytes)) => found.push((shown, bytes)),
                    Ok(Err(error)) => errors.push(unreadable(&shown, &error)),
                    Err(diagnostic) => errors.push(diagnostic),
                }
            }
        }
    }
    if found.is_empty() && errors.is_empty() {
        return Err(vec![no_files(&format!("`{shown}`"))]);
    }
    gather(found, errors)
}

fn at_revision(folder: &Path, rev: &str, path: &Path) -> Result<Vec<Arc<SourceFile>>, Vec<Diagnostic>> {
    let git = |arguments: &[&str]| git(folder, arguments);
    let shown = shown_path(path, folder);
    let shown = shown.trim_end_matches('/').to_string();
    let one = |diagnostic: Diagnostic| vec![diagnostic];
    let commit = git(&[
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        &format!("{rev}^{{commit}}"),
    ])
    .map_err(one)?
    .map_err(|words| {
        one(
            Diagnostic::error("no-such-revision", format!("git knows no revision `{rev}`"))
                .note(words)
                .help("in CI the clone may be shallow: fetch the base branch first"),
        )
    })?;
    let commit = String::from_utf8_lossy(&commit).trim().to_string();
    let listed = git(&["ls-tree", "-r", "-z", "--name-only", &commit, "--", &shown])
        .map_err(one)?
        .map_err(|words| {
            one(Diagnostic::error("no-such-source", format!("cannot list `{shown}` at {rev}")).note(words))
        })?;
    let names: Vec<String> = String::from_utf8_lossy(&listed)
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(str::to_string)
        .collect();
    if names.is_empty() {
        return Err(one(Diagnostic::error(
            "no-such-source",
            format!("no folder or file `{shown}` at {rev}"),
        )
        .help("write the path behind the revision: `git:REV:PATH`")));
    }
    let mut errors = Vec::new();
    let mut found = Vec::new();
    for name in names {
        let file = name == shown;
        match kind_of(&name) {
            FileKind::Other if !file => {}
            _ => match git(&["show", &format!("{commit}:./{name}")]).map_err(one)? {
                Ok(bytes) => found.push((format!("{rev}:{name}"), bytes)),
                Err(words) => errors.push(
                    Diagnostic::error("unreadable", format!("cannot read `{name}` at {rev}")).note(words),
                ),
            },
        }
    }
    if found.is_empty() && errors.is_empty() {
        return Err(one(no_files(&format!("`{shown}` at {rev}"))));
    }
    gather(found, errors)
}

/// Runs git. The outer error: it cannot be run at all; the inner one: what it said.
fn git(folder: &Path, arguments: &[&str]) -> Result<Result<Vec<u8>, String>, Diagnostic> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .map_err(|error| {
            Diagnostic::error("no-git", "cannot run git, which a `git:` source needs").note(error.to_string())
        })?;
    Ok(match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).trim().to_string()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn codes(result: Result<Vec<Arc<SourceFile>>, Vec<Diagnostic>>) -> Vec<&'static str> {
        result
            .expect_err("an error")
            .iter()
            .map(|diagnostic| diagnostic.code)
            .collect()
    }

    fn paths(files: &[Arc<SourceFile>]) -> Vec<String> {
        let name = |file: &Arc<SourceFile>| {
            file.path()
                .rsplit_once("schema")
                .map(|(_, path)| path.to_string())
        };
        files.iter().filter_map(name).collect()
    }

    #[test]
    fn words_mean_sources() {
        let parse = |text: &str| Source::parse(text, Path::new("schema/"));
        let git = |rev: &str, path: &str| {
            Some(Source::Git {
                rev: rev.into(),
                path: path.into(),
            })
        };
        assert_eq!(parse("empty"), Some(Source::Empty));
        assert_eq!(parse("git:main"), git("main", "schema/"));
        assert_eq!(parse("git:v1:db/schema.sql"), git("v1", "db/schema.sql"));
        assert_eq!(parse("db/schema.sql"), Some(Source::Path("db/schema.sql".into())));
        assert_eq!(parse("postgres://h/d"), None);
        assert_eq!(parse("snapshot.json"), None);
    }

    #[test]
    fn a_folder_is_read_recursively_and_never_taken_for_an_empty_schema() {
        let folder = tempfile::tempdir().unwrap();
        let schema = folder.path().join("schema");
        let source = Source::Path(schema.clone());
        assert_eq!(codes(source.files()), ["no-such-source"]);
        fs::create_dir_all(schema.join("b/c")).unwrap();
        fs::write(schema.join("notes.md"), "x").unwrap();
        assert_eq!(codes(source.files()), ["no-schema-files"]);
        fs::write(schema.join("b/c/t.SQL"), "").unwrap();
        fs::write(schema.join("a.sql"), "\u{feff}select 1").unwrap();
        let files = source.files().unwrap();
        assert_eq!(paths(&files), ["/a.sql", "/b/c/t.SQL"]);
        assert_eq!(files[0].text(), "select 1");
        fs::write(schema.join("c.yml"), "").unwrap();
        fs::write(schema.join("d.sql"), [0xff]).unwrap();
        assert_eq!(codes(source.files()), ["not-utf8"]);
        assert_eq!(Source::Path(schema.join("a.sql")).files().unwrap().len(), 1);
    }

    #[test]
    fn a_revision_is_read_as_it_stood() {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| git(folder.path(), arguments).unwrap().unwrap();
        run(&["init", "-q"]);
        run(&["config", "user.email", "a@b"]);
        run(&["config", "user.name", "a"]);
        let schema = folder.path().join("schema");
        fs::create_dir_all(&schema).unwrap();
        fs::write(schema.join("a b.sql"), "select 1").unwrap();
        run(&["add", "."]);
        run(&["commit", "-qm", "one"]);
        fs::write(schema.join("a b.sql"), "select 2").unwrap();
        let read = |rev: &str, path: &str| at_revision(folder.path(), rev, Path::new(path));
        let files = read("HEAD", "schema/").unwrap();
        assert_eq!(
            (files[0].path(), files[0].text()),
            ("HEAD:schema/a b.sql", "select 1")
        );
        assert_eq!(codes(read("nowhere", "schema")), ["no-such-revision"]);
        assert_eq!(codes(read("HEAD", "other")), ["no-such-source"]);
        assert_eq!(codes(read("--help", "schema")), ["no-such-revision"]);
    }
}
