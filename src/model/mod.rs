//! What a database is: names, identities, the uniform header and one body per kind of object.
//!
//! Everything here is data that serialises; nothing spells SQL and nothing talks to a server.

mod attached;
mod cast;
mod catalog;
mod constraint;
mod foreign;
mod id;
mod ident;
mod index;
mod kind;
mod namespace;
mod operator;
mod publication;
mod routine;
mod sequence;
mod table;
mod text_search;
mod types;
mod unmanaged;
mod view;

pub use attached::{Firing, Policy, Rule, Statistics, Trigger};
pub use cast::{Cast, CastContext, CastMethod, Conversion, Language, Transform};
pub use catalog::{Catalog, Grant, Grantee, Object, Support, TableSize};
pub use constraint::{Constraint, ConstraintKind, Reference};
pub use foreign::{ForeignDataWrapper, ForeignOptions, ForeignServer, UserMapping};
pub use id::ObjectId;
pub use ident::{Expr, Ident, QualifiedName, TypeName};
pub use index::{Index, IndexBelow, IndexKey, IndexKeyOf};
pub use kind::{Body, Kind};
pub use namespace::{Collation, DefaultPrivileges, Extension, Schema};
pub use operator::{AccessMethod, Operator, OperatorClass, OperatorFamily, OperatorMember};
pub use publication::{EventTrigger, Publication, PublicationSchema, PublicationTable};
pub use routine::{Aggregate, Argument, Function, RoutineKind};
pub use sequence::{Sequence, SequenceOptions};
pub use table::{Column, Foreign, Generated, Identity, NotNull, PartitionOf, ReplicaIdentity, Table};
pub use text_search::{TextSearchConfiguration, TextSearchDictionary, TextSearchParser, TextSearchTemplate};
pub use types::{Attribute, CompositeType, Domain, DomainConstraint, EnumType, RangeType};
pub use unmanaged::Unmanaged;
pub use view::{Kept, MaterializedView, View, ViewColumn};
