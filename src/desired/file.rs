//! One schema file: its statements with their settings, what is skipped and why, and its directives.

use super::attach::{Comment, Placed, place};
use super::class::{Class, classify, is_concurrent};
use super::facts::{Facts, facts};
use super::settings::Session;
use super::source::is_yaml;
use super::split::split;
use super::statement::Statement;
use super::yaml;
use crate::text::{Diagnostic, DirectiveKind, SourceFile, Span, parse_comment};
use pg_query::NodeEnum;
use pg_query::protobuf::Token;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one file holds.
#[derive(Default)]
pub(super) struct FileContent {
    pub statements: Vec<Statement>,
    pub directives: Vec<Placed>,
    pub roles: BTreeSet<String>,
    pub tablespaces: BTreeSet<String>,
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file. Everything wrong with it is in the diagnostics; what is right goes on. YAML is read as the SQL that it stands for.
pub(super) fn read_file(source: &Arc<SourceFile>) -> FileContent {
    if !is_yaml(source.path()) {
        return read_sql(source);
    }
    match yaml::translate(source) {
        Ok(made) => read_sql(&made),
        Err(diagnostics) => FileContent {
            diagnostics,
            ..FileContent::default()
        },
    }
}

fn read_sql(source: &Arc<SourceFile>) -> FileContent {
    let pieces = split(source);
    let mut reader = Reader {
        source,
        session: Session::default(),
        content: FileContent::default(),
        spans: Vec::new(),
        data: Vec::new(),
        calls: false,
        stand_ins: Vec::new(),
        not_managed: BTreeMap::new(),
        concurrent: Vec::new(),
    };
    reader.content.diagnostics = pieces.errors;
    for command in pieces.commands {
        reader.command(command);
    }
    for span in pieces.statements {
        reader.statement(span);
    }
    reader.summarise();
    reader.directives(&pieces.comments);
    reader.content.roles.extend(reader.session.roles);
    reader.content
}

struct Reader<'a> {
    source: &'a Arc<SourceFile>,
    session: Session,
    content: FileContent,
    /// Every statement of the file, also those that are skipped: directives must not slide to the next one.
    spans: Vec<(Span, Option<usize>)>,
    data: Vec<Span>,
    /// One of them is a SELECT, which may call what makes objects.
    calls: bool,
    stand_ins: Vec<Span>,
    /// What is left alone, by what it is.
    not_managed: BTreeMap<&'static str, Vec<Span>>,
    concurrent: Vec<Span>,
}

