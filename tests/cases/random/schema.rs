//! A schema as the generator knows it, written as SQL.

use std::fmt::Write;

#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Plain(&'static str),
    Enum(String),
    Domain(String),
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: String,
    pub data_type: Type,
    pub not_null: bool,
    pub default: Option<u32>,
    pub identity: Option<&'static str>,
    /// The text column that it is made of.
    pub generated: Option<String>,
    pub comment: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Index {
    pub column: String,
    pub unique: bool,
    pub descending: bool,
    pub partial: bool,
}

#[derive(Clone, Debug)]
pub struct ForeignKey {
    pub column: String,
    pub table: String,
    pub action: &'static str,
}

#[derive(Clone, Debug, Default)]
pub struct Table {
    pub name: String,
    pub key: bool,
    pub partitions: usize,
    pub columns: Vec<Column>,
    pub indexes: Vec<Index>,
    pub unique: Vec<String>,
    /// Column and the function that it is checked by.
    pub checks: Vec<(String, Option<String>)>,
    pub foreign_keys: Vec<ForeignKey>,
    pub trigger: bool,
    pub policy: Option<String>,
    pub comment: Option<u32>,
    pub granted: bool,
}

#[derive(Clone, Debug)]
pub struct View {
    pub name: String,
    pub of: String,
    pub columns: Vec<String>,
    pub materialized: bool,
    pub comment: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub argument: &'static str,
    pub body: u32,
}

