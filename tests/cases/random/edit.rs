//! Random schemas and random edits.

use super::dice::Dice;
use super::schema::{Column, ForeignKey, Function, Index, Schema, Table, Type, View};

const TYPES: [&str; 10] = [
    "integer",
    "bigint",
    "text",
    "varchar(40)",
    "numeric(10,2)",
    "date",
    "timestamptz",
    "boolean",
    "jsonb",
    "integer[]",
];

/// What every value of the one, as the generator writes it, can become without a word of the user's.
const CASTS: [(&str, &str); 8] = [
    ("integer", "bigint"),
    ("bigint", "integer"),
    ("integer", "numeric(10,2)"),
    ("integer", "text"),
    ("varchar(40)", "text"),
    ("text", "varchar(40)"),
    ("date", "timestamptz"),
    ("bigint", "text"),
];

const ACTIONS: [&str; 3] = ["", " ON DELETE CASCADE", " ON UPDATE RESTRICT ON DELETE SET NULL"];

/// A schema of a few objects of every kind that the generator knows.
pub fn schema(dice: &mut Dice) -> Schema {
    let mut schema = Schema::default();
    for number in 0..dice.below(3) {
        let labels = (0..2 + dice.below(3)).map(|label| format!("l{label}")).collect();
        schema.enums.push((format!("e{number}"), labels));
    }
    for number in 0..dice.below(2) {
        schema.domains.push((format!("d{number}"), 90));
    }
    for number in 0..dice.below(3) {
        schema.functions.push(function(dice, number));
    }
    for number in 0..1 + dice.below(4) {
        let table = table(dice, &schema, number);
        schema.tables.push(table);
    }
    for _ in 0..dice.below(5) {
        add_foreign_key(dice, &mut schema);
    }
    for _ in 0..dice.below(4) {
        add_view(dice, &mut schema);
    }
    schema.repair();
    schema
}

/// Makes one random edit; the same dice make the same edit.
pub fn edit(dice: &mut Dice, schema: &mut Schema) {
    match dice.below(12) {
        0 => {
            let number = 10 + dice.below(90);
            if schema.table(&format!("t{number}")).is_none() {
                let table = table(dice, schema, number);
                schema.tables.push(table);
            }
        }
        1 if schema.tables.len() > 1 => {
            let gone = dice.below(schema.tables.len());
            schema.tables.remove(gone);
        }
        2 => add_foreign_key(dice, schema),
        3 => add_view(dice, schema),
        4 => edit_view(dice, schema),
        5 => edit_type(dice, schema),
        6 => edit_function(dice, schema),
        7 => {
            let number = 10 + dice.below(90);
            let name = format!("f{number}");
            if !schema.functions.iter().any(|function| function.name == name) {
                schema.functions.push(function(dice, number));
            }
        }
        _ if !schema.tables.is_empty() => {
            let known = schema.clone();
            let at = dice.below(schema.tables.len());
            edit_table(dice, &known, &mut schema.tables[at]);
        }
        _ => {}
    }
    schema.repair();
}

fn function(dice: &mut Dice, number: usize) -> Function {
    Function {
        name: format!("f{number}"),
        argument: if dice.once_in(2) { "integer" } else { "bigint" },
        body: 1 + dice.below(9) as u32,
    }
}

fn table(dice: &mut Dice, schema: &Schema, number: usize) -> Table {
    let id = Column {
        name: "id".to_owned(),
        data_type: Type::Plain(if dice.once_in(2) { "integer" } else { "bigint" }),
        not_null: true,
        default: None,
        identity: dice.once_in(3).then_some("ALWAYS"),
        generated: None,
        comment: None,
    };
    let mut table = Table {
        name: format!("t{number}"),
        key: !dice.once_in(4),
        columns: vec![id],
        comment: dice.once_in(4).then_some(1),
        ..Table::default()
    };
    if dice.once_in(6) {
        // An identity column of a partitioned table needs PostgreSQL 17.
        table.partitions = 1 + dice.below(3);
        table.columns[0].identity = None;
    }
    for _ in 0..1 + dice.below(5) {
        add_column(dice, schema, &mut table);
    }
    for _ in 0..dice.below(4) {
        edit_table(dice, schema, &mut table);
    }
    table
}

