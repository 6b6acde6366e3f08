//! Writes a large schema as a folder of SQL files, and changes it:
//! `cargo bench --bench generate -- FOLDER [--tables 1000] [--changes 0] [--seed 1]`.
//!
//! Areas of a hundred tables, ten tables a file: columns of many types, keys, checks, indexes, triggers, functions of SQL and
//! PL/pgSQL, views over views, partitions, enums, domains, comments. psql loads the files in the order of their names. The same
//! arguments give the same bytes; `--changes` alters that many places of the very schema that the rest of the arguments gives.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const AREA: usize = 100;
const FILE: usize = 10;

fn main() {
    let options = Options::of(std::env::args().skip(1));
    let Some(folder) = options.folder.clone() else {
        // `cargo test --all-targets` runs it without arguments: a small look that it does what it says.
        let files = |changes| {
            schema(&Options {
                tables: 60,
                changes,
                ..Options::default()
            })
        };
        assert_eq!(files(0), files(0), "the same arguments give the same bytes");
        assert_ne!(files(0), files(1), "a change changes something");
        return;
    };
    for (name, text) in schema(&options) {
        write(&folder.join(name), &text);
    }
    println!(
        "{} tables, {} changes, seed {}",
        options.tables, options.changes, options.seed
    );
}

fn write(path: &Path, text: &str) {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("a folder that can be made");
    }
    std::fs::write(path, text).expect("a file that can be written");
}

struct Options {
    folder: Option<PathBuf>,
    tables: usize,
    changes: usize,
    seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            folder: None,
            tables: 1000,
            changes: 0,
            seed: 1,
        }
    }
}

impl Options {
    fn of(words: impl Iterator<Item = String>) -> Self {
        let mut options = Self::default();
        let mut words = words.filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            let mut number = || {
                words
                    .next()
                    .and_then(|word| word.parse::<u64>().ok())
                    .expect("a number behind a flag")
            };
            match word.as_str() {
                "--tables" => options.tables = number() as usize,
                "--changes" => options.changes = number() as usize,
                "--seed" => options.seed = number(),
                _ => options.folder = Some(PathBuf::from(word)),
            }
        }
        options
    }
}

/// A generator of numbers that gives the same ones everywhere (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

struct Column {
    name: String,
    data_type: String,
    /// `not null default 0`
    rest: String,
}

struct Table {
    area: usize,
    name: String,
    columns: Vec<Column>,
    constraints: Vec<String>,
    /// Behind `CREATE INDEX name ON table`.
    indexes: Vec<(String, String)>,
    comment: String,
    /// Partitions by range of `created_at`: how many.
    partitions: usize,
    /// The factor that its view and its functions compute with.
    factor: usize,
    trigger: bool,
    view: bool,
    view_over: bool,
    functions: bool,
}

impl Table {
    fn full(&self) -> String {
        format!("area_{}.{}", self.area, self.name)
    }
}

/// The files by name.
fn schema(options: &Options) -> BTreeMap<String, String> {
    let mut tables = tables(options);
    change(&mut tables, options);
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut here = (usize::MAX, 0);
    for table in &tables {
        here = if table.area == here.0 {
            (here.0, here.1 + 1)
        } else {
            (table.area, 0)
        };
        let name = format!("area_{:03}/tables_{:02}.sql", table.area, here.1 / FILE);
        let file = files.entry(name).or_default();
        if here.1 == 0 {
            file.push_str(&area(table.area));
        }
        spell(table, file);
    }
    files
}

fn area(number: usize) -> String {
    format!(
        "create schema area_{number};\ncomment on schema area_{number} is 'Area {number}';\n\n\
         create type area_{number}.state as enum ('draft', 'open', 'done', 'void');\n\
         create type area_{number}.place as (street text, town text, code varchar(12));\n\
         create domain area_{number}.amount as numeric(14, 2) constraint amount_not_negative check (value >= 0);\n\n\
         create function area_{number}.touch() returns trigger language plpgsql as $$\nbegin\n    new.changed_at := now();\n    return new;\nend;\n$$;\n\n"
    )
}

