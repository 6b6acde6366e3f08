//! The needs that follow from the catalogs, so that recipes rarely write any.

use super::identity_names::IdentityNames;
use super::keys;
use super::names_below::NamesBelow;
use super::namesakes::namesakes;
use super::parents;
use super::twins::{Twin, twins};
use crate::change::{Context, around, create_index, exchange_type, is_replaced, rename_object};
use crate::model::{Body, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::Stmt;
use crate::step::{Action, Fact, Step};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What the needs of steps are read from, found once for all of them.
pub struct Completion<'a> {
    context: &'a Context<'a>,
    twins: Vec<Twin>,
    /// What some step removes, also to make it anew.
    removed: HashSet<ObjectId>,
    /// Who stands on an object of the live side.
    users: HashMap<&'a ObjectId, Vec<&'a ObjectId>>,
    /// Constraints of the live side that are indexes too, by schema and name.
    keys: HashMap<(&'a Ident, &'a Ident), Vec<&'a ObjectId>>,
    /// Partitions and children that leave a parent and stay as tables, by that parent.
    detached: HashMap<&'a QualifiedName, Vec<&'a ObjectId>>,
    /// Sequences that leave the column that owns them, by that column.
    untied: HashMap<ObjectId, Vec<&'a ObjectId>>,
    /// Indexes of the live side that go, by table.
    leaving: HashMap<&'a QualifiedName, Vec<&'a ObjectId>>,
    /// Partitions that leave their parent and come back to it with another bound, by that parent.
    rejoining: HashMap<&'a QualifiedName, Vec<&'a ObjectId>>,
    /// What foreign keys may refer to beside constraints.
    unique: keys::UniqueIndexes<'a>,
    /// Names of partitions' indexes.
    below: NamesBelow<'a>,
    /// Names of identities' sequences.
    identities: IdentityNames<'a>,
    /// Foreign keys that are made anew, with the transaction in which they are.
    anew: HashMap<ObjectId, String>,
}

impl<'a> Completion<'a> {
    /// Reads both catalogs and all recipes once.
    pub fn new(context: &'a Context<'a>, recipes: &[Vec<Step>]) -> Self {
        // What merely gets another name stays.
        let steps = recipes
            .iter()
            .flatten()
            .filter(|step| step.change != rename_object::CODE);
        let removed = steps.flat_map(|step| &step.gives).filter_map(|fact| match fact {
            Fact::Gone(id) => Some(id.clone()),
            _ => None,
        });
        let mut users: HashMap<&ObjectId, Vec<&ObjectId>> = HashMap::new();
        let mut keys: HashMap<(&Ident, &Ident), Vec<&ObjectId>> = HashMap::new();
        let mut leaving: HashMap<&QualifiedName, Vec<&ObjectId>> = HashMap::new();
        let mut detached: HashMap<&QualifiedName, Vec<&ObjectId>> = HashMap::new();
        let mut untied: HashMap<ObjectId, Vec<&ObjectId>> = HashMap::new();
        let mut unique: keys::UniqueIndexes = HashMap::new();
        let mut rejoining: HashMap<&QualifiedName, Vec<&ObjectId>> = HashMap::new();
        for object in context.from.objects.values() {
            for used in object.depends_on.iter().filter(|used| **used != object.id) {
                users.entry(used).or_default().push(&object.id);
                for above in parents::goes_with(context, used) {
                    users.entry(above).or_default().push(&object.id);
                }
            }
            if let Body::Index(index) = &object.body
                && index.unique
            {
                unique.entry(&index.table).or_default().push(object);
            }
            match &object.body {
                Body::Constraint(constraint) if constraint.index.is_some() => {
                    keys.entry((&object.id.schema, &object.id.name))
                        .or_default()
                        .push(&object.id);
                }
                Body::Index(index) if context.new_of(&object.id).is_none() => {
                    leaving.entry(&index.table).or_default().push(&object.id);
                }
                Body::Sequence(sequence) => {
                    let Some((table, column)) = &sequence.owned_by else {
                        continue;
                    };
                    let stays = context.new_of(&object.id).map(|new| &new.body);
                    if matches!(stays, Some(Body::Sequence(new)) if new.owned_by != sequence.owned_by) {
                        let column = ObjectId::part(Kind::Column, table, column);
                        untied.entry(column).or_default().push(&object.id);
                    }
                }
                Body::Table(table) => {
                    for parent in parents::left(context, &object.id, table) {
                        detached.entry(parent).or_default().push(&object.id);
                    }
                    if let Some(parent) = parents::joined_again(context, &object.id) {
                        rejoining.entry(parent).or_default().push(&object.id);
                    }
                }
                _ => {}
            }
        }
        let anew = recipes.iter().flatten().filter_map(|step| {
            let made_again =
                step.change == "redefine" && step.gives.contains(&Fact::Gone(step.object.clone()));
            made_again.then(|| Some((step.object.clone(), step.unit.clone()?)))?
        });
        Self {
            context,
            anew: anew.collect(),
            twins: twins(context),
            below: NamesBelow::of(context),
            identities: IdentityNames::of(context),
            removed: removed.collect(),
            users,
            keys,
            detached,
            untied,
            leaving,
            unique,
            rejoining,
        }
    }
}