#[derive(Clone, Debug, Default)]
pub struct Schema {
    pub enums: Vec<(String, Vec<String>)>,
    pub domains: Vec<(String, u32)>,
    pub functions: Vec<Function>,
    pub tables: Vec<Table>,
    pub views: Vec<View>,
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Schema {
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The columns of a table or view.
    pub fn columns_of(&self, relation: &str) -> Vec<String> {
        match self.table(relation) {
            Some(table) => table.columns.iter().map(|column| column.name.clone()).collect(),
            None => self
                .views
                .iter()
                .find(|view| view.name == relation)
                .map(|view| view.columns.clone())
                .unwrap_or_default(),
        }
    }

    /// Takes out whatever speaks of something that is gone.
    pub fn repair(&mut self) {
        let (enums, domains) = (self.enums.clone(), self.domains.clone());
        let functions: Vec<String> = self
            .functions
            .iter()
            .map(|function| function.name.clone())
            .collect();
        let keyed: Vec<String> = self
            .tables
            .iter()
            .filter(|table| table.key)
            .map(|table| table.name.clone())
            .collect();
        for table in &mut self.tables {
            for column in &mut table.columns {
                let lost = match &column.data_type {
                    Type::Enum(name) => !enums.iter().any(|(own, _)| own == name),
                    Type::Domain(name) => !domains.iter().any(|(own, _)| own == name),
                    Type::Plain(_) => false,
                };
                if lost {
                    column.data_type = Type::Plain("text");
                }
            }
            let texts: Vec<String> = table
                .columns
                .iter()
                .filter(|column| column.data_type == Type::Plain("text") && column.generated.is_none())
                .map(|column| column.name.clone())
                .collect();
            table.columns.retain(|column| {
                column
                    .generated
                    .as_ref()
                    .is_none_or(|source| texts.contains(source))
            });
            let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
            let integers: Vec<String> = table
                .columns
                .iter()
                .filter(|column| matches!(column.data_type, Type::Plain("integer" | "bigint")))
                .map(|column| column.name.clone())
                .collect();
            let ordered: Vec<String> = table
                .columns
                .iter()
                .filter(|column| column.data_type != Type::Plain("jsonb"))
                .map(|column| column.name.clone())
                .collect();
            // Whose values differ from row to row.
            let various: Vec<String> = table
                .columns
                .iter()
                .filter(|column| {
                    !matches!(column.data_type, Type::Plain("jsonb" | "boolean") | Type::Enum(_))
                })
                .map(|column| column.name.clone())
                .collect();
            table.indexes.retain(|index| ordered.contains(&index.column));
            table.unique.retain(|name| various.contains(name));
            table.checks.retain(|(name, function)| {
                integers.contains(name)
                    && function
                        .as_ref()
                        .is_none_or(|function| functions.contains(function))
            });
            table.foreign_keys.retain(|key| {
                integers.contains(&key.column) && keyed.contains(&key.table) && key.table != table.name
            });
            // Rows that are there get the default of a new column, and it has to refer to something.
            for column in &mut table.columns {
                let refers = table.foreign_keys.iter().any(|key| key.column == column.name);
                column.default = column.default.map(|value| if refers { 1 } else { value });
            }
            table.policy = table.policy.take().filter(|name| names.contains(name));
            if table.partitions > 0 {
                table.unique.clear();
                table.indexes.iter_mut().for_each(|index| index.unique = false);
            }
        }
        // A view over a view falls or narrows with it, so this goes on until nothing does.
        loop {
            let known = self.clone();
            let shown = |views: &[View]| views.iter().map(|view| view.columns.len()).sum::<usize>();
            for view in &mut self.views {
                let columns = known.columns_of(&view.of);
                view.columns.retain(|name| columns.contains(name));
            }
            self.views.retain(|view| !view.columns.is_empty());
            if shown(&self.views) == shown(&known.views) {
                return;
            }
        }
    }

    /// The statements, and with rows, rows that fit every constraint that the generator makes.
    pub fn sql(&self, with_rows: bool) -> String {
        let mut out = String::new();
        for (name, labels) in &self.enums {
            let labels: Vec<String> = labels.iter().map(|label| format!("'{label}'")).collect();
            let _ = writeln!(out, "CREATE TYPE {name} AS ENUM ({});", labels.join(", "));
        }
        for (name, most) in &self.domains {
            let _ = writeln!(
                out,
                "CREATE DOMAIN {name} AS text CONSTRAINT {name}_short CHECK (length(VALUE) < {most});"
            );
        }
        for function in &self.functions {
            let Function { name, argument, body } = function;
            let _ = writeln!(
                out,
                "CREATE FUNCTION {name}(a {argument}) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT a > -{body}$$;"
            );
        }
        if self.tables.iter().any(|table| table.trigger) {
            out.push_str(
                "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$;\n",
            );
        }
        self.tables.iter().for_each(|table| write_table(table, &mut out));
        if with_rows {
            self.tables
                .iter()
                .for_each(|table| self.write_rows(table, &mut out));
        }
        for table in &self.tables {
            for key in &table.foreign_keys {
                let ForeignKey {
                    column,
                    table: other,
                    action,
                } = key;
                let _ = writeln!(
                    out,
                    "ALTER TABLE {} ADD FOREIGN KEY ({column}) REFERENCES {other} (id){action};",
                    table.name
                );
            }
        }
        self.views.iter().for_each(|view| write_view(view, &mut out));
        out
    }

    fn write_rows(&self, table: &Table, out: &mut String) {
        for number in 1..=2 {
            let given: Vec<&Column> = table
                .columns
                .iter()
                .filter(|column| column.generated.is_none())
                .collect();
            let names: Vec<&str> = given.iter().map(|column| column.name.as_str()).collect();
            let values: Vec<String> = given.iter().map(|column| self.value(column, number)).collect();
            let _ = writeln!(
                out,
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({});",
                table.name,
                names.join(", "),
                values.join(", ")
            );
        }
    }

    fn value(&self, column: &Column, number: u32) -> String {
        match &column.data_type {
            Type::Enum(name) => {
                let labels = self
                    .enums
                    .iter()
                    .find(|(own, _)| own == name)
                    .map(|(_, labels)| labels);
                format!(
                    "'{}'",
                    labels.map(|labels| labels[0].as_str()).unwrap_or_default()
                )
            }
            Type::Domain(_) => format!("'v{number}'"),
            Type::Plain(word) => value(word, number),
        }
    }
}

fn value(word: &str, number: u32) -> String {
    match word {
        "date" => format!("'2026-01-0{number}'"),
        "timestamptz" => format!("'2026-01-0{number} 10:00:00+00'"),
        "boolean" => "true".to_owned(),
        "jsonb" => format!("'{{\"n\": {number}}}'"),
        "uuid" => format!("'00000000-0000-0000-0000-00000000000{number}'"),
        "integer[]" => format!("'{{{number}}}'"),
        "text" | "varchar(40)" => format!("'v{number}'"),
        _ => number.to_string(),
    }
}

fn write_table(table: &Table, out: &mut String) {
    let mut parts: Vec<String> = table.columns.iter().map(column).collect();
    if table.key {
        parts.push("PRIMARY KEY (id)".to_owned());
    }
    parts.extend(table.unique.iter().map(|name| format!("UNIQUE ({name})")));
    for (name, function) in &table.checks {
        let says = match function {
            Some(function) => format!("{function}({name})"),
            None => format!("{name} >= 0"),
        };
        parts.push(format!("CONSTRAINT {}_{name}_check CHECK ({says})", table.name));
    }
    let by = if table.partitions > 0 {
        " PARTITION BY RANGE (id)"
    } else {
        ""
    };
    let name = &table.name;
    let _ = writeln!(
        out,
        "CREATE TABLE {name} (\n    {}\n){by};",
        parts.join(",\n    ")
    );
    for number in 0..table.partitions {
        let (low, high) = (number * 1000, (number + 1) * 1000);
        let _ = writeln!(
            out,
            "CREATE TABLE {name}_{number} PARTITION OF {name} FOR VALUES FROM ({low}) TO ({high});"
        );
    }
    for index in &table.indexes {
        let unique = if index.unique { "UNIQUE " } else { "" };
        let order = if index.descending { " DESC" } else { "" };
        let only = if index.partial {
            format!(" WHERE {} IS NOT NULL", index.column)
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "CREATE {unique}INDEX ON {name} ({}{order}){only};",
            index.column
        );
    }
    if table.trigger {
        let _ = writeln!(
            out,
            "CREATE TRIGGER touch_{name} BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION touch();"
        );
    }
    if let Some(column) = &table.policy {
        let _ = writeln!(out, "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;");
        let _ = writeln!(out, "CREATE POLICY seen ON {name} USING ({column} IS NOT NULL);");
    }
    if let Some(comment) = table.comment {
        let _ = writeln!(out, "COMMENT ON TABLE {name} IS 'note {comment}';");
    }
    if table.granted {
        let _ = writeln!(out, "GRANT SELECT ON {name} TO PUBLIC;");
    }
    for column in &table.columns {
        if let Some(comment) = column.comment {
            let _ = writeln!(
                out,
                "COMMENT ON COLUMN {name}.{} IS 'note {comment}';",
                column.name
            );
        }
    }
}

fn column(column: &Column) -> String {
    let data_type = match &column.data_type {
        Type::Plain(word) => (*word).to_owned(),
        Type::Enum(name) | Type::Domain(name) => name.clone(),
    };
    let mut out = format!("{} {data_type}", column.name);
    if let Some(kind) = column.identity {
        let _ = write!(out, " GENERATED {kind} AS IDENTITY");
    }
    if let Some(source) = &column.generated {
        let _ = write!(out, " GENERATED ALWAYS AS (upper({source})) STORED");
    }
    if let (Some(number), Type::Plain(word)) = (column.default, &column.data_type) {
        let _ = write!(out, " DEFAULT {}", value(word, number));
    }
    if column.not_null {
        out.push_str(" NOT NULL");
    }
    out
}

fn write_view(view: &View, out: &mut String) {
    let (kind, word) = if view.materialized {
        ("MATERIALIZED VIEW", "m")
    } else {
        ("VIEW", "v")
    };
    let View { name, of, .. } = view;
    let _ = writeln!(
        out,
        "CREATE {kind} {name} AS SELECT {} FROM {of} AS {word};",
        view.columns.join(", ")
    );
    if let Some(comment) = view.comment {
        let _ = writeln!(out, "COMMENT ON {kind} {name} IS 'note {comment}';");
    }
}