impl Reader<'_> {
    /// psql's own commands: pg_dump's guard lines mean nothing here, the others cannot be followed.
    fn command(&mut self, span: Span) {
        let text = self.source.slice(span);
        let name = text.split_whitespace().next().unwrap_or_default();
        let help = match name {
            "\\restrict" | "\\unrestrict" | "\\." | "\\echo" | "\\qecho" | "\\warn" | "\\timing" | "\\x"
            | "\\pset" => {
                return;
            }
            "\\i" | "\\ir" | "\\include" | "\\include_relative" => {
                "name the folder as the source: every file in it is read, in any order"
            }
            "\\c" | "\\connect" => "leave it out: `--url` says which database the schema belongs to",
            "\\copy" => "leave it out: data is no part of a schema",
            "\\set" | "\\gset" | "\\if" | "\\else" | "\\elif" | "\\endif" => {
                "write the statements out: a schema file has no variables and no branches"
            }
            _ => "leave it out: a schema file holds SQL alone",
        };
        let diagnostic = Diagnostic::error("psql-command", format!("`{name}` is a command of psql, no SQL"))
            .at(self.source, span, "")
            .help(help);
        self.content.diagnostics.push(diagnostic);
    }

    fn statement(&mut self, span: Span) {
        let text = self.source.slice(span);
        let parsed = pg_query::parse(text, 0).ok();
        let node = parsed
            .as_ref()
            .and_then(|parsed| parsed.protobuf.stmts.first())
            .and_then(|raw| raw.stmt.as_ref())
            .and_then(|node| node.node.as_ref());
        let Some(node) = node else {
            self.push(span, text.to_string(), Facts::default(), false, true);
            return;
        };
        let class = match node {
            NodeEnum::SelectStmt(query) if self.session.set_config(query, text) => Class::Nothing,
            _ => classify(node),
        };
        match class {
            Class::Schema => return self.schema(span, text, node),
            Class::Data => {
                self.calls |= matches!(node, NodeEnum::SelectStmt(_)) && !text.contains("setval");
                self.data.push(span);
            }
            Class::NotManaged(what) => self.not_managed.entry(what).or_default().push(span),
            Class::Nothing => {}
            Class::Session => {
                if let NodeEnum::VariableSetStmt(set) = node {
                    self.session.set(set, text);
                }
            }
            Class::Transaction => self.transaction(span, node),
            Class::StandIn => self.stand_in(span, node),
            Class::Refused(what, help) => {
                let first = Span::new(span.start, span.start + what.len().min(span.end - span.start));
                self.content.diagnostics.push(
                    Diagnostic::error("not-a-schema", format!("{what} cannot describe a schema"))
                        .at(self.source, first, "")
                        .help(help),
                );
            }
        }
        self.spans.push((span, None));
    }

    fn schema(&mut self, span: Span, text: &str, node: &NodeEnum) {
        let mut executed = text.to_string();
        if is_concurrent(node)
            && let Some(word) = word_span(text, Token::Concurrently)
        {
            executed.replace_range(word.start..word.end, &" ".repeat(word.end - word.start));
            self.concurrent
                .push(Span::new(span.start + word.start, span.start + word.end));
        }
        if let NodeEnum::CreateTableAsStmt(s) = node
            && s.objtype == pg_query::protobuf::ObjectType::ObjectTable as i32
            && !s.is_select_into
            && s.into.as_ref().is_some_and(|into| !into.skip_data)
        {
            executed = without_rows(&executed);
        }
        let facts = facts(node, text);
        self.content.roles.extend(facts.roles.iter().cloned());
        self.content.tablespaces.extend(facts.tablespaces.iter().cloned());
        self.push(span, executed, facts, true, matches!(node, NodeEnum::DoStmt(_)));
    }

    fn push(&mut self, span: Span, text: String, facts: Facts, parsed: bool, opaque: bool) {
        self.spans.push((span, Some(self.content.statements.len())));
        self.content.statements.push(Statement {
            text,
            verbatim: true,
            source: Arc::clone(self.source),
            span,
            origin: self.source.origin(span.start),
            settings: self.session.now(),
            parsed,
            opaque,
            facts,
        });
    }

    fn transaction(&mut self, span: Span, node: &NodeEnum) {
        let NodeEnum::TransactionStmt(statement) = node else {
            return;
        };
        if !self.session.transaction(statement.kind) {
            self.content.diagnostics.push(
                Diagnostic::error("not-a-schema", "a schema file cannot take statements back")
                    .at(self.source, span, "")
                    .help("leave this statement out, and those that it would undo"),
            );
        }
    }

    fn stand_in(&mut self, span: Span, node: &NodeEnum) {
        match node {
            NodeEnum::CreateRoleStmt(role) => drop(self.content.roles.insert(role.role.clone())),
            NodeEnum::CreateTableSpaceStmt(space) => {
                self.content.tablespaces.insert(space.tablespacename.clone());
            }
            _ => {}
        }
        self.stand_ins.push(span);
    }

    /// One diagnostic per reason and file: a dump may hold thousands of INSERTs.
    fn summarise(&mut self) {
        let mut of_data = Diagnostic::warning("data-skipped", "data is no part of a schema");
        if self.calls {
            of_data = of_data
                .help("a SELECT is not run: where it calls a function that makes objects, write these out");
        }
        let groups = [
            (of_data, &self.data, "skipped"),
            (
                Diagnostic::remark("not-managed", "roles and tablespaces are not managed"),
                &self.stand_ins,
                "expected to be there already",
            ),
            (
                Diagnostic::warning("concurrently", "CONCURRENTLY means nothing in a schema file")
                    .help("leave the word out: schemaplan decides by itself how to build without blocking"),
                &self.concurrent,
                "ignored",
            ),
        ];
        let not_managed = self.not_managed.iter().map(|(what, spans)| {
            let diagnostic =
                Diagnostic::warning("not-managed", format!("{what} are not managed by schemaplan"));
            (diagnostic, spans, "left alone")
        });
        for (diagnostic, spans, message) in groups.into_iter().chain(not_managed) {
            let Some(first) = spans.first() else { continue };
            let line = self.source.line_of(first.start);
            let shown = Span::new(first.start, first.end.min(line.end));
            let mut diagnostic = diagnostic.at(self.source, shown, message);
            if spans.len() > 1 {
                diagnostic = diagnostic.note(format!(
                    "{} more in this file, {}",
                    spans.len() - 1,
                    self.lines(&spans[1..])
                ));
            }
            self.content.diagnostics.push(diagnostic);
        }
    }

    fn lines(&self, spans: &[Span]) -> String {
        let lines: Vec<String> = spans
            .iter()
            .take(8)
            .map(|s| self.source.position(s.start).0.to_string())
            .collect();
        let more = if spans.len() > lines.len() { ", …" } else { "" };
        let word = if lines.len() == 1 { "line" } else { "lines" };
        format!("{word} {}{more}", lines.join(", "))
    }

    fn directives(&mut self, comments: &[Span]) {
        for comment in comments {
            let directive = match parse_comment(self.source, *comment) {
                None => continue,
                Some(Ok(directive)) => directive,
                Some(Err(diagnostic)) => {
                    self.content.diagnostics.push(diagnostic);
                    continue;
                }
            };
            let comment = Comment {
                directive,
                span: *comment,
            };
            self.content.diagnostics.extend(unparsable(self.source, &comment));
            match place(self.source, comment, &self.spans, &self.content.statements) {
                Ok(placed) => self.content.directives.push(placed),
                Err(diagnostic) => self.content.diagnostics.push(*diagnostic),
            }
        }
    }
}

