//! The names of partitions' indexes that hang below a parent's, which are chosen and show in a dump, and what those have of their own.

use super::{Sides, pair};
use crate::change::{Change, DetailLine, Manage, partition_name::automatic};
use crate::model::{
    Catalog, Ident, Index, IndexBelow, IndexKey, IndexKeyOf, Kind, Object, ObjectId, QualifiedName,
};
use crate::sql::{self, Stmt};
use crate::step::{Lock, Phase};
use crate::text::DirectiveKind;

/// CLUSTER ON and REPLICA IDENTITY of a new partition, where they name an index that came with its parent's: such an index
/// is no object that a mark could come with.
pub fn marks(to: &Catalog, object: &Object) -> Option<Change> {
    let up = sql::partition_marks(object, to);
    // Undone with the table.
    let change = || {
        pair::setting(
            &object.id,
            "marks of indexes",
            Phase::Contract,
            Lock::AccessExclusive,
            up.clone(),
            Vec::new(),
        )
    };
    (!up.is_empty()).then(change)
}

/// True where a mark of the table names one index by both names: it follows the index that is renamed.
pub fn is_mark_kept(sides: &Sides, table: &ObjectId, old: &Ident, new: &Ident) -> bool {
    let of_index = |name: &Ident| {
        ObjectId::named(
            Kind::Index,
            &QualifiedName {
                schema: table.schema.clone(),
                name: name.clone(),
            },
        )
    };
    let of_key = |name: &Ident| ObjectId::part(Kind::Constraint, &table.qualified(), name);
    let renamed = |pair: (ObjectId, ObjectId)| sides.renamed.contains(&pair);
    old == new || renamed((of_index(old), of_index(new))) || renamed((of_key(old), of_key(new)))
}

/// A change where a partition's index bears another name than the files give it, or has something else of its own.
pub fn below(sides: &Sides, id: &ObjectId, old: &Index, new: &Index) -> Option<Change> {
    let root = QualifiedName {
        schema: id.schema.clone(),
        name: id.name.clone(),
    };
    let comments = sides.policy.manage_comments != Manage::None;
    let (mut up, mut down, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let (mut named, mut described) = (false, false);
    let renames = has_renamed_key(sides, old, new);
    for (partition, name) in &new.partition_names {
        let mut before = old.partition_names.iter();
        let before = before.find(|(other, _)| other == partition).map(|(_, name)| name);
        let other_name = match before {
            Some(before) => before != name,
            None => renames || *name != automatic(new, partition, id),
        };
        if other_name {
            named = true;
            up.push(sql::below::name_partition_index(&root, partition, name));
            down.extend(before.map(|before| sql::below::name_partition_index(&root, partition, before)));
        }
        let mut from = match before {
            Some(_) => old.on_partition(partition),
            None => new.as_made(partition),
        };
        let to = new.on_partition(partition);
        if !comments {
            from.comment.clone_from(&to.comment);
            from.key_comment.clone_from(&to.key_comment);
        }
        if from == to {
            continue;
        }
        described = true;
        up.extend(sql::index_below(name, &from, &to));
        down.extend(
            before
                .into_iter()
                .flat_map(|before| sql::index_below(before, &to, &from)),
        );
        lines.extend(differences(name, &from, &to));
    }
    let renamed = old.partition_names.iter().filter_map(|(partition, before)| {
        let mut after = new.partition_names.iter();
        let (_, after) = after.find(|(other, _)| other == partition)?;
        (before != after).then_some((partition, before, after))
    });
    let (there, back): (Vec<Renamed>, Vec<Renamed>) = renamed
        .map(|(partition, before, after)| ((partition, before, after), (partition, after, before)))
        .unzip();
    up.splice(0..0, making_room(&root, &there));
    down.splice(0..0, making_room(&root, &back));
    let what = match (named, described) {
        (false, false) => return None,
        (true, false) => "names of partitions' indexes",
        (false, true) => "settings of partitions' indexes",
        (true, true) => "names and settings of partitions' indexes",
    };
    let mut change = pair::setting(id, what, Phase::Expand, Lock::AccessShare, up, down);
    if !named {
        change.lines.clear();
    }
    change.lines.extend(lines);
    Some(change)
}

/// The index of a partition gets the second name in place of the first.
type Renamed<'a> = (&'a QualifiedName, &'a Ident, &'a Ident);

/// Indexes whose name another one of the same parent's takes leave it first, so that the order of the others does not matter.
fn making_room(root: &QualifiedName, renamed: &[Renamed]) -> Vec<Stmt> {
    let is_taken = |partition: &QualifiedName, name: &Ident| {
        let mut others = renamed.iter();
        others.any(|(other, _, taken)| {
            *other != partition && other.schema == partition.schema && *taken == name
        })
    };
    let leave = renamed
        .iter()
        .filter(|(partition, before, _)| is_taken(partition, before));
    leave
        .map(|(partition, before, _)| {
            sql::below::name_partition_index(root, partition, &sql::own_name::former_name(before))
        })
        .collect()
}

/// True where a column of the index gets another name by the plan: a partition that comes before that gets an index named after
/// the former one. A directive that has been followed is told by the partitions that stay, whose indexes bear their names.
fn has_renamed_key(sides: &Sides, old: &Index, new: &Index) -> bool {
    let renamed = |key: &IndexKey| match &key.of {
        IndexKeyOf::Column(name) => {
            let column = sides.to.get(&ObjectId::part(Kind::Column, &new.table, name));
            column.is_some_and(|column| {
                let mut said = column.directives.iter();
                said.any(|directive| matches!(directive.kind, DirectiveKind::RenamedFrom(_)))
            })
        }
        IndexKeyOf::Expression(_) => false,
    };
    let stays = |(partition, _): &&(QualifiedName, Ident)| {
        let mut names = old.partition_names.iter();
        names.any(|(other, _)| other == partition)
    };
    let mut staying = new.partition_names.iter().filter(stays).peekable();
    let told = staying.peek().is_none() || staying.any(|each| !old.partition_names.contains(each));
    told && new.keys.iter().any(renamed)
}

fn differences(name: &Ident, from: &IndexBelow, to: &IndexBelow) -> Vec<DetailLine> {
    let text = |comment: &Option<String>| comment.clone().unwrap_or_default();
    let options = |own: &IndexBelow| sql::option_list(&own.options);
    let targets = |own: &IndexBelow| {
        let targets = own
            .statistics
            .iter()
            .map(|(at, target)| format!("{target} on key {}", at + 1));
        targets.collect::<Vec<String>>().join(", ")
    };
    let lines = [
        ("comment", text(&from.comment), text(&to.comment)),
        (
            "comment of the key",
            text(&from.key_comment),
            text(&to.key_comment),
        ),
        ("storage parameters", options(from), options(to)),
        ("statistics", targets(from), targets(to)),
    ];
    let differ = lines.into_iter().filter(|(_, old, new)| old != new);
    differ
        .map(|(what, old, new)| DetailLine::new(&format!("{what} of {name}"), old, new))
        .collect()
}
