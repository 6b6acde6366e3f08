//! The grammar and what is made of it are one: every key stands in a twin (`tests/desired/twins`, where a server says that both
//! mean the same), and every key makes a difference.

use super::grammar::DOCUMENT;
use super::scalar::stretches;
use super::shape::{Key, Mapping, Scalar, Section, Shape};
use super::translate_documents;
use super::tree::{self, Kind, Node};
use crate::text::{SourceFile, Span};
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

pub(super) fn files(folder: &str) -> Vec<Arc<SourceFile>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<Arc<SourceFile>> = walkdir::WalkDir::new(&root)
        .into_iter()
        .flatten()
        .filter(|entry| {
            entry
                .path()
                .extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .map(|entry| {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            SourceFile::new(entry.path().to_string_lossy(), text)
        })
        .collect();
    files.sort_by(|a, b| a.path().cmp(b.path()));
    assert!(!files.is_empty(), "no YAML in {folder}");
    files
}

pub(super) fn documents(source: &Arc<SourceFile>) -> Vec<Rc<Node>> {
    let mut diagnostics = Vec::new();
    let documents = tree::read(source, &mut diagnostics).unwrap();
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    documents
}

/// Every key of the grammar, with its section.
pub(super) fn registered() -> BTreeSet<(&'static str, &'static str)> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    visit_section(&DOCUMENT, &mut seen, &mut found);
    found
}

fn visit_section(
    section: &'static Section,
    seen: &mut BTreeSet<&'static str>,
    found: &mut BTreeSet<(&'static str, &'static str)>,
) {
    if seen.insert(section.name) {
        for key in section.keys() {
            assert!(
                found.insert((section.name, key.name)),
                "{} has {} twice",
                section.name,
                key.name
            );
            visit_shape(key.shape, seen, found);
        }
    }
}

fn visit_shape(
    shape: &'static Shape,
    seen: &mut BTreeSet<&'static str>,
    found: &mut BTreeSet<(&'static str, &'static str)>,
) {
    if let Some(list) = shape.list {
        visit_shape(list, seen, found);
    }
    match &shape.mapping {
        Some(Mapping::Section(section)) => visit_section(section, seen, found),
        Some(Mapping::Entries(of) | Mapping::Signatures(of)) => visit_shape(of, seen, found),
        None => {}
    }
}

/// Where each key stands in a document: section and key, with the way there as numbers of entries and items.
type Places = Vec<((&'static str, &'static str), Vec<usize>)>;

fn places(node: &Node, shape: &'static Shape, way: &mut Vec<usize>, found: &mut Places) {
    match (&node.kind, &shape.mapping, shape.list) {
        (Kind::Map(_), Some(Mapping::Section(section)), _) => places_of(node, section, way, found),
        (Kind::Map(entries), Some(Mapping::Entries(of) | Mapping::Signatures(of)), _) => {
            for (number, (_, value)) in entries.iter().enumerate() {
                way.push(number);
                places(value, of, way, found);
                way.pop();
            }
        }
        (Kind::List(items), _, Some(of)) => {
            for (number, item) in items.iter().enumerate() {
                way.push(number);
                places(item, of, way, found);
                way.pop();
            }
        }
        _ => {}
    }
}

fn places_of(node: &Node, section: &'static Section, way: &mut Vec<usize>, found: &mut Places) {
    for (number, (key, value)) in node.entries().iter().enumerate() {
        let Some(known) = section.keys().find(|known| Some(known.name) == key.text()) else {
            continue;
        };
        way.push(number);
        found.push(((section.name, known.name), way.clone()));
        places(value, known.shape, way, found);
        way.pop();
    }
}

/// Keys of later majors than the one that every machine has, and of what a database does not have by itself.
const NO_TWIN: &[&str] = &[
    "canonical",
    "not_enforced",
    "period",
    "transform",
    "version",
    "without_overlaps",
];

#[test]
fn every_key_stands_in_a_twin() {
    let mut found = Vec::new();
    for source in files("tests/desired/twins") {
        for document in documents(&source) {
            places_of(&document, &DOCUMENT, &mut Vec::new(), &mut found);
        }
    }
    let found: BTreeSet<&str> = found.into_iter().map(|((_, key), _)| key).collect();
    let names: BTreeSet<&str> = registered().into_iter().map(|(_, key)| key).collect();
    let absent: Vec<&str> = names
        .difference(&found)
        .copied()
        .filter(|key| !NO_TWIN.contains(key))
        .collect();
    assert!(absent.is_empty(), "no twin has: {absent:?}");
}

