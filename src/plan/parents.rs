//! Tables that get a parent or leave one: what has to be done before, and what only behind.

use crate::change::{Context, replaced::names};
use crate::model::{Body, Catalog, Kind, Object, ObjectId, QualifiedName, Table};
use crate::step::{Fact, Phase, Step};
use std::collections::{BTreeSet, HashMap};

/// The parents that a table of the live side leaves, staying as a table.
pub fn left<'a>(context: &Context, id: &ObjectId, old: &'a Table) -> Vec<&'a QualifiedName> {
    let Some(new) = Context::table(context.to, &id.qualified()) else {
        return Vec::new();
    };
    let mut parents: Vec<&QualifiedName> = old
        .inherits
        .iter()
        .filter(|parent| !new.inherits.contains(parent))
        .collect();
    let before = old.partition_of.as_ref().map(|of| &of.parent);
    parents.extend(before.filter(|parent| new.partition_of.as_ref().map(|of| &of.parent) != Some(parent)));
    parents
}

/// The parent that a partition leaves for the while in which it gets another bound.
pub fn joined_again<'a>(context: &Context<'a>, id: &ObjectId) -> Option<&'a QualifiedName> {
    let (from, to): (&Catalog, &Catalog) = (context.from, context.to);
    let of = |catalog: &'a Catalog| Context::table(catalog, &id.qualified())?.partition_of.as_ref();
    let (old, new) = (of(from)?, of(to)?);
    (old.parent == new.parent && old.bound != new.bound).then_some(&old.parent)
}

/// What changes on a parent in contract reaches the partitions that it has by then. Those that leave for a new bound leave
/// behind what merely goes, and have come back before anything else.
pub fn wait_for_rejoined(
    context: &Context,
    recipes: &mut [Vec<Step>],
    rejoining: &HashMap<&QualifiedName, Vec<&ObjectId>>,
) {
    let of_parent = |part: &ObjectId| {
        let object = context.old(part).or_else(|| context.new_of(part))?;
        let relation = match &object.body {
            Body::Index(index) => index.table.clone(),
            Body::Column(_) | Body::Constraint(_) => part.relation(),
            _ => return None,
        };
        rejoining.get(&relation)
    };
    let merely_goes = |id: &ObjectId| context.new_of(id).is_none();
    let steps = || {
        recipes
            .iter()
            .flatten()
            .filter(|step| step.phase == Phase::Contract)
    };
    // A key that goes may wait for the one that takes its place.
    let made = steps().filter(|step| !merely_goes(&step.object) && step.object.kind != Kind::Column);
    let behind: BTreeSet<&ObjectId> = made
        .filter_map(|step| of_parent(&step.object))
        .flatten()
        .copied()
        .collect();
    let mut gone: HashMap<&ObjectId, Vec<Fact>> = HashMap::new();
    for step in steps().filter(|step| merely_goes(&step.object)) {
        for partition in of_parent(&step.object)
            .into_iter()
            .flatten()
            .filter(|id| !behind.contains(*id))
        {
            gone.entry(*partition)
                .or_default()
                .push(Fact::Gone(step.object.clone()));
        }
    }
    for step in recipes
        .iter_mut()
        .flatten()
        .filter(|step| step.phase == Phase::Contract)
    {
        let leaves =
            step.change == "change_partition" && !step.gives.contains(&Fact::Valid(step.object.clone()));
        if leaves {
            step.needs
                .extend(gone.get(&step.object).into_iter().flatten().cloned());
        }
        let partitions = of_parent(&step.object).into_iter().flatten();
        let come_back = partitions.filter(|id| !merely_goes(&step.object) || behind.contains(*id));
        step.needs.extend(come_back.map(|id| Fact::Valid((*id).clone())));
    }
}

/// True for the step that gives a table its new parent.
pub fn joins(context: &Context, step: &Step) -> bool {
    let id = &step.object;
    let has_parent = || {
        let table = Context::table(context.to, &id.qualified());
        table.is_some_and(|table| match step.change.as_str() {
            "change_partition" => table.partition_of.is_some(),
            _ => !table.inherits.is_empty(),
        })
    };
    id.kind == Kind::Table
        && matches!(step.change.as_str(), "change_partition" | "change_setting")
        && step.gives.contains(&Fact::Valid(id.clone()))
        && has_parent()
}