fn add_column(dice: &mut Dice, schema: &Schema, table: &mut Table) {
    let name = format!("c{}", dice.below(30));
    if table.column(&name).is_some() {
        return;
    }
    let data_type = match dice.below(12) {
        0 => dice.pick(&schema.enums).map(|(name, _)| Type::Enum(name.clone())),
        1 => dice
            .pick(&schema.domains)
            .map(|(name, _)| Type::Domain(name.clone())),
        _ => None,
    };
    let data_type = data_type.unwrap_or(Type::Plain(TYPES[dice.below(TYPES.len())]));
    let plain = matches!(data_type, Type::Plain(_));
    // A column that is NOT NULL needs a value for the rows that are there.
    let default = (plain && dice.once_in(2)).then_some(1 + dice.below(5) as u32);
    let texts: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| column.data_type == Type::Plain("text") && column.generated.is_none())
        .collect();
    let source = dice.pick(&texts).map(|column| column.name.clone());
    let generated = source.filter(|_| data_type == Type::Plain("text") && dice.once_in(2));
    table.columns.push(Column {
        name,
        data_type,
        not_null: default.is_some() && generated.is_none() && dice.once_in(2),
        default: default.filter(|_| generated.is_none()),
        identity: None,
        generated,
        comment: dice.once_in(5).then_some(1),
    });
}

fn edit_table(dice: &mut Dice, schema: &Schema, table: &mut Table) {
    let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let Some(name) = dice.pick(&names).cloned() else {
        return;
    };
    let own = name != "id";
    match dice.below(14) {
        0 | 1 => add_column(dice, schema, table),
        2 if own => table.columns.retain(|column| column.name != name),
        3 => change_type(dice, table, &name),
        4 => toggle(
            &mut table.indexes,
            |index| index.column == name,
            || Index {
                column: name.clone(),
                unique: false,
                descending: false,
                partial: false,
            },
        ),
        5 => {
            let at = dice.below(table.indexes.len().max(1));
            if let Some(index) = table.indexes.get_mut(at) {
                index.descending ^= dice.once_in(2);
                index.partial ^= dice.once_in(2);
            }
        }
        6 => toggle(
            &mut table.unique,
            |unique| *unique == name && name != "id",
            || name.clone(),
        ),
        7 => {
            let function = dice
                .pick(&schema.functions)
                .filter(|f| f.argument == "bigint")
                .map(|f| f.name.clone());
            toggle(
                &mut table.checks,
                |(column, _)| *column == name,
                || (name.clone(), function),
            );
        }
        8 => {
            let at = dice.below(table.foreign_keys.len().max(1));
            if dice.once_in(2) && !table.foreign_keys.is_empty() {
                table.foreign_keys.remove(at);
            } else if let Some(key) = table.foreign_keys.get_mut(at) {
                key.action = ACTIONS[dice.below(ACTIONS.len())];
            }
        }
        9 => table.trigger = !table.trigger,
        10 => table.policy = if table.policy.is_some() { None } else { Some(name) },
        11 => {
            table.comment = if dice.once_in(3) {
                None
            } else {
                Some(dice.below(9) as u32)
            }
        }
        12 => table.granted = true,
        _ if own => {
            for column in table
                .columns
                .iter_mut()
                .filter(|column| column.name == name && column.generated.is_none())
            {
                match dice.below(3) {
                    0 => column.not_null = !column.not_null,
                    1 if column.not_null => column.default = Some(dice.below(5) as u32 + 1),
                    1 => column.default = if column.default.is_some() { None } else { Some(3) },
                    _ => column.comment = Some(dice.below(9) as u32),
                }
            }
        }
        _ => {}
    }
}

fn toggle<T>(all: &mut Vec<T>, is: impl Fn(&T) -> bool, new: impl FnOnce() -> T) {
    if all.iter().any(&is) {
        all.retain(|each| !is(each));
    } else {
        all.push(new());
    }
}

fn change_type(dice: &mut Dice, table: &mut Table, name: &str) {
    let partitioned = table.partitions > 0;
    let referring: Vec<String> = table.foreign_keys.iter().map(|key| key.column.clone()).collect();
    for column in table.columns.iter_mut().filter(|column| column.name == name) {
        let Type::Plain(word) = column.data_type else {
            continue;
        };
        let ways: Vec<&str> = CASTS
            .iter()
            .filter(|(from, _)| *from == word)
            .map(|(_, to)| *to)
            .collect();
        let Some(to) = dice.pick(&ways) else { continue };
        let key = name == "id" || referring.contains(&column.name);
        let integer = matches!(*to, "integer" | "bigint");
        // A partition key cannot change its type, and a key stays a number.
        if column.generated.is_none() && !(partitioned && name == "id") && (!key || integer) {
            column.data_type = Type::Plain(to);
        }
    }
}

