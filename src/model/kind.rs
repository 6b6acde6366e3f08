//! The registry of object kinds: one line makes the variant of [`Kind`], the variant of [`Body`] and the tag.

use super::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $tag:literal $plural:literal;)+) => {
        /// What kind of object an [`ObjectId`] names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// Every kind, in registry order.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)+];

            /// The word a DBA says: `materialized view`.
            pub fn tag(self) -> &'static str {
                match self { $(Kind::$kind => $tag,)+ }
            }

            /// The word for several of them.
            pub fn plural(self) -> &'static str {
                match self { $(Kind::$kind => $plural,)+ }
            }
        }

        /// What is particular to an object of one kind; only the file that owns the kind looks inside.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Body { $($(#[$doc])* $kind($kind),)+ }

        impl Body {
            /// The kind this body belongs to.
            pub fn kind(&self) -> Kind {
                match self { $(Body::$kind(_) => Kind::$kind,)+ }
            }
        }
    };
}

kinds! {
    /// A schema (namespace).
    Schema "schema" "schemas";
    /// An extension as a whole; its members are not ours.
    Extension "extension" "extensions";
    /// A collation.
    Collation "collation" "collations";
    /// An enum type.
    EnumType "enum" "enums";
    /// A domain.
    Domain "domain" "domains";
    /// A CHECK constraint of a domain.
    DomainConstraint "domain constraint" "domain constraints";
    /// A composite type.
    CompositeType "composite type" "composite types";
    /// A range type with its multirange.
    RangeType "range type" "range types";
    /// A sequence, free or owned by a column (identity sequences belong to their column).
    Sequence "sequence" "sequences";
    /// A table: plain, partitioned, partition or foreign.
    Table "table" "tables";
    /// A column of a table.
    Column "column" "columns";
    /// A constraint of a table.
    Constraint "constraint" "constraints";
    /// An index that backs no constraint.
    Index "index" "indexes";
    /// A view.
    View "view" "views";
    /// A materialized view.
    MaterializedView "materialized view" "materialized views";
    /// A function, procedure or window function.
    Function "function" "functions";
    /// An aggregate.
    Aggregate "aggregate" "aggregates";
    /// A trigger of a table or view.
    Trigger "trigger" "triggers";
    /// A row security policy.
    Policy "policy" "policies";
    /// A rewrite rule other than a view's own.
    Rule "rule" "rules";
    /// Extended statistics.
    Statistics "statistics object" "statistics objects";
    /// Default privileges of a role in a schema.
    DefaultPrivileges "default privileges" "default privileges";
    /// A procedural language that no extension brings.
    Language "language" "languages";
    /// An access method.
    AccessMethod "access method" "access methods";
    /// A cast between two types.
    Cast "cast" "casts";
    /// An operator.
    Operator "operator" "operators";
    /// An operator family with its loose members.
    OperatorFamily "operator family" "operator families";
    /// An operator class.
    OperatorClass "operator class" "operator classes";
    /// An encoding conversion.
    Conversion "conversion" "conversions";
    /// A transform of a type for a language.
    Transform "transform" "transforms";
    /// A text search parser.
    TextSearchParser "text search parser" "text search parsers";
    /// A text search template.
    TextSearchTemplate "text search template" "text search templates";
    /// A text search dictionary.
    TextSearchDictionary "text search dictionary" "text search dictionaries";
    /// A text search configuration.
    TextSearchConfiguration "text search configuration" "text search configurations";
    /// A foreign data wrapper.
    ForeignDataWrapper "foreign data wrapper" "foreign data wrappers";
    /// A foreign server.
    ForeignServer "foreign server" "foreign servers";
    /// A user mapping of a foreign server.
    UserMapping "user mapping" "user mappings";
    /// A publication.
    Publication "publication" "publications";
    /// A table in a publication.
    PublicationTable "published table" "published tables";
    /// A schema in a publication.
    PublicationSchema "published schema" "published schemas";
    /// An event trigger.
    EventTrigger "event trigger" "event triggers";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.tag())
    }
}

impl Kind {
    /// The kinds that share one namespace of relations and can be a part's `of`.
    pub const RELATIONS: [Kind; 4] = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Sequence];
}
