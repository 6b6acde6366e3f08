//! Statements as a person writes them: lower-case keywords, short names, keys inside their table, nothing said that the
//! server takes by itself.
//!
//! The text means to a fresh database what the long one means, to the last byte of the catalog: whatever could be read in two
//! ways keeps its full spelling.

mod column;
mod constraint;
mod fragments;
mod index;
mod lines;
mod names;
mod parentheses;
mod pieces;
mod table;
mod types;
mod words;

use super::{Stmt, create};
use crate::model::{Body, Catalog, Ident, Object, ObjectId, QualifiedName};
pub use fragments::{ListedColumn, TriggerPieces};
use names::Names;
pub use names::odd_partition_names;
pub use parentheses::bare;
pub use pieces::RoutinePieces;
use std::collections::BTreeSet;
use words::Words;

/// A line longer than this is broken where that is easy.
const WIDTH: usize = 100;

/// Writes the objects of one catalog.
pub struct Hand<'a> {
    catalog: &'a Catalog,
    words: Words,
    names: Names<'a>,
    apart: BTreeSet<ObjectId>,
}

impl<'a> Hand<'a> {
    /// `short` is the schema whose name is left out where it can be: the one in which a name without a schema is made when the text
    /// is read. `apart` names the constraints and columns that cannot stand inside their table because what they use
    /// needs the table first.
    pub fn new(catalog: &'a Catalog, short: Option<&Ident>, apart: BTreeSet<ObjectId>) -> Self {
        Self {
            catalog,
            words: Words::new(short),
            names: Names::of(catalog),
            apart,
        }
    }

    /// The statement in the words of a person; its line breaks stay.
    pub fn statement(&self, statement: &Stmt) -> String {
        self.words.plain(statement.as_str())
    }

    /// The statements that make one object, without the parts that are objects of their own, but with what stands inside a table:
    /// its columns and those constraints for which [`Self::is_inside`] is true.
    pub fn object(&self, object: &Object) -> Vec<String> {
        let own = match &object.body {
            Body::Table(body) => return self.table(object, body),
            Body::Constraint(_) | Body::DomainConstraint(_) if self.is_inside(object) => {
                return self.behind(object);
            }
            Body::Domain(body) => self.domain(object, body),
            Body::EnumType(body) => self.enumeration(object, body),
            Body::CompositeType(body) => self.composite(object, body),
            Body::Constraint(body) if !body.inherited => Some(self.added(object)),
            Body::Index(body) => self.index(object, body),
            Body::Policy(body) => self.policy(object, body),
            _ => None,
        };
        let mut statements = create(object, self.catalog).into_iter();
        let first = statements.next();
        let first = own.or_else(|| first.map(|statement| self.laid_out(object, &statement)));
        let mut all: Vec<String> = first.into_iter().collect();
        all.extend(statements.map(|statement| self.statement(&statement)));
        all
    }

    /// What follows a constraint that stands inside its table: its comment, the marks of its index.
    fn behind(&self, object: &Object) -> Vec<String> {
        let statements = create(object, self.catalog);
        let rest = statements.iter().skip(1);
        rest.map(|statement| self.statement(statement)).collect()
    }

    /// True for a constraint that stands in its table's or domain's own statement.
    pub fn is_inside(&self, object: &Object) -> bool {
        let validated = match &object.body {
            // NOT VALID inside CREATE TABLE counts for nothing.
            Body::Constraint(body) => {
                body.validated && !body.inherited && !self.is_taken_for_another(object, body)
            }
            Body::DomainConstraint(body) => body.validated,
            _ => return false,
        };
        validated && !self.apart.contains(&object.id)
    }

    fn laid_out(&self, object: &Object, statement: &Stmt) -> String {
        let text = self.statement(statement);
        match &object.body {
            Body::View(_) | Body::MaterializedView(_) => lines::view(&parentheses::statement(&text)),
            Body::Function(_) => lines::routine(&text),
            Body::Trigger(_) => lines::trigger(&text),
            _ => text,
        }
    }

    /// The name of a relation, type or routine.
    pub fn name(&self, name: &QualifiedName) -> String {
        self.words.plain(&super::qualified(name))
    }
}
