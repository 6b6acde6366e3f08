//! Identity of an object: its kind and names, never an oid.

use super::{Ident, Kind, QualifiedName};
use crate::text::Shared;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Names one object of a database. Unused parts are empty.
///
/// | kind | `schema` | `of` | `name` | `args` |
/// |---|---|---|---|---|
/// | schema, extension | – | – | its name | – |
/// | table, view, sequence, type, index, statistics | its schema | – | its name | – |
/// | column, constraint, trigger, policy, rule | the relation's schema | the relation | its name | – |
/// | domain constraint | the domain's schema | the domain | its name | – |
/// | function, aggregate | its schema | – | its name | identity arguments, types only: `integer, text` |
/// | default privileges | the schema or empty | – | the role | the object type letter of `pg_default_acl` |
/// | operator | its schema | – | its name | left and right type: `integer, NONE` |
/// | operator class, operator family | its schema | – | its name | the access method |
/// | conversion, text search objects | its schema | – | its name | – |
/// | cast | – | – | the source type | the target type |
/// | transform | – | – | the type | the language |
/// | user mapping | – | – | the user | the server |
/// | published schema | – | – | the publication | the schema |
/// | published table | the table's schema | the table | the publication | – |
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct ObjectId {
    /// The kind.
    pub kind: Kind,
    /// The schema, empty for objects outside schemas.
    #[serde(default, skip_serializing_if = "Ident::is_empty")]
    pub schema: Ident,
    /// The relation or domain that this object is a part of.
    #[serde(default, skip_serializing_if = "Ident::is_empty")]
    pub of: Ident,
    /// The object's own name.
    pub name: Ident,
    /// What tells routines of one name apart.
    #[serde(default, skip_serializing_if = "Shared::is_empty")]
    pub args: Shared,
}

impl ObjectId {
    /// An object outside any schema.
    pub fn global(kind: Kind, name: impl Into<Shared>) -> Self {
        Self {
            kind,
            schema: Ident::default(),
            of: Ident::default(),
            name: Ident::new(name),
            args: Shared::default(),
        }
    }

    /// An object in a schema.
    pub fn named(kind: Kind, name: &QualifiedName) -> Self {
        Self {
            kind,
            schema: name.schema.clone(),
            of: Ident::default(),
            name: name.name.clone(),
            args: Shared::default(),
        }
    }

    /// A part of a relation or domain.
    pub fn part(kind: Kind, of: &QualifiedName, name: &Ident) -> Self {
        Self {
            kind,
            schema: of.schema.clone(),
            of: of.name.clone(),
            name: name.clone(),
            args: Shared::default(),
        }
    }

    /// A routine with its identity arguments.
    pub fn routine(kind: Kind, name: &QualifiedName, args: impl Into<Shared>) -> Self {
        Self {
            args: args.into(),
            ..Self::named(kind, name)
        }
    }

    /// Schema and name (for a part: of the part itself, which is rarely what you want; see [`Self::relation`]).
    pub fn qualified(&self) -> QualifiedName {
        QualifiedName {
            schema: self.schema.clone(),
            name: self.name.clone(),
        }
    }

    /// The relation or domain that a part belongs to.
    pub fn relation(&self) -> QualifiedName {
        QualifiedName {
            schema: self.schema.clone(),
            name: self.of.clone(),
        }
    }

    /// The object that a reader groups this one under: the relation for a part, else the object itself.
    pub fn is_part(&self) -> bool {
        !self.of.is_empty()
    }

    /// The name without the kind: `public.orders.amount`, `public.f(integer)`.
    pub fn label(&self) -> String {
        let mut parts = Vec::new();
        for part in [&self.schema, &self.of, &self.name] {
            if !part.is_empty() {
                parts.push(part.as_str());
            }
        }
        let mut label = parts.join(".");
        match self.kind {
            Kind::Cast => label.push_str(&format!(" AS {}", self.args)),
            Kind::OperatorClass | Kind::OperatorFamily => label.push_str(&format!(" USING {}", self.args)),
            Kind::Transform => label = format!("FOR {label} LANGUAGE {}", self.args),
            Kind::UserMapping => label = format!("FOR {label} SERVER {}", self.args),
            Kind::PublicationTable => label = format!("{} in {}", self.relation(), self.name),
            Kind::PublicationSchema => label = format!("{} in {label}", self.args),
            Kind::Function | Kind::Aggregate | Kind::Operator => label.push_str(&format!("({})", self.args)),
            _ if !self.args.is_empty() => label.push_str(&format!(" {}", self.args)),
            _ => {}
        }
        label
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.label())
    }
}
