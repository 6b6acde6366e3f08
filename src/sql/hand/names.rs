//! The names that the server chooses where none is given.

use crate::model::{
    Body, Catalog, Constraint, ConstraintKind, Ident, Index, IndexKeyOf, Kind, Object, ObjectId,
    QualifiedName, Table,
};
use std::collections::{BTreeMap, BTreeSet};

/// Longest name in bytes; what would be longer is cut by the server, and spelled out by us.
const LONGEST: usize = 63;

/// Which names are there, to know when the server's first choice is free.
pub(super) struct Names<'a> {
    /// How many constraints bear a name in a schema, inherited ones apart.
    constraints: BTreeMap<(&'a Ident, &'a Ident), usize>,
    relations: BTreeSet<(&'a Ident, &'a Ident)>,
}

/// `a_b_c`, where that fits into a name.
fn joined(parts: &[&str]) -> Option<String> {
    let name = parts.join("_");
    (name.len() <= LONGEST).then_some(name)
}

/// `table_a_b_idx`.
fn of_keys(table: &QualifiedName, index: &Index, word: &str) -> Option<String> {
    let mut parts = vec![table.name.as_str()];
    for key in &index.keys {
        match &key.of {
            IndexKeyOf::Column(name) => parts.push(name.as_str()),
            // Named after the function or operator inside: spelled out.
            IndexKeyOf::Expression(_) => return None,
        }
    }
    parts.extend(index.include.iter().map(Ident::as_str));
    let distinct: BTreeSet<&str> = parts[1..].iter().copied().collect();
    if distinct.len() + 1 < parts.len() {
        return None;
    }
    parts.push(word);
    joined(&parts)
}

/// The partitions' indexes below that index or key whose names the server would not choose: those of the lowest partitions first.
pub fn odd_partition_names<'a>(object: &'a Object, catalog: &Catalog) -> Vec<&'a (QualifiedName, Ident)> {
    let (index, word) = match &object.body {
        Body::Index(index) => (Some(index), "idx"),
        Body::Constraint(body) => match body.kind {
            ConstraintKind::PrimaryKey => (body.index.as_deref(), "pkey"),
            ConstraintKind::Exclude => (body.index.as_deref(), "excl"),
            _ => (body.index.as_deref(), "key"),
        },
        _ => (None, ""),
    };
    let Some(index) = index else { return Vec::new() };
    let usual = |table: &QualifiedName| match word {
        "pkey" => joined(&[table.name.as_str(), word]),
        _ => of_keys(table, index, word),
    };
    let odd = index
        .partition_names
        .iter()
        .filter(|(table, name)| usual(table).as_deref() != Some(name.as_str()));
    let mut odd: Vec<&(QualifiedName, Ident)> = odd.collect();
    odd.sort_by_key(|(table, _)| std::cmp::Reverse(depth(table, catalog)));
    odd
}

/// How many partitioned tables stand above.
fn depth(table: &QualifiedName, catalog: &Catalog) -> usize {
    let mut at = table.clone();
    for depth in 0..64 {
        match catalog
            .get(&ObjectId::named(Kind::Table, &at))
            .map(|object| &object.body)
        {
            Some(Body::Table(Table {
                partition_of: Some(partition),
                ..
            })) => at = partition.parent.clone(),
            _ => return depth,
        }
    }
    64
}

impl<'a> Names<'a> {
    pub(super) fn of(catalog: &'a Catalog) -> Self {
        let mut constraints: BTreeMap<(&Ident, &Ident), usize> = BTreeMap::new();
        let mut relations = BTreeSet::new();
        for (id, object) in &catalog.objects {
            match &object.body {
                Body::Constraint(body) if body.inherited => {}
                Body::Constraint(_) | Body::DomainConstraint(_) => {
                    *constraints.entry((&id.schema, &id.name)).or_default() += 1;
                }
                Body::Column(body) => {
                    let sequence = body.identity.as_ref().map(|identity| &identity.sequence);
                    relations.extend(sequence.map(|name| (&name.schema, &name.name)));
                }
                Body::Index(_) | Body::CompositeType(_) => drop(relations.insert((&id.schema, &id.name))),
                _ if Kind::RELATIONS.contains(&id.kind) => drop(relations.insert((&id.schema, &id.name))),
                _ => {}
            }
        }
        Self {
            constraints,
            relations,
        }
    }

    /// True where the constraint would get its name by itself.
    pub(super) fn is_usual(&self, object: &Object, body: &Constraint) -> bool {
        let id = &object.id;
        let table = id.of.as_str();
        let columns: Vec<&str> = body.columns.iter().map(Ident::as_str).collect();
        let listed = |word: &str| {
            let mut parts = vec![table];
            parts.extend(&columns);
            parts.push(word);
            joined(&parts)
        };
        let usual = match body.kind {
            ConstraintKind::PrimaryKey => joined(&[table, "pkey"]),
            ConstraintKind::ForeignKey => listed("fkey"),
            ConstraintKind::Check if columns.len() == 1 => listed("check"),
            ConstraintKind::Check => joined(&[table, "check"]),
            ConstraintKind::Unique => self.of_keys(body.index.as_deref(), "key"),
            ConstraintKind::Exclude => self.of_keys(body.index.as_deref(), "excl"),
        };
        usual.as_deref() == Some(id.name.as_str())
            && object.comment.is_none()
            && self.constraints.get(&(&id.schema, &id.name)) == Some(&1)
            && !self.relations.contains(&(&id.schema, &id.name))
    }

    /// True where the domain's check would get its name by itself.
    pub(super) fn is_usual_in_domain(&self, object: &Object) -> bool {
        let id = &object.id;
        joined(&[id.of.as_str(), "check"]).as_deref() == Some(id.name.as_str())
            && object.comment.is_none()
            && self.constraints.get(&(&id.schema, &id.name)) == Some(&1)
    }

    /// True where the index would get its name by itself and nothing else speaks of it.
    pub(super) fn is_usual_index(&self, object: &Object, body: &Index) -> bool {
        let id = &object.id;
        self.of_keys(Some(body), "idx").as_deref() == Some(id.name.as_str())
            && object.comment.is_none()
            && !self.constraints.contains_key(&(&id.schema, &id.name))
    }

    fn of_keys(&self, index: Option<&Index>, word: &str) -> Option<String> {
        let index = index?;
        of_keys(&index.table, index, word)
    }

    /// True where a serial column would give its sequence this name.
    pub(super) fn is_usual_sequence(
        &self,
        sequence: &ObjectId,
        table: &QualifiedName,
        column: &Ident,
    ) -> bool {
        let usual = joined(&[table.name.as_str(), column.as_str(), "seq"]);
        sequence.schema == table.schema && usual.as_deref() == Some(sequence.name.as_str())
    }
}
