//! One object with everything that stands on it, as text: groups of statements with an empty line between them.

use super::cycles::Homes;
use super::prepare::{fresh_grants, is_public};
use crate::model::{Body, Index, Kind, Object};
use crate::sql::{self, Hand};

/// The statements of a root and its residents; empty where there is nothing to say.
pub(super) fn text(root: &Object, homes: &Homes<'_>, hand: &Hand<'_>) -> String {
    let mut groups = Groups::default();
    write(root, homes.residents(&root.id), homes, hand, &mut groups);
    groups.text()
}

/// The same, one by one.
pub(super) fn statements(root: &Object, homes: &Homes<'_>, hand: &Hand<'_>) -> Vec<String> {
    let mut groups = Groups::default();
    write(root, homes.residents(&homes.home(root)), homes, hand, &mut groups);
    groups.now.push(groups.late);
    groups.now.into_iter().flatten().collect()
}

#[derive(Default)]
struct Groups {
    now: Vec<Vec<String>>,
    /// What comes behind everything else.
    late: Vec<String>,
}

impl Groups {
    fn add(&mut self, statements: Vec<String>) {
        if !statements.is_empty() {
            self.now.push(statements);
        }
    }

    fn text(mut self) -> String {
        let late = std::mem::take(&mut self.late);
        self.add(late);
        let mut text = String::new();
        for (at, group) in self.now.into_iter().enumerate() {
            if at > 0 {
                text.push('\n');
            }
            for statement in group {
                text.push_str(&statement);
                text.push_str(";\n");
            }
        }
        text
    }
}

fn write(object: &Object, residents: &[&Object], homes: &Homes<'_>, hand: &Hand<'_>, groups: &mut Groups) {
    match object.id.kind {
        Kind::Table => table(object, residents, homes, hand, groups),
        Kind::View | Kind::MaterializedView | Kind::Domain => {
            groups.add(hand.object(object));
            attached(object, residents, hand, groups);
        }
        _ => groups.add(alone(object, homes, hand)),
    }
}

/// An object that nothing stands on.
fn alone(object: &Object, homes: &Homes<'_>, hand: &Hand<'_>) -> Vec<String> {
    let is_there = match object.id.kind {
        Kind::Extension => object.id.name.as_str() == "plpgsql",
        _ => is_public(&object.id),
    };
    if !is_there {
        return hand.object(object);
    }
    // Every new database has it: only what somebody changed.
    let mut statements: Vec<sql::Stmt> = Vec::new();
    if object.id.kind == Kind::Schema {
        statements.extend((object.comment.as_deref()).and_then(|text| sql::comment(object, Some(text))));
        if object.grants_declared {
            let fresh = fresh_grants(&object.id, homes.catalog.major());
            statements.extend(sql::grants(object, &fresh, &object.grants));
        }
    }
    statements
        .iter()
        .map(|statement| hand.statement(statement))
        .collect()
}

