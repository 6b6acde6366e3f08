//! Schema files that somebody or something has broken: each gets an answer, soon, and none ends the program.
//!
//! The files of the repository are the corpus, and a seed decides how each is broken: `SCHEMAPLAN_FUZZ` is how many tries,
//! `SCHEMAPLAN_SEED` where they begin. What fails is written where the failure says.
#![allow(clippy::unwrap_used)]

#[path = "cases/random/dice.rs"]
mod dice;
#[path = "../fuzz/src/lib.rs"]
mod targets;

use dice::Dice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// More than any file of this size takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

const WORDS: [&str; 24] = [
    "CREATE TABLE ",
    "(",
    ")",
    ";",
    "'",
    "\"",
    "$$",
    "--",
    "/*",
    "*/",
    "-- schemaplan: ",
    "renamed from ",
    "backfill ",
    "\n",
    ": ",
    "- ",
    "&a ",
    "*a ",
    "{",
    "[",
    "\t",
    "\u{0}",
    "\u{202e}",
    "é",
];

fn corpus(ends: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<_> = ["schema", "examples", "tests"]
        .iter()
        .flat_map(|folder| walkdir::WalkDir::new(root.join(folder)))
        .flatten()
        .map(|entry| entry.path().to_owned())
        .filter(|path| path.is_file() && path.to_string_lossy().ends_with(ends))
        .collect();
    found.sort();
    found
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .filter(|bytes| bytes.len() < 20_000)
        .collect()
}

fn broken(dice: &mut Dice, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.pick(corpus).cloned().unwrap_or_default();
    for _ in 0..1 + dice.below(6) {
        let at = dice.below(bytes.len());
        let length = dice.below(40).min(bytes.len() - at.min(bytes.len()));
        match dice.below(7) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..at + length)),
            2 => {
                let part: Vec<u8> = bytes[at..at + length].to_vec();
                let times = 1 + dice.below(300);
                bytes.splice(at..at, part.repeat(times));
            }
            3 => {
                let word = WORDS[dice.below(WORDS.len())].as_bytes();
                let times = if dice.once_in(8) { 2_000 } else { 1 };
                bytes.splice(at..at, word.repeat(times));
            }
            4 => {
                let other = dice.pick(corpus).cloned().unwrap_or_default();
                let from = dice.below(other.len());
                bytes.splice(at.., other[from..].iter().copied());
            }
            5 if at < bytes.len() => bytes[at] = dice.next() as u8,
            _ if at < bytes.len() => bytes[at] ^= 1 << dice.below(7),
            _ => {}
        }
    }
    bytes.truncate(200_000);
    bytes
}

fn run(ends: &str, target: fn(&[u8])) {
    let number = |variable: &str, otherwise: u64| {
        std::env::var(variable)
            .ok()
            .and_then(|word| word.parse().ok())
            .unwrap_or(otherwise)
    };
    let (count, first) = (number("SCHEMAPLAN_FUZZ", 1_500), number("SCHEMAPLAN_SEED", 1));
    let corpus = corpus(ends);
    assert!(!corpus.is_empty());
    println!("seeds {first} to {}", first + count - 1);
    for bytes in &corpus {
        target(bytes);
    }
    for seed in first..first + count {
        let bytes = broken(&mut Dice::new(seed), &corpus);
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| target(&bytes)));
        if outcome.is_err() || began.elapsed() > PATIENCE {
            let path = std::env::temp_dir().join(format!("schemaplan-fuzz-{seed}{ends}"));
            std::fs::write(&path, &bytes).unwrap();
            panic!("seed {seed}, {:?}: {}", began.elapsed(), path.display());
        }
    }
}

#[test]
fn broken_sql_gets_an_answer() {
    run(".sql", targets::sql);
}

#[test]
fn broken_yaml_gets_an_answer() {
    run(".yaml", targets::yaml);
}
