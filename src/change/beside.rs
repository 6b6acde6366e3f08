//! A materialized view that is built beside the one it replaces.

use super::redefine::Redefine;
use super::{Change, Context, Detail, build, carrying, is_replaced, restoring};
use crate::model::{Body, Catalog, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::own_name::{former_name, shadow_name};
use crate::sql::{self, Stmt, probe};
use crate::step::{Action, Cost, DoneWhen, Fact, Lock, LockOn, Phase, Step, TimeoutClass, Undo};
use std::collections::BTreeSet;

/// Marks the redefinitions of materialized views that are built beside the old ones, and what goes with them: all changes of
/// their indexes. Not where the view or what it reads is small enough to be filled at once, and not where what it stands on,
/// before or behind, is made anew in the same transaction, or gives its name to another table: the new one could not be filled before that.
pub fn mark(context: &Context, changes: &mut [Change]) {
    let views: BTreeSet<ObjectId> = changes
        .iter()
        .filter(|change| is_built_beside(context, changes, change))
        .map(|change| change.object.clone())
        .collect();
    for change in changes {
        let view = index_on(context, &change.object).unwrap_or_else(|| change.object.clone());
        if !views.contains(&view) {
            continue;
        }
        match &mut change.detail {
            Detail::Redefine(redefine) => redefine.beside = true,
            Detail::CreateIndex(_) | Detail::DropIndex(_) | Detail::ReplaceIndex(_) => {
                change.detail = Detail::Redefine(Redefine {
                    unit: format!("recreate {}", view.label()),
                    beside: true,
                });
            }
            _ => {}
        }
    }
}

fn is_built_beside(context: &Context, changes: &[Change], change: &Change) -> bool {
    let (Detail::Redefine(redefine), Some(old), Some(new)) = (
        &change.detail,
        context.old(&change.object),
        context.new_of(&change.object),
    ) else {
        return false;
    };
    let Body::MaterializedView(body) = &new.body else {
        return false;
    };
    let is_renamed = changes
        .iter()
        .any(|other| other.object == change.object && matches!(other.detail, Detail::RenameObject(_)));
    let others = || {
        changes
            .iter()
            .filter(|other| other.object != change.object && other.detail.unit() == Some(&redefine.unit))
    };
    let stands_on = |other: &Change| {
        !matches!(other.detail, Detail::Redefine(_))
            || old.depends_on.contains(&other.object)
            || new.depends_on.contains(&other.object)
    };
    let reads_anew = |relation: &QualifiedName| is_replaced(context.from, context.to, relation);
    body.populated
        && !is_renamed
        && !reads(context.from, old).iter().any(reads_anew)
        && redefine.unit.starts_with("recreate ")
        && !others().any(stands_on)
        && reads(context.from, old)
            .iter()
            .chain([&old.id.qualified()])
            .any(|relation| !context.is_direct(relation))
}

/// The tables and materialized views that the rows of a view come from, through views too.
pub(super) fn reads(catalog: &Catalog, view: &Object) -> BTreeSet<QualifiedName> {
    let mut found = BTreeSet::new();
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    let mut queue: Vec<ObjectId> = view.depends_on.iter().cloned().collect();
    while let Some(id) = queue.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        match id.kind {
            Kind::Table | Kind::MaterializedView => {
                found.insert(id.qualified());
            }
            Kind::View => queue.extend(
                catalog
                    .get(&id)
                    .into_iter()
                    .flat_map(|object| object.depends_on.iter().cloned()),
            ),
            _ => {}
        }
    }
    found
}

/// The materialized view that an index is on, on either side.
fn index_on(context: &Context, id: &ObjectId) -> Option<ObjectId> {
    let object = context.old(id).or_else(|| context.new_of(id))?;
    match &object.body {
        Body::Index(index) if index.on_materialized_view => {
            Some(ObjectId::named(Kind::MaterializedView, &index.table))
        }
        _ => None,
    }
}

/// Both forms of the view, and the names that they bear while both are there.
struct Pair<'a> {
    context: &'a Context<'a>,
    old: &'a Object,
    new: &'a Object,
    fresh: QualifiedName,
    former: QualifiedName,
}

