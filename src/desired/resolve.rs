//! From what a statement names to the object in a catalog.

use super::target::{Target, What, object_target};
use crate::model::{
    Body, Catalog, ConstraintKind, Ident, Index, IndexKeyOf, Kind, Object, ObjectId, QualifiedName,
};
use crate::text::Shared;
use pg_query::NodeEnum;
use pg_query::protobuf::{ConstrType, ObjectType};
use std::collections::{BTreeSet, HashMap};

pub(super) const RELATIONS: &[Kind] = &[
    Kind::Table,
    Kind::View,
    Kind::MaterializedView,
    Kind::Sequence,
    Kind::CompositeType,
    Kind::Index,
];
pub(super) const TYPES: &[Kind] = &[Kind::EnumType, Kind::Domain, Kind::CompositeType, Kind::RangeType];

/// Looks objects up by the names in statements.
pub(super) struct Resolver<'a> {
    catalog: &'a Catalog,
    /// Objects by kind and bare name, for names without a schema and routines without arguments.
    by_name: HashMap<(Kind, &'a str), Vec<&'a ObjectId>>,
    /// Constraints and indexes without a name that are found already: the next one is another.
    taken: BTreeSet<ObjectId>,
}

impl<'a> Resolver<'a> {
    pub fn new(catalog: &'a Catalog) -> Self {
        let mut by_name: HashMap<(Kind, &str), Vec<&ObjectId>> = HashMap::new();
        for id in catalog.objects.keys().filter(|id| !id.is_part()) {
            by_name.entry((id.kind, id.name.as_str())).or_default().push(id);
        }
        Self {
            catalog,
            by_name,
            taken: BTreeSet::new(),
        }
    }

    /// The object that a target means, under the search_path that holds where it stands.
    pub fn find(&mut self, target: &Target, path: &[Shared]) -> Option<ObjectId> {
        match target.what {
            What::Schema => self.there(ObjectId::global(Kind::Schema, target.name.clone())),
            What::Extension => self.there(ObjectId::global(Kind::Extension, target.name.clone())),
            What::Relation => self.named(RELATIONS, target.schema.as_deref(), &target.name, path),
            What::Sequence => self.named(&[Kind::Sequence], target.schema.as_deref(), &target.name, path),
            What::Type => self.named(TYPES, target.schema.as_deref(), &target.name, path),
            What::Statistics => self.named(&[Kind::Statistics], target.schema.as_deref(), &target.name, path),
            What::Collation => self.named(&[Kind::Collation], target.schema.as_deref(), &target.name, path),
            What::Rare(kind) => self.rare(kind, target, path),
            What::Routine => self.routine(target, path),
            What::Index => self.index(target, path),
            What::DomainConstraint => self.part(&[Kind::Domain], Kind::DomainConstraint, target, path),
            What::Column => self.part(RELATIONS, Kind::Column, target, path),
            What::Constraint => self.part(RELATIONS, Kind::Constraint, target, path),
            What::Trigger => self.part(RELATIONS, Kind::Trigger, target, path),
            What::Policy => self.part(RELATIONS, Kind::Policy, target, path),
            What::Rule => self.part(RELATIONS, Kind::Rule, target, path),
        }
    }

    fn there(&self, id: ObjectId) -> Option<ObjectId> {
        self.catalog.get(&id).is_some().then_some(id)
    }

    /// By schema where one is spelled; else along the search_path; else the only one of that name anywhere.
    fn named(&self, kinds: &[Kind], schema: Option<&str>, name: &str, path: &[Shared]) -> Option<ObjectId> {
        let candidates: Vec<&ObjectId> = kinds
            .iter()
            .filter_map(|kind| self.by_name.get(&(*kind, name)))
            .flatten()
            .copied()
            .collect();
        let at = |schema: &str| candidates.iter().find(|id| id.schema.as_str() == schema);
        let found = match schema {
            Some(schema) => at(schema),
            None => path
                .iter()
                .find_map(|schema| at(schema))
                .or(match candidates.as_slice() {
                    [only] => Some(only),
                    _ => None,
                }),
        };
        found.map(|id| (*id).clone())
    }

