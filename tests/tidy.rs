//! Rules about the code itself: what a room may see, where SQL is spelled, how long a file may be, what has a case and a page.
#![allow(clippy::unwrap_used)]

use schemaplan::change::MANUALS;
use schemaplan::step::HazardCode;
use std::collections::BTreeSet;
use std::path::Path;

/// The rooms, lowest floor first. A room sees lower floors and itself; rooms on one floor do not see each other.
const FLOORS: &[&[&str]] = &[
    &["text"],
    &["model"],
    &["sql"],
    &["step"],
    &["change"],
    &["bodies", "lint"],
    &["desired", "introspect"],
    &["engine", "diff"],
    &["plan"],
    &["output", "execute"],
    &["prove", "export"],
    &["cli"],
];

/// Which files may name a crate: a folder, or a file.
const CRATES: &[(&str, &[&str])] = &[
    (
        "tokio_postgres",
        &[
            "engine/",
            "introspect/",
            "execute/",
            "prove/",
            // Hands connections from the engine's options to `execute` and `introspect`.
            "cli/database.rs",
        ],
    ),
    (
        "pg_query",
        &[
            "desired/",
            "bodies/",
            "sql/",
            // Finds the command that a script has to run outside a transaction.
            "output/scripts.rs",
        ],
    ),
    ("petgraph", &["plan/"]),
    ("clap", &["cli/"]),
    ("indicatif", &["cli/terminal.rs", "cli/progress.rs"]),
];

/// What a statement begins with.
const STATEMENTS: &[&str] = &[
    "CREATE ",
    "ALTER ",
    "DROP ",
    "INSERT INTO ",
    "DELETE FROM ",
    "UPDATE ",
    "TRUNCATE ",
    "COMMENT ON ",
    "GRANT ",
    "REVOKE ",
    "SELECT ",
    "WITH RECURSIVE ",
];

/// Who spells statements outside `sql/`, and why.
const SPELLERS: &[(&str, &str)] = &[
    (
        "change/",
        "completes ALTER TABLE's actions, undoes an index by its name, and names the rows of a batch",
    ),
    (
        "diff/types.rs",
        "completes ALTER TYPE's and ALTER DOMAIN's actions",
    ),
    (
        "engine/",
        "makes databases and roles of its own server, and asks it",
    ),
    (
        "execute/",
        "keeps the journal, and looks at the server around a step",
    ),
    ("introspect/", "asks the catalog"),
    (
        "prove/",
        "fills a throwaway database, and looks at what a step does there",
    ),
    (
        "desired/class.rs",
        "names the statements that schema files may not hold",
    ),
    (
        "desired/resolve.rs",
        "spells a name as a comment's target, to have it parsed",
    ),
    ("desired/file.rs", "wraps an expression, to have it parsed"),
    (
        "desired/yaml/",
        "puts the user's own words into statements, each with its place in the file",
    ),
    (
        "bodies/fragments.rs",
        "wraps a function's body, to have it parsed",
    ),
];

/// Longer than the limit, with the limit of its own and the reason.
const LONGER: &[(&str, usize, &str)] = &[(
    "sql/archive.rs",
    510,
    "the way out of a table and the way back read each other's columns, side by side",
)];

/// Change kinds whose case bears another name than the kind's.
const CASES: &[(&str, &str)] = &[
    ("add_column", "columns/add_volatile_default"),
    ("change_type", "columns/widen_integer"),
];

/// Change kinds without a case.
const NO_CASE: &[(&str, &str)] = &[("unsupported", "is refused: no plan, no way there and back")];

struct File {
    /// From `src/` on: `sql/write.rs`.
    path: String,
    text: String,
}

impl File {
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap()
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("_tests.rs") || self.path.ends_with("samples.rs")
    }

    /// The lines that ship, numbered from 1: nothing of the tests, no comments.
    fn shipped(&self) -> Vec<(usize, &str)> {
        let lines = self
            .text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line));
        lines
            .take_while(|(_, line)| line.trim() != "#[cfg(test)]" && !self.is_test())
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .collect()
    }
}

fn source() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|ending| ending == "rs") {
            let path = entry.path().strip_prefix(&root).unwrap();
            found.push(File {
                path: path.to_string_lossy().replace('\\', "/"),
                text: std::fs::read_to_string(entry.path()).unwrap(),
            });
        }
    }
    assert!(found.len() > 100, "the source is not where it was");
    found
}

fn folder(name: &str) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    walkdir::WalkDir::new(&root)
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_name() == "to.sql")
        .map(|entry| {
            let case = entry.path().parent().unwrap();
            case.strip_prefix(&root).unwrap().to_string_lossy().into_owned()
        })
        .collect()
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms that a line names: `crate::model::Ident`, `use crate::{model, sql::Stmt};`.
fn rooms_named(line: &str) -> Vec<&str> {
    let mut named = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &line[at + "crate::".len()..];
        let word = |text: &'_ str| {
            text.find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(text.len())
        };
        match rest.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                for part in group.split_inclusive([',', '{', '}']) {
                    let name = part.trim_start();
                    if depth == 0 {
                        named.push(&name[..word(name)]);
                    }
                    depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
                    if depth < 0 {
                        break;
                    }
                }
            }
            None => named.push(&rest[..word(rest)]),
        }
    }
    named.retain(|name| !name.is_empty());
    named
}

