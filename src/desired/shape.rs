//! Files that describe one schema, read as those of another of the same shape: a tenant's.
//!
//! The name of the schema is put in its place wherever it stands as one: before a dot, behind SCHEMA, in a search_path, in the bodies
//! of functions, and in a text that is a qualified name and nothing else, as in `nextval('app.parcel_id_seq')`. Wherever else the
//! word stands (a column of that name, a text that is run as SQL) it is an error at its place: nobody can tell what it would mean
//! for the tenant. Lines stay where they are, and columns in front of the first name of a line.

use crate::sql::quoted_ident;
use crate::text::{Diagnostic, SourceFile, Span};
use pg_query::protobuf::Token;
use std::sync::Arc;

/// Whether a database that holds these files of one tenant holds those of another as soon as its schema has another name: where the name
/// stands in no text (the body of a function, a path) the server renames all that it has made of them.
pub fn goes_by_renaming(files: &[Arc<SourceFile>], tenant: &str) -> bool {
    let is_plain = |file: &Arc<SourceFile>| {
        let text = file.text();
        pg_query::scan_tokens(text).is_ok_and(|tokens| {
            tokens.iter().all(|token| {
                let (Ok(start), Ok(end)) = (usize::try_from(token.start), usize::try_from(token.end)) else {
                    return false;
                };
                let word = text.get(start..end).unwrap_or_default();
                let is_text = word.ends_with('\'') || word.starts_with('$');
                let stands_in_a_text = is_text && word.contains(tenant);
                !stands_in_a_text && !word.eq_ignore_ascii_case("search_path")
            })
        })
    };
    files.iter().all(is_plain)
}

/// What is done where the word stands for something else.
const HELP: &str = "give the shape a name that stands for nothing else in the files, \
     or leave the schema away in the text and look names up by the search_path";

/// The file as it describes `tenant` in place of `shape`.
///
/// # Errors
/// YAML; places where the name may stand for something else.
pub fn as_tenant(
    file: &Arc<SourceFile>,
    shape: &str,
    tenant: &str,
) -> Result<Arc<SourceFile>, Vec<Diagnostic>> {
    if !file.path().ends_with(".sql") {
        let title = format!(
            "`{}` describes the shape of tenants, which YAML files do not yet",
            file.path()
        );
        return Err(vec![
            Diagnostic::error("not-yet", title)
                .help("write the shape as SQL: `schemaplan dump --format sql`"),
        ]);
    }
    let mut renamed = Renamed {
        file,
        shape,
        tenant: quoted_ident(tenant),
        problems: Vec::new(),
    };
    let text = renamed.text(file.text(), 0);
    match renamed.problems.is_empty() {
        true => Ok(SourceFile::new(file.path(), text)),
        false => Err(renamed.problems),
    }
}

struct Renamed<'a> {
    file: &'a Arc<SourceFile>,
    shape: &'a str,
    /// As it is written in SQL.
    tenant: String,
    problems: Vec<Diagnostic>,
}

/// A token and its place in the text.
struct Piece<'a> {
    token: i32,
    text: &'a str,
    start: usize,
}

