//! Names that sequences of identity columns bear: no object of their own says them, and whoever is made under one waits until it
//! is free.

use crate::change::Context;
use crate::model::{Body, Column, Kind, ObjectId, QualifiedName};
use crate::step::Fact;
use std::collections::HashMap;

/// The identity columns of the live side, by the name of their sequence.
pub struct IdentityNames<'a> {
    columns: HashMap<&'a QualifiedName, &'a ObjectId>,
}

impl<'a> IdentityNames<'a> {
    /// Reads the live side once.
    pub fn of(context: &Context<'a>) -> Self {
        let columns = context
            .from
            .objects
            .values()
            .filter_map(|object| match &object.body {
                Body::Column(Column {
                    identity: Some(identity),
                    ..
                }) => Some((&identity.sequence, &object.id)),
                _ => None,
            });
        Self {
            columns: columns.collect(),
        }
    }

    /// What frees the names that come with an object: its own, and those of the sequences of its identities.
    pub fn needs(&self, context: &Context, id: &ObjectId) -> Vec<Fact> {
        if self.columns.is_empty() {
            return Vec::new();
        }
        let mut names = Vec::new();
        match id.kind {
            Kind::Sequence | Kind::View | Kind::MaterializedView | Kind::Index | Kind::CompositeType => {
                names.push(id.qualified())
            }
            Kind::Constraint => names.push(QualifiedName {
                schema: id.schema.clone(),
                name: id.name.clone(),
            }),
            Kind::Table => {
                names.push(id.qualified());
                let columns = context.to.parts(Kind::Column, &id.qualified());
                names.extend(columns.filter_map(|column| sequence_of(&column.body)).cloned());
            }
            Kind::Column if context.old(id).is_none() => {
                names.extend(
                    context
                        .new_of(id)
                        .and_then(|column| sequence_of(&column.body))
                        .cloned(),
                );
            }
            _ => {}
        }
        let bearers = names.iter().filter_map(|name| self.columns.get(name));
        bearers
            .filter(|column| **column != id)
            .filter_map(|column| left_by(context, column))
            .collect()
    }
}

fn sequence_of(body: &Body) -> Option<&QualifiedName> {
    match body {
        Body::Column(column) => column.identity.as_ref().map(|identity| &identity.sequence),
        _ => None,
    }
}

/// What takes the sequence of an identity away, or gives it another name. A table that goes leaves its names to new ones itself.
fn left_by(context: &Context, column: &ObjectId) -> Option<Fact> {
    match context.new_of(column) {
        _ if context.is_going(&column.relation()) => None,
        None => Some(Fact::Gone(column.clone())),
        Some(_) => Some(Fact::Named(column.clone())),
    }
}
