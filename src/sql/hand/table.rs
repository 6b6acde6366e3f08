//! CREATE TABLE with its keys and checks inside.

use super::{Hand, WIDTH};
use crate::model::{Body, Catalog, Column, Kind, Object, Table};
use crate::sql::{self, Stmt, column_attributes, foreign_options, ident, literal, option_name, qualified};

/// A column of a table with its body.
pub(super) type Listed<'a> = (&'a Object, &'a Column);

impl Hand<'_> {
    pub(super) fn table(&self, object: &Object, body: &Table) -> Vec<String> {
        let columns = self.columns_of(object);
        let mut statements = vec![self.words.plain(&self.create_table(object, body, &columns))];
        statements.extend(
            self.rest(object, body)
                .iter()
                .map(|statement| self.statement(statement)),
        );
        statements
    }

    /// The columns of a table in order.
    pub(super) fn columns_of<'b>(&'b self, object: &'b Object) -> Vec<Listed<'b>> {
        let name = object.id.qualified();
        let columns = self.catalog.parts(Kind::Column, &name);
        let mut columns: Vec<Listed> = columns
            .filter_map(|column| match &column.body {
                Body::Column(body) => Some((column, body)),
                _ => None,
            })
            .collect();
        columns.sort_by_key(|(_, body)| body.position);
        columns
    }

    /// What only ALTER TABLE says.
    pub(super) fn rest(&self, object: &Object, body: &Table) -> Vec<Stmt> {
        let mut rest: Vec<Stmt> = Vec::new();
        for (column, told) in self.columns_of(object) {
            rest.extend(self.set_apart(column, told));
            rest.extend(sql::table::differs_from_parent(column, body, self.catalog));
            rest.extend(column_attributes(column));
        }
        rest.extend(sql::table_settings(object, body));
        rest
    }

    /// A default that could not stand in the list.
    fn set_apart(&self, column: &Object, body: &Column) -> Option<Stmt> {
        if !self.apart.contains(&column.id) {
            return None;
        }
        let on = qualified(&column.id.relation());
        if body.generated.is_some() {
            return Some(Stmt::new(format!(
                "ALTER TABLE {on} ADD COLUMN {}",
                sql::column_definition(column)
            )));
        }
        let default = body.default.as_ref()?;
        Some(Stmt::new(format!(
            "ALTER TABLE {on} ALTER COLUMN {} SET DEFAULT {default}",
            ident(&column.id.name)
        )))
    }

    fn create_table(&self, object: &Object, body: &Table, columns: &[Listed]) -> String {
        let word = match (body.foreign.is_some(), body.unlogged) {
            (true, _) => "FOREIGN TABLE",
            (false, true) => "UNLOGGED TABLE",
            (false, false) => "TABLE",
        };
        let head = format!("CREATE {word} {}", qualified(&object.id.qualified()));
        let list = self.list(object, body, columns);
        let list = match list.is_empty() {
            true => String::new(),
            false => format!(" (\n    {}\n)", list.join(",\n    ")),
        };
        let empty = || if list.is_empty() { " ()" } else { &list };
        let mut text = match (&body.partition_of, &body.of_type) {
            (Some(partition), _) => format!(
                "{head} PARTITION OF {}{list}{}{}",
                qualified(&partition.parent),
                match list.is_empty() && partition.bound != "DEFAULT" {
                    true => "\n    ",
                    false => " ",
                },
                partition.bound
            ),
            (None, Some(of)) => format!("{head} OF {of}{list}"),
            (None, None) => format!("{head}{}", empty()),
        };
        if !body.inherits.is_empty() {
            let parents: Vec<String> = body.inherits.iter().map(qualified).collect();
            text.push_str(&format!(" INHERITS ({})", parents.join(", ")));
        }
        text.push_str(&tail(body, self.catalog));
        text
    }

    /// The lines between the parentheses.
    fn list(&self, object: &Object, body: &Table, columns: &[Listed]) -> Vec<String> {
        let mut inside = self.inside(object);
        let mut lines = Vec::new();
        for (column, told) in columns {
            let line = self.line(column, told, body, &mut inside);
            let emulated = told
                .generated
                .as_ref()
                .is_some_and(|generated| generated.emulated.is_some());
            lines.extend(line.map(|line| match emulated {
                true => format!("-- schemaplan: emulate-generated\n    {line}"),
                false => line,
            }));
        }
        lines.extend(
            inside
                .into_iter()
                .filter_map(|constraint| self.in_table(constraint)),
        );
        lines
    }

    /// The constraints that stand in the table's own statement, keys first.
    pub(super) fn inside<'b>(&'b self, object: &'b Object) -> Vec<&'b Object> {
        let name = object.id.qualified();
        let constraints = self.catalog.parts(Kind::Constraint, &name);
        let mut inside: Vec<&Object> = constraints
            .filter(|constraint| self.is_inside(constraint))
            .collect();
        inside.sort_by_key(|constraint| match &constraint.body {
            Body::Constraint(body) => (body.kind, constraint.id.name.clone()),
            _ => unreachable!("only constraints were asked for"),
        });
        inside
    }

    /// The line of one column; the constraints that it says are taken out of `inside`.
    pub(super) fn line(
        &self,
        column: &Object,
        told: &Column,
        table: &Table,
        inside: &mut Vec<&Object>,
    ) -> Option<String> {
        let name = ident(&column.id.name);
        if table.partition_of.is_some() {
            return sql::table::partition_column(column, table, self.catalog);
        }
        if told.inherited && table.of_type.is_none() {
            return None;
        }
        // A generated column that stands apart is added behind the table.
        if told.generated.is_some() && self.apart.contains(&column.id) {
            return None;
        }
        let short: Vec<(usize, String)> = inside
            .iter()
            .enumerate()
            .filter_map(|(at, constraint)| Some((at, self.in_column(constraint, &column.id.name)?)))
            .collect();
        let plain = sql::table::without_parents_expression(column, table, self.catalog);
        let told = match &plain.body {
            Body::Column(plain) => plain,
            _ => told,
        };
        let keyed = short.iter().any(|(_, text)| text.starts_with(" PRIMARY KEY"));
        let said = self.column(column, told, keyed);
        let mut text = match &table.of_type {
            Some(_) if said.rest.is_empty() && short.is_empty() => return None,
            Some(_) => format!("{name} WITH OPTIONS{}", said.rest),
            None => format!("{}{}", said.lead, said.rest),
        };
        let mut taken = Vec::new();
        for (at, constraint) in short {
            if text.len() + constraint.len() <= WIDTH || constraint.starts_with(" PRIMARY KEY") {
                text.push_str(&constraint);
                taken.push(at);
            }
        }
        for at in taken.into_iter().rev() {
            inside.remove(at);
        }
        Some(text)
    }
}