fn add_foreign_key(dice: &mut Dice, schema: &mut Schema) {
    let keyed: Vec<String> = schema
        .tables
        .iter()
        .filter(|table| table.key)
        .map(|table| table.name.clone())
        .collect();
    let Some(table) = dice.pick(&keyed).cloned() else {
        return;
    };
    let at = dice.below(schema.tables.len());
    let names: Vec<String> = schema.tables[at]
        .columns
        .iter()
        .filter(|column| matches!(column.data_type, Type::Plain("integer" | "bigint")) && !column.not_null)
        .map(|column| column.name.clone())
        .collect();
    let Some(column) = dice.pick(&names).cloned() else {
        return;
    };
    // Rows that are there refer to nothing in a table that is new.
    if is_new(&table) && !is_new(&schema.tables[at].name) {
        return;
    }
    let keys = &mut schema.tables[at].foreign_keys;
    if !keys.iter().any(|key| key.column == column) {
        keys.push(ForeignKey {
            column,
            table,
            action: ACTIONS[dice.below(ACTIONS.len())],
        });
    }
}

/// Tables that an edit adds have numbers of two digits.
fn is_new(table: &str) -> bool {
    table.len() > 2
}

fn add_view(dice: &mut Dice, schema: &mut Schema) {
    let name = format!("v{}", dice.below(30));
    if schema.views.iter().any(|view| view.name == name) {
        return;
    }
    let mut relations: Vec<String> = schema.tables.iter().map(|table| table.name.clone()).collect();
    relations.extend(schema.views.iter().map(|view| view.name.clone()));
    let Some(of) = dice.pick(&relations).cloned() else {
        return;
    };
    let mut columns = schema.columns_of(&of);
    columns.truncate(1 + dice.below(4));
    schema.views.push(View {
        name,
        of,
        columns,
        materialized: dice.once_in(3),
        comment: dice.once_in(3).then_some(1),
    });
}

fn edit_view(dice: &mut Dice, schema: &mut Schema) {
    if schema.views.is_empty() {
        return;
    }
    let known = schema.clone();
    let at = dice.below(schema.views.len());
    let view = &mut schema.views[at];
    match dice.below(5) {
        0 => {
            schema.views.remove(at);
        }
        1 => view.materialized = !view.materialized,
        2 => view.comment = Some(dice.below(9) as u32),
        3 => view.columns = known.columns_of(&view.of),
        _ => {
            view.columns.rotate_left(1);
        }
    }
}

fn edit_type(dice: &mut Dice, schema: &mut Schema) {
    let used = schema.clone();
    let is_used = |name: &str| {
        let says =
            |column: &Column| matches!(&column.data_type, Type::Enum(n) | Type::Domain(n) if n == name);
        used.tables.iter().any(|table| table.columns.iter().any(says))
    };
    match dice.below(4) {
        0 => {
            let at = dice.below(schema.enums.len().max(1));
            if let Some((_, labels)) = schema.enums.get_mut(at) {
                let label = format!("n{}", dice.below(50));
                let place = 1 + dice.below(labels.len());
                if !labels.contains(&label) {
                    labels.insert(place, label);
                }
            }
        }
        1 => schema.enums.retain(|(name, _)| is_used(name)),
        2 => {
            let name = format!("e{}", 10 + dice.below(20));
            if !schema.enums.iter().any(|(own, _)| *own == name) {
                schema.enums.push((name, vec!["x".to_owned(), "y".to_owned()]));
            }
        }
        _ => {
            let at = dice.below(schema.domains.len().max(1));
            if let Some((_, most)) = schema.domains.get_mut(at) {
                *most = 50 + dice.below(50) as u32;
            }
        }
    }
}

fn edit_function(dice: &mut Dice, schema: &mut Schema) {
    if schema.functions.is_empty() {
        return;
    }
    let at = dice.below(schema.functions.len());
    match dice.below(3) {
        0 => {
            schema.functions.remove(at);
        }
        _ => schema.functions[at].body = 1 + dice.below(9) as u32,
    }
}
