//! `split from users (bio, avatar as picture) on user_id = users.id`: which columns a table takes over from another.

use serde::{Deserialize, Serialize};

/// What stands behind `split from`, names as SQL reads them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitFrom {
    /// The table that gives the columns, its schema in front where it is said.
    pub table: Vec<String>,
    /// Its columns, each with the name that it gets (`avatar as picture`).
    pub columns: Vec<(String, String)>,
    /// Columns of the table that takes them over, each with the column of the other table that it equals.
    pub on: Vec<(String, String)>,
}

/// How it is written where a new table takes columns over.
pub const SPLIT_FORM: &str = "`split from T (a, b) on fk = T.id`";
/// How it is written where the other table goes.
pub const MERGE_FORM: &str = "`merge from T (a, b) on id = T.fk`";

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// A name, and whether it stood in quotes.
    Name(String, bool),
    Sign(char),
}

impl SplitFrom {
    /// Reads the text behind `split from`; None where it is written otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = Words {
            tokens: tokens(text)?,
            at: 0,
        };
        let table = words.dotted()?;
        if table.len() > 2 {
            return None;
        }
        words.sign('(')?;
        let mut columns = Vec::new();
        loop {
            let old = words.name()?;
            let new = match words.word("as") {
                Some(()) => words.name()?,
                None => old.clone(),
            };
            columns.push((old, new));
            if words.sign(',').is_none() {
                break;
            }
        }
        words.sign(')')?;
        words.word("on")?;
        let mut on = Vec::new();
        loop {
            let left = words.dotted()?;
            words.sign('=')?;
            on.push(pair(&table, left, words.dotted()?)?);
            if words.word("and").is_none() {
                break;
            }
        }
        (words.at == words.tokens.len()).then_some(Self { table, columns, on })
    }
}

/// The new table's column and the other table's: the one that names that table is its own, else the one on the right.
fn pair(table: &[String], left: Vec<String>, right: Vec<String>) -> Option<(String, String)> {
    let of_table = |name: &[String]| name.len() > 1 && table.ends_with(&name[..name.len() - 1]);
    let (new, old) = match (of_table(&left), of_table(&right)) {
        (true, false) => (right, left),
        (true, true) => return None,
        _ => (left, right),
    };
    let is_known = old.len() == 1 || of_table(&old);
    is_known.then_some(())?;
    Some((new.last()?.clone(), old.last()?.clone()))
}

struct Words {
    tokens: Vec<Token>,
    at: usize,
}

impl Words {
    fn name(&mut self) -> Option<String> {
        match self.tokens.get(self.at)? {
            Token::Name(name, _) => {
                self.at += 1;
                Some(name.clone())
            }
            Token::Sign(_) => None,
        }
    }

    fn dotted(&mut self) -> Option<Vec<String>> {
        let mut parts = vec![self.name()?];
        while self.sign('.').is_some() {
            parts.push(self.name()?);
        }
        Some(parts)
    }

    fn sign(&mut self, wanted: char) -> Option<()> {
        (self.tokens.get(self.at)? == &Token::Sign(wanted)).then(|| self.at += 1)
    }

    fn word(&mut self, wanted: &str) -> Option<()> {
        (self.tokens.get(self.at)? == &Token::Name(wanted.to_owned(), false)).then(|| self.at += 1)
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = match first {
            '"' => {
                let (name, after) = super::directive::quoted(&rest[1..], '"')?;
                found.push(Token::Name(name, true));
                after
            }
            '(' | ')' | ',' | '.' | '=' => {
                found.push(Token::Sign(first));
                &rest[1..]
            }
            _ => {
                let ends = |c: char| c.is_whitespace() || "\"(),.=".contains(c);
                let end = rest.find(ends).unwrap_or(rest.len());
                found.push(Token::Name(rest[..end].to_lowercase(), false));
                &rest[end..]
            }
        };
        rest = after.trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(table: &[&str], columns: &[(&str, &str)], on: &[(&str, &str)]) -> SplitFrom {
        let pairs = |list: &[(&str, &str)]| {
            list.iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        SplitFrom {
            table: table.iter().map(|part| (*part).to_owned()).collect(),
            columns: pairs(columns),
            on: pairs(on),
        }
    }

    #[test]
    fn reads_what_is_taken_over_and_by_which_key() {
        let plain = split(
            &["users"],
            &[("bio", "bio"), ("avatar", "avatar")],
            &[("user_id", "id")],
        );
        for text in [
            "users (bio, avatar) on user_id = users.id",
            "Users(bio,avatar) ON users.id = User_ID",
            "users (bio, avatar) on user_id = id",
        ] {
            assert_eq!(SplitFrom::parse(text).as_ref(), Some(&plain), "{text}");
        }
        assert_eq!(
            SplitFrom::parse(
                "app.\"Big (one)\" (a as \"B\") on x = app.\"Big (one)\".\"I\" and y = \"Big (one)\".k"
            ),
            Some(split(
                &["app", "Big (one)"],
                &[("a", "B")],
                &[("x", "I"), ("y", "k")]
            ))
        );
    }

    #[test]
    fn what_is_written_otherwise_is_not_guessed_at() {
        for text in [
            "users",
            "users (bio)",
            "users () on user_id = users.id",
            "users (bio) on user_id",
            "users (bio) on user_id = others.id",
            "users (bio) on users.a = users.id",
            "users (bio) on user_id = users.id extra",
            "users (bio on user_id = users.id",
            "a.b.users (bio) on user_id = users.id",
            "users (\"bio) on user_id = users.id",
        ] {
            assert_eq!(SplitFrom::parse(text), None, "{text}");
        }
    }
}
