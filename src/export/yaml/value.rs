//! YAML text: few quotes, blocks for long texts, and every text exactly as it was.

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Yaml {
    /// A text that is read back as it is.
    Text(String),
    /// `true`, a number: a word that needs no quotes because it is no text.
    Word(String),
    /// `[a, b]`.
    Flow(Vec<Yaml>),
    /// One entry to a line.
    List(Vec<Yaml>),
    /// Keys in order.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Yaml::Text(text.into())
    }

    pub(super) fn yes() -> Self {
        Yaml::Word("true".to_owned())
    }

    pub(super) fn texts(texts: impl IntoIterator<Item = String>) -> Self {
        Yaml::Flow(texts.into_iter().map(Yaml::Text).collect())
    }
}

/// Words that mean something other than a text.
const SPECIAL: &[&str] = &[
    "", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "nan", "inf",
];

/// The document.
pub(super) fn document(entries: &[(String, Yaml)]) -> String {
    let mut out = String::new();
    map(entries, 0, &mut out);
    out
}

fn map(entries: &[(String, Yaml)], depth: usize, out: &mut String) {
    for (key, value) in entries {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&line(key));
        out.push(':');
        behind_key(value, depth, out);
    }
}

fn behind_key(value: &Yaml, depth: usize, out: &mut String) {
    match value {
        Yaml::Map(entries) if !entries.is_empty() => {
            out.push('\n');
            map(entries, depth + 1, out);
        }
        Yaml::List(items) if !items.is_empty() => {
            out.push('\n');
            for item in items {
                out.push_str(&"  ".repeat(depth + 1));
                out.push('-');
                match item {
                    Yaml::Map(entries) if !entries.is_empty() => {
                        let mut inner = String::new();
                        map(entries, depth + 2, &mut inner);
                        out.push(' ');
                        out.push_str(inner.trim_start());
                    }
                    other => behind_key(other, depth + 1, out),
                }
            }
        }
        Yaml::Text(text) if is_block(text) => block(text, depth + 1, out),
        other => {
            out.push(' ');
            out.push_str(&inline(other));
            out.push('\n');
        }
    }
}

fn inline(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => line(text),
        Yaml::Word(word) => word.clone(),
        Yaml::Flow(items) | Yaml::List(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| match item {
                    Yaml::Text(text) => in_flow(text),
                    other => inline(other),
                })
                .collect();
            format!("[{}]", items.join(", "))
        }
        Yaml::Map(_) => "{}".to_owned(),
    }
}

fn in_flow(text: &str) -> String {
    let line = line(text);
    match !line.starts_with(['\'', '"']) && line.contains([',', '[', ']', '{', '}']) {
        true => quoted(text),
        false => line,
    }
}

/// The text on one line: bare where that reads back as the same text.
fn line(text: &str) -> String {
    match is_plain(text) {
        true => text.to_owned(),
        false => quoted(text),
    }
}

fn is_plain(text: &str) -> bool {
    let starts =
        text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '(' || c == '$' || c == '/');
    let inside = |c: char| c.is_alphanumeric() || "_ ()+-*/=<>.,;:$^~!?|[]{}\"'\\%@#&".contains(c);
    starts
        && text.chars().all(inside)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && !SPECIAL.contains(&text.to_ascii_lowercase().as_str())
}

fn quoted(text: &str) -> String {
    if text.chars().any(char::is_control) || text.contains(['\u{feff}', '\u{2028}', '\u{2029}']) {
        return escaped(text);
    }
    // Whichever needs fewer escapes: expressions are full of single quotes.
    match (text.contains('\''), text.contains(['"', '\\'])) {
        (true, false) => format!("\"{text}\""),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || "\u{feff}\u{2028}\u{2029}".contains(c) => {
                out.push_str(&format!("\\U{:08x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// True for texts of several lines that a block gives back to the last blank.
fn is_block(text: &str) -> bool {
    let odd =
        |c: char| (c.is_control() && c != '\n' && c != '\t') || "\u{feff}\u{2028}\u{2029}\u{85}".contains(c);
    let blank = |line: &str| !line.is_empty() && line.trim().is_empty();
    text.trim_end_matches('\n').contains('\n')
        && !text.chars().any(odd)
        && !text.split('\n').any(blank)
        && text.trim_start_matches('\n').starts_with(|c: char| c != '\t')
}

fn block(text: &str, depth: usize, out: &mut String) {
    out.push_str(" |");
    // Without the number the first line would decide how far the text stands in.
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.trim_end_matches('\n');
    match text.len() - body.len() {
        0 => out.push('-'),
        1 => {}
        _ => out.push('+'),
    }
    out.push('\n');
    let end = if text.len() - body.len() > 1 {
        text.len() - 1
    } else {
        body.len()
    };
    for line in text[..end].split('\n') {
        if !line.is_empty() {
            out.push_str(&"  ".repeat(depth));
            out.push_str(line);
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &[&str] = &[
        "text not null default 'x'",
        "numeric(10,2) not null",
        "true",
        "",
        " ",
        "a: b",
        "a #b",
        "- a",
        "'x'",
        "\"Mixed\"",
        "it's \"both\"",
        "it's \\ \"all\"",
        "123",
        "1.5",
        "null",
        "~",
        "*",
        "&a",
        "!b",
        "%c",
        "@d",
        "`e`",
        "a,b",
        "[a]",
        "{a}",
        "a\tb",
        "a\r\nb",
        "one\ntwo",
        "one\ntwo\n",
        "one\ntwo\n\n\n",
        "\none\n  two\n",
        "  indented\nless\n",
        "\ttab\nx",
        "\n\ttab\nx",
        "one\n   \ntwo",
        "one\n\ttab\n",
        "one  \ntwo",
        "\n",
        "\n\n",
        "ü\nß",
        "\u{feff}x",
        "line\u{2028}sep\nx",
        "# no comment\nx",
        "--- \nx",
        "x\n---\ny\n",
        "...",
        "nul\u{1}",
    ];

    #[test]
    fn every_text_is_read_back_as_it_was() {
        for text in TEXTS {
            let value = Yaml::Map(vec![
                (
                    "in a map".to_owned(),
                    Yaml::Map(vec![
                        ("a".to_owned(), Yaml::text(*text)),
                        ("b".to_owned(), Yaml::text("end")),
                    ]),
                ),
                (
                    "in a list".to_owned(),
                    Yaml::List(vec![Yaml::text(*text), Yaml::text("end")]),
                ),
                (
                    "in brackets".to_owned(),
                    Yaml::Flow(vec![Yaml::text(*text), Yaml::text("end")]),
                ),
                (format!("x{}", text.replace('\n', "")), Yaml::text(*text)),
            ]);
            let Yaml::Map(entries) = value else {
                unreachable!("it is one")
            };
            let written = document(&entries);
            let read: serde_json::Value =
                serde_saphyr::from_str(&written).unwrap_or_else(|e| panic!("{written}\n{e}"));
            assert_eq!(read["in a map"]["a"], *text, "{written}");
            assert_eq!(read["in a map"]["b"], "end", "{written}");
            assert_eq!(read["in a list"][0], *text, "{written}");
            assert_eq!(read["in a list"][1], "end", "{written}");
            assert_eq!(read["in brackets"][0], *text, "{written}");
            assert_eq!(read["in brackets"][1], "end", "{written}");
            assert_eq!(read[format!("x{}", text.replace('\n', ""))], *text, "{written}");
        }
    }

    #[test]
    fn words_stay_bare() {
        for text in ["bigint not null", "text default 'x'", "(a > 0)", "numeric(10,2)"] {
            assert_eq!(line(text), text);
        }
    }
}
