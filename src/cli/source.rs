//! The words for a source: files, a database, a snapshot.

use crate::desired;
use std::path::{Path, PathBuf};

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Schema files, on disk or at a git revision, or nothing.
    Files(desired::Source),
    /// The live database: a URL, or none for the one that flags, environment and settings name.
    Live(Option<String>),
    /// A catalog saved as JSON.
    Snapshot(PathBuf),
}

impl Source {
    /// What the word means; `git:REV` means `default_path` at that revision.
    pub fn parse(word: &str, default_path: &Path) -> Self {
        if let Some(files) = desired::Source::parse(word, default_path) {
            return Source::Files(files);
        }
        match word.ends_with(".json") && !word.contains("://") {
            true => Source::Snapshot(PathBuf::from(word)),
            false => Source::Live(Some(word.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_contract() {
        let parse = |word: &str| Source::parse(word, Path::new("schema"));
        let path = |path: &str| Source::Files(desired::Source::Path(path.into()));
        assert_eq!(parse("schema/"), path("schema/"));
        assert_eq!(parse("schema.sql"), path("schema.sql"));
        assert_eq!(
            parse("postgres://h/d"),
            Source::Live(Some("postgres://h/d".into()))
        );
        assert_eq!(parse("embedded"), Source::Live(Some("embedded".into())));
        assert_eq!(parse("snapshot.json"), Source::Snapshot("snapshot.json".into()));
        assert_eq!(parse("empty"), Source::Files(desired::Source::Empty));
        let git = |path: &str| {
            Source::Files(desired::Source::Git {
                rev: "main".into(),
                path: path.into(),
            })
        };
        assert_eq!(parse("git:main"), git("schema"));
        assert_eq!(parse("git:main:db/schema"), git("db/schema"));
    }
}