/// A table has to be like its parent, as that one is in the end, before it can become its child.
pub fn to_join(context: &Context, child: &ObjectId) -> Vec<Fact> {
    let table = child.qualified();
    let Some(body) = Context::table(context.to, &table) else {
        return Vec::new();
    };
    let mut facts = Vec::new();
    if let Some(parent) = joined_again(context, child) {
        return vec![Fact::Exists(ObjectId::named(Kind::Table, parent))];
    }
    for parent in body
        .inherits
        .iter()
        .chain(body.partition_of.iter().map(|of| &of.parent))
    {
        facts.push(Fact::Exists(ObjectId::named(Kind::Table, parent)));
        facts.extend(
            context
                .to
                .parts(Kind::Constraint, parent)
                .map(|part| Fact::Exists(part.id.clone())),
        );
        // A column that comes would be merged with the child's, and that one stay the child's own.
        let comes = |id: &ObjectId| context.old(id).is_none();
        let new = context.to.parts(Kind::Column, parent).map(|column| &column.id);
        facts.extend(new.filter(|id| comes(id)).cloned().map(Fact::Exists));
        // What goes from the parent would come to the child first; and back on the parent it would stay on the child that has left.
        let parts = context.from.parts(Kind::Constraint, parent);
        let index_on =
            |object: &&Object| matches!(&object.body, Body::Index(index) if index.table == *parent);
        let indexes = context.from.of_kind(Kind::Index).filter(index_on);
        let gone = parts
            .chain(indexes)
            .filter(|part| context.new_of(&part.id).is_none());
        facts.extend(gone.map(|part| Fact::Gone(part.id.clone())));
        for column in context.from.parts(Kind::Column, parent) {
            facts.push(match context.new_of(&column.id) {
                Some(_) => Fact::Changed(column.id.clone()),
                None => Fact::Gone(column.id.clone()),
            });
        }
    }
    for column in context.to.parts(Kind::Column, &table) {
        facts.push(Fact::Exists(column.id.clone()));
        facts.push(Fact::Changed(column.id.clone()));
    }
    facts.extend(
        context
            .to
            .parts(Kind::Constraint, &table)
            .map(|part| Fact::Exists(part.id.clone())),
    );
    for object in context.to.of_kind(Kind::Index) {
        let Body::Index(index) = &object.body else {
            continue;
        };
        let found = index.partition_names.iter().filter(|(on, _)| *on == table);
        for (_, name) in found {
            let below = QualifiedName {
                schema: table.schema.clone(),
                name: name.clone(),
            };
            facts.push(Fact::Exists(ObjectId::named(Kind::Index, &below)));
            facts.push(Fact::Exists(object.id.clone()));
        }
    }
    facts
}

/// New columns of tables above a new one that it speaks of: they come by steps of their own from the uppermost that gives them.
pub fn columns_that_come(context: &Context, table: &QualifiedName) -> Vec<ObjectId> {
    let mut found = Vec::new();
    let mut queue = vec![table.clone()];
    while let Some(name) = queue.pop() {
        let Some(body) = Context::table(context.to, &name) else {
            continue;
        };
        let above = body.partition_of.iter().map(|of| &of.parent);
        queue.extend(above.chain(&body.inherits).cloned());
        if name == *table || context.is_new(&name) {
            continue;
        }
        let comes = |column: &&Object| context.old(&column.id).is_none() && speaks_of(context, table, column);
        let new = context.to.parts(Kind::Column, &name);
        found.extend(new.filter(comes).map(|column| column.id.clone()));
    }
    found
}

/// True where the table's key or a part of it names the column.
fn speaks_of(context: &Context, table: &QualifiedName, column: &Object) -> bool {
    let own = ObjectId::part(Kind::Column, table, &column.id.name);
    let key = Context::table(context.to, table).and_then(|body| body.partition_key.as_ref());
    let in_key = key.is_some_and(|key| names(key, &column.id.name));
    let parts = || {
        [Kind::Constraint, Kind::Trigger, Kind::Policy]
            .into_iter()
            .flat_map(|kind| context.to.parts(kind, table))
    };
    in_key || parts().any(|part| part.depends_on.contains(&own))
}

/// The type that gives a column to the table that is OF it.
pub fn type_of(context: &Context, column: &ObjectId) -> Option<ObjectId> {
    let table = (column.kind == Kind::Column).then(|| ObjectId::named(Kind::Table, &column.relation()))?;
    let object = context.new_of(&table)?;
    let typed = matches!(&object.body, Body::Table(body) if body.of_type.is_some());
    let mut used = object
        .depends_on
        .iter()
        .filter(|used| typed && used.kind == Kind::CompositeType);
    used.next().cloned()
}