impl Completion<'_> {
    fn former_keys(&self, object: &Object) -> impl Iterator<Item = ObjectId> {
        keys::former_keys(self.context, object, &self.unique, &self.removed).into_iter()
    }
}

/// Adds what a step needs by what it gives.
pub fn complete(completion: &Completion, step: &mut Step) {
    let context = completion.context;
    let mut needs: BTreeSet<Fact> = step.needs.iter().cloned().collect();
    for fact in step.gives.clone() {
        match &fact {
            Fact::Exists(id) => to_make(completion, id, &mut needs),
            Fact::Changed(_) if takes_default_away(step) => {}
            Fact::Changed(id) => to_change(context, id, &mut needs),
            Fact::Gone(id) => to_remove(completion, id, &mut needs),
            Fact::Valid(_) | Fact::Named(_) => {}
        }
    }
    if step.change == "change_type" && step.needs.contains(&Fact::Changed(step.object.clone())) {
        // The default is gone by then and comes again behind it: only that needs what it calls.
        needs.retain(
            |need| !matches!(need, Fact::Exists(id) if matches!(id.kind, Kind::Function | Kind::Aggregate)),
        );
    }
    if matches!(step.change.as_str(), "set_not_null" | "drop_not_null") {
        // The exchange of a type takes its columns over itself, and says nothing of NULL.
        needs.retain(|need| !matches!(need, Fact::Exists(id) if is_exchanged(context, id)));
    }
    for fact in &step.gives {
        needs.remove(fact);
    }
    if step.change == "change_default"
        && step.unit.is_none()
        && let Some(column) = context.new_of(&step.object)
    {
        // The new default may be a label that comes.
        let types = column
            .depends_on
            .iter()
            .filter(|used| used.kind == Kind::EnumType);
        needs.extend(types.cloned().map(Fact::Exists));
    }
    if step.change == "add_foreign_key"
        && let Some(reference) = context.new_of(&step.object)
    {
        // NOT VALID already ties it to a key, long before it counts as there.
        needs.extend(completion.former_keys(reference).map(Fact::Gone));
    }
    let takes_a_name =
        step.change == rename_object::CODE && matches!(step.object.kind, Kind::Index | Kind::Constraint);
    if takes_a_name || step.change == "create_index" && create_index::is_partitioned(context, &step.object) {
        // The first of the steps of an index bears the name already.
        let others = namesakes(context, &completion.keys, &step.object);
        needs.extend(others.into_iter().map(Fact::Gone));
    }
    needs.extend(completion.below.needs(context, &completion.removed, step));
    keys::come_behind_references(context, step, &mut needs, &completion.removed, &completion.anew);
    let joins = parents::joins(context, step);
    if joins {
        needs.extend(parents::to_join(context, &step.object));
    }
    for twin in &completion.twins {
        let makes = |id: &ObjectId| step.gives.contains(&Fact::Exists(id.clone()));
        if makes(&twin.own) {
            needs.insert(Fact::Exists(twin.root.clone()));
            needs.insert(Fact::Valid(twin.partition.clone()));
        }
        if !twin.there {
            continue;
        }
        if makes(&twin.root) || (joins && step.object == twin.partition) {
            needs.insert(Fact::Gone(twin.own.clone()));
        }
    }
    step.needs = needs.into_iter().collect();
}

/// True where the step leaves a column without a default, which needs nothing of what a new one calls.
fn takes_default_away(step: &Step) -> bool {
    let drops = |statements: &[Stmt]| {
        statements
            .iter()
            .all(|statement| statement.as_str().ends_with(" DROP DEFAULT"))
    };
    step.change == "change_default" && matches!(&step.up, Action::Statements(statements) if drops(statements))
}

