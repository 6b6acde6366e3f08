//! Cases on every major of PostgreSQL that can be had.
//!
//! A case whose `from.sql` or `to.sql` begins with `-- needs 17` is for that major and newer ones, with `-- until 16` for
//! that one and older ones. Servers are looked for where they are installed and where `.ci/servers` puts them. Without a word a sample of the cases runs on each;
//! `SCHEMAPLAN_MATRIX=all` runs all, and `SCHEMAPLAN_MAJORS=14,18` on some.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every so many cases one is in the sample; which ones differs from major to major.
const SAMPLE: usize = 14;

/// The programs of each major that is here.
pub fn servers() -> BTreeMap<u32, PathBuf> {
    let mut found = BTreeMap::new();
    let kept = std::env::var_os("SCHEMAPLAN_SERVERS")
        .map(PathBuf::from)
        .or_else(|| Some(schemaplan::engine::cache_folder(None).ok()?.join("servers")));
    let system = Some(PathBuf::from("/usr/lib/postgresql"));
    for parent in [kept, system].into_iter().flatten() {
        for entry in std::fs::read_dir(&parent).into_iter().flatten().flatten() {
            let bin = entry.path().join("bin");
            if let Ok(major) = entry.file_name().to_string_lossy().parse::<u32>()
                && bin.join("postgres").exists()
            {
                found.insert(major, bin);
            }
        }
    }
    found
}

/// The oldest major that the case is for, and the one whose plan is kept beside it.
pub fn needs(folder: &Path) -> u32 {
    marked(folder, "-- needs ").max().unwrap_or(0)
}

/// True where the case can be loaded on that major.
pub fn is_for(folder: &Path, major: u32) -> bool {
    needs(folder) <= major && marked(folder, "-- until ").all(|newest| major <= newest)
}

fn marked(folder: &Path, word: &'static str) -> impl Iterator<Item = u32> {
    ["from.sql", "to.sql"]
        .map(|file| folder.join(file))
        .into_iter()
        .filter_map(move |file| {
            let text = std::fs::read_to_string(file).ok()?;
            text.lines().next()?.strip_prefix(word)?.trim().parse().ok()
        })
}

/// What runs on one major: all, or its share of the sample with everything that is made for newer servers.
pub fn chosen(cases: &[PathBuf], major: u32) -> Vec<(PathBuf, &'static str)> {
    let all = std::env::var("SCHEMAPLAN_MATRIX").is_ok_and(|word| word == "all");
    let mut chosen = Vec::new();
    for (number, folder) in cases.iter().enumerate() {
        let needed = needs(folder);
        if !is_for(folder, major) {
            continue;
        }
        let strategies = ["auto", "online"];
        if all {
            chosen.extend(strategies.map(|strategy| (folder.clone(), strategy)));
        } else if needed == major || (number + major as usize).is_multiple_of(SAMPLE) {
            chosen.push((folder.clone(), strategies[(number + major as usize) % 2]));
        }
    }
    chosen
}

/// The majors that are asked for.
pub fn wanted() -> impl Fn(u32) -> bool {
    let asked: Option<Vec<u32>> = std::env::var("SCHEMAPLAN_MAJORS").ok().map(|list| {
        list.split(',')
            .filter_map(|word| word.trim().parse().ok())
            .collect()
    });
    move |major| match &asked {
        Some(asked) => asked.contains(&major),
        None => (14..=18).contains(&major),
    }
}

/// One line a topic, one column a major: how many passed of those that ran.
pub fn print(table: &BTreeMap<String, BTreeMap<u32, (usize, usize)>>) {
    let majors: Vec<u32> = {
        let mut all: Vec<u32> = table.values().flat_map(|row| row.keys().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let heads: Vec<String> = majors.iter().map(|major| format!("{major:>9}")).collect();
    println!("{:<14}{}", "", heads.concat());
    for (topic, row) in table {
        let cells: Vec<String> = majors
            .iter()
            .map(|major| match row.get(major) {
                Some((passed, ran)) => format!("{:>9}", format!("{passed}/{ran}")),
                None => format!("{:>9}", "-"),
            })
            .collect();
        println!("{topic:<14}{}", cells.concat());
    }
}
