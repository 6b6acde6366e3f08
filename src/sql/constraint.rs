//! Constraints of tables.

use super::{Stmt, ident, index, option_list, qualified};
use crate::model::{Catalog, Constraint, ConstraintKind, Ident, Object};

/// What `pg_get_constraintdef` leaves out of a PRIMARY KEY or UNIQUE: ` WITH (…) USING INDEX TABLESPACE …`, or nothing.
pub fn constraint_storage(body: &Constraint) -> String {
    let mut text = String::new();
    let Some(index) = &body.index else { return text };
    // The text of an EXCLUDE holds the parameters already.
    if !index.options.is_empty() && body.kind != ConstraintKind::Exclude {
        text.push_str(&format!(" WITH ({})", option_list(&index.options)));
    }
    if let Some(tablespace) = &index.tablespace {
        text.push_str(&format!(" USING INDEX TABLESPACE {}", ident(tablespace)));
    }
    text
}

/// The constraint as ADD CONSTRAINT takes it behind its name, ` NOT VALID` included where it is.
pub fn constraint_definition(body: &Constraint) -> String {
    let storage = constraint_storage(body);
    let mut text = body.definition.clone();
    if !storage.is_empty() {
        let end = storage_place(&text);
        text.insert_str(end, &storage);
    }
    if !body.validated {
        text.push_str(" NOT VALID");
    }
    text
}

/// True for a foreign key whose last columns are periods (`PERIOD valid`, 18 and later).
pub fn is_over_periods(definition: &str) -> bool {
    let (mut quoted, mut word) = (false, String::new());
    for character in definition.chars() {
        if character == '"' {
            quoted = !quoted;
        }
        if !quoted && (character.is_ascii_alphanumeric() || character == '_') {
            word.push(character);
            continue;
        }
        // A column of that name is followed by a comma or the closing parenthesis.
        if word == "PERIOD" && character == ' ' {
            return true;
        }
        word.clear();
    }
    false
}

/// The columns of a foreign key in parentheses, with PERIOD in front of the last where it is one.
pub fn key_columns(columns: &[Ident], period: bool) -> String {
    let last = columns.len().saturating_sub(1);
    let list = columns.iter().enumerate().map(|(number, column)| {
        let word = if period && number == last { "PERIOD " } else { "" };
        format!("{word}{}", ident(column))
    });
    format!("({})", list.collect::<Vec<_>>().join(", "))
}

/// Storage stands before WHERE and DEFERRABLE.
fn storage_place(definition: &str) -> usize {
    let end = definition.len();
    let end = definition
        .strip_suffix(" INITIALLY DEFERRED")
        .map_or(end, str::len);
    let end = definition[..end]
        .strip_suffix(" DEFERRABLE")
        .map_or(end, str::len);
    let mut from = 0;
    while let Some(at) = definition[from..end].find(" WHERE (").map(|at| from + at) {
        // Only the WHERE whose parenthesis closes at the end is the constraint's own.
        if super::write::closing(definition, at + " WHERE ".len()) == Some(end - 1) {
            return at;
        }
        from = at + 1;
    }
    end
}

/// ADD CONSTRAINT, then what the table says of its index. An inherited one comes with its parent's.
pub(super) fn create(object: &Object, body: &Constraint, catalog: &Catalog) -> Vec<Stmt> {
    if body.inherited {
        return Vec::new();
    }
    let mut statements = vec![Stmt::new(format!(
        "ALTER TABLE {} ADD CONSTRAINT {} {}",
        qualified(&object.id.relation()),
        ident(&object.id.name),
        constraint_definition(body)
    ))];
    if let Some(backing) = &body.index {
        statements.extend(index::marks(&object.id.name, &object.id.schema, backing, catalog));
    }
    // A partition that comes later has it proven.
    statements.extend(body.proven_in.iter().map(|partition| {
        Stmt::new(format!(
            "ALTER TABLE IF EXISTS {} VALIDATE CONSTRAINT {}",
            qualified(partition),
            ident(&object.id.name)
        ))
    }));
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_told_from_a_column_that_bears_the_name() {
        for (definition, period) in [
            (
                "FOREIGN KEY (id, PERIOD valid) REFERENCES t(id, PERIOD valid)",
                true,
            ),
            ("FOREIGN KEY (\"PERIOD valid\") REFERENCES t(id)", false),
            ("FOREIGN KEY (id, \"PERIOD\") REFERENCES t(id, x)", false),
        ] {
            assert_eq!(is_over_periods(definition), period, "{definition}");
        }
        let columns = [Ident::new("id"), Ident::new("valid")];
        assert_eq!(key_columns(&columns, true), "(id, PERIOD valid)");
        assert_eq!(key_columns(&columns, false), "(id, valid)");
    }

    #[test]
    fn storage_stands_before_where_and_deferrable() {
        for (definition, place) in [
            ("UNIQUE (a)", "UNIQUE (a)|"),
            (
                "UNIQUE (a) INCLUDE (b) DEFERRABLE INITIALLY DEFERRED",
                "UNIQUE (a) INCLUDE (b)| DEFERRABLE INITIALLY DEFERRED",
            ),
            (
                "EXCLUDE USING gist (((b)::text || ' WHERE (') WITH =) WHERE ((a > 0)) DEFERRABLE",
                "EXCLUDE USING gist (((b)::text || ' WHERE (') WITH =)| WHERE ((a > 0)) DEFERRABLE",
            ),
        ] {
            let mut text = definition.to_owned();
            text.insert(storage_place(definition), '|');
            assert_eq!(text, place);
        }
    }
}
