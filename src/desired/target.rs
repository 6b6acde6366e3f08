//! What a statement or a part of one speaks of, as it spells it: not yet an object of a catalog.

use crate::bodies::{Name, Space};
use crate::model::Kind;
use crate::text::Shared;
use pg_query::NodeEnum;
use pg_query::protobuf::{self, Node, ObjectType};

/// The kind of a [`Target`], as coarse as the statement's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Schema,
    Extension,
    /// A table, view, materialized view, sequence, index, foreign table or composite type.
    Relation,
    /// A sequence alone.
    Sequence,
    /// An enum, domain, composite or range type.
    Type,
    Routine,
    Column,
    Constraint,
    DomainConstraint,
    Index,
    Trigger,
    Policy,
    Rule,
    Statistics,
    Collation,
    /// An object of a rare kind.
    Rare(Kind),
}

/// An object as a statement names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub what: What,
    /// The schema, where it is spelled.
    pub schema: Option<Shared>,
    /// The relation or domain that a part belongs to; for an index its table.
    pub of: Option<Shared>,
    /// The name; empty where the server makes it up.
    pub name: Shared,
    /// The argument types of a routine, where they are spelled.
    pub args: Option<Vec<Shared>>,
    /// For a constraint or index without a name: its columns, empty strings for expressions.
    pub columns: Vec<Shared>,
    /// For a constraint: its `contype`.
    pub constraint: i32,
}

impl Target {
    pub fn new(what: What, schema: Option<Shared>, name: impl Into<Shared>) -> Self {
        Self {
            what,
            schema,
            of: None,
            name: name.into(),
            args: None,
            columns: Vec::new(),
            constraint: 0,
        }
    }

    /// `[name]` or `[schema, name]`.
    pub fn of_parts(what: What, parts: &[String]) -> Option<Self> {
        let (name, before) = parts.split_last()?;
        Some(Self::new(what, before.last().map(Shared::from), name))
    }

    /// `[relation, name]` or `[schema, relation, name]`.
    pub fn part_of_parts(what: What, parts: &[String]) -> Option<Self> {
        let (name, before) = parts.split_last()?;
        let relation = Self::of_parts(What::Relation, before)?;
        Some(relation.part(what, name.clone()))
    }

    /// A relation by its parse node.
    pub fn relation(range: &protobuf::RangeVar) -> Self {
        Self::new(What::Relation, filled(&range.schemaname), range.relname.clone())
    }

    /// A part of this relation or domain.
    pub fn part(&self, what: What, name: impl Into<Shared>) -> Self {
        Self {
            of: Some(self.name.clone()),
            ..Self::new(what, self.schema.clone(), name)
        }
    }

    /// The names that must be there for a statement to speak of it.
    pub fn names(&self) -> Vec<Name> {
        let (space, name) = match self.what {
            What::Schema => (Space::Schema, &self.name),
            What::Extension => (Space::Extension, &self.name),
            What::Relation | What::Sequence => (Space::Relation, &self.name),
            What::Type => (Space::Type, &self.name),
            What::Routine => (Space::Routine, &self.name),
            What::Index => (Space::Relation, &self.name),
            What::DomainConstraint => (Space::Type, self.of.as_ref().unwrap_or(&self.name)),
            What::Column | What::Constraint | What::Trigger | What::Policy | What::Rule => {
                (Space::Relation, self.of.as_ref().unwrap_or(&self.name))
            }
            What::Rare(kind) if stands_outside(kind) => return vec![outside(kind, &self.name)],
            What::Rare(Kind::Operator) => (Space::Operator, &self.name),
            What::Statistics | What::Collation | What::Rare(_) => (Space::Other, &self.name),
        };
        if name.is_empty() {
            return Vec::new();
        }
        let mut names = vec![Name {
            space,
            schema: self.schema.clone(),
            name: name.clone(),
        }];
        names.extend(
            self.schema
                .as_ref()
                .map(|schema| Name::bare(Space::Schema, schema)),
        );
        names
    }
}

