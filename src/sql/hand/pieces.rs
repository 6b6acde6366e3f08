//! The pieces of a routine, read off its statement.

use super::words::{Word, words};
use super::{Hand, lines};
use crate::model::Object;
use crate::sql::{create, qualified};
use pg_query::protobuf::Token;

/// A routine by what it says.
pub struct RoutinePieces {
    /// `(a integer, b integer default 0)`.
    pub arguments: String,
    /// `returns`, `language`, `volatility` and so on, with what they say; `true` for a mark.
    pub attributes: Vec<(&'static str, String)>,
    /// What stands between the quotes.
    pub body: String,
}

/// Attributes of one word: the word, its key, and what the key says.
const MARKS: &[(&str, &str, &str)] = &[
    ("immutable", "volatility", "immutable"),
    ("stable", "volatility", "stable"),
    ("strict", "strict", "true"),
    ("leakproof", "leakproof", "true"),
    ("window", "window", "true"),
];

impl Hand<'_> {
    /// The pieces of a routine whose body is one string; none for one that says more than they can.
    pub fn routine_pieces(&self, object: &Object) -> Option<RoutinePieces> {
        let statement = create(object, self.catalog).into_iter().next()?;
        let text = lines::routine(&self.statement(&statement));
        let name = self.words.plain(&qualified(&object.id.qualified()));
        let head = ["create function ", "create procedure "]
            .into_iter()
            .find(|head| text.starts_with(head))?;
        let rest = text[head.len()..].strip_prefix(&name)?;
        let end = crate::sql::closing(rest, 0)?;
        let (arguments, rest) = rest.split_at(end + 1);
        let words = words(rest)?;
        let at = words
            .iter()
            .position(|word| word.text == "as" && word.is(Token::As))?;
        let [_, quoted] = &words[at..] else { return None };
        let tag_end = quoted.text.strip_prefix('$')?.find('$')? + 2;
        let body = quoted.text.get(tag_end..quoted.text.len() - tag_end)?;
        Some(RoutinePieces {
            arguments: arguments.to_owned(),
            attributes: attributes(rest, &words[..at])?,
            body: body.to_owned(),
        })
    }
}

fn attributes(text: &str, words: &[Word<'_>]) -> Option<Vec<(&'static str, String)>> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    let mut at = 0;
    if words.first().is_some_and(|word| word.text == "returns") {
        let end = words.iter().position(|word| word.text == "language")?;
        let (first, last) = (words.get(1)?, words.get(end.checked_sub(1)?)?);
        found.push(("returns", text.get(first.start..last.end)?.to_owned()));
        at = end;
    }
    while let Some(word) = words.get(at) {
        let value = words.get(at + 1).map(|next| next.text.to_owned());
        at += match word.text {
            "language" => {
                found.push(("language", value?));
                2
            }
            "parallel" => {
                found.push(("parallel", value?));
                2
            }
            "cost" => {
                found.push(("cost", value?));
                2
            }
            "rows" => {
                found.push(("rows", value?));
                2
            }
            "security" => {
                found.push(("security", value?));
                2
            }
            other => {
                let (_, key, said) = MARKS.iter().find(|(mark, ..)| *mark == other)?;
                found.push((key, (*said).to_owned()));
                1
            }
        };
    }
    Some(found)
}
