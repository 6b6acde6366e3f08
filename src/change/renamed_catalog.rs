//! A catalog as it is once something bears another name.

use crate::model::{Body, Catalog, Expr, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use serde_json::{Map, Value};

/// One name for another.
pub enum Renamed<'a> {
    /// An object, in its schema or in another.
    Object(&'a ObjectId, &'a ObjectId),
    /// What belongs to an extension, as texts say it, and the schema that it moves to.
    Members(&'a [(String, String)], &'a Ident),
    /// A label of an enum.
    Label(&'a ObjectId, &'a str, &'a str),
}

/// The catalog behind an `ALTER … RENAME`: identities, names and the server's texts that say the old name say the new one.
/// What PostgreSQL keeps as plain text (function bodies, literals) stays.
pub fn renamed(catalog: &Catalog, what: &Renamed) -> Catalog {
    let mut after = catalog.without_objects();
    for object in catalog.objects.values() {
        after.insert(walked(object, what).unwrap_or_else(|| (**object).clone()));
    }
    if let Renamed::Object(old, new) = what {
        let sizes = std::mem::take(&mut after.sizes);
        after.sizes = sizes
            .into_iter()
            .map(|(table, size)| (moved(&table, old, new), size))
            .collect();
    }
    after
}

fn moved(name: &QualifiedName, old: &ObjectId, new: &ObjectId) -> QualifiedName {
    if old.kind == Kind::Schema && name.schema == old.name {
        return QualifiedName {
            schema: new.name.clone(),
            name: name.name.clone(),
        };
    }
    if old.kind == Kind::Table && *name == old.qualified() {
        new.qualified()
    } else {
        name.clone()
    }
}

fn walked(object: &Object, what: &Renamed) -> Option<Object> {
    let mut value = serde_json::to_value(object).ok()?;
    walk(&mut value, what);
    let mut object: Object = serde_json::from_value(value).ok()?;
    if let (Renamed::Label(of, old, new), Body::EnumType(body)) = (what, &mut object.body)
        && object.id == **of
    {
        for label in body.labels.iter_mut().filter(|label| label == old) {
            *label = (*new).to_owned();
        }
    }
    if let (Renamed::Object(old, new), Body::Policy(body)) = (what, &mut object.body)
        && old.kind == Kind::Table
        && object.id.relation() == new.qualified()
    {
        // A subquery says the columns of the policy's own table behind its bare name.
        let [before, after] = [old, new].map(|id| format!("{}.", sql::ident(&id.name)));
        for expression in [&mut body.using, &mut body.check].into_iter().flatten() {
            *expression = Expr::new(word_outside_literals(expression.as_str(), &before, &after));
        }
    }
    Some(object)
}

fn walk(value: &mut Value, what: &Renamed) {
    match value {
        Value::String(text) => *text = said(text, what),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, what)),
        Value::Object(map) => {
            if let Renamed::Object(old, new) = what {
                identity(map, old, new);
            }
            if let Renamed::Members(said, schema) = what {
                member(map, said, schema);
            }
            let own = ["comment", "owner", "origin", "directives", "name", "of", "schema"];
            for (_, item) in map
                .iter_mut()
                .filter(|(key, item)| item.is_object() || !own.contains(&key.as_str()))
            {
                walk(item, what);
            }
        }
        _ => {}
    }
}

/// The qualified name of a member of an extension that moves to the schema.
fn member(map: &mut Map<String, Value>, said: &[(String, String)], schema: &Ident) {
    let text = |key: &str| map.get(key).and_then(Value::as_str).map(Ident::new);
    let (2, Some(own), Some(name)) = (map.len(), text("schema"), text("name")) else {
        return;
    };
    let spelled = sql::qualified(&QualifiedName { schema: own, name });
    if said.iter().any(|(old, _)| *old == spelled) {
        map.insert("schema".to_owned(), schema.as_str().into());
    }
}

/// The identity or qualified name that the map is, if it is one.
fn identity(map: &mut Map<String, Value>, old: &ObjectId, new: &ObjectId) {
    let is = |map: &Map<String, Value>, key: &str, wanted: &str| {
        map.get(key).and_then(Value::as_str).unwrap_or_default() == wanted
    };
    if old.kind == Kind::Schema {
        let schema = serde_json::to_value(old.kind).ok();
        if is(map, "schema", old.name.as_str()) {
            map.insert("schema".to_owned(), new.name.as_str().into());
        }
        if map.get("kind") == schema.as_ref() && is(map, "name", old.name.as_str()) {
            map.insert("name".to_owned(), new.name.as_str().into());
        }
        return;
    }
    if !is(map, "schema", old.schema.as_str()) {
        return;
    }
    let kind = map.get("kind").cloned();
    let same_kind = kind.is_none() || kind == serde_json::to_value(old.kind).ok();
    let holds_parts = Kind::RELATIONS.contains(&old.kind) || old.kind == Kind::Domain;
    if same_kind
        && is(map, "name", old.name.as_str())
        && is(map, "of", old.of.as_str())
        && (kind.is_none() || is(map, "args", &old.args))
    {
        map.insert("name".to_owned(), new.name.as_str().into());
        map.insert("schema".to_owned(), new.schema.as_str().into());
    } else if holds_parts && is(map, "of", old.name.as_str()) {
        map.insert("of".to_owned(), new.name.as_str().into());
        map.insert("schema".to_owned(), new.schema.as_str().into());
    }
}

