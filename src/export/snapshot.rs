//! A catalog as a file: JSON with a format version, read back with nothing taken on trust.

use super::whole;
use crate::engine::SessionSettings;
use crate::model::Catalog;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// The format that is written, and the newest one that is read.
pub const FORMAT: u32 = 1;

/// The largest file that is read: a catalog of 10,000 tables has some 300 MB.
pub const LARGEST: u64 = 2 << 30;

/// So many faults of a catalog are named; the rest is counted.
const NAMED: usize = 12;

/// A saved catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Under which schema files mean what they meant there: search_path, time zone and so on.
    pub settings: SessionSettings,
    /// What the source held.
    pub catalog: Catalog,
}

/// Why a file is no snapshot that this program can use.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It ends in the middle.
    #[error("it ends in the middle, at line {line}: it was cut off, or is still being written")]
    Truncated {
        /// Where it ends.
        line: usize,
    },
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    NoJson(serde_json::Error),
    /// It is JSON of something else.
    #[error("it is JSON, but no snapshot: `schemaplan_snapshot` is missing")]
    NoSnapshot,
    /// A later program wrote it.
    #[error("it has format {found}, and this schemaplan reads up to format {FORMAT}")]
    Newer {
        /// The format of the file.
        found: u64,
    },
    /// A part of it is not what the format says.
    #[error("it holds something that this schemaplan does not know: {}", without_list(.0))]
    Unknown(serde_json::Error),
    /// Objects that cannot be in one database.
    #[error("its catalog does not hold together")]
    Broken {
        /// What is wrong, a sentence each.
        faults: Vec<String>,
    },
    /// Too large to be one.
    #[error("it has {bytes} bytes, and the largest that is read has {LARGEST}")]
    Huge {
        /// Its size.
        bytes: u64,
    },
}

impl SnapshotError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "update schemaplan, or write the snapshot anew with this one",
            Self::Broken { .. } => "it was edited or damaged: write it anew with `schemaplan snapshot`",
            _ => "`schemaplan snapshot > snapshot.json` writes one",
        }
    }

    /// Details, a sentence each.
    pub fn notes(&self) -> &[String] {
        match self {
            Self::Broken { faults } => faults,
            _ => &[],
        }
    }
}

/// The words of the error without everything else that could have stood there.
fn without_list(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words
        .split(", expected one of")
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[derive(Serialize)]
struct Written<'a> {
    schemaplan_snapshot: u32,
    settings: &'a SessionSettings,
    catalog: &'a Catalog,
}

/// What is looked at before anything is believed.
#[derive(Deserialize)]
struct Mark {
    schemaplan_snapshot: Option<u64>,
}

#[derive(Deserialize)]
struct Read {
    settings: SessionSettings,
    catalog: Catalog,
}

#[derive(Deserialize)]
struct Counted {
    catalog: CountedObjects,
}

#[derive(Deserialize)]
struct CountedObjects {
    objects: Vec<IgnoredAny>,
}

impl Snapshot {
    /// The file: the same catalog gives the same bytes.
    ///
    /// # Errors
    /// A catalog that would not be read again, because a part was left out that another part stands on.
    pub fn to_json(&self) -> Result<String, SnapshotError> {
        self.hold_together()?;
        let written = Written {
            schemaplan_snapshot: FORMAT,
            settings: &self.settings,
            catalog: &self.catalog,
        };
        let text = serde_json::to_string_pretty(&written).map_err(SnapshotError::Unknown)?;
        Ok(text + "\n")
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let mark = match serde_json::from_slice::<Mark>(bytes) {
            Ok(mark) => mark.schemaplan_snapshot,
            Err(error) if error.is_data() => None,
            Err(error) if error.is_eof() => return Err(SnapshotError::Truncated { line: error.line() }),
            Err(error) => return Err(SnapshotError::NoJson(error)),
        };
        match mark {
            None => return Err(SnapshotError::NoSnapshot),
            Some(found) if found > u64::from(FORMAT) => return Err(SnapshotError::Newer { found }),
            Some(_) => {}
        }
        let read: Read = serde_json::from_slice(bytes).map_err(SnapshotError::Unknown)?;
        let counted: Counted = serde_json::from_slice(bytes).map_err(SnapshotError::Unknown)?;
        let snapshot = Self {
            settings: read.settings,
            catalog: read.catalog,
        };
        let twice = counted.catalog.objects.len() - snapshot.catalog.objects.len();
        if twice > 0 {
            let faults = vec![format!("{twice} objects are listed twice")];
            return Err(SnapshotError::Broken { faults });
        }
        snapshot.hold_together()?;
        Ok(snapshot)
    }