/// An expression in a directive that the parser does not take.
fn unparsable(source: &Arc<SourceFile>, comment: &Comment) -> Option<Diagnostic> {
    let (DirectiveKind::Backfill(text) | DirectiveKind::Using(text) | DirectiveKind::Reverse(text)) =
        &comment.directive.kind
    else {
        return None;
    };
    let statements =
        pg_query::parse(&format!("SELECT ({text})"), 0).map(|parsed| parsed.protobuf.stmts.len());
    if statements == Ok(1) {
        return None;
    }
    let start = comment.span.start + source.slice(comment.span).find(text.as_str()).unwrap_or(0);
    let diagnostic = Diagnostic::error("syntax", "the expression of this directive does not parse").at(
        source,
        Span::new(start, start + text.len()),
        "",
    );
    Some(match statements {
        Err(pg_query::Error::Parse(words)) => diagnostic.note(words),
        _ => diagnostic,
    })
}

/// Where a keyword stands in a statement.
fn word_span(text: &str, keyword: Token) -> Option<Span> {
    let tokens = pg_query::scan_tokens(text).ok()?;
    let token = tokens.iter().find(|token| token.token == keyword as i32)?;
    Some(Span::new(
        usize::try_from(token.start).ok()?,
        usize::try_from(token.end).ok()?,
    ))
}

/// CREATE TABLE AS with its rows left out, where that can be said.
fn without_rows(text: &str) -> String {
    let empty = format!("{text} WITH NO DATA");
    match pg_query::parse(&empty, 0) {
        Ok(_) => empty,
        Err(_) => text.to_string(),
    }
}