    /// Those of one name are told apart by what stands behind it: operand types, an access method, a server.
    fn rare(&self, kind: Kind, target: &Target, path: &[Shared]) -> Option<ObjectId> {
        let bare = |text: &str| bare_types(text).into_iter().next().unwrap_or_default();
        let typed = matches!(kind, Kind::Cast | Kind::Transform);
        let candidates = self.catalog.of_kind(kind).map(|object| &object.id);
        let fits = |id: &&ObjectId| {
            let same_name =
                *id.name.as_str() == target.name || (typed && bare(id.name.as_str()) == target.name);
            let same_args = target
                .args
                .as_ref()
                .is_none_or(|args| bare_types(&id.args) == *args);
            same_name && same_args
        };
        let all: Vec<&ObjectId> = candidates.filter(fits).collect();
        let at = |schema: &str| all.iter().find(|id| id.schema.as_str() == schema);
        let found = match &target.schema {
            Some(schema) => at(schema),
            None => path
                .iter()
                .find_map(|schema| at(schema))
                .or(match all.as_slice() {
                    [only] => Some(only),
                    _ => None,
                }),
        };
        found.map(|id| (*id).clone())
    }

    fn routine(&self, target: &Target, path: &[Shared]) -> Option<ObjectId> {
        let named = |kind| self.by_name.get(&(kind, target.name.as_str()));
        let all: Vec<&ObjectId> = [Kind::Function, Kind::Aggregate]
            .into_iter()
            .filter_map(named)
            .flatten()
            .copied()
            .collect();
        let in_schema = |schema: &str| -> Vec<&ObjectId> {
            all.iter()
                .filter(|id| id.schema.as_str() == schema)
                .copied()
                .collect()
        };
        let candidates = match &target.schema {
            Some(schema) => in_schema(schema),
            None => path
                .iter()
                .map(|schema| in_schema(schema))
                .find(|found| !found.is_empty())
                .unwrap_or(all),
        };
        if let [only] = candidates.as_slice() {
            return Some((*only).clone());
        }
        let wanted = target.args.as_ref()?;
        let fits = |id: &&&ObjectId| bare_types(&id.args) == *wanted;
        candidates.iter().find(fits).map(|id| (*id).clone())
    }

    fn part(&mut self, of: &[Kind], kind: Kind, target: &Target, path: &[Shared]) -> Option<ObjectId> {
        let relation = self
            .named(of, target.schema.as_deref(), target.of.as_deref()?, path)?
            .qualified();
        if !target.name.is_empty() {
            return self.there(ObjectId::part(kind, &relation, &Ident::new(target.name.clone())));
        }
        // The server's own names begin with the table's; another constraint on the same columns has one that a person gave it.
        let made_up = format!("{}_", relation.name);
        let found = self
            .catalog
            .parts(kind, &relation)
            .filter(|object| !self.taken.contains(&object.id) && fits(object, target))
            .min_by_key(|object| !object.id.name.as_str().starts_with(&made_up))?
            .id
            .clone();
        self.taken.insert(found.clone());
        Some(found)
    }

    fn index(&mut self, target: &Target, path: &[Shared]) -> Option<ObjectId> {
        if !target.name.is_empty() {
            return self.named(&[Kind::Index], target.schema.as_deref(), &target.name, path);
        }
        let table = self
            .named(RELATIONS, target.schema.as_deref(), target.of.as_deref()?, path)?
            .qualified();
        let columns: Vec<&str> = target.columns.iter().map(Shared::as_str).collect();
        let found = self
            .catalog
            .of_kind(Kind::Index)
            .find(|object| {
                !self.taken.contains(&object.id)
                    && matches!(&object.body, Body::Index(index) if index.table == table && key_columns(index) == columns)
            })?
            .id
            .clone();
        self.taken.insert(found.clone());
        Some(found)
    }
}

fn key_columns(index: &Index) -> Vec<&str> {
    index
        .keys
        .iter()
        .map(|key| match &key.of {
            IndexKeyOf::Column(column) => column.as_str(),
            IndexKeyOf::Expression(_) => "",
        })
        .collect()
}