/// The document with another value at the end of the way.
fn changed(node: &Rc<Node>, way: &[usize], change: &dyn Fn(&Node) -> Kind) -> Rc<Node> {
    let Some((first, rest)) = way.split_first() else {
        return Rc::new(node.with(change(node)));
    };
    let kind = match &node.kind {
        Kind::Map(entries) => {
            let mut entries = entries.clone();
            entries[*first].1 = changed(&entries[*first].1, rest, change);
            Kind::Map(entries)
        }
        Kind::List(items) => {
            let mut items = items.clone();
            items[*first] = changed(&items[*first], rest, change);
            Kind::List(items)
        }
        Kind::Scalar { .. } => unreachable!("nothing stands in a scalar"),
    };
    Rc::new(node.with(kind))
}

fn node(kind: Kind, like: &Node) -> Rc<Node> {
    Rc::new(like.with(kind))
}

fn word(text: &str, like: &Node) -> Rc<Node> {
    let style = granit_parser::ScalarStyle::DoubleQuoted;
    let text = text.to_owned();
    node(Kind::Scalar { text, style }, like)
}

/// Some value of a shape.
fn sample(shape: &'static Shape, like: &Node) -> Rc<Node> {
    match (shape.scalar, shape.list, &shape.mapping) {
        (Some(scalar), ..) => word(
            match scalar {
                Scalar::Flag => "true",
                Scalar::Number => "3",
                Scalar::Hazard => "style",
                Scalar::Word(words) => words.last().unwrap(),
                _ => "sample",
            }
            .replace("sample", if scalar == Scalar::Constant { "7" } else { "sample" })
            .as_str(),
            like,
        ),
        (None, Some(of), _) => node(Kind::List(vec![sample(of, like)]), like),
        (None, None, Some(Mapping::Entries(of) | Mapping::Signatures(of))) => {
            node(Kind::Map(vec![(word("sample", like), sample(of, like))]), like)
        }
        (None, None, Some(Mapping::Section(section))) => {
            let keys = section
                .required
                .iter()
                .map(|group| section.keys().find(|key| key.name == group[0]).unwrap());
            let entries = keys.map(|key| (word(key.name, like), sample(key.shape, like)));
            node(Kind::Map(entries.collect()), like)
        }
        _ => unreachable!("a shape has a form"),
    }
}

