//! A reader of Prometheus' text format, strict where collectors are.

use std::collections::{BTreeMap, BTreeSet};

/// The samples by name and labels.
pub struct Samples(pub BTreeMap<(String, BTreeMap<String, String>), f64>);

impl Samples {
    /// The values of a name whose labels hold these.
    pub fn of(&self, name: &str, labels: &[(&str, &str)]) -> Vec<f64> {
        let fits = |found: &BTreeMap<String, String>| {
            labels
                .iter()
                .all(|(label, value)| found.get(*label).is_some_and(|found| found == value))
        };
        let all = self
            .0
            .iter()
            .filter(|((known, found), _)| known == name && fits(found));
        all.map(|(_, value)| *value).collect()
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Reads the text: every family has HELP and TYPE before its samples, all of them together, and no sample stands twice.
pub fn parse(text: &str) -> Samples {
    let mut samples = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut help = String::new();
    let mut family = String::new();
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').unwrap();
            assert!(is_name(name) && !words.is_empty(), "{line}");
            assert!(seen.insert(name.to_owned()), "twice: {line}");
            help = name.to_owned();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{help} gauge"));
            family = help.clone();
        } else {
            let (name, rest) = line.split_once('{').unwrap();
            assert_eq!(name, family, "{line}");
            let (labels, rest) = labels(rest);
            let value: f64 = rest.trim().parse().unwrap();
            assert!(
                samples.insert((name.to_owned(), labels), value).is_none(),
                "twice: {line}"
            );
        }
    }
    Samples(samples)
}

/// The labels up to the closing brace, and what stands behind it.
fn labels(text: &str) -> (BTreeMap<String, String>, &str) {
    let mut found = BTreeMap::new();
    let mut rest = text;
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return (found, behind);
        }
        let (name, behind) = rest.split_once("=\"").unwrap();
        assert!(is_name(name), "{name}");
        let mut value = String::new();
        let mut letters = behind.char_indices();
        let end = loop {
            match letters.next().unwrap() {
                (at, '"') => break at,
                (_, '\\') => value.push(match letters.next().unwrap().1 {
                    'n' => '\n',
                    other @ ('"' | '\\') => other,
                    other => panic!("\\{other} is no escape"),
                }),
                (_, other) => value.push(other),
            }
        };
        assert!(found.insert(name.to_owned(), value).is_none(), "{name} twice");
        rest = &behind[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}
