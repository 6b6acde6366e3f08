//! A column in its table's list.

use super::Hand;
use super::parentheses::bare;
use crate::model::{Body, Column, Domain, Kind, Object, ObjectId, Sequence};
use crate::sql::not_null::clause as not_null_clause;
use crate::sql::{collation_clause, foreign_options, ident, identity_clause, qualified};

/// What a column line says, in the words of SQL.
pub(super) struct Said {
    /// Name and type, or the name alone where the type comes from elsewhere.
    pub(super) lead: String,
    /// ` NOT NULL DEFAULT …`.
    pub(super) rest: String,
}

impl Hand<'_> {
    /// The column as CREATE TABLE lists it. `keyed` is true where a primary key in the same line says NOT NULL.
    pub(super) fn column(&self, column: &Object, body: &Column, keyed: bool) -> Said {
        let name = ident(&column.id.name);
        if let Some(word) = self.serial(column, body) {
            return Said {
                lead: format!("{name} {word}"),
                rest: String::new(),
            };
        }
        let mut lead = format!("{name} {}", body.data_type);
        if let Some(compression) = &body.compression {
            lead.push_str(&format!(" COMPRESSION {compression}"));
        }
        lead.push_str(&foreign_options(&body.foreign_options));
        lead.push_str(&collation_clause(body.collation.as_ref()));
        let mut rest = String::new();
        if let Some(generated) = body
            .generated
            .as_ref()
            .filter(|_| !self.apart.contains(&column.id))
        {
            let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
            rest.push_str(&format!(
                " GENERATED ALWAYS AS ({}) {kind}",
                bare(generated.expression.as_str())
            ));
        }
        if let Some(identity) = &body.identity {
            let clause = identity_clause(identity, &column.id.relation(), &column.id.name);
            rest.push_str(&format!(" {clause}"));
        }
        // A name of its own, or one that partitions and children do not take over: 18 and later.
        if (body.not_null_constraint.as_ref()).is_some_and(|form| !form.generated || form.no_inherit) {
            rest.push_str(&not_null_clause(body));
        } else if body.not_null && !keyed && body.identity.is_none() {
            rest.push_str(" NOT NULL");
        }
        if let Some(default) = self.default_of(column, body) {
            rest.push_str(&format!(" DEFAULT {default}"));
        }
        Said { lead, rest }
    }

    /// The default as it stands in the list; none where it stands apart.
    pub(super) fn default_of(&self, column: &Object, body: &Column) -> Option<String> {
        let default = body
            .default
            .as_ref()
            .filter(|_| !self.apart.contains(&column.id))?;
        Some(self.short_default(default.as_str(), body.data_type.as_str()))
    }

    /// A constant needs no cast to the type of its column.
    pub(super) fn short_default(&self, default: &str, data_type: &str) -> String {
        let Some((constant, cast)) = cast_constant(default) else {
            return default.to_owned();
        };
        let digits = constant.trim_matches('\'');
        if cast == "integer" && digits.parse::<i32>().is_ok_and(|number| number < 0) {
            return digits.to_owned();
        }
        // The modifier of an interval changes how its text is read.
        let as_read = !cast.starts_with("interval") || cast == data_type;
        if cast == self.base_type(data_type) && as_read {
            return constant.to_owned();
        }
        default.to_owned()
    }

    /// The type without its modifier; for a domain that of the type underneath.
    fn base_type(&self, data_type: &str) -> String {
        let mut found = data_type.to_owned();
        // Domains over domains: the bound guards against a broken catalog.
        for _ in 0..16 {
            let domain = self
                .catalog
                .of_kind(Kind::Domain)
                .find(|object| qualified(&object.id.qualified()) == found);
            match domain.map(|object| &object.body) {
                Some(Body::Domain(Domain { base, .. })) => found = base.as_str().to_owned(),
                _ => break,
            }
        }
        let array = found.ends_with("[]");
        if found.starts_with("character(") && !array {
            return "bpchar".to_owned();
        }
        match (found.find('('), array) {
            (Some(at), false) if found.ends_with(')') => found[..at].to_owned(),
            _ => found,
        }
    }

    /// `bigserial` and its kin, where the column is exactly what the word stands for.
    fn serial(&self, column: &Object, body: &Column) -> Option<&'static str> {
        let word = match body.data_type.as_str() {
            "smallint" => "smallserial",
            "integer" => "serial",
            "bigint" => "bigserial",
            _ => return None,
        };
        let (object, sequence) = self.serial_sequence(column, body)?;
        let default = format!(
            "nextval({}::regclass)",
            crate::sql::literal(&qualified(&object.id.qualified()))
        );
        let plain = sequence.options.data_type == body.data_type
            && crate::sql::sequence_options(&sequence.options, false).is_empty()
            && body.not_null
            && body.collation.is_none();
        (plain && body.default.as_ref()?.as_str() == default).then_some(word)
    }

    /// The sequence that stands behind a serial column and has nothing of its own to say.
    fn serial_sequence(&self, column: &Object, body: &Column) -> Option<(&Object, &Sequence)> {
        if self.apart.contains(&column.id) || body.inherited {
            return None;
        }
        let table = column.id.relation();
        let name = format!("{}_{}_seq", table.name, column.id.name);
        let id = ObjectId::named(
            Kind::Sequence,
            &crate::model::QualifiedName::new(table.schema.as_str(), name),
        );
        let object = self.catalog.get(&id)?;
        let Body::Sequence(sequence) = &object.body else {
            return None;
        };
        let owned = sequence.owned_by.as_ref() == Some(&(table.clone(), column.id.name.clone()));
        let unlogged = match &self.catalog.get(&ObjectId::named(Kind::Table, &table))?.body {
            Body::Table(body) => body.unlogged,
            _ => return None,
        };
        let plain = !object.grants_declared
            && !object.owner_declared
            && self.names.is_usual_sequence(&id, &table, &column.id.name)
            && (sequence.unlogged == unlogged);
        (owned && plain).then_some((object, sequence))
    }

    /// True for the sequence of a column that is written as `serial`.
    pub fn is_serial(&self, object: &Object) -> bool {
        let Body::Sequence(sequence) = &object.body else {
            return false;
        };
        let Some((table, column)) = &sequence.owned_by else {
            return false;
        };
        let column = self.catalog.get(&ObjectId::part(Kind::Column, table, column));
        match column.map(|column| (column, &column.body)) {
            Some((column, Body::Column(body))) => {
                let found = self.serial_sequence(column, body);
                found.is_some_and(|(found, _)| found.id == object.id) && self.serial(column, body).is_some()
            }
            _ => false,
        }
    }
}

/// `'x'` and `text` of `'x'::text`; none for anything that is not one cast of one string.
fn cast_constant(text: &str) -> Option<(&str, &str)> {
    let words = super::words::words(text)?;
    let [constant, cast, first, ..] = words.as_slice() else {
        return None;
    };
    let plain = constant.is(pg_query::protobuf::Token::Sconst)
        && constant.text.starts_with('\'')
        && cast.text == "::";
    // A second cast, or an operator behind it, is no constant any more.
    let more = words[2..]
        .iter()
        .any(|word| matches!(word.text, "::" | "||" | "+" | "-" | "*" | "/"));
    (plain && !more).then(|| (constant.text, text[first.start..].trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_string_with_one_cast_is_a_constant() {
        assert_eq!(cast_constant("'a''b'::text"), Some(("'a''b'", "text")));
        assert_eq!(
            cast_constant("'{}'::public.mood[]"),
            Some(("'{}'", "public.mood[]"))
        );
        for other in [
            "now()",
            "'a'::text || 'b'::text",
            "('a'::text)::mood",
            "'a'::text::mood",
            "NULL::text",
        ] {
            assert_eq!(cast_constant(other), None, "{other}");
        }
    }
}