/// A text of the server's with the new name in it.
fn said(text: &str, what: &Renamed) -> String {
    match what {
        Renamed::Label(of, old, new) => {
            let name = sql::qualified(&of.qualified());
            let text = text.replace(
                &format!("{}::{name}", sql::literal(old)),
                &format!("{}::{name}", sql::literal(new)),
            );
            in_array_literals(&text, &format!("::{name}[]"), old, new)
        }
        Renamed::Members(members, _) => members.iter().fold(text.to_owned(), |text, (old, new)| {
            outside_literals(&text, old, new)
        }),
        Renamed::Object(old, new) if old.kind == Kind::Schema => outside_literals(
            text,
            &format!("{}.", sql::ident(&old.name)),
            &format!("{}.", sql::ident(&new.name)),
        ),
        Renamed::Object(old, new) if matches!(old.kind, Kind::Trigger | Kind::Rule) => {
            let word = if old.kind == Kind::Trigger {
                "TRIGGER"
            } else {
                "RULE"
            };
            let spelled = |id: &ObjectId| format!("{word} {} ", sql::ident(&id.name));
            text.replacen(&spelled(old), &spelled(new), 1)
        }
        Renamed::Object(old, _) if old.is_part() => text.to_owned(),
        Renamed::Object(old, new) => outside_literals(
            text,
            &sql::qualified(&old.qualified()),
            &sql::qualified(&new.qualified()),
        ),
    }
}

/// True where a word of the name goes on.
pub(super) fn goes_on(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '$' | '"')
}

/// Replaces a name wherever it stands for itself: not inside of a longer one, and inside of a literal only where that is cast
/// to a name (`'public.s'::regclass`).
fn outside_literals(text: &str, old: &str, new: &str) -> String {
    replaced(text, old, new, &kept_alias)
}

/// The same for what is no relation: no query knows it by an alias.
pub(super) fn word_outside_literals(text: &str, old: &str, new: &str) -> String {
    replaced(text, old, new, &|_, _, _, _| String::new())
}

fn replaced(text: &str, old: &str, new: &str, alias: &dyn Fn(&str, &str, &str, &str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let before = out.chars().next_back();
        let begins = !before.is_some_and(|letter| goes_on(letter) || letter == '.');
        if begins && rest.starts_with(old) && (old.ends_with('.') || !rest[old.len()..].starts_with(goes_on))
        {
            let alias = alias(&out, &rest[old.len()..], old, new);
            out.push_str(new);
            out.push_str(&alias);
            rest = &rest[old.len()..];
            continue;
        }
        let length = match letter {
            '\'' => literal_length(rest),
            '$' => dollar_length(rest),
            _ => letter.len_utf8(),
        };
        let (part, behind) = rest.split_at(length);
        let in_literal = |name: &str| name.replace('\'', "''");
        let content = part.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        let content = content.filter(|_| length > 1 && behind.starts_with("::reg"));
        match content.and_then(|content| content.strip_prefix(in_literal(old).as_str())) {
            // The whole name, or the schema in front of one.
            Some(last) if last.is_empty() || old.ends_with('.') || last.starts_with('(') => {
                out.push_str(&format!("'{}{last}'", in_literal(new)));
            }
            _ => out.push_str(part),
        }
        rest = behind;
    }
    out
}

/// The former name as an alias, which a query over a renamed relation keeps where it gave no other.
fn kept_alias(before: &str, behind: &str, old: &str, new: &str) -> String {
    const GOES_ON: [&str; 21] = [
        "ON",
        "WHERE",
        "JOIN",
        "LEFT",
        "RIGHT",
        "FULL",
        "INNER",
        "CROSS",
        "NATURAL",
        "GROUP",
        "ORDER",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "FETCH",
        "WINDOW",
        "FOR",
        "USING",
    ];
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let is_from = ["FROM", "JOIN", ",", "("]
        .iter()
        .any(|word| before.trim_end().ends_with(word));
    let queried = before.contains("FROM") && is_from && !old.ends_with('.') && last(old) != last(new);
    let next: String = behind
        .trim_start()
        .chars()
        .take_while(|letter| goes_on(*letter))
        .collect();
    let aliased = !next.is_empty() && !GOES_ON.contains(&next.as_str());
    let qualifies = behind.starts_with('.') || behind.starts_with('[') || behind.starts_with('(');
    if queried && !aliased && !qualifies {
        format!(" {}", last(old))
    } else {
        String::new()
    }
}

