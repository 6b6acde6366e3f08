//! Takes the text of `pg_get_indexdef` apart. The server prints it in one fixed form, in which collations and operator
//! classes appear exactly where they are not the default ones, which no join over the catalog tells as cheaply.

use crate::model::{Expr, Ident, IndexKey, IndexKeyOf, QualifiedName};
use crate::sql;

/// Keys and condition, in the server's words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct IndexText {
    pub(super) keys: Vec<IndexKey>,
    pub(super) predicate: Option<Expr>,
}

/// `None` where the text is not of the known form.
pub(super) fn parse(definition: &str) -> Option<IndexText> {
    let mut scan = Scan { rest: definition };
    scan.word("CREATE")?;
    let _unique = scan.word("UNIQUE");
    scan.word("INDEX")?;
    scan.name()?;
    scan.word("ON")?;
    let _only = scan.word("ONLY");
    scan.name()?;
    scan.word("USING")?;
    scan.name()?;
    let mut text = IndexText::default();
    let mut keys = Scan {
        rest: scan.parenthesis()?,
    };
    loop {
        text.keys.push(keys.key()?);
        if !keys.eat(",") {
            break;
        }
    }
    if !keys.rest.trim().is_empty() {
        return None;
    }
    if scan.word("INCLUDE").is_some() {
        scan.parenthesis()?;
    }
    if scan.word("NULLS").is_some() {
        scan.word("NOT")?;
        scan.word("DISTINCT")?;
    }
    if scan.word("WITH").is_some() {
        scan.parenthesis()?;
    }
    if scan.word("TABLESPACE").is_some() {
        scan.name()?;
    }
    if scan.word("WHERE").is_some() {
        text.predicate = Some(Expr::new(scan.rest.trim()));
        scan.rest = "";
    }
    scan.rest.trim().is_empty().then_some(text)
}

/// The keys of an index over plain columns in their plain order.
pub(super) fn plain(columns: &[Ident]) -> IndexText {
    let key = |column: &Ident| IndexKey {
        of: IndexKeyOf::Column(column.clone()),
        collation: None,
        opclass: None,
        opclass_options: Vec::new(),
        descending: false,
        nulls_first: false,
        statistics: None,
    };
    IndexText {
        keys: columns.iter().map(key).collect(),
        predicate: None,
    }
}

struct Scan<'a> {
    rest: &'a str,
}

impl<'a> Scan<'a> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, text: &str) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// A keyword in capitals, which no bare name can be.
    fn word(&mut self, word: &str) -> Option<()> {
        self.skip_blanks();
        let rest = self.rest.strip_prefix(word)?;
        if rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// The inside of the parentheses that open here.
    fn parenthesis(&mut self) -> Option<&'a str> {
        self.skip_blanks();
        if !self.rest.starts_with('(') {
            return None;
        }
        let end = sql::closing(self.rest, 0)?;
        let inside = &self.rest[1..end];
        self.rest = &self.rest[end + 1..];
        Some(inside)
    }

    /// `schema.name`, `name`, `"Quoted"`; unquoted.
    fn name(&mut self) -> Option<QualifiedName> {
        self.skip_blanks();
        let first = self.part()?;
        match self.rest.strip_prefix('.') {
            Some(rest) => {
                self.rest = rest;
                let name = self.part()?;
                Some(QualifiedName { schema: first, name })
            }
            // Under an empty path the server leaves the schema out for its own alone.
            None => Some(QualifiedName {
                schema: Ident::from("pg_catalog"),
                name: first,
            }),
        }
    }

    fn part(&mut self) -> Option<Ident> {
        if !self.rest.starts_with('"') {
            let end = self
                .rest
                .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
                .unwrap_or(self.rest.len());
            let (name, rest) = self.rest.split_at(end);
            self.rest = rest;
            return (!name.is_empty()).then(|| Ident::new(name));
        }
        let mut name = String::new();
        let mut chars = self.rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            if c != '"' {
                name.push(c);
            } else if chars.peek().is_some_and(|(_, next)| *next == '"') {
                name.push('"');
                chars.next();
            } else {
                self.rest = &self.rest[at + 1..];
                return Some(Ident::new(name));
            }
        }
        None
    }

    fn key(&mut self) -> Option<IndexKey> {
        let of = self.key_of()?;
        let collation = match self.word("COLLATE") {
            Some(()) => Some(self.name()?),
            None => None,
        };
        let opclass = if self.at_lower_name() {
            Some(self.name()?)
        } else {
            None
        };
        let opclass_options = match self.rest.trim_start().starts_with('(') {
            true => option_pairs(self.parenthesis()?)?,
            false => Vec::new(),
        };
        let descending = self.word("DESC").is_some();
        let mut nulls_first = descending;
        if self.word("NULLS").is_some() {
            nulls_first = self.word("FIRST").is_some();
            if !nulls_first {
                self.word("LAST")?;
            }
        }
        Some(IndexKey {
            of,
            collation,
            opclass,
            opclass_options,
            descending,
            nulls_first,
            statistics: None,
        })
    }

    /// An operator class follows: some name that is none of the keywords in capitals.
    fn at_lower_name(&self) -> bool {
        let rest = self.rest.trim_start();
        let keyword = ["DESC", "NULLS"].iter().any(|word| rest.starts_with(word));
        !keyword && rest.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"')
    }

    /// A column's name, a call, or an expression in parentheses.
    fn key_of(&mut self) -> Option<IndexKeyOf> {
        self.skip_blanks();
        let start = self.rest;
        if start.starts_with('(') {
            self.parenthesis()?;
        } else {
            let name = self.part()?;
            if !self.rest.starts_with(['.', '(']) {
                return Some(IndexKeyOf::Column(name));
            }
            while let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                self.part()?;
            }
            self.parenthesis()?;
        }
        let text = &start[..start.len() - self.rest.len()];
        Some(IndexKeyOf::Expression(Expr::new(text)))
    }
}