/// A partition takes no column of its own: one that stops being a partition gets it behind that. So does a table of a type.
pub fn to_leave_first(context: &Context, part: &ObjectId) -> Option<Fact> {
    let table = part.is_part().then(|| part.relation())?;
    if leaves_its_type(context, part) {
        return Some(Fact::Named(ObjectId::named(Kind::Table, &table)));
    }
    let before = Context::table(context.from, &table)?.partition_of.as_ref()?;
    let after = Context::table(context.to, &table)?.partition_of.as_ref();
    let leaves = part.kind == Kind::Column && after.map(|of| &of.parent) != Some(&before.parent);
    leaves.then(|| Fact::Named(ObjectId::named(Kind::Table, &table)))
}

/// What a parent gave changes or goes only once the table is free of that parent.
pub fn to_be_free(context: &Context, part: &ObjectId) -> Option<Fact> {
    let (table, inherited) = match &context.old(part)?.body {
        Body::Column(column) => (part.relation(), column.inherited),
        Body::Constraint(constraint) => (part.relation(), constraint.inherited),
        Body::Index(index) => (index.table.clone(), false),
        _ => return None,
    };
    let below = || {
        let body = Context::table(context.from, &table).filter(|body| body.partition_of.is_some());
        body.is_some_and(|body| !left(context, &ObjectId::named(Kind::Table, &table), body).is_empty())
    };
    (inherited || below() || leaves_its_type(context, part))
        .then(|| Fact::Named(ObjectId::named(Kind::Table, &table)))
}

/// True for a column of a table that is OF a type and no longer will be.
fn leaves_its_type(context: &Context, column: &ObjectId) -> bool {
    let of = |catalog| Context::table(catalog, &column.relation()).and_then(|table| table.of_type.as_ref());
    column.kind == Kind::Column && of(context.from).is_some() && of(context.from) != of(context.to)
}

/// What a table has of its own and from a parent goes there first.
pub fn gone_above(context: &Context, part: &ObjectId) -> Vec<Fact> {
    let Some(table) = part
        .is_part()
        .then(|| Context::table(context.from, &part.relation()))
        .flatten()
    else {
        return Vec::new();
    };
    // A parent that goes as a whole goes behind its children.
    let above = table
        .inherits
        .iter()
        .filter(|parent| !context.is_going(parent))
        .map(|parent| ObjectId::part(part.kind, parent, &part.name));
    let goes = |id: &ObjectId| context.old(id).is_some() && context.new_of(id).is_none();
    above.filter(goes).map(Fact::Gone).collect()
}

/// The columns of parents with which a column that they gave goes, if only to be computed anew.
pub fn goes_with<'a>(context: &Context<'a>, column: &ObjectId) -> Vec<&'a ObjectId> {
    if column.kind != Kind::Column || (context.new_of(column).is_some() && !is_computed(context, column)) {
        return Vec::new();
    }
    above(context.from, column)
}

/// The columns of parents with which a column comes that is computed anew.
pub fn comes_with<'a>(context: &Context<'a>, column: &ObjectId) -> Vec<&'a ObjectId> {
    if column.kind != Kind::Column || !is_computed(context, column) {
        return Vec::new();
    }
    above(context.to, column)
}

fn is_computed(context: &Context, column: &ObjectId) -> bool {
    let mut sides = [context.from, context.to].into_iter();
    sides.any(|side| Context::column(side, column).is_some_and(|column| column.generated.is_some()))
}

fn above<'a>(side: &'a Catalog, column: &ObjectId) -> Vec<&'a ObjectId> {
    let mut found: Vec<&ObjectId> = Vec::new();
    let mut queue = vec![column.relation()];
    while let Some(table) = queue.pop() {
        let Some(body) = Context::table(side, &table) else {
            continue;
        };
        let parents = body
            .inherits
            .iter()
            .chain(body.partition_of.iter().map(|of| &of.parent));
        for parent in parents {
            let above = ObjectId::part(Kind::Column, parent, &column.name);
            let above = side.get(&above).filter(|above| !found.contains(&&above.id));
            if let Some(above) = above {
                found.push(&above.id);
                queue.push(parent.clone());
            }
        }
    }
    found
}

/// True where a table of the live side is a parent of the other, or a parent of a parent.
pub fn is_above(context: &Context, parent: &QualifiedName, table: &QualifiedName) -> bool {
    let mut queue = vec![table.clone()];
    while let Some(table) = queue.pop() {
        let Some(body) = Context::table(context.from, &table) else {
            continue;
        };
        let above = body.partition_of.iter().map(|of| &of.parent);
        for above in above.chain(&body.inherits) {
            if above == parent {
                return true;
            }
            queue.push(above.clone());
        }
    }
    false
}