/// Whatever it stands on is there, and whatever bears its name is gone.
fn to_make(completion: &Completion, id: &ObjectId, needs: &mut BTreeSet<Fact>) {
    let context = completion.context;
    let Some(object) = context.new_of(id) else { return };
    for used in &object.depends_on {
        needs.insert(Fact::Exists(used.clone()));
        needs.extend(
            parents::comes_with(context, used)
                .into_iter()
                .cloned()
                .map(Fact::Exists),
        );
        if used.kind == Kind::CompositeType {
            needs.insert(Fact::Changed(used.clone()));
        }
        needs.extend(parents::type_of(context, used).map(Fact::Changed));
    }
    if matches!(id.kind, Kind::Constraint | Kind::Index) {
        // The way back from a plain column to a computed one drops it, with all that stands on it by then.
        let plain = object
            .depends_on
            .iter()
            .filter(|used| becomes_plain(context, used));
        needs.extend(plain.cloned().map(Fact::Named));
    }
    if id.kind == Kind::Table {
        let table = id.qualified();
        needs.extend(
            parents::columns_that_come(context, &table)
                .into_iter()
                .map(Fact::Exists),
        );
        for column in context.to.parts(Kind::Column, &table) {
            needs.extend(
                column
                    .depends_on
                    .iter()
                    .filter(|used| *used != id)
                    .cloned()
                    .map(Fact::Exists),
            );
            if let Body::Column(column) = &column.body
                && let Some(identity) = &column.identity
            {
                needs.insert(Fact::Named(ObjectId::named(Kind::Sequence, &identity.sequence)));
            }
        }
    }
    needs.extend(super::inside::checks_inside(context, id));
    needs.extend(super::published::needs(context, id));
    needs.extend(parents::to_leave_first(context, id));
    let left_by_another = match (&object.body, context.old(id).map(|old| &old.body)) {
        (Body::Sequence(_), None) => true,
        (Body::Index(new), Some(Body::Index(old))) => new.table != old.table,
        _ => false,
    };
    if left_by_another {
        needs.insert(Fact::Named(id.clone()));
    }
    let makes_room = match &object.body {
        Body::Table(_) => Some(id.qualified()),
        Body::Sequence(sequence) => sequence.owned_by.as_ref().map(|(table, _)| table.clone()),
        _ => None,
    };
    if let Some(table) = makes_room.filter(|table| is_replaced(context.from, context.to, table)) {
        needs.insert(Fact::Gone(ObjectId::named(Kind::Table, &table)));
    }
    for other in namesakes(completion.context, &completion.keys, id) {
        needs.insert(Fact::Named(other.clone()));
        needs.insert(Fact::Gone(other));
    }
    needs.extend(completion.identities.needs(context, id));
    needs.extend(completion.former_keys(object).map(Fact::Gone));
    if let (Body::Index(index), Some(Body::Index(before))) =
        (&object.body, context.old(id).map(|old| &old.body))
        && (&before.table, before.on_materialized_view) != (&index.table, index.on_materialized_view)
    {
        // Its name is free once the one on the other relation is dropped.
        needs.insert(Fact::Gone(id.clone()));
    }
    if let Body::Index(index) = &object.body
        && let Some(of) =
            Context::table(context.to, &index.table).and_then(|table| table.partition_of.as_ref())
    {
        // The parent's index that goes has a partition's index of the same automatic name below it.
        let leaving = completion.leaving.get(&of.parent).into_iter().flatten();
        needs.extend(leaving.map(|other| Fact::Gone((*other).clone())));
    }
    if let Body::Column(column) = &object.body
        && let Some(identity) = &column.identity
        && context.old(id).is_none()
    {
        let sequence = ObjectId::named(Kind::Sequence, &identity.sequence);
        needs.extend([Fact::Named(sequence.clone()), Fact::Gone(sequence)]);
    }
}

fn becomes_plain(context: &Context, column: &ObjectId) -> bool {
    let is_generated =
        |catalog| Context::column(catalog, column).is_some_and(|column| column.generated.is_some());
    is_generated(context.from) && context.new_of(column).is_some() && !is_generated(context.to)
}

/// What its new form uses and its old one did not.
fn to_change(context: &Context, id: &ObjectId, needs: &mut BTreeSet<Fact>) {
    let Some(object) = context.new_of(id) else { return };
    needs.extend(parents::to_be_free(context, id));
    let before = context.old(id).map(|object| &object.depends_on);
    if before.is_none() {
        needs.extend(parents::type_of(context, id).map(Fact::Changed));
    }
    for used in &object.depends_on {
        if used.kind == Kind::CompositeType {
            needs.insert(Fact::Changed(used.clone()));
        }
        if !before.is_some_and(|before| before.contains(used)) {
            needs.insert(Fact::Exists(used.clone()));
        }
    }
}

/// The table that a part or an index goes with.
fn table_of(context: &Context, id: &ObjectId) -> Option<ObjectId> {
    let table = match &context.old(id)?.body {
        Body::Index(index) => index.table.clone(),
        Body::Statistics(statistics) => statistics.table.clone(),
        _ if id.is_part() => id.relation(),
        _ => return None,
    };
    let going = context.is_going(&table);
    going.then(|| ObjectId::named(Kind::Table, &table))
}