fn none(rule: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn rooms_are_found_in_paths_and_groups() {
    assert_eq!(rooms_named("use crate::model::{Ident, Kind};"), ["model"]);
    assert_eq!(
        rooms_named("use crate::{sql::{ident, Stmt}, text};"),
        ["sql", "text"]
    );
    assert_eq!(
        rooms_named("fn f(a: crate::step::Step, b: &crate::plan::Plan)"),
        ["step", "plan"]
    );
    assert!(rooms_named("let a = some_crate::model::Ident;").is_empty());
}

#[test]
fn a_room_sees_lower_floors_only() {
    let mut broken = Vec::new();
    for file in source() {
        if matches!(file.path.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let own = floor(file.room());
        let Some(own) = own else {
            broken.push(format!("{}: its room stands on no floor", file.path));
            continue;
        };
        for (number, line) in file.shipped() {
            for room in rooms_named(line) {
                match floor(room) {
                    Some(seen) if room == file.room() || seen < own => {}
                    Some(_) => broken.push(format!("{}:{number}: sees {room}", file.path)),
                    None => broken.push(format!("{}:{number}: {room} stands on no floor", file.path)),
                }
            }
        }
    }
    none("a room sees lower floors only", &broken);
}

#[test]
fn a_crate_is_named_where_it_belongs() {
    let mut broken = Vec::new();
    for file in source() {
        for (name, places) in CRATES {
            if places.iter().any(|place| file.path.starts_with(place)) {
                continue;
            }
            let path = format!("{name}::");
            for (number, line) in file.shipped() {
                if line.contains(&path) {
                    broken.push(format!("{}:{number}: {name}", file.path));
                }
            }
        }
    }
    none("a crate is named in its own rooms only", &broken);
}

#[test]
fn statements_are_spelled_in_sql() {
    let mut broken = Vec::new();
    let mut needed = BTreeSet::new();
    for file in source() {
        if file.room() == "sql" {
            continue;
        }
        for (number, line) in file.shipped() {
            let found = STATEMENTS
                .iter()
                .find(|words| line.contains(&format!("\"{words}")));
            let Some(words) = found else { continue };
            match SPELLERS.iter().find(|(place, _)| file.path.starts_with(place)) {
                Some((place, _)) => {
                    needed.insert(*place);
                }
                None => broken.push(format!("{}:{number}: {words}", file.path)),
            }
        }
    }
    for (place, _) in SPELLERS.iter().filter(|(place, _)| !needed.contains(place)) {
        broken.push(format!("{place} spells none: take it off the list"));
    }
    none("statements are spelled in sql/", &broken);
}

#[test]
fn a_file_can_be_read_standing_up() {
    let mut broken = Vec::new();
    for file in source() {
        let own = LONGER.iter().find(|(path, _, _)| *path == file.path);
        let limit = own.map_or(450, |(_, limit, _)| *limit);
        let lines = file.text.lines().count();
        if lines > limit {
            broken.push(format!("{}: {lines} lines of {limit}", file.path));
        }
    }
    none("a file has 450 lines at most", &broken);
}

#[test]
fn a_file_says_what_it_is() {
    let broken: Vec<String> = source()
        .iter()
        .filter(|file| !file.is_test() && !file.text.starts_with("//! "))
        .map(|file| file.path.clone())
        .collect();
    none("a file begins with what it is (`//! …`)", &broken);
}

#[test]
fn nothing_that_ships_gives_up() {
    let mut broken = Vec::new();
    for file in source() {
        for (number, line) in file.shipped() {
            for word in [".unwrap()", "todo!(", "unimplemented!(", "panic!(", "dbg!("] {
                if line.contains(word) {
                    broken.push(format!("{}:{number}: {word}", file.path));
                }
            }
        }
    }
    none("bad input gets an error, never a panic", &broken);
}

#[test]
fn every_change_kind_has_a_case() {
    let cases = folder("tests/cases");
    let mut broken = Vec::new();
    for (code, _) in MANUALS {
        let named = |case: &String| case.rsplit('/').next().is_some_and(|last| last.starts_with(code));
        let elsewhere = CASES
            .iter()
            .any(|(kind, case)| kind == code && cases.contains(*case));
        let excused = NO_CASE.iter().any(|(kind, _)| kind == code);
        if !elsewhere && !excused && !cases.iter().any(named) {
            broken.push(format!(
                "{code}: make tests/cases/TOPIC/{code}/{{from.sql,to.sql}}"
            ));
        }
    }
    none("every change kind has a case", &broken);
}

#[test]
fn every_case_has_both_plans() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut broken = Vec::new();
    for case in folder("tests/cases") {
        for file in ["from.sql", "plan.auto.snap", "plan.online.snap"] {
            if !root.join(&case).join(file).exists() {
                broken.push(format!("{case}: no {file}"));
            }
        }
    }
    none(
        "a case has where it comes from and its plan under both strategies",
        &broken,
    );
}

#[test]
fn every_hazard_and_every_change_kind_has_a_page() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/explain");
    let mut broken = Vec::new();
    for hazard in HazardCode::ALL {
        let page = pages.join(format!("{}.md", hazard.code()));
        match std::fs::read_to_string(&page) {
            Ok(text) if text.trim().len() > 100 => {}
            _ => broken.push(format!("{}: no page", page.display())),
        }
    }
    for (code, manual) in MANUALS {
        if !manual.starts_with(&format!("{code}: ")) {
            broken.push(format!("{code}: its manual does not begin with its name"));
        }
    }
    none("every hazard and every change kind has a page", &broken);
}