impl Renamed<'_> {
    /// A text that begins at `base` of the file.
    fn text(&mut self, text: &str, base: usize) -> String {
        let Ok(tokens) = pg_query::scan_tokens(text) else {
            // What cannot be read as SQL is told elsewhere, or is a body in another language.
            if self.holds_word(text) {
                self.unclear(base, text.len());
            }
            return text.to_owned();
        };
        let pieces: Vec<Piece> = tokens
            .iter()
            .filter_map(|token| {
                let (start, end) = (
                    usize::try_from(token.start).ok()?,
                    usize::try_from(token.end).ok()?,
                );
                Some(Piece {
                    token: token.token,
                    text: text.get(start..end)?,
                    start,
                })
            })
            .collect();
        let mut out = String::with_capacity(text.len());
        let mut written = 0;
        let mut names_schemas = false;
        for (number, piece) in pieces.iter().enumerate() {
            let dot = |piece: Option<&Piece>| piece.is_some_and(|piece| piece.text == ".");
            let before = number.checked_sub(1).and_then(|number| pieces.get(number));
            let behind = pieces.get(number + 1);
            let put = if self.is_the_name(piece.text) {
                if !dot(before) && (names_schemas || dot(behind)) {
                    Some(self.tenant.clone())
                } else {
                    self.unclear(base + piece.start, piece.text.len());
                    None
                }
            } else if is_comment(piece.token) {
                self.comment(piece.text)
            } else if piece.text.starts_with('$') && piece.text.ends_with('$') && piece.text.len() > 3 {
                Some(self.body(piece.text, base + piece.start))
            } else if piece.text.ends_with('\'') {
                self.constant(piece, names_schemas, base)
            } else {
                None
            };
            if let Some(put) = put {
                out.push_str(&text[written..piece.start]);
                out.push_str(&put);
                written = piece.start + piece.text.len();
            }
            names_schemas = goes_on_naming_schemas(piece, names_schemas, self.is_the_name(piece.text));
        }
        out.push_str(&text[written..]);
        out
    }

    /// A body between dollars: SQL, or as good as that for names.
    fn body(&mut self, quoted: &str, at: usize) -> String {
        let tag = quoted[1..].find('$').map_or(1, |end| end + 2);
        let (open, rest) = quoted.split_at(tag);
        let (inner, close) = rest.split_at(rest.len().saturating_sub(tag));
        let inner = self.text(inner, at + tag);
        format!("{open}{inner}{close}")
    }

    /// A text constant: renamed where it is a qualified name, or a word in a list of schemas; left where it is about something else.
    fn constant(&mut self, piece: &Piece, names_schemas: bool, base: usize) -> Option<String> {
        if !self.holds_word(piece.text) {
            return None;
        }
        let open = piece.text.find('\'')? + 1;
        let inner = &piece.text[open..piece.text.len() - 1];
        let name = inner.strip_prefix(self.shape);
        let rest = match name {
            Some("") if names_schemas => Some(""),
            Some(rest) if rest.starts_with('.') && is_a_name(&rest[1..]) => Some(rest),
            _ => None,
        };
        match rest {
            Some(rest) => {
                let tenant = self.tenant.replace('\'', "''");
                Some(format!("{}{tenant}{rest}'", &piece.text[..open]))
            }
            None if self.is_prose(inner) => None,
            None => {
                self.unclear(base + piece.start, piece.text.len());
                None
            }
        }
    }

    /// A comment: names of objects in directives.
    fn comment(&self, text: &str) -> Option<String> {
        let is_directive = text.contains("schemaplan:") && self.holds_word(text);
        is_directive.then(|| text.replace(&format!("{}.", self.shape), &format!("{}.", self.tenant)))
    }

    fn is_the_name(&self, text: &str) -> bool {
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\"") == self.shape,
            None => text.to_lowercase() == self.shape,
        }
    }

    /// Whether the name stands in the text as a word.
    fn holds_word(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        text.match_indices(&self.shape.to_lowercase()).any(|(at, found)| {
            let (before, behind) = (&text[..at], &text[at + found.len()..]);
            !before.ends_with(is_part) && !behind.starts_with(is_part)
        })
    }

    /// Words of a sentence: no name of anything stands behind the word, and it is not alone.
    fn is_prose(&self, text: &str) -> bool {
        let dotted = format!("{}.", self.shape.to_lowercase());
        let text = text.to_lowercase();
        let qualifies = text.match_indices(&dotted).any(|(at, found)| {
            let behind = text[at + found.len()..].chars().next();
            behind.is_some_and(|c| c.is_alphabetic() || c == '_' || c == '"' || c == '%')
        });
        !qualifies && text.trim() != self.shape && text.contains(' ')
    }

    fn unclear(&mut self, start: usize, length: usize) {
        let title = format!(
            "`{}` is the shape of tenants, and may stand for something else here",
            self.shape
        );
        let diagnostic =
            Diagnostic::error("shape-name", title).at(self.file, Span::new(start, start + length), "");
        self.problems.push(diagnostic.help(HELP));
    }
}

fn is_comment(token: i32) -> bool {
    token == Token::SqlComment as i32 || token == Token::CComment as i32
}

/// `parcel`, `"Parcel"`, `parcel_id_seq`: the rest of a qualified name.
fn is_a_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '"' | '.'))
}

