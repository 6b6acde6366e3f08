//! Constraints of tables and domains.

use super::address::{Address, Class, Slot};
use super::canonical::canonical;
use super::index::Indexes;
use super::reader::{Reader, Relation};
use crate::model::{
    Body, Constraint, ConstraintKind, DomainConstraint, Expr, Ident, Kind, NotNull, ObjectId, QualifiedName,
    Reference, Unmanaged,
};
use crate::sql;
use serde::Deserialize;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Deserialize)]
pub(super) struct Row {
    oid: u32,
    relation: u32,
    domain: u32,
    name: Ident,
    kind: String,
    definition: Option<String>,
    columns: Option<Vec<i16>>,
    referenced: u32,
    referenced_columns: Option<Vec<i16>>,
    deferrable: bool,
    initially_deferred: bool,
    validated: bool,
    enforced: Option<bool>,
    no_inherit: bool,
    inherited: bool,
    index: u32,
    parent: u32,
}

/// Takes the indexes behind constraints out of `indexes`.
pub(super) fn read(reader: &mut Reader, rows: Vec<Row>, indexes: &mut Indexes) {
    let mut proofs = Proofs::default();
    for row in rows {
        reader.note_printing(row.definition.as_deref().unwrap_or_default());
        if row.kind == "n" {
            not_null(reader, &row);
        } else if row.parent != 0 {
            let copy = Address::whole(Class::CONSTRAINT, row.oid);
            let original = Address::whole(Class::CONSTRAINT, row.parent);
            reader.directory.stands_for(copy, original);
            // What the copy of a key says is read with its index.
            if let Some(relation) = reader.relation(row.relation).filter(|_| row.kind == "f") {
                name_comment(reader, copy, &relation, &row.name);
            }
        } else if row.domain != 0 {
            domain_constraint(reader, row);
        } else if let Some(relation) = reader.relation(row.relation) {
            table_constraint(reader, &relation, row, indexes, &mut proofs);
        }
    }
    proofs.note(reader);
}

/// Which copies of CHECKs are proven in partitions, and which CHECKs of parents are not.
#[derive(Default)]
struct Proofs {
    copies: Vec<(Rc<Relation>, Ident)>,
    unproven: HashMap<(QualifiedName, Ident), Slot>,
}

impl Proofs {
    /// Says it of the parents' constraints: the copies are no objects.
    fn note(self, reader: &mut Reader) {
        if self.unproven.is_empty() {
            return;
        }
        let parents: HashMap<QualifiedName, QualifiedName> = self.parents(reader).collect();
        for (partition, name) in self.copies {
            let mut root = &partition.name;
            while let Some(parent) = parents.get(root) {
                root = parent;
            }
            let slot = self.unproven.get(&(root.clone(), name)).copied();
            if let Some(Body::Constraint(body)) = slot.map(|slot| &mut reader.object_mut(slot).body) {
                body.proven_in.push(partition.name.clone());
                body.proven_in.sort();
            }
        }
    }

    /// Every partition that is managed, and what it is a partition of.
    fn parents(&self, reader: &Reader) -> impl Iterator<Item = (QualifiedName, QualifiedName)> {
        reader.relations.values().filter_map(|relation| {
            let slot = relation.slot.filter(|_| relation.is_partition)?;
            match &reader.object(slot).body {
                Body::Table(table) => {
                    let partition = table.partition_of.as_ref()?;
                    Some((relation.name.clone(), partition.parent.clone()))
                }
                _ => None,
            }
        })
    }
}

/// Since 18 NOT NULL has rows of its own. While it is not validated it is not proven.
fn not_null(reader: &mut Reader, row: &Row) {
    for number in row.columns.iter().flatten() {
        let column = Address::column(row.relation, i32::from(*number));
        let Some(slot) = reader.directory.at(column) else {
            continue;
        };
        let object = reader.object_mut(slot);
        let generated =
            row.inherited || sql::not_null::is_default_name(&row.name, &object.id.of, &object.id.name);
        if let Body::Column(body) = &mut object.body {
            body.not_null = row.validated;
            body.not_null_constraint = Some(Box::new(NotNull {
                name: row.name.clone(),
                generated,
                no_inherit: row.no_inherit,
                validated: row.validated,
            }));
        }
    }
}