/// The text with another element in the array literals (`'{a,"b c"}'`) that have this cast behind them.
fn in_array_literals(text: &str, cast: &str, old: &str, new: &str) -> String {
    if !text.contains(cast) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match letter {
            '\'' => literal_length(rest),
            '$' => dollar_length(rest),
            _ => letter.len_utf8(),
        };
        let (part, behind) = rest.split_at(length);
        let content = part
            .strip_prefix("'{")
            .and_then(|content| content.strip_suffix("}'"));
        match content.filter(|_| behind.starts_with(cast)) {
            Some(content) => {
                let elements = with_element(&content.replace("''", "'"), old, new);
                out.push_str(&sql::literal(&format!("{{{elements}}}")));
            }
            None => out.push_str(part),
        }
        rest = behind;
    }
    out
}

/// What is inside of the braces of an array, with one element for another.
fn with_element(inside: &str, old: &str, new: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    let quoted = match !new.is_empty() && new.chars().all(plain) && !new.eq_ignore_ascii_case("null") {
        true => new.to_owned(),
        false => format!("\"{}\"", new.replace('\\', "\\\\").replace('"', "\\\"")),
    };
    let mut out = String::new();
    let mut letters = inside.chars().peekable();
    while let Some(letter) = letters.next() {
        if matches!(letter, '{' | '}' | ',') {
            out.push(letter);
            continue;
        }
        let (mut said, mut element) = (letter.to_string(), String::new());
        if letter == '"' {
            while let Some(letter) = letters.next() {
                said.push(letter);
                match letter {
                    '"' => break,
                    '\\' => {
                        let escaped = letters.next();
                        said.extend(escaped);
                        element.extend(escaped);
                    }
                    letter => element.push(letter),
                }
            }
        } else {
            while let Some(letter) = letters.next_if(|letter| !matches!(letter, '{' | '}' | ',')) {
                said.push(letter);
            }
            element.clone_from(&said);
        }
        out.push_str(if element == old { &quoted } else { &said });
    }
    out
}

fn literal_length(text: &str) -> usize {
    let mut at = 1;
    while let Some(end) = text[at..].find('\'') {
        at += end + 1;
        if !text[at..].starts_with('\'') {
            return at;
        }
        at += 1;
    }
    text.len()
}

fn dollar_length(text: &str) -> usize {
    let tag = text[1..].find('$').map(|end| &text[..end + 2]);
    let tag = tag.filter(|tag| {
        tag[1..tag.len() - 1]
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
    });
    let end = tag.and_then(|tag| text[tag.len()..].find(tag).map(|end| end + 2 * tag.len()));
    end.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::{in_array_literals, outside_literals};

    #[test]
    fn labels_are_replaced_in_arrays_of_their_type() {
        let said = |text: &str| in_array_literals(text, "::public.e[]", "a b", "it's");
        assert_eq!(
            said(r#"'{"a b",c,{"a b"}}'::public.e[] || '{"a b"}'::text[]"#),
            r#"'{"it''s",c,{"it''s"}}'::public.e[] || '{"a b"}'::text[]"#
        );
        assert_eq!(
            in_array_literals("'{a,ab}'::e[]", "::e[]", "a", "x"),
            "'{x,ab}'::e[]"
        );
        assert_eq!(in_array_literals("'{a}'::e", "::e[]", "a", "x"), "'{a}'::e");
    }

    #[test]
    fn a_name_is_replaced_where_it_stands_for_itself() {
        for (text, after) in [
            ("SELECT t.a FROM public.t", "SELECT t.a FROM s.u t"),
            (
                "SELECT x.a FROM (public.t x JOIN public.t ON true)",
                "SELECT x.a FROM (s.u x JOIN s.u t ON true)",
            ),
            (
                "public.t2, public.t.a, x.public.t",
                "public.t2, s.u.a, x.public.t",
            ),
            ("nextval('public.t'::regclass)", "nextval('s.u'::regclass)"),
            (
                "'public.t'::text || 'it''s public.t'",
                "'public.t'::text || 'it''s public.t'",
            ),
            (
                "AS $body$ public.t $body$ public.t",
                "AS $body$ public.t $body$ s.u",
            ),
            ("public.t[]", "s.u[]"),
        ] {
            assert_eq!(outside_literals(text, "public.t", "s.u"), after);
        }
    }
}