/// Whether the next word is the name of a schema: behind SCHEMA, and in a search_path.
fn goes_on_naming_schemas(piece: &Piece, so_far: bool, is_the_name: bool) -> bool {
    let word = piece.text.to_lowercase();
    match word.as_str() {
        "schema" | "search_path" => true,
        "if" | "not" | "exists" | "=" | "to" | "," => so_far,
        _ if is_comment(piece.token) => so_far,
        // Behind a name there may be another, behind a comma.
        _ => {
            so_far
                && (is_the_name || word.starts_with('"') || word.starts_with('\'') || is_a_name(&word))
                && !is_keyword(&word)
        }
    }
}

/// Words that end a list of schemas.
fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "authorization"
            | "grant"
            | "revoke"
            | "create"
            | "from"
            | "is"
            | "as"
            | "begin"
            | "language"
            | "rename"
            | "owner"
            | "set"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Look, render_all};

    fn renamed(sql: &str) -> String {
        let file = SourceFile::new("app.sql", sql);
        match as_tenant(&file, "app", "Tenant 1") {
            Ok(file) => file.text().to_owned(),
            Err(problems) => render_all(&problems, Look::default()),
        }
    }

    #[test]
    fn the_name_is_put_in_wherever_it_stands_for_the_schema() {
        for (from, to) in [
            ("CREATE SCHEMA app;", "CREATE SCHEMA \"Tenant 1\";"),
            (
                "create schema if not exists APP authorization app_role;",
                "create schema if not exists \"Tenant 1\" authorization app_role;",
            ),
            (
                "create table app.t (a int references \"app\".u);",
                "create table \"Tenant 1\".t (a int references \"Tenant 1\".u);",
            ),
            (
                "create table app.t (a int default nextval('app.s'));",
                "create table \"Tenant 1\".t (a int default nextval('\"Tenant 1\".s'));",
            ),
            (
                "SET search_path = public, app; select 1",
                "SET search_path = public, \"Tenant 1\"; select 1",
            ),
            (
                "grant usage on schema x, app to reader;",
                "grant usage on schema x, \"Tenant 1\" to reader;",
            ),
            (
                "create function app.f() returns int language sql as $$ select count(*) from app.t $$;",
                "create function \"Tenant 1\".f() returns int language sql as $$ select count(*) from \"Tenant 1\".t $$;",
            ),
            (
                "-- schemaplan: renamed from app.old\ncreate table app.t ();",
                "-- schemaplan: renamed from \"Tenant 1\".old\ncreate table \"Tenant 1\".t ();",
            ),
            (
                "comment on table app.t is 'what the app knows';",
                "comment on table \"Tenant 1\".t is 'what the app knows';",
            ),
            (
                "create table x.application (app_id int);",
                "create table x.application (app_id int);",
            ),
        ] {
            assert_eq!(renamed(from), to);
        }
    }

    #[test]
    fn a_name_in_a_text_does_not_go_by_renaming() {
        for (sql, goes) in [
            ("create table app.t (a int, b text default 'x');", true),
            ("create view app.v as select 1 from app.t;", true),
            (
                "create function app.f() returns int language sql as $$ select 1 $$;",
                true,
            ),
            (
                "create function app.f() returns int language sql as $$ select 1 from app.t $$;",
                false,
            ),
            ("create table app.t (a int default nextval('app.s'));", false),
            ("set search_path = x; create table app.t ();", false),
            (
                "create function app.f() returns int set search_path = app return 1;",
                false,
            ),
        ] {
            let file = as_tenant(&SourceFile::new("app.sql", sql), "app", "one").unwrap();
            assert_eq!(goes_by_renaming(&[file], "one"), goes, "{sql}");
        }
    }

    #[test]
    fn where_the_name_may_be_something_else_it_is_an_error_at_its_place() {
        for (sql, place) in [
            ("create table app.t (app int);", ":1:21"),
            ("create view app.v as select app.a from app.t as app;", ":1:"),
            ("create table app.t (a text default 'app');", ":1:36"),
            (
                "create function app.f() returns void language plpgsql as $$ begin\nexecute 'delete from app.t'; end $$;",
                ":2:9",
            ),
        ] {
            let said = renamed(sql);
            assert!(
                said.contains("error[shape-name]") && said.contains(&format!("app.sql{place}")),
                "{said}"
            );
        }
    }
}