/// ` WITH (fillfactor = 70)`, or nothing; numbers and switches need no quotes.
pub(super) fn options(options: &[(String, String)]) -> String {
    if options.is_empty() {
        return String::new();
    }
    let plain = |value: &str| {
        let number = value.parse::<f64>().is_ok() && value.starts_with(|c: char| c.is_ascii_digit());
        number || ["true", "false", "on", "off"].contains(&value)
    };
    let written = options.iter().map(|(name, value)| match plain(value) {
        true => format!("{} = {value}", option_name(name)),
        false => format!("{} = {}", option_name(name), literal(value)),
    });
    format!(" WITH ({})", written.collect::<Vec<_>>().join(", "))
}

/// What follows the list: server or partition key, access method, parameters, tablespace.
fn tail(body: &Table, catalog: &Catalog) -> String {
    if let Some(foreign) = &body.foreign {
        return format!(
            " SERVER {}{}",
            ident(&foreign.server),
            foreign_options(&foreign.options)
        );
    }
    let mut tail = String::new();
    if let Some(key) = &body.partition_key {
        tail.push_str(&format!(" PARTITION BY {key}"));
    }
    let (method, tablespace) = crate::sql::table::place(body, catalog);
    if let Some(method) = &method {
        tail.push_str(&format!(" USING {}", ident(method)));
    }
    if !body.options.is_empty() {
        tail.push_str(&options(&body.options));
    }
    if let Some(tablespace) = &tablespace {
        tail.push_str(&format!(" TABLESPACE {}", ident(tablespace)));
    }
    tail
}
