//! The grammar of `-- schemaplan:` comments.

use super::Origin;
use serde::{Deserialize, Serialize};

/// What a directive says. Expressions are SQL text as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectiveKind {
    /// `renamed from OLD`: the old name, with the old table (`users.mail`) or schema in front where it moved.
    RenamedFrom(Vec<String>),
    /// `backfill EXPR`.
    Backfill(String),
    /// `using EXPR`: old to new.
    Using(String),
    /// `reverse EXPR`: new to old.
    Reverse(String),
    /// `split from T (a, b) on fk = T.id`, the text behind `split from`.
    SplitFrom(String),
    /// `depends on OBJECT`.
    DependsOn(String),
    /// `strategy online` or `strategy direct`.
    Strategy(Strategy),
    /// `discard`.
    Discard,
    /// `allow CODE[, CODE]`.
    Allow(Vec<String>),
    /// `ignore`.
    Ignore,
    /// `hot`.
    Hot,
    /// `keep-label`.
    KeepLabel,
    /// `no-live-readers`.
    NoLiveReaders,
    /// `emulate-generated`.
    EmulateGenerated,
}

/// The staged or the plain path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Staged wherever a staged form exists.
    Online,
    /// The plain statements.
    Direct,
}

/// One directive with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directive {
    /// What it says.
    pub kind: DirectiveKind,
    /// Where it stands.
    pub origin: Origin,
}