/// Where each section stands in a document.
fn sections(document: &Node) -> Vec<(&'static Section, Vec<usize>)> {
    fn walk(
        node: &Node,
        shape: &'static Shape,
        way: &mut Vec<usize>,
        found: &mut Vec<(&'static Section, Vec<usize>)>,
    ) {
        if let (Kind::Map(_), Some(Mapping::Section(section))) = (&node.kind, &shape.mapping) {
            inside(node, section, way, found);
        } else if let (Kind::Map(entries), Some(Mapping::Entries(of) | Mapping::Signatures(of))) =
            (&node.kind, &shape.mapping)
        {
            for (number, (_, value)) in entries.iter().enumerate() {
                way.push(number);
                walk(value, of, way, found);
                way.pop();
            }
        } else if let (Kind::List(items), Some(of)) = (&node.kind, shape.list) {
            for (number, item) in items.iter().enumerate() {
                way.push(number);
                walk(item, of, way, found);
                way.pop();
            }
        }
    }
    fn inside(
        node: &Node,
        section: &'static Section,
        way: &mut Vec<usize>,
        found: &mut Vec<(&'static Section, Vec<usize>)>,
    ) {
        found.push((section, way.clone()));
        for (number, (key, value)) in node.entries().iter().enumerate() {
            if let Some(known) = section.keys().find(|known| Some(known.name) == key.text()) {
                way.push(number);
                walk(value, known.shape, way, found);
                way.pop();
            }
        }
    }
    let mut found = Vec::new();
    inside(document, &DOCUMENT, &mut Vec::new(), &mut found);
    found
}

/// Taking a key away, or putting it where it is not, changes what is executed: no key is read and forgotten.
#[test]
fn every_key_makes_a_difference() {
    let mut idle = registered();
    for source in files("tests/desired/twins") {
        let all = documents(&source);
        let whole = translate_documents(&source, &all, Vec::new()).unwrap();
        for (number, document) in all.iter().enumerate() {
            for (section, way) in sections(document) {
                for key in section.keys() {
                    if !idle.contains(&(section.name, key.name)) {
                        continue;
                    }
                    for replaces in [false, true] {
                        let mut other = all.clone();
                        other[number] = changed(document, &way, &|node| with_other(node, key, replaces));
                        if translate_documents(&source, &other, Vec::new())
                            .is_ok_and(|made| made.text() != whole.text())
                        {
                            idle.remove(&(section.name, key.name));
                        }
                    }
                }
            }
        }
    }
    // It says what holds anyway.
    idle.remove(&("column", "nullable"));
    idle.remove(&("column_of_partition", "nullable"));
    assert!(idle.is_empty(), "read by nobody: {idle:?}");
}

/// The section with the key where it was not, without it or with another value where it was.
fn with_other(node: &Node, key: &'static Key, replaces: bool) -> Kind {
    let mut entries = node.entries().to_vec();
    match entries.iter().position(|(name, _)| name.text() == Some(key.name)) {
        Some(at) if replaces => entries[at].1 = sample(key.shape, node),
        Some(at) => drop(entries.remove(at)),
        None => entries.push((word(key.name, node), sample(key.shape, node))),
    }
    Kind::Map(entries)
}

fn scalars<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    match &node.kind {
        Kind::Scalar { .. } => found.push(node),
        Kind::List(items) => items.iter().for_each(|item| scalars(item, found)),
        Kind::Map(entries) => entries.iter().for_each(|(key, value)| {
            scalars(key, found);
            scalars(value, found);
        }),
    }
}

/// Every visible character of a value without escapes is found where it stands.
fn holds(source: &SourceFile, node: &Node) {
    if node.is_empty() {
        return;
    }
    let text = node.text().unwrap();
    let mut covered = vec![false; text.len()];
    for stretch in stretches(source.text(), node) {
        let file = source.slice(Span::new(stretch.file, stretch.file + stretch.length));
        let there = &text[stretch.text..stretch.text + stretch.length];
        assert_eq!(file, there, "{}", source.text());
        covered[stretch.text..stretch.text + stretch.length].fill(true);
    }
    let escapes = source.slice(node.span).starts_with('"') && source.slice(node.span).contains('\\');
    for (at, byte) in text.bytes().enumerate() {
        assert!(
            covered[at] || byte.is_ascii_whitespace() || escapes,
            "byte {at} of {text:?} is not found in\n{}",
            source.slice(node.span)
        );
    }
}

#[test]
fn every_character_of_the_twins_is_found_where_it_stands() {
    for source in files("tests/desired/twins") {
        for document in documents(&source) {
            let mut found = Vec::new();
            scalars(&document, &mut found);
            found.into_iter().for_each(|node| holds(&source, node));
        }
    }
}

#[test]
fn characters_are_found_behind_a_comment_between_the_lines_of_a_value() {
    let source = SourceFile::new("a.yaml", "k: ü\n\n\t #ü\\\n\n\n  x\n");
    let documents = tree::read(&source, &mut Vec::new()).unwrap();
    assert_eq!(documents.len(), 1);
    for document in documents {
        let mut found = Vec::new();
        scalars(&document, &mut found);
        assert_eq!(found.len(), 2);
        found.into_iter().for_each(|node| holds(&source, node));
    }
}

#[test]
fn characters_are_found_in_values_of_every_style() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut state = seed;
    let mut next = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..2_000 {
        let pieces = [
            "a", "b c", " ", "\n", "\n\n", "'", "\"", "ü", "𝄞", ": ", " #", "  x", "--", "\\", "\t", "%",
        ];
        let text: String = (0..next(12)).map(|_| pieces[next(pieces.len())]).collect();
        let quoted = serde_json::to_string(&text).unwrap();
        let single = text.replace('\'', "''").replace('\n', "\n\n    ");
        let block: String = text.split('\n').map(|line| format!("    {line}\n")).collect();
        for yaml in [
            format!("k: {quoted}\n"),
            format!("k: '{single}'\n"),
            format!("k: |2-\n{}", block.replace("\n    ", "\n  ")),
            format!("k: |\n{block}"),
            format!("k: >\n{block}"),
            format!("k: {text}\n"),
        ] {
            let source = SourceFile::new("random.yaml", yaml);
            let mut diagnostics = Vec::new();
            for document in tree::read(&source, &mut diagnostics).unwrap_or_default() {
                let mut found = Vec::new();
                scalars(&document, &mut found);
                found.into_iter().for_each(|node| holds(&source, node));
            }
        }
    }
}
