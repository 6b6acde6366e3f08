//! Names that partitions' indexes bear below a parent's: who has to give one up before another index bears it.

use crate::change::Context;
use crate::model::{Body, Ident, Index, Kind, Object, ObjectId, QualifiedName};
use crate::step::{Fact, Step};
use std::collections::{HashMap, HashSet};

/// The parents' indexes and keys of the live side, by schema and name of what hangs below them.
pub struct NamesBelow<'a> {
    roots: HashMap<(&'a Ident, &'a Ident), &'a ObjectId>,
}

/// The index that an object is or has.
fn index_of(object: &Object) -> Option<&Index> {
    match &object.body {
        Body::Index(index) => Some(index),
        Body::Constraint(constraint) => constraint.index.as_deref(),
        _ => None,
    }
}

impl<'a> NamesBelow<'a> {
    /// Reads the live side once.
    pub fn of(context: &Context<'a>) -> Self {
        let mut roots = HashMap::new();
        for object in context.from.objects.values() {
            let names = index_of(object)
                .into_iter()
                .flat_map(|index| &index.partition_names);
            roots.extend(names.map(|(partition, name)| ((&partition.schema, name), &object.id)));
        }
        Self { roots }
    }

    /// What waits until the names that a step gives are free: an index or key that goes, or one whose own partitions' indexes
    /// get other names.
    pub fn needs(&self, context: &Context, removed: &HashSet<ObjectId>, step: &Step) -> Vec<Fact> {
        let id = &step.object;
        let names = [Fact::Exists(id.clone()), Fact::Changed(id.clone())];
        let builds = matches!(step.change.as_str(), "create_index" | "add_key");
        if !(builds || step.gives.iter().any(|fact| names.contains(fact))) {
            return Vec::new();
        }
        let Some(index) = context.new_of(id).and_then(index_of) else {
            return Vec::new();
        };
        let before = context
            .old(id)
            .and_then(index_of)
            .map(|before| &before.partition_names);
        let mut needs = Vec::new();
        if before.is_none() {
            needs.extend(self.held_by(context, removed, id, (&id.schema, &id.name)));
        }
        for (partition, name) in &index.partition_names {
            if before.is_some_and(|before| before.contains(&(partition.clone(), name.clone()))) {
                continue;
            }
            needs.extend(self.held_by(context, removed, id, (&partition.schema, name)));
            let own = QualifiedName {
                schema: partition.schema.clone(),
                name: name.clone(),
            };
            let own = ObjectId::named(Kind::Index, &own);
            // One of the same shape is adopted, and never goes.
            let goes = own != *id && context.new_of(&own).is_none() && removed.contains(&own);
            needs.extend(goes.then_some(Fact::Gone(own)));
        }
        needs
    }

    fn held_by(
        &self,
        context: &Context,
        removed: &HashSet<ObjectId>,
        id: &ObjectId,
        name: (&Ident, &Ident),
    ) -> Option<Fact> {
        let root = *self.roots.get(&name).filter(|root| **root != id)?;
        if removed.contains(root) {
            return Some(Fact::Gone(root.clone()));
        }
        let stays = context.new_of(root).and_then(index_of)?;
        let mut names = stays.partition_names.iter();
        let keeps = names.any(|(partition, other)| (&partition.schema, other) == name);
        (!keeps).then(|| Fact::Changed(root.clone()))
    }
}