/// True for a constraint that the server named and that can be the one a statement left without a name.
fn fits(object: &Object, target: &Target) -> bool {
    let Body::Constraint(constraint) = &object.body else {
        return matches!(object.body, Body::DomainConstraint(_));
    };
    let kind = match ConstrType::try_from(target.constraint) {
        Ok(ConstrType::ConstrPrimary) => ConstraintKind::PrimaryKey,
        Ok(ConstrType::ConstrUnique) => ConstraintKind::Unique,
        Ok(ConstrType::ConstrForeign) => ConstraintKind::ForeignKey,
        Ok(ConstrType::ConstrExclusion) => ConstraintKind::Exclude,
        _ => ConstraintKind::Check,
    };
    let wanted: BTreeSet<&str> = target.columns.iter().map(Shared::as_str).collect();
    let columns: BTreeSet<&str> = constraint.columns.iter().map(Ident::as_str).collect();
    constraint.kind == kind
        && (wanted.is_empty()
            || wanted == columns
            || (kind == ConstraintKind::Check && wanted.is_subset(&columns)))
}

/// `integer, shop.mood[]` as bare type names.
fn bare_types(args: &str) -> Vec<String> {
    args.split(", ")
        .filter(|arg| !arg.is_empty())
        .map(|arg| {
            let arg = arg.strip_prefix("VARIADIC ").unwrap_or(arg);
            let bare = arg.rsplit('.').next().unwrap_or(arg);
            bare.replace('"', "")
        })
        .collect()
}

/// An object as directives name it: in the words of `COMMENT ON` (`table public.t`, `column t.c`, `function f(integer)`,
/// `constraint c on t`), or a bare name of a relation, type or routine.
pub(super) fn addressed(text: &str) -> Vec<(Target, Option<Kind>)> {
    let spelled = [
        text.to_string(),
        format!("TABLE {text}"),
        format!("TYPE {text}"),
        format!("FUNCTION {text}"),
    ];
    let mut found = Vec::new();
    for (number, spelled) in spelled.iter().enumerate() {
        let Ok(parsed) = pg_query::parse(&format!("COMMENT ON {spelled} IS NULL"), 0) else {
            continue;
        };
        let node = parsed
            .protobuf
            .stmts
            .first()
            .and_then(|raw| raw.stmt.as_ref())
            .and_then(|node| node.node.as_ref());
        if let Some(NodeEnum::CommentStmt(comment)) = node
            && let Some(target) = comment
                .object
                .as_ref()
                .and_then(|object| object_target(comment.objtype, object))
        {
            found.push((target, kind_of(comment.objtype)));
        }
        if number == 0 && !found.is_empty() {
            break;
        }
    }
    found
}

fn kind_of(object_type: i32) -> Option<Kind> {
    Some(match ObjectType::try_from(object_type).ok()? {
        ObjectType::ObjectTable | ObjectType::ObjectForeignTable => Kind::Table,
        ObjectType::ObjectColumn => Kind::Column,
        ObjectType::ObjectTabconstraint => Kind::Constraint,
        ObjectType::ObjectView => Kind::View,
        ObjectType::ObjectMatview => Kind::MaterializedView,
        ObjectType::ObjectSequence => Kind::Sequence,
        ObjectType::ObjectIndex => Kind::Index,
        ObjectType::ObjectSchema => Kind::Schema,
        ObjectType::ObjectExtension => Kind::Extension,
        ObjectType::ObjectFunction | ObjectType::ObjectProcedure | ObjectType::ObjectRoutine => {
            Kind::Function
        }
        ObjectType::ObjectAggregate => Kind::Aggregate,
        ObjectType::ObjectTrigger => Kind::Trigger,
        ObjectType::ObjectPolicy => Kind::Policy,
        ObjectType::ObjectRule => Kind::Rule,
        ObjectType::ObjectDomain => Kind::Domain,
        ObjectType::ObjectType => Kind::EnumType,
        ObjectType::ObjectStatisticExt => Kind::Statistics,
        ObjectType::ObjectCollation => Kind::Collation,
        _ => return None,
    })
}

/// The identity of something that need not be in any catalog.
pub(super) fn identity(target: &Target, kind: Kind, path: &[Shared]) -> ObjectId {
    let schema = match kind {
        Kind::Schema | Kind::Extension => return ObjectId::global(kind, target.name.clone()),
        _ => target
            .schema
            .clone()
            .or_else(|| path.first().cloned())
            .unwrap_or_default(),
    };
    let args = target
        .args
        .as_ref()
        .map(|args| args.join(", "))
        .unwrap_or_default();
    match &target.of {
        Some(of) if kind != Kind::Index => ObjectId::part(
            kind,
            &QualifiedName::new(schema, of.clone()),
            &Ident::new(target.name.clone()),
        ),
        _ => ObjectId::routine(kind, &QualifiedName::new(schema, target.name.clone()), args),
    }
}
