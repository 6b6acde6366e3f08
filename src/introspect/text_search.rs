//! Text search parsers, templates, dictionaries and configurations.

use super::address::{Address, Class};
use super::reader::{Header, NamePair, Reader, named};
use crate::model::{
    Body, Ident, ObjectId, TextSearchConfiguration, TextSearchDictionary, TextSearchParser,
    TextSearchTemplate,
};
use serde::Deserialize;

/// What is in every row.
#[derive(Deserialize)]
struct Named {
    oid: u32,
    schema: Ident,
    name: Ident,
    /// Parsers and templates have none.
    owner: Option<Ident>,
}

impl Named {
    fn add(self, reader: &mut Reader, class: Class, body: Body) {
        let name = named((self.schema, self.name));
        let header = Header {
            owner: self.owner,
            acl: None,
        };
        let id = ObjectId::named(body.kind(), &name);
        reader.add(Address::whole(class, self.oid), id, header, body);
    }
}

#[derive(Deserialize)]
pub(super) struct ParserRow {
    #[serde(flatten)]
    named: Named,
    #[serde(flatten)]
    body: TextSearchParser,
}

pub(super) fn read_parsers(reader: &mut Reader, rows: Vec<ParserRow>) {
    for row in rows {
        row.named.add(
            reader,
            Class::TEXT_SEARCH_PARSER,
            Body::TextSearchParser(row.body),
        );
    }
}

#[derive(Deserialize)]
pub(super) struct TemplateRow {
    #[serde(flatten)]
    named: Named,
    #[serde(flatten)]
    body: TextSearchTemplate,
}

pub(super) fn read_templates(reader: &mut Reader, rows: Vec<TemplateRow>) {
    for row in rows {
        let body = Body::TextSearchTemplate(row.body);
        row.named.add(reader, Class::TEXT_SEARCH_TEMPLATE, body);
    }
}

#[derive(Deserialize)]
pub(super) struct DictionaryRow {
    #[serde(flatten)]
    named: Named,
    template: NamePair,
    options: Option<String>,
}

pub(super) fn read_dictionaries(reader: &mut Reader, rows: Vec<DictionaryRow>) {
    for row in rows {
        let body = TextSearchDictionary {
            template: named(row.template),
            options: options(row.options.as_deref().unwrap_or_default()),
        };
        let body = Body::TextSearchDictionary(body);
        row.named.add(reader, Class::TEXT_SEARCH_DICTIONARY, body);
    }
}

#[derive(Deserialize)]
pub(super) struct ConfigurationRow {
    #[serde(flatten)]
    named: Named,
    parser: NamePair,
    mappings: Option<Vec<(String, Vec<String>)>>,
}

pub(super) fn read_configurations(reader: &mut Reader, rows: Vec<ConfigurationRow>) {
    for row in rows {
        let body = TextSearchConfiguration {
            parser: named(row.parser),
            mappings: row.mappings.unwrap_or_default(),
        };
        let body = Body::TextSearchConfiguration(body);
        row.named.add(reader, Class::TEXT_SEARCH_CONFIGURATION, body);
    }
}

/// `language = 'english', "Stop Words" = 'a, b'` as pairs; both sides stay as they are spelled.
fn options(text: &str) -> Vec<(String, String)> {
    let mut pieces = vec![String::new()];
    let mut quote = None;
    for c in text.chars() {
        match quote {
            None if c == ',' => {
                pieces.push(String::new());
                continue;
            }
            None if matches!(c, '\'' | '"') => quote = Some(c),
            Some(q) if q == c => quote = None,
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
        .iter()
        .filter_map(|piece| piece.split_once(" = "))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_apart_also_where_a_value_holds_a_comma() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            options("language = 'english', \"A, b\" = 'it''s, so', n = '1'"),
            [
                pair("language", "'english'"),
                pair("\"A, b\"", "'it''s, so'"),
                pair("n", "'1'")
            ]
        );
        assert_eq!(options(""), []);
    }
}