/// Build, fill again, swap, drop.
pub(super) fn steps(context: &Context, code: &str, unit: &str, old: &Object, new: &Object) -> Vec<Step> {
    let id = &new.id;
    let named = |name: Ident| QualifiedName {
        schema: id.schema.clone(),
        name,
    };
    let pair = Pair {
        context,
        old,
        new,
        fresh: named(shadow_name(&id.name)),
        former: named(former_name(&id.name)),
    };
    let mut swap = pair.swap(code);
    swap.unit = Some(unit.to_owned());
    vec![
        pair.build(code),
        pair.fill_again(code),
        swap,
        pair.drop_former(code),
    ]
}

/// The indexes of a materialized view.
fn indexes<'a>(catalog: &'a Catalog, view: &ObjectId) -> Vec<&'a Object> {
    let is_on = |object: &&Object| match &object.body {
        Body::Index(index) => index.on_materialized_view && index.table == view.qualified(),
        _ => false,
    };
    catalog.of_kind(Kind::Index).filter(is_on).collect()
}

impl Pair<'_> {
    fn step(&self, code: &str, phase: Phase, title: String, up: Vec<Stmt>, undo: Undo, done: String) -> Step {
        let id = self.new.id.clone();
        Step::new(
            id,
            code,
            phase,
            title,
            Action::Statements(up),
            undo,
            DoneWhen::Holds(done),
        )
    }

    /// Reads what the view reads, without a lock that anyone feels.
    fn reading(&self, step: &mut Step) {
        let sources = reads(self.context.to, self.new);
        let old: Vec<&QualifiedName> = sources
            .iter()
            .filter(|source| !self.context.is_new(source))
            .collect();
        step.locks = old
            .iter()
            .map(|source| LockOn {
                lock: Lock::AccessShare,
                relation: (*source).clone(),
            })
            .collect();
        step.also_costs(old.into_iter().cloned().map(Cost::Scans));
        step.timeout = TimeoutClass::Long;
    }

    fn build(&self, code: &str) -> Step {
        let id = &self.new.id;
        let gone = vec![sql::drop_materialized_if_there(&self.fresh)];
        let mut up = gone.clone();
        let new = carrying(self.new, self.old);
        up.extend(made(self.context.to, &new, &self.fresh, false, shadow_name));
        up.push(sql::beside_mark(&self.fresh, id, false));
        let title = format!("Build and fill the new form of {} beside it", self.new.title());
        let done = format!(
            "({}) OR ({})",
            probe::relation(&self.former),
            sql::turned_into(self.old, self.new).map_or_else(
                || probe::relation(&self.fresh),
                |swapped| format!("{} OR ({swapped})", probe::relation(&self.fresh)),
            )
        );
        let mut step = self.step(code, Phase::Expand, title, up, Undo::statements(gone), done);
        self.reading(&mut step);
        step.needs
            .extend(self.new.depends_on.iter().cloned().map(Fact::Exists));
        for index in indexes(self.context.to, id) {
            let used = index.depends_on.iter().filter(|used| *used != id);
            step.needs.extend(used.cloned().map(Fact::Exists));
        }
        step
    }

    /// What was filled in expand is as old as that.
    fn fill_again(&self, code: &str) -> Step {
        let id = &self.new.id;
        let up = vec![
            sql::refresh_materialized(&self.fresh),
            sql::beside_mark(&self.fresh, id, true),
        ];
        let undo = Undo::statements(vec![sql::beside_mark(&self.fresh, id, false)]);
        let title = format!("Fill the new form of {} again", self.new.title());
        let mut step = self.step(
            code,
            Phase::Contract,
            title,
            up,
            undo,
            sql::is_filled_beside(&self.fresh),
        );
        self.reading(&mut step);
        step.gives.push(Fact::Valid(id.clone()));
        step
    }

    fn swap(&self, code: &str) -> Step {
        let id = &self.new.id;
        let (olds, news) = (indexes(self.context.from, id), indexes(self.context.to, id));
        let schema = |name: Ident| QualifiedName {
            schema: id.schema.clone(),
            name,
        };
        let stays = |index: &&&Object| self.context.new_of(&index.id).is_some();
        let paired: Vec<&Object> = olds.iter().filter(stays).copied().collect();
        let aside = |view: &QualifiedName, indexes: &[&Object], aside: fn(&Ident) -> Ident| {
            let mut statements = vec![sql::rename_materialized(&id.qualified(), &view.name)];
            statements.extend(
                indexes
                    .iter()
                    .map(|index| sql::alter::rename_index(&index.id.qualified(), &aside(&index.id.name))),
            );
            statements
        };
        let back = |view: &QualifiedName, indexes: &[&Object], aside: fn(&Ident) -> Ident| {
            let mut statements = vec![sql::rename_materialized(view, &id.name)];
            statements.extend(
                indexes
                    .iter()
                    .map(|index| sql::alter::rename_index(&schema(aside(&index.id.name)), &index.id.name)),
            );
            statements
        };
        let mut up = aside(&self.former, &paired, former_name);
        up.extend(back(&self.fresh, &news, shadow_name));
        up.extend(sql::comment(self.new, self.new.comment.as_deref()));
        let mut down = aside(&self.fresh, &news, shadow_name);
        down.push(sql::beside_mark(&self.fresh, id, true));
        down.extend(back(&self.former, &paired, former_name));
        let title = format!("Swap {} for its new form", self.new.title());
        // Once the former one has gone too, what is left to see is that there is none beside it.
        let done = sql::turned_into(self.old, self.new).unwrap_or_else(|| {
            let none_beside = probe::not(&probe::relation(&self.fresh));
            format!("{} OR {none_beside}", probe::relation(&self.former))
        });
        let mut step = self.step(code, Phase::Contract, title, up, Undo::statements(down), done);
        step.timeout = TimeoutClass::Cut;
        step.locks = build::locks(self.context, id, Lock::AccessExclusive);
        step.needs.push(Fact::Valid(id.clone()));
        // Whoever stands on the old one has left it: the names change places under it.
        let aside = self.context.users.standing_on(&BTreeSet::from([id.clone()]));
        let aside = aside
            .into_iter()
            .filter(|user| !olds.iter().any(|index| index.id == *user));
        step.needs.extend(aside.map(Fact::Gone));
        step.gives.push(Fact::Exists(id.clone()));
        step.gives
            .extend(news.iter().map(|index| Fact::Exists(index.id.clone())));
        step
    }

    fn drop_former(&self, code: &str) -> Step {
        let id = &self.new.id;
        let (context, old) = (self.context, restoring(self.old));
        let olds = indexes(context.from, id);
        let name = |name: &Ident| match olds
            .iter()
            .any(|i| i.id.name == *name && context.new_of(&i.id).is_some())
        {
            true => former_name(name),
            false => name.clone(),
        };
        let mut again = vec![sql::drop_materialized_if_there(&self.former)];
        again.extend(made(context.from, &old, &self.former, true, name));
        let undo = Undo::Run {
            action: Action::Statements(again),
            outside_transaction: true,
        };
        let up = vec![sql::drop_materialized_if_there(&self.former)];
        let title = format!("Drop the former {}", self.new.title());
        // Before the swap there is none either.
        let done = probe::all(&[&self.former, &self.fresh].map(|name| probe::not(&probe::relation(name))));
        let mut step = self.step(code, Phase::Contract, title, up, undo, done);
        step.locks = vec![LockOn {
            lock: Lock::AccessExclusive,
            relation: self.former.clone(),
        }];
        step.gives = vec![Fact::Gone(id.clone()), Fact::Changed(id.clone())];
        step.gives
            .extend(olds.iter().map(|index| Fact::Gone(index.id.clone())));
        step
    }
}

/// The view with its indexes under other names.
fn made(
    catalog: &Catalog,
    view: &Object,
    name: &QualifiedName,
    concurrently: bool,
    index_name: impl Fn(&Ident) -> Ident,
) -> Vec<Stmt> {
    let mut twin = view.clone();
    twin.id = ObjectId::named(Kind::MaterializedView, name);
    let mut statements = sql::create(&twin, catalog);
    for index in indexes(catalog, &view.id) {
        let Body::Index(body) = &index.body else { continue };
        let mut other = index.clone();
        let mut on = body.clone();
        on.table = name.clone();
        other.id.name = index_name(&index.id.name);
        statements.push(sql::index(&on, &other.id.name, concurrently, false));
        other.body = Body::Index(on);
        statements.extend(sql::create(&other, catalog).into_iter().skip(1));
    }
    if let Body::MaterializedView(body) = &view.body
        && let Some(index) = &body.cluster_on
    {
        statements.push(sql::cluster_materialized(name, &index_name(index)));
    }
    statements
}
