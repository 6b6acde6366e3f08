//! Keys that writers have noted, and their rows copied once more.

use super::super::archive::{SUPPORT_SCHEMA, do_block};
use super::super::{Stmt, idents, qualified};
use super::{Around, Mirror};
use crate::model::{Ident, QualifiedName};

impl Mirror<'_> {
    /// The log of keys.
    pub fn keys(&self) -> QualifiedName {
        QualifiedName::new(SUPPORT_SCHEMA, format!("keys_{}", self.h8))
    }

    /// The columns by which noted rows are found on both sides.
    fn lookup(&self) -> &[Ident] {
        if self.narrows() {
            self.target_key
        } else {
            self.source_key
        }
    }

    /// Everything that the log notes of a row.
    pub(super) fn noted(&self) -> Vec<&Ident> {
        let more = self
            .target_key
            .iter()
            .filter(|name| !self.source_key.contains(name));
        self.source_key.iter().chain(more).collect()
    }

    /// Where several rows of the source may be one of the copy, those that are, or were, get noted.
    pub(super) fn note_shared(&self) -> String {
        if !self.narrows() {
            return String::new();
        }
        let noted = idents(self.noted());
        let of_x: Vec<Ident> = self.noted().into_iter().cloned().collect();
        let note = |rows: &str, others: &str| {
            format!(
                "INSERT INTO {} ({noted}) SELECT {} FROM {rows} AS x WHERE EXISTS (SELECT FROM {} AS s WHERE {}{others});",
                qualified(&self.keys()),
                Self::of("x", &of_x),
                qualified(self.source),
                Self::same("s", "x", self.target_key),
            )
        };
        let other = format!(
            " AND ({}) <> ({})",
            Self::of("s", self.source_key),
            Self::of("x", self.source_key)
        );
        format!(
            "\n  IF TG_OP <> 'INSERT' THEN {} END IF;\n  IF TG_OP <> 'DELETE' THEN {} END IF;",
            note("old_rows", ""),
            note("new_rows", &other)
        )
    }

    pub(super) fn is_noted(&self, alias: &str) -> String {
        let same = Self::same("k", alias, self.lookup());
        format!(
            "EXISTS (SELECT FROM {} AS k WHERE {same})",
            qualified(&self.keys())
        )
    }

    /// Under the lock: what is noted is copied once more. Rows that share a key of the copy fail here.
    pub fn drain(&self) -> Stmt {
        let keys = qualified(&self.keys());
        do_block(&format!(
            "BEGIN
  IF EXISTS (SELECT FROM {keys}) THEN
    DELETE FROM {target} AS n USING {keys} AS k WHERE {same};
    {insert} SELECT {all} FROM {source} AS s WHERE ({of_s}) IN (SELECT {lookup} FROM {keys});
    DELETE FROM {keys};
  END IF;
END",
            target = qualified(self.target),
            source = qualified(self.source),
            same = Self::same("n", "k", self.lookup()),
            insert = self.insert(),
            all = self.all_of("s"),
            of_s = Self::of("s", self.lookup()),
            lookup = idents(self.lookup()),
        ))
    }

    /// Copies the rows of a range of the log once more, one by one, and takes the range out of the log: all by one snapshot, in
    /// which a writer that has noted a key has also written its rows.
    pub fn settle(&self) -> Around {
        let (target, source) = (qualified(self.target), qualified(self.source));
        let lookup = idents(self.lookup());
        Around {
            before: format!("WITH k AS (DELETE FROM {} AS l WHERE ", qualified(&self.keys())),
            qualifier: "l",
            after: format!(
                " RETURNING {of_l}), c AS ({insert} SELECT {all} FROM {source} AS s WHERE ({of_s}) IN (SELECT {lookup} FROM k) \
                 ORDER BY {order} FOR NO KEY UPDATE OF s{upsert}) \
                 DELETE FROM {target} AS n USING (SELECT x.ctid AS schemaplan_at, x.tableoid AS schemaplan_in FROM {target} AS x \
                 WHERE ({of_x}) IN (SELECT {lookup} FROM k) AND NOT EXISTS (SELECT FROM {source} AS s WHERE {same})) AS y \
                 WHERE n.ctid = y.schemaplan_at AND n.tableoid = y.schemaplan_in",
                of_l = Self::of("l", self.lookup()),
                insert = self.insert(),
                all = self.all_of("s"),
                of_s = Self::of("s", self.lookup()),
                of_x = Self::of("x", self.lookup()),
                order = Self::of("s", self.source_key),
                upsert = self.upsert(),
                same = Self::same("s", "x", self.target_key),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, TypeName};

    fn column(position: u32) -> Column {
        serde_json::from_value(serde_json::json!({
            "position": position, "data_type": "integer", "collation": null, "default": null, "not_null": true,
            "identity": null, "generated": null, "storage": null, "compression": null, "statistics": null,
            "options": [], "inherited": false
        }))
        .unwrap()
    }

    #[test]
    fn every_statement_can_be_parsed_and_what_narrows_is_noted() {
        let names = ["id", "k", "Odd"].map(Ident::new);
        let bodies = [column(1), column(2), column(3)];
        let columns: Vec<(&Ident, &Column)> = names.iter().zip(&bodies).collect();
        let types: Vec<(Ident, TypeName)> = names
            .iter()
            .map(|name| (name.clone(), TypeName::new("integer")))
            .collect();
        let [source, below, target] = ["s", "s 1", "n"].map(|name| QualifiedName::new("public", name));
        for (source_key, target_key) in [(&names[..1], &names[..2]), (&names[..2], &names[..1])] {
            let mirror = Mirror {
                h8: "1a2b3c4d",
                source: &source,
                below: std::slice::from_ref(&below),
                target: &target,
                columns: &columns,
                source_key,
                target_key,
            };
            let mut texts: Vec<String> = [
                mirror.begin(&types),
                mirror.end(),
                vec![mirror.body(true), mirror.drain()],
            ]
            .concat()
            .iter()
            .map(|statement| statement.as_str().to_owned())
            .collect();
            let batches = [
                mirror.copy(),
                mirror.mend(),
                mirror.weed(),
                mirror.count_uncopied(),
                mirror.count_stale(),
                mirror.settle(),
            ];
            texts.extend(batches.map(|each| format!("{}(true){}", each.before, each.after)));
            for text in &texts {
                pg_query::parse(text, 0).unwrap_or_else(|error| panic!("{error}: {text}"));
            }
            let narrows = target_key.len() < source_key.len();
            assert_eq!(mirror.narrows(), narrows);
            assert_eq!(
                texts.iter().any(|text| text.contains("DISTINCT ON (id)")),
                narrows
            );
        }
    }
}