/// Whoever used it is gone or has left.
fn to_remove(completion: &Completion, id: &ObjectId, needs: &mut BTreeSet<Fact>) {
    // What comes back takes its users along: their new forms wait for it, so it cannot wait for them.
    let comes_back = id.kind != Kind::Column && completion.context.new_of(id).is_some();
    needs.extend(parents::to_be_free(completion.context, id));
    needs.extend(parents::gone_above(completion.context, id));
    if id.kind == Kind::Schema && completion.context.old(id).is_some() {
        // An extension that moves has left the schema by then. One that gets another name keeps it.
        let extensions = completion.context.to.of_kind(Kind::Extension);
        needs.extend(extensions.map(|extension| Fact::Named(extension.id.clone())));
    }
    if id.kind == Kind::Table {
        // It is archived as it is: what it holds of a type that is exchanged is exchanged before.
        let columns = completion.context.from.parts(Kind::Column, &id.qualified());
        let types = columns
            .flat_map(|column| &column.depends_on)
            .filter(|used| exchange_type::TYPES.contains(&used.kind));
        needs.extend(types.cloned().map(Fact::Exists));
    }
    if matches!(id.kind, Kind::Index | Kind::Constraint) && completion.context.new_of(id).is_none() {
        // No table is ordered or identified by it any more.
        needs.insert(Fact::Changed(id.clone()));
    }
    // PostgreSQL would drop it with the column.
    let untied = completion.untied.get(id).into_iter().flatten();
    needs.extend(untied.map(|sequence| Fact::Changed((*sequence).clone())));
    for user in completion.users.get(id).into_iter().flatten() {
        if is_index_above(completion.context, user, id) {
            continue;
        }
        needs.insert(Fact::Gone((*user).clone()));
        let column = completion.context.old(user).map(|object| &object.body);
        if matches!(column, Some(Body::Column(column)) if around::default_steps_aside(column, id)) {
            needs.insert(Fact::Changed((*user).clone()));
        }
        // Whoever is removed has left by then, and its new form may stand on what comes in this one's place.
        if !comes_back && !completion.removed.contains(*user) {
            needs.insert(Fact::Changed((*user).clone()));
        }
        if !id.is_part()
            && !matches!(id.kind, Kind::Table | Kind::Index)
            && !completion.removed.contains(*user)
        {
            // It goes with its table, without a step of its own.
            needs.extend(table_of(completion.context, user).map(Fact::Gone));
        }
    }
}

/// True for an index or key of a parent: its part on the partition goes with the partition.
fn is_index_above(context: &Context, user: &ObjectId, id: &ObjectId) -> bool {
    let table = match id.kind {
        Kind::Table => id.qualified(),
        Kind::Column => id.relation(),
        _ => return false,
    };
    match context.old(user).map(|object| &object.body) {
        Some(Body::Index(index)) => parents::is_above(context, &index.table, &table),
        Some(Body::Constraint(key)) => {
            key.index.is_some() && parents::is_above(context, &user.relation(), &table)
        }
        _ => false,
    }
}

/// True for a type that takes the place of one of another kind.
fn is_exchanged(context: &Context, id: &ObjectId) -> bool {
    let other =
        |kind: &&Kind| **kind != id.kind && context.old(&ObjectId::named(**kind, &id.qualified())).is_some();
    exchange_type::TYPES.contains(&id.kind) && exchange_type::TYPES.iter().any(|kind| other(&kind))
}

/// What a parent gets, its partitions get, also those that come back by an undo: whatever makes a part of a parent waits, from
/// its first step on, for the partitions that leave.
pub fn wait_for_detached(completion: &Completion, recipes: &mut [Vec<Step>]) {
    let context = completion.context;
    for recipe in recipes.iter_mut() {
        let facts = recipe.iter().flat_map(|step| &step.gives);
        let made = facts.filter_map(|fact| match fact {
            Fact::Exists(id) if context.old(id).is_none() => context.new_of(id),
            _ => None,
        });
        let parents = made.filter_map(|object| match &object.body {
            Body::Index(index) => Some(index.table.clone()),
            Body::Column(_) | Body::Constraint(_) => Some(object.id.relation()),
            _ => None,
        });
        // NOT NULL that comes or goes does so below, too.
        let nullability = recipe
            .iter()
            .filter(|step| matches!(step.change.as_str(), "set_not_null" | "drop_not_null"));
        let needs: BTreeSet<Fact> = parents
            .chain(nullability.map(|step| step.object.relation()))
            .filter_map(|parent| completion.detached.get(&parent))
            .flatten()
            .map(|child| Fact::Named((*child).clone()))
            .collect();
        if let Some(first) = recipe.first_mut() {
            first.needs.extend(needs);
        }
    }
    parents::wait_for_rejoined(context, recipes, &completion.rejoining);
}