fn table(object: &Object, residents: &[&Object], homes: &Homes<'_>, hand: &Hand<'_>, groups: &mut Groups) {
    let name = object.id.qualified();
    let own: Vec<&Object> = residents
        .iter()
        .copied()
        .filter(|each| stands_on(each, object))
        .collect();
    let sequences: Vec<&Object> = own
        .iter()
        .copied()
        .filter(|each| is_written_sequence(each, hand))
        .collect();
    groups.add(
        sequences
            .iter()
            .flat_map(|sequence| hand.object(sequence))
            .collect(),
    );
    groups.add(hand.object(object));
    let owned = sequences.iter().filter_map(|sequence| match &sequence.body {
        Body::Sequence(body) => Some(hand.statement(&sql::sequence_owned_by(sequence, body))),
        _ => None,
    });
    groups.add(owned.collect());
    let below = own
        .iter()
        .filter_map(|each| index_of(each))
        .flat_map(sql::indexes_below);
    let below: Vec<String> = below.map(|statement| hand.statement(&statement)).collect();
    let (late, early): (Vec<&Object>, Vec<&Object>) = own
        .iter()
        .copied()
        .partition(|each| !sql::odd_partition_names(each, homes.catalog).is_empty());
    // A foreign key of a partition may wait for another file, and whatever mentions the partition would wait with it.
    let (waiting, early): (Vec<&Object>, Vec<&Object>) = early
        .into_iter()
        .partition(|each| is_partition(object) && each.id.kind == Kind::Constraint && !hand.is_inside(each));
    groups
        .late
        .extend(waiting.iter().flat_map(|each| hand.object(each)));
    attached(object, &early, hand, groups);
    let marks = sql::partition_marks(object, homes.catalog);
    groups.late.extend(marks.iter().map(|mark| hand.statement(mark)));
    let mut comments: Vec<sql::Stmt> = sql::comment(object, object.comment.as_deref())
        .filter(|_| object.comment.is_some())
        .into_iter()
        .collect();
    let mut columns: Vec<&Object> = own
        .iter()
        .copied()
        .filter(|each| each.id.kind == Kind::Column)
        .collect();
    columns.sort_by_key(|column| match &column.body {
        Body::Column(body) => body.position,
        _ => 0,
    });
    for column in columns.iter().filter(|column| column.comment.is_some()) {
        comments.push(sql::column_comment(
            &name,
            &column.id.name,
            column.comment.as_deref(),
        ));
    }
    let mut bare = object.clone();
    bare.comment = None;
    let rest = sql::around(&bare, homes.catalog);
    groups.add(
        comments
            .iter()
            .map(|statement| hand.statement(statement))
            .collect(),
    );
    groups.add(rest.iter().map(|statement| hand.statement(statement)).collect());
    for partition in residents.iter().filter(|each| is_partition_of(each, object)) {
        table(partition, residents, homes, hand, groups);
    }
    for each in &late {
        groups.add(hand.of_partitions(each));
        groups.add(hand.object(each));
    }
    groups.add(below);
}

/// The index that an object is, or that is behind it.
pub(super) fn index_of(object: &Object) -> Option<&Index> {
    match &object.body {
        Body::Index(index) => Some(index),
        Body::Constraint(body) => body.index.as_deref(),
        _ => None,
    }
}

fn is_partition(object: &Object) -> bool {
    matches!(&object.body, Body::Table(body) if body.partition_of.is_some())
}

pub(super) fn is_partition_of(object: &Object, parent: &Object) -> bool {
    matches!(&object.body, Body::Table(body)
        if body.partition_of.as_ref().is_some_and(|partition| partition.parent == parent.id.qualified()))
}

/// True for what stands on exactly this relation, and not on a partition of it.
pub(super) fn stands_on(object: &Object, relation: &Object) -> bool {
    let name = relation.id.qualified();
    match &object.body {
        Body::Index(body) => body.table == name,
        Body::Statistics(body) => body.table == name,
        Body::Sequence(body) => body.owned_by.as_ref().is_some_and(|(table, _)| *table == name),
        _ => object.id.is_part() && object.id.relation() == name,
    }
}

fn is_written_sequence(object: &Object, hand: &Hand<'_>) -> bool {
    object.id.kind == Kind::Sequence && !hand.is_serial(object)
}

/// Constraints that stand apart and what is said of the others, then indexes and statistics, then policies, triggers,
/// rules, and what publishes it.
fn attached(relation: &Object, residents: &[&Object], hand: &Hand<'_>, groups: &mut Groups) {
    for kinds in [
        &[Kind::Constraint, Kind::DomainConstraint][..],
        &[Kind::Index, Kind::Statistics],
        &[Kind::Policy],
        &[Kind::Trigger],
        &[Kind::Rule],
        &[Kind::PublicationTable],
    ] {
        let these = residents
            .iter()
            .filter(|each| kinds.contains(&each.id.kind) && stands_on(each, relation));
        groups.add(these.flat_map(|each| hand.object(each)).collect());
    }
}