/// True for the kinds that stand in no schema.
fn stands_outside(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Language
            | Kind::AccessMethod
            | Kind::Cast
            | Kind::Transform
            | Kind::ForeignDataWrapper
            | Kind::ForeignServer
            | Kind::UserMapping
            | Kind::Publication
            | Kind::EventTrigger
    )
}

/// The name of something that stands in no schema. Such kinds do not share their names: a server may be called like its
/// wrapper.
pub(crate) fn outside(kind: Kind, name: &str) -> Name {
    Name {
        space: Space::Other,
        schema: Some(Shared::default()),
        name: format!("{} {name}", kind.tag()).into(),
    }
}

/// None for the empty string, which is how the parser says "not spelled".
pub(crate) fn filled(text: &str) -> Option<Shared> {
    (!text.is_empty()).then(|| text.into())
}

/// The strings among nodes.
pub(crate) fn names_in(nodes: &[Node]) -> Vec<String> {
    nodes
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::String(text)) => Some(text.sval.clone()),
            _ => None,
        })
        .collect()
}

/// The dotted name of whatever node names an object.
fn parts_of(node: &Node) -> Vec<String> {
    match &node.node {
        Some(NodeEnum::String(text)) => vec![text.sval.clone()],
        Some(NodeEnum::List(list)) => list.items.iter().flat_map(parts_of).collect(),
        Some(NodeEnum::TypeName(name)) => names_in(&name.names),
        Some(NodeEnum::ObjectWithArgs(object)) => names_in(&object.objname),
        Some(NodeEnum::RangeVar(range)) => [&range.schemaname, &range.relname]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect(),
        _ => Vec::new(),
    }
}

/// The object that `COMMENT ON`, `ALTER … OWNER TO`, `DROP`, `GRANT … ON` and their like speak of.
pub(crate) fn object_target(object_type: i32, node: &Node) -> Option<Target> {
    let kind = ObjectType::try_from(object_type).ok()?;
    let parts = parts_of(node);
    match kind {
        ObjectType::ObjectTable
        | ObjectType::ObjectView
        | ObjectType::ObjectMatview
        | ObjectType::ObjectSequence
        | ObjectType::ObjectForeignTable => Target::of_parts(What::Relation, &parts),
        ObjectType::ObjectIndex => Target::of_parts(What::Index, &parts),
        ObjectType::ObjectType | ObjectType::ObjectDomain => Target::of_parts(What::Type, &parts),
        ObjectType::ObjectSchema => Target::of_parts(What::Schema, &parts),
        ObjectType::ObjectExtension => Target::of_parts(What::Extension, &parts),
        ObjectType::ObjectColumn | ObjectType::ObjectAttribute => Target::part_of_parts(What::Column, &parts),
        ObjectType::ObjectTabconstraint => Target::part_of_parts(What::Constraint, &parts),
        ObjectType::ObjectDomconstraint => Target::part_of_parts(What::DomainConstraint, &parts),
        ObjectType::ObjectTrigger => Target::part_of_parts(What::Trigger, &parts),
        ObjectType::ObjectPolicy => Target::part_of_parts(What::Policy, &parts),
        ObjectType::ObjectRule => Target::part_of_parts(What::Rule, &parts),
        ObjectType::ObjectStatisticExt => Target::of_parts(What::Statistics, &parts),
        ObjectType::ObjectCollation => Target::of_parts(What::Collation, &parts),
        ObjectType::ObjectFunction
        | ObjectType::ObjectProcedure
        | ObjectType::ObjectRoutine
        | ObjectType::ObjectAggregate => {
            let mut target = Target::of_parts(What::Routine, &parts)?;
            if let Some(NodeEnum::ObjectWithArgs(object)) = &node.node
                && !object.args_unspecified
            {
                target.args = Some(
                    object
                        .objargs
                        .iter()
                        .filter_map(type_label_of)
                        .map(Shared::from)
                        .collect(),
                );
            }
            Some(target)
        }
        _ => rare_target(kind, node, &parts),
    }
}