/// `siglen='32', other='x'` as pairs, sorted.
fn option_pairs(inside: &str) -> Option<Vec<(String, String)>> {
    let mut scan = Scan { rest: inside };
    let mut pairs = Vec::new();
    loop {
        scan.skip_blanks();
        let name = scan.part()?;
        if !scan.eat("=") {
            return None;
        }
        let value = match scan.rest.strip_prefix('\'') {
            Some(quoted) => {
                let end = quoted.find('\'')?;
                scan.rest = &quoted[end + 1..];
                quoted[..end].to_owned()
            }
            None => scan.part()?.to_string(),
        };
        pairs.push((name.to_string(), value));
        if !scan.eat(",") {
            break;
        }
    }
    pairs.sort();
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(of: IndexKeyOf) -> IndexKey {
        IndexKey {
            of,
            collation: None,
            opclass: None,
            opclass_options: Vec::new(),
            descending: false,
            nulls_first: false,
            statistics: None,
        }
    }

    fn column(name: &str) -> IndexKey {
        key(IndexKeyOf::Column(name.into()))
    }

    #[test]
    fn every_part_of_a_key_is_found() {
        let text = parse(
            "CREATE UNIQUE INDEX i ON ONLY public.t USING btree (a, \"B, \"\"c\" DESC, lower(d) COLLATE \"C\" \
             text_pattern_ops NULLS FIRST, ((e ->> 'x)'::text)) DESC NULLS LAST, public.f(g) \"S\".ops) \
             INCLUDE (h, i) NULLS NOT DISTINCT WITH (fillfactor='70') WHERE ((a > 0) AND (d <> ' WHERE '::text))",
        )
        .expect("the text is of the server's form");
        let expression = |text: &str| key(IndexKeyOf::Expression(Expr::new(text)));
        let expected = [
            column("a"),
            IndexKey {
                descending: true,
                nulls_first: true,
                ..column("B, \"c")
            },
            IndexKey {
                collation: Some(QualifiedName::new("pg_catalog", "C")),
                opclass: Some(QualifiedName::new("pg_catalog", "text_pattern_ops")),
                nulls_first: true,
                ..expression("lower(d)")
            },
            IndexKey {
                descending: true,
                ..expression("((e ->> 'x)'::text))")
            },
            IndexKey {
                opclass: Some(QualifiedName::new("S", "ops")),
                ..expression("public.f(g)")
            },
        ];
        assert_eq!(text.keys, expected);
        let predicate = Expr::new("((a > 0) AND (d <> ' WHERE '::text))");
        assert_eq!(text.predicate, Some(predicate));
    }

    #[test]
    fn parameters_of_an_operator_class_are_pairs() {
        let text = parse("CREATE INDEX i ON public.t USING gist (a public.gist_trgm_ops (siglen='32'))");
        let keys = text.expect("the text is of the server's form").keys;
        assert_eq!(keys[0].opclass_options, [("siglen".to_owned(), "32".to_owned())]);
    }

    #[test]
    fn an_unknown_form_is_refused() {
        assert_eq!(
            parse("CREATE INDEX i ON public.t USING btree (a) SOMETHING NEW"),
            None
        );
        assert_eq!(parse("DROP INDEX i"), None);
    }
}