    fn hold_together(&self) -> Result<(), SnapshotError> {
        let mut faults = whole::faults(&self.catalog);
        if faults.is_empty() {
            return Ok(());
        }
        let more = faults.len().saturating_sub(NAMED);
        faults.truncate(NAMED);
        if more > 0 {
            faults.push(format!("and {more} more"));
        }
        Err(SnapshotError::Broken { faults })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, EnumType, Kind, Object, ObjectId, QualifiedName};

    fn sample() -> Snapshot {
        let mut catalog = Catalog {
            server_version: 150_000,
            ..Catalog::default()
        };
        let id = ObjectId::named(Kind::EnumType, &QualifiedName::new("public", "mood"));
        let labels = vec!["sad".to_owned()];
        catalog.insert(Object::new(id, Body::EnumType(EnumType { labels })));
        Snapshot {
            settings: SessionSettings::default(),
            catalog,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let json = sample().to_json().unwrap();
        assert_eq!(Snapshot::from_json(json.as_bytes()).unwrap(), sample());
        assert_eq!(json, sample().to_json().unwrap());
        assert!(json.starts_with("{\n  \"schemaplan_snapshot\": 1,"), "{json}");
    }

    #[test]
    fn every_cut_is_noticed() {
        let json = sample().to_json().unwrap();
        let whole = json.trim_end();
        for end in 0..whole.len() {
            let read = Snapshot::from_json(&whole.as_bytes()[..end]);
            assert!(
                matches!(read, Err(SnapshotError::Truncated { .. })),
                "cut at {end}: {read:?}"
            );
        }
    }

    #[test]
    fn what_is_none_says_why() {
        let json = sample().to_json().unwrap();
        let said = |text: &str| Snapshot::from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(said("hello").starts_with("it is no JSON"));
        assert!(said("\u{0}").starts_with("it is no JSON"));
        for other in ["[]", "3", "{}", "{\"schemaplan_snapshot\": \"one\"}", "null"] {
            assert!(said(other).contains("but no snapshot"), "{other}");
        }
        assert_eq!(
            said("{\"schemaplan_snapshot\": 2, \"catalog\": \"whatever comes then\"}"),
            "it has format 2, and this schemaplan reads up to format 1"
        );
        assert!(said(&json.replace("enum_type", "hologram")).contains("unknown variant `hologram`"));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(said(&format!("{{\"a\": {deep}}}")).contains("but no snapshot"));
        let deep = json.replacen("\"objects\": [", &format!("\"objects\": {deep}, \"x\": ["), 1);
        assert!(Snapshot::from_json(deep.as_bytes()).is_err());
        let twice = said(&format!("{{}}{json}"));
        assert!(
            twice.contains("snapshot") || twice.starts_with("it is no JSON"),
            "{twice}"
        );
    }

    #[test]
    fn an_object_that_is_there_twice_is_a_fault() {
        let json = sample().to_json().unwrap();
        let start = json.find("\"objects\": [").unwrap() + "\"objects\": [".len();
        let end = json.find("\"unmanaged\"").unwrap();
        let object = json[start..end].trim().trim_end_matches("],").to_owned();
        let twice = format!("{}{object},{}", &json[..start], &json[start..]);
        let error = Snapshot::from_json(twice.as_bytes()).unwrap_err();
        assert_eq!(error.notes(), ["1 objects are listed twice"]);
    }
}