/// An object of a rare kind as COMMENT ON, ALTER and DROP name it.
fn rare_target(kind: ObjectType, node: &Node, parts: &[String]) -> Option<Target> {
    let kind = match kind {
        ObjectType::ObjectAccessMethod => Kind::AccessMethod,
        ObjectType::ObjectCast => Kind::Cast,
        ObjectType::ObjectConversion => Kind::Conversion,
        ObjectType::ObjectEventTrigger => Kind::EventTrigger,
        ObjectType::ObjectFdw => Kind::ForeignDataWrapper,
        ObjectType::ObjectForeignServer => Kind::ForeignServer,
        ObjectType::ObjectLanguage => Kind::Language,
        ObjectType::ObjectOperator => Kind::Operator,
        ObjectType::ObjectOpclass => Kind::OperatorClass,
        ObjectType::ObjectOpfamily => Kind::OperatorFamily,
        ObjectType::ObjectPublication => Kind::Publication,
        ObjectType::ObjectTransform => Kind::Transform,
        ObjectType::ObjectTsconfiguration => Kind::TextSearchConfiguration,
        ObjectType::ObjectTsdictionary => Kind::TextSearchDictionary,
        ObjectType::ObjectTsparser => Kind::TextSearchParser,
        ObjectType::ObjectTstemplate => Kind::TextSearchTemplate,
        _ => return None,
    };
    let what = What::Rare(kind);
    let inner = match &node.node {
        Some(NodeEnum::List(list)) => list.items.as_slice(),
        _ => &[],
    };
    match (kind, inner) {
        // The method comes first.
        (Kind::OperatorClass | Kind::OperatorFamily, [method, name @ ..]) => {
            let parts: Vec<String> = name.iter().flat_map(parts_of).collect();
            let mut target = Target::of_parts(what, &parts)?;
            target.args = Some(parts_of(method).iter().map(Shared::from).collect());
            Some(target)
        }
        (Kind::Cast, [source, target]) => {
            let mut cast = Target::new(what, None, type_label_of(source)?);
            cast.args = Some(vec![type_label_of(target)?.into()]);
            Some(cast)
        }
        (Kind::Transform, [data_type, language]) => {
            let mut transform = Target::new(what, None, type_label_of(data_type)?);
            transform.args = Some(parts_of(language).iter().map(Shared::from).collect());
            Some(transform)
        }
        _ => {
            let mut target = Target::of_parts(what, parts)?;
            if let Some(NodeEnum::ObjectWithArgs(object)) = &node.node {
                let side = |node: &Node| type_label_of(node).unwrap_or_else(|| "NONE".to_owned());
                target.args = Some(object.objargs.iter().map(side).map(Shared::from).collect());
            }
            Some(target)
        }
    }
}

/// A type node as [`type_label`] says it.
pub(crate) fn type_label_of(node: &Node) -> Option<String> {
    match &node.node {
        Some(NodeEnum::TypeName(name)) => Some(type_label(name)),
        _ => None,
    }
}

/// A type as `format_type` prints it, without modifier and schema: `integer`, `character varying[]`, `mood`.
pub(crate) fn type_label(name: &protobuf::TypeName) -> String {
    let parts = names_in(&name.names);
    let last = parts.last().map(String::as_str).unwrap_or_default();
    let label = match last {
        "int" | "int4" | "serial" | "serial4" => "integer",
        "int8" | "bigserial" | "serial8" => "bigint",
        "int2" | "smallserial" | "serial2" => "smallint",
        "bool" => "boolean",
        "float4" => "real",
        "float8" => "double precision",
        "decimal" => "numeric",
        "varchar" => "character varying",
        "bpchar" | "char" if parts.len() > 1 || last == "bpchar" => "character",
        "varbit" => "bit varying",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        other => other,
    };
    match name.array_bounds.is_empty() {
        true => label.to_string(),
        false => format!("{label}[]"),
    }
}
