//! Files that want to do harm, and files that are merely wrong: a diagnostic with its place, quickly.

use super::translate;
use crate::text::{Diagnostic, SourceFile, render_all};
use std::time::{Duration, Instant};

fn said(text: &str) -> String {
    let source = SourceFile::new("t.yaml", text);
    let began = Instant::now();
    let diagnostics: Vec<Diagnostic> = translate(&source).err().unwrap_or_default();
    // Seconds, not minutes: the machine may be busy.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(diagnostics.len() <= 101, "{} diagnostics", diagnostics.len());
    for diagnostic in &diagnostics {
        assert!(!diagnostic.labels.is_empty(), "{diagnostic:?}");
    }
    render_all(&diagnostics, Default::default())
}

fn says(text: &str, parts: &[&str]) {
    let said = said(text);
    for part in parts {
        assert!(
            said.contains(part),
            "no {part:?} in\n{said}\nof\n{}",
            &text[..text.len().min(400)]
        );
    }
}

#[test]
fn nesting_is_bounded() {
    says(&"[".repeat(100_000), &["error[yaml", "t.yaml:1"]);
    says(&"{a: ".repeat(100_000), &["error[yaml", "t.yaml:1"]);
    let deep: String = (0..3_000)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    says(&deep, &["error[yaml", "t.yaml:"]);
    says(&format!("{}x", "- ".repeat(100_000)), &["error[yaml", "t.yaml:1"]);
    let chain: String = (1..200)
        .map(|n| format!("x-{n}: &n{n} [*n{}]\n", n - 1))
        .collect();
    says(&format!("x-0: &n0 1\n{chain}"), &["error[yaml-limit]", "64 deep"]);
}

#[test]
fn aliases_multiply_nothing() {
    let mut bomb = "x-0: &n0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for n in 1..30 {
        let of = format!("*n{}, ", n - 1).repeat(10);
        bomb.push_str(&format!("x-{n}: &n{n} [{of}]\n"));
    }
    says(&bomb, &["error[yaml-limit]", "2000000 values"]);
    says("x-a: &a [*a]\n", &["error[yaml-alias]"]);
    says(
        "tables: {t: {columns: {a: *nothing}}}\n",
        &["error[unknown-anchor]", "`&nothing`", "t.yaml:1:27"],
    );
    let mut merges = "x-0: &n0 {a: 1}\n".to_owned();
    for n in 1..30 {
        merges.push_str(&format!(
            "x-{n}: &n{n} {{b{n}: 1, <<: [*n{0}, *n{0}, *n{0}, *n{0}]}}\n",
            n - 1
        ));
    }
    says(&merges, &["error[yaml-limit]"]);
}

#[test]
fn mistakes_that_an_alias_repeats_are_counted() {
    let tables: String = (0..2_000).map(|n| format!("t{n}: *t, ")).collect();
    says(
        &format!("x-t: &t {{columns: 3}}\ntables: {{{tables}}}\n"),
        &[
            "`columns` takes a mapping by name, not a single value",
            "1900 more mistakes in this file",
        ],
    );
}

#[test]
fn size_is_bounded() {
    says(
        &format!("sql: |\n  {}\n", "x".repeat(5 << 20)),
        &["error[yaml-limit]", "4194304 are the most"],
    );
    says(
        &format!("tables: [{}]", "1,".repeat(2_100_000)),
        &["error[yaml-limit]", "2000000 values"],
    );
    says(
        &format!("\"{}\": 1", "k".repeat(3 << 20)),
        &["error[yaml-syntax]"],
    );
    says(
        &format!(
            "tables: {{t: {{columns: {{a: {{type: '{}'}}}}}}}}",
            "(".repeat(200_000)
        ),
        &["closes"],
    );
}

#[test]
fn keys_stand_once() {
    says(
        "tables:\n  a: {columns: {x: int}}\n  b: {}\n  a: {}\n",
        &[
            "error[duplicate-key]: `a` stands here twice\n --> t.yaml:4:3",
            "first here",
        ],
    );
}

#[test]
fn broken_text_is_shown_where_it_breaks() {
    says(
        "tables:\n\tt: {}\n",
        &["error[yaml-syntax]", "t.yaml:2", "YAML takes no tabs"],
    );
    says(
        "tables: {t: {columns: {a: \"int}}}\n",
        &["error[yaml-syntax]", "t.yaml:"],
    );
    says(
        "tables: [a\nviews: b",
        &["error[yaml-syntax]", "this bracket is still open"],
    );
    says("a: b: c\n", &["error[yaml-syntax]", "t.yaml:1"]);
    says("? [a, b]\n: 1\n", &["a key is a single value"]);
    says(
        "tables: !!set {t: {}}\nviews: !mine {}\n",
        &["error[yaml-tag]", "t.yaml:2"],
    );
    says("- a\n", &["a schema file is a mapping"]);
    says("schema: \"a\\0b\"\n", &["a NUL character"]);
    says(
        "sql: \"select 'x\"\n",
        &["a string that never ends", "t.yaml:1:14"],
    );
    assert!(SourceFile::from_bytes("t.yaml", b"schema: \xff".to_vec()).is_err());
    assert_eq!(said(""), "");
    assert_eq!(said("# nothing\n---\n...\n---\n~\n"), "");
}

#[test]
fn sql_cannot_leave_its_place() {
    for wrong in [
        "tables: {t: {columns: {a: \"int); drop table x; --\"}}}",
        "tables: {t: {columns: {a: {type: 'int, b int'}}}}",
        "tables: {t: {columns: {a: 'int, b int'}}}",
        "tables: {t: {columns: {a: {type: int, default: '0); select (1'}}}}",
        "tables: {t: {checks: [\"a = 'x\"]}}",
        "views: {v: select 1; drop table x}",
        "functions: {\"f(a int); drop table x; --\": {body: x}}",
    ] {
        let said = said(wrong);
        assert!(said.contains("error[syntax]"), "{wrong}\n{said}");
    }
}

#[test]
fn random_text_is_no_panic() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut state = seed;
    let pieces = [
        "tables",
        ":",
        " ",
        "\n",
        "  ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "&a ",
        "*a",
        "<<",
        "'",
        "\"",
        "|",
        ">",
        "columns",
        "type",
        "int",
        "views",
        "checks",
        "default",
        "enum",
        "types",
        "functions",
        "body",
        "f(a int)",
        "null",
        "~",
        "true",
        "\\",
        "ü",
        "\t",
        "#",
        "---\n",
        "!x",
        "%",
        "sql",
        ";",
        "--",
        "(",
        ")",
        "$$",
        "comment",
        "grants",
        "indexes",
        "unique",
        "partitions",
        "values",
        "identity",
        "references",
        "name",
    ];
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..30 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
        }
        let source = SourceFile::new("t.yaml", text);
        if let Err(diagnostics) = translate(&source) {
            render_all(&diagnostics, Default::default());
        }
    }
}