fn domain_constraint(reader: &mut Reader, row: Row) {
    let address = Address::whole(Class::CONSTRAINT, row.oid);
    let Some(slot) = reader.directory.at(Address::whole(Class::TYPE, row.domain)) else {
        return;
    };
    let domain = reader.object(slot).id.clone();
    let relation = Relation {
        name: domain.qualified(),
        id: domain,
        slot: Some(slot),
        owner: None,
        partitioned: false,
        is_partition: false,
    };
    let id = ObjectId::part(Kind::DomainConstraint, &relation.name, &row.name);
    let body = DomainConstraint {
        definition: without_not_valid(row.definition.unwrap_or_default()),
        validated: row.validated,
    };
    reader.add_part(address, &relation, id, Vec::new(), Body::DomainConstraint(body));
}

fn table_constraint(
    reader: &mut Reader,
    relation: &Rc<Relation>,
    row: Row,
    indexes: &mut Indexes,
    proofs: &mut Proofs,
) {
    let kind = match row.kind.as_str() {
        "p" => ConstraintKind::PrimaryKey,
        "u" => ConstraintKind::Unique,
        "x" => ConstraintKind::Exclude,
        "f" => ConstraintKind::ForeignKey,
        _ => ConstraintKind::Check,
    };
    let address = Address::whole(Class::CONSTRAINT, row.oid);
    let owns_index = matches!(
        kind,
        ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclude
    );
    let mut index = if owns_index {
        indexes.remove(&row.index)
    } else {
        None
    };
    if let Some(index) = &mut index {
        let address = Address::whole(Class::RELATION, row.index);
        index.body.comment = reader.comment(address).cloned();
    }
    if owns_index {
        reader
            .directory
            .stands_for(Address::whole(Class::RELATION, row.index), address);
    }
    // A CHECK of a partition comes with its parent like everything else there.
    if row.inherited && relation.is_partition {
        if row.kind == "c" && row.validated {
            proofs.copies.push((relation.clone(), row.name.clone()));
        }
        name_comment(reader, address, relation, &row.name);
        return;
    }
    let definition = without_not_valid(row.definition.unwrap_or_default());
    let mut columns = reader.column_names(row.relation, row.columns.as_deref().unwrap_or_default());
    if let Some(index) = &index {
        // The row of the constraint lists INCLUDE columns too.
        columns.clone_from(&index.columns);
    }
    let references = (kind == ConstraintKind::ForeignKey)
        .then(|| reader.relations.get(&row.referenced).map(|far| far.name.clone()))
        .flatten()
        .map(|table| Reference {
            table,
            columns: reader.column_names(
                row.referenced,
                row.referenced_columns.as_deref().unwrap_or_default(),
            ),
        });
    let body = Constraint {
        kind,
        expression: (kind == ConstraintKind::Check)
            .then(|| condition(&definition))
            .flatten(),
        definition,
        columns,
        references,
        deferrable: row.deferrable,
        initially_deferred: row.initially_deferred,
        validated: row.validated,
        proven_in: Vec::new(),
        enforced: row.enforced.unwrap_or(true),
        no_inherit: row.no_inherit,
        inherited: row.inherited,
        index: match index {
            Some(found) => Some(Box::new(found.body)),
            None if owns_index => super::index::hung(indexes, relation, &row.name).map(Box::new),
            None => None,
        },
    };
    let id = ObjectId::part(Kind::Constraint, &relation.name, &row.name);
    let is_unproven = kind == ConstraintKind::Check && !row.validated && relation.partitioned;
    let slot = reader.add_part(address, relation, id, Vec::new(), Body::Constraint(body));
    if let Some(slot) = slot.filter(|_| is_unproven) {
        proofs.unproven.insert((relation.name.clone(), row.name), slot);
    }
}

/// The copies that partitions hold of a parent's constraint are no objects: what is said of one is named, and not kept.
fn name_comment(reader: &mut Reader, copy: Address, relation: &Relation, name: &Ident) {
    if reader.comment(copy).is_some() {
        let said = format!("{name} on {}", relation.name);
        let kind = "comment on a partition's copy of a constraint";
        reader.catalog.unmanaged.push(Unmanaged::object(kind, said));
    }
}

fn without_not_valid(mut definition: String) -> String {
    if let Some(cut) = definition.strip_suffix(" NOT VALID") {
        definition.truncate(cut.len());
    }
    canonical(&definition)
}

/// `(a > 0)` out of `CHECK ((a > 0)) NO INHERIT`.
fn condition(definition: &str) -> Option<Expr> {
    let rest = definition.strip_prefix("CHECK ")?;
    let end = sql::closing(rest, 0)?;
    Some(Expr::new(rest.get(1..end)?))
}
