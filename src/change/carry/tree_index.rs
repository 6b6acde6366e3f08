//! Indexes of carried columns below a partitioned table: each stands on its partition, and all change names together.

use super::Carry;
use super::copies::standing_on;
use crate::change::{Context, create_index, partition_name};
use crate::model::{Body, Catalog, Ident, Index, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt, alter, probe};
use crate::step::{Action, DoneWhen, Lock, LockOn, Phase, Step, Undo};

/// An index, and those of the partitions below it, from one name to another.
pub(super) fn renamed(
    object: &Object,
    before: impl Fn(&Ident) -> Ident,
    after: impl Fn(&Ident) -> Ident,
) -> Vec<Stmt> {
    let (Body::Index(index), Some(table)) = (&object.body, standing_on(object)) else {
        return Vec::new();
    };
    let below = index
        .partition_names
        .iter()
        .map(|(partition, name)| (&partition.schema, name));
    let all = std::iter::once((&table.schema, &object.id.name)).chain(below);
    all.map(|(schema, name)| {
        let old = QualifiedName {
            schema: schema.clone(),
            name: before(name),
        };
        alter::rename_index(&old, &after(name))
    })
    .collect()
}

/// What is said of an index that is built, and what those of the partitions below it have of their own.
pub(super) fn described(object: &Object, catalog: &Catalog) -> Vec<Stmt> {
    let mut statements: Vec<Stmt> = sql::create(object, catalog).into_iter().skip(1).collect();
    if let Body::Index(index) = &object.body {
        statements.extend(partition_name::own_below(index, catalog));
    }
    statements
}

/// Builds the indexes of all partitions CONCURRENTLY and attaches them to that of the table.
pub(super) struct TreeIndex<'a> {
    pub context: &'a Context<'a>,
    pub id: &'a ObjectId,
    /// Over the columns by the names that they bear then.
    pub index: Index,
    /// What the index of this name is called then.
    pub name: fn(&Ident) -> Ident,
}

impl TreeIndex<'_> {
    pub fn steps(&self) -> Vec<Step> {
        let mut built = Vec::new();
        let root = QualifiedName {
            schema: self.index.table.schema.clone(),
            name: (self.name)(&self.id.name),
        };
        self.on(&self.index.table, &root, &mut built);
        // The table's takes along those that are attached.
        let names = self
            .index
            .partition_names
            .iter()
            .map(|(partition, name)| QualifiedName {
                schema: partition.schema.clone(),
                name: (self.name)(name),
            });
        let gone = std::iter::once(root)
            .chain(names)
            .map(|name| alter::drop_index_if_exists(&name));
        if let Some(first) = built.first_mut() {
            first.undo = Undo::statements(gone.collect());
        }
        built
    }

    fn on(&self, table: &QualifiedName, name: &QualifiedName, built: &mut Vec<Step>) {
        let mut index = self.index.clone();
        index.table = table.clone();
        if !self.context.from.is_partitioned(table) {
            let mut step =
                create_index::concurrently(self.id, "change_type", Phase::Migrate, &index, &name.name);
            step.undo = Undo::Nothing;
            built.push(step);
            return;
        }
        let mut alone = self.step(
            format!("Create index {} on {table} alone", name.name),
            sql::index(&index, &name.name, false, true),
            probe::relation(name),
        );
        alone.locks = vec![LockOn {
            lock: Lock::Share,
            relation: table.clone(),
        }];
        built.push(alone);
        for child in self.context.from.of_kind(Kind::Table) {
            let Body::Table(body) = &child.body else { continue };
            if body.partition_of.as_ref().is_none_or(|of| of.parent != *table) {
                continue;
            }
            let partition = child.id.qualified();
            let Some((_, own)) = self.index.partition_names.iter().find(|(on, _)| *on == partition) else {
                continue;
            };
            let own = QualifiedName {
                schema: partition.schema.clone(),
                name: (self.name)(own),
            };
            self.on(&partition, &own, built);
            let mut attach = self.step(
                format!("Attach index {} to {}", own.name, name.name),
                alter::attach_index(name, &own),
                probe::attached(&own),
            );
            attach.locks = vec![LockOn {
                lock: Lock::AccessShare,
                relation: partition,
            }];
            built.push(attach);
        }
    }

    fn step(&self, title: String, up: Stmt, done: String) -> Step {
        Step::new(
            self.id.clone(),
            "change_type",
            Phase::Migrate,
            title,
            Action::one(up),
            Undo::Nothing,
            DoneWhen::Holds(done),
        )
    }
}

impl Carry<'_> {
    /// The statements of [`TreeIndex`], for an undo.
    pub(super) fn tree_index(&self, id: &ObjectId, index: Index, name: fn(&Ident) -> Ident) -> Action {
        let tree = TreeIndex {
            context: self.context,
            id,
            index,
            name,
        };
        Action::Sequence(tree.steps().into_iter().map(|step| step.up).collect())
    }
}