/// Partitions count as tables.
fn tables(options: &Options) -> Vec<Table> {
    let mut numbers = Numbers(options.seed);
    let mut made: Vec<Table> = Vec::new();
    let mut count = 0;
    while count < options.tables {
        let number = made.len();
        let first_of_area = made.last().is_none_or(|last| last.area != count / AREA);
        let partitions = if number % 25 == 24 {
            4.min(options.tables - count - 1)
        } else {
            0
        };
        let earlier = if first_of_area {
            &[][..]
        } else {
            &made[number - (number % FILE).min(number)..]
        };
        let table = table(count, number, partitions, earlier, &made, &mut numbers);
        count += 1 + table.partitions;
        made.push(table);
    }
    made
}

fn table(
    count: usize,
    number: usize,
    partitions: usize,
    near: &[Table],
    all: &[Table],
    numbers: &mut Numbers,
) -> Table {
    let area = count / AREA;
    let name = format!("item_{number}");
    let column = |name: &str, data_type: &str, rest: &str| Column {
        name: name.into(),
        data_type: data_type.into(),
        rest: rest.into(),
    };
    let mut columns = vec![
        column("id", "bigint", "generated always as identity"),
        column("code", "text", "not null"),
        column("state", &format!("area_{area}.state"), "not null default 'draft'"),
        column("price", &format!("area_{area}.amount"), "not null default 0"),
        column("quantity", "integer", "not null default 1"),
        column("created_at", "timestamptz", "not null default now()"),
        column("changed_at", "timestamptz", "not null default now()"),
        column(
            "total",
            "numeric",
            "generated always as (price * quantity) stored",
        ),
    ];
    let place = format!("area_{area}.place");
    let kinds: [(&str, &str); 14] = [
        ("text", "not null default 'none'"),
        ("varchar(40)", ""),
        ("jsonb", "not null default '{}'"),
        ("uuid", "default gen_random_uuid()"),
        ("boolean", "not null default false"),
        ("date", ""),
        ("double precision", ""),
        ("text[]", "not null default '{}'"),
        ("bytea", ""),
        ("inet", ""),
        ("interval", "default '1 day'"),
        ("numeric(12,4)", "default 0.5"),
        (&place, ""),
        ("smallint", "not null default 7"),
    ];
    for extra in 0..3 + numbers.below(7) {
        let (data_type, rest) = kinds[numbers.below(kinds.len())];
        columns.push(column(&format!("extra_{extra}"), data_type, rest));
    }
    let mut constraints = vec![
        format!("constraint {name}_quantity_positive check (quantity > 0)"),
        format!("constraint {name}_changed_later check (changed_at >= created_at)"),
    ];
    let mut indexes = vec![
        (format!("{name}_code_lower_idx"), "(lower(code))".to_string()),
        (
            format!("{name}_open_idx"),
            "(created_at desc) include (code) where state = 'open'".to_string(),
        ),
    ];
    match partitions {
        0 => constraints.extend(["primary key (id)".to_string(), "unique (code)".to_string()]),
        _ => constraints.push("primary key (id, created_at)".to_string()),
    }
    let mut refer = |to: &Table, role: &str| {
        columns.push(column(&format!("{role}_id"), "bigint", ""));
        constraints.push(format!("foreign key ({role}_id) references {} (id)", to.full()));
        indexes.push((format!("{name}_{role}_idx"), format!("({role}_id)")));
    };
    // A partitioned table's key is of two columns: nobody refers to it.
    if let Some(parent) = near.iter().rfind(|table| table.partitions == 0) {
        refer(parent, "parent");
    }
    let peer = all
        .get(numbers.below(all.len()))
        .filter(|table| table.partitions == 0 && !all.is_empty());
    if let Some(peer) = peer {
        refer(peer, "peer");
    }
    let plain = partitions == 0;
    Table {
        area,
        name,
        columns,
        constraints,
        indexes,
        partitions,
        comment: format!("Item {number}"),
        factor: 1 + numbers.below(9),
        trigger: number.is_multiple_of(5),
        view: plain && number.is_multiple_of(4),
        view_over: plain && number.is_multiple_of(8),
        functions: plain && number.is_multiple_of(10),
    }
}

