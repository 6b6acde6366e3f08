//! Pieces of statements for schema files that are no SQL: what stands behind a column's name, what follows a table.

use super::{Hand, lines};
use crate::model::{Body, Column, Object, Table, Trigger};
use crate::sql::{create, ident, qualified};

/// A column as it is listed: the object, its body, and the SQL behind its name.
pub struct ListedColumn<'a> {
    /// The column.
    pub object: &'a Object,
    /// What is particular to it.
    pub body: &'a Column,
    /// `bigint not null references t (id)`.
    pub definition: String,
    /// The constraints that the definition says.
    pub said: Vec<&'a Object>,
}

/// The pieces of a trigger.
pub struct TriggerPieces {
    /// `before`, `after`, `instead of`.
    pub timing: String,
    /// `insert`, `update of a, b`.
    pub events: Vec<String>,
    /// FOR EACH ROW; else STATEMENT.
    pub each_row: bool,
    /// WHEN.
    pub when: Option<String>,
    /// `touch()`.
    pub execute: String,
}

impl Hand<'_> {
    /// The words of a person for any piece of SQL.
    pub fn plain(&self, text: &str) -> String {
        self.words.plain(text)
    }

    /// The columns that a table lists, and the constraints inside it that need a line of their own.
    pub fn listed<'a>(
        &'a self,
        object: &'a Object,
        body: &Table,
    ) -> (Vec<ListedColumn<'a>>, Vec<&'a Object>) {
        let mut inside = self.inside(object);
        let mut listed = Vec::new();
        for (column, told) in self.columns_of(object) {
            let before = inside.clone();
            if let Some(line) = self.line(column, told, body, &mut inside) {
                let line = self.words.plain(&line);
                let name = ident(&column.id.name);
                let behind = line.strip_prefix(&self.words.plain(&name)).unwrap_or(&line);
                let said = before
                    .into_iter()
                    .filter(|each| !inside.iter().any(|left| left.id == each.id));
                listed.push(ListedColumn {
                    object: column,
                    body: told,
                    definition: behind.trim().to_owned(),
                    said: said.collect(),
                });
            }
        }
        (listed, inside)
    }

    /// What follows CREATE TABLE: attributes of columns, row security, replica identity.
    pub fn settings(&self, object: &Object, body: &Table) -> Vec<String> {
        let rest = self.rest(object, body);
        rest.iter().map(|statement| self.statement(statement)).collect()
    }

    /// True where the server would choose the constraint's name by itself.
    pub fn has_usual_name(&self, object: &Object) -> bool {
        match &object.body {
            Body::Constraint(body) => self.names.is_usual(object, body),
            Body::DomainConstraint(_) => self.names.is_usual_in_domain(object),
            Body::Index(body) => {
                self.names.is_usual_index(object, body) && !self.is_named_elsewhere(object, body)
            }
            _ => false,
        }
    }

    /// The definition of a constraint behind its name.
    pub fn definition(&self, object: &Object) -> Option<String> {
        let text = match &object.body {
            Body::Constraint(body) => super::constraint::written(body),
            Body::DomainConstraint(body) => super::constraint::check(&body.definition),
            _ => return None,
        };
        Some(self.words.plain(&text))
    }

    /// The keys of an index as CREATE INDEX lists them.
    pub fn index_parts(&self, object: &Object) -> Vec<String> {
        let Body::Index(body) = &object.body else {
            return Vec::new();
        };
        let ordered = body.method.as_str() == "btree";
        body.keys
            .iter()
            .map(|key| self.words.plain(&super::index::written_key(key, ordered)))
            .collect()
    }

    /// A view's query in the lines of a person.
    pub fn query(&self, definition: &str) -> String {
        let query = definition.trim().trim_end_matches(';');
        lines::view(&super::parentheses::statement(&self.words.plain(query)))
    }

    /// A default of a column or domain without the cast that its type gives anyhow.
    pub fn default_text(&self, default: &str, data_type: &str) -> String {
        self.words.plain(&self.short_default(default, data_type))
    }

    /// The default of a listed column; none where it stands apart.
    pub fn listed_default(&self, column: &Object, body: &Column) -> Option<String> {
        Some(self.words.plain(&self.default_of(column, body)?))
    }

    /// The pieces of a trigger; none for one that says more than they can.
    pub fn trigger_pieces(&self, object: &Object, body: &Trigger) -> Option<TriggerPieces> {
        let first = create(object, self.catalog).into_iter().next()?;
        let text = self.statement(&first);
        let name = self.words.plain(&ident(&object.id.name));
        let rest = text
            .strip_prefix("create trigger ")?
            .strip_prefix(&name)?
            .trim_start();
        let timing = ["before", "after", "instead of"]
            .into_iter()
            .find(|word| rest.starts_with(word))?;
        let table = self.words.plain(&qualified(&object.id.relation()));
        let (events, rest) = rest[timing.len()..].split_once(&format!(" on {table} for each "))?;
        let (each, rest) = rest.split_once(' ')?;
        let (when, execute) = match rest.strip_prefix("when (") {
            Some(_) => {
                let open = "when ".len();
                let end = crate::sql::closing(rest, open)?;
                (
                    Some(super::parentheses::bare(&rest[open..=end])),
                    rest[end + 1..].trim_start(),
                )
            }
            None => (None, rest),
        };
        (!body.constraint).then_some(())?;
        Some(TriggerPieces {
            timing: timing.to_owned(),
            events: events.trim().split(" or ").map(str::to_owned).collect(),
            each_row: each == "row",
            when,
            execute: execute.strip_prefix("execute function ")?.to_owned(),
        })
    }
}