/// Changes so many places, each in a table of its own as long as there are enough.
fn change(tables: &mut [Table], options: &Options) {
    let mut numbers = Numbers(options.seed ^ 0xc4a9_6e5d);
    let count = tables.len();
    // Steps of a length that shares no divisor with the number of tables meet every table once.
    let step = (count / 2 + 1..)
        .find(|step| divisor(*step, count) == 1)
        .unwrap_or(1);
    for made in 0..options.changes {
        let table = &mut tables[(count / 2 + made * step) % count];
        let name = table.name.clone();
        match if made == 0 { 0 } else { numbers.below(8) } {
            0 => table.columns.push(Column {
                name: format!("added_{made}"),
                data_type: "integer".into(),
                rest: String::new(),
            }),
            1 => table
                .indexes
                .push((format!("{name}_added_{made}_idx"), "(quantity, price)".into())),
            2 => table.columns.retain(|column| column.name != "extra_0"),
            3 => table
                .constraints
                .push(format!("constraint {name}_added_{made} check (price < 1000000)")),
            4 => table
                .indexes
                .retain(|(name, _)| !name.ends_with("code_lower_idx")),
            5 => table.columns[4].rest = format!("not null default {}", 2 + made),
            6 => table.comment.push_str(", once more"),
            _ => table.factor += 10,
        }
    }
}

fn divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { divisor(b, a % b) }
}

fn spell(table: &Table, file: &mut String) {
    let full = table.full();
    let columns = table.columns.iter().map(|c| {
        format!("{} {} {}", c.name, c.data_type, c.rest)
            .trim_end()
            .to_string()
    });
    let lines: Vec<String> = columns.chain(table.constraints.iter().cloned()).collect();
    let by = if table.partitions > 0 {
        " partition by range (created_at)"
    } else {
        ""
    };
    let mut add = |text: String| file.push_str(&text);
    add(format!(
        "create table {full} (\n    {}\n){by};\n",
        lines.join(",\n    ")
    ));
    for part in 0..table.partitions {
        let year = 2020 + part;
        add(format!(
            "create table {full}_{year} partition of {full} for values from ('{year}-01-01') to ('{}-01-01');\n",
            year + 1
        ));
    }
    for (name, of) in &table.indexes {
        add(format!("create index {name} on {full} {of};\n"));
    }
    add(format!(
        "comment on table {full} is '{}';\ncomment on column {full}.code is 'What people call it';\n",
        table.comment
    ));
    upon(table, &mut add);
    file.push('\n');
}

/// What stands on a table.
fn upon(table: &Table, add: &mut impl FnMut(String)) {
    let (area, name, full, factor) = (table.area, &table.name, table.full(), table.factor);
    if table.trigger {
        add(format!(
            "create trigger {name}_touch before update on {full} for each row execute function area_{area}.touch();\n"
        ));
    }
    if table.view {
        add(format!(
            "create view area_{area}.worth_{name} as\nselect id, code, state, price * quantity * {factor} as worth\nfrom {full}\nwhere state <> 'void';\n"
        ));
    }
    if table.view_over {
        add(format!(
            "create view area_{area}.sum_{name} as\nselect state, count(*) as items, sum(worth) as worth\nfrom area_{area}.worth_{name}\ngroup by state;\n"
        ));
        add(format!(
            "create view area_{area}.top_{name} as\nselect state, worth from area_{area}.sum_{name} where items > {factor};\n"
        ));
    }
    if table.functions {
        add(format!(
            "create function area_{area}.worth_of_{name}(of_code text) returns numeric language sql stable as $$\n    select price * quantity * {factor} from {full} where code = of_code\n$$;\n"
        ));
        let mut body = String::new();
        let _ = write!(
            body,
            "declare\n    found {full}%rowtype;\nbegin\n    for found in select * from {full} where state = 'open' loop\n        if found.quantity > {factor} then\n            update {full} set state = 'done' where id = found.id;\n        end if;\n    end loop;\nend;"
        );
        add(format!(
            "create function area_{area}.close_{name}() returns void language plpgsql as $$\n{body}\n$$;\n"
        ));
    }
}
