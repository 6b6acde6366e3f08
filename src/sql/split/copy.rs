//! Batches between the two tables, and counts of the rows that do not match.

use super::super::{ident, qualified};
use super::{Around, Split};

impl Split<'_> {
    /// The rows of a query with both functions silent for the rest of the transaction.
    fn silent(&self) -> String {
        format!("(SELECT {}) AS g", self.set("copy"))
    }

    /// Copies a range of the source. Rows are locked, so that nobody changes one between reading and writing.
    pub fn copy(&self) -> Around {
        let order: Vec<String> = self
            .key
            .iter()
            .map(|(_, old)| format!("s.{}", ident(old)))
            .collect();
        let fits = self
            .fits("s")
            .map_or(String::new(), |fits| format!(" AND {fits}"));
        Around {
            before: format!(
                "{} SELECT {} FROM {} CROSS JOIN {} AS s WHERE ",
                self.insert(),
                self.source_values("s"),
                self.silent(),
                qualified(self.source)
            ),
            qualifier: "s",
            after: format!(
                "{fits} ORDER BY {} FOR NO KEY UPDATE OF s ON CONFLICT ({}) DO NOTHING",
                order.join(", "),
                self.conflict()
            ),
        }
    }

    /// Brings the rows of the target up to date that belong to a range of the source.
    pub fn mend(&self) -> Around {
        let copy = self.copy();
        let wanted = format!(
            " AND (NOT {} OR EXISTS (SELECT FROM {} AS p WHERE {}))",
            self.is_empty("s"),
            qualified(self.target),
            self.belongs("p", "s")
        );
        let update = format!(
            " DO UPDATE SET {} WHERE {}",
            self.sets_target(),
            self.excluded_differs()
        );
        let after = copy.after.strip_suffix(" DO NOTHING").unwrap_or(&copy.after);
        Around {
            after: format!("{wanted}{after}{update}"),
            ..copy
        }
    }

    /// Removes from a range of the target what belongs to no row of the source that has a place there: a writer with an old
    /// snapshot has taken that away without seeing the copy. A row that is written meanwhile is another version, at another
    /// place: it stays.
    pub fn weed(&self) -> Around {
        let fits = self
            .fits("s")
            .map_or(String::new(), |fits| format!(" AND {fits}"));
        let target = qualified(self.target);
        Around {
            before: format!(
                "DELETE FROM {target} AS n USING (SELECT x.ctid AS schemaplan_at FROM {target} AS x WHERE "
            ),
            qualifier: "x",
            after: format!(
                " AND NOT EXISTS (SELECT FROM {} AS s WHERE {}{fits})) AS y WHERE n.ctid = y.schemaplan_at",
                qualified(self.source),
                self.belongs("x", "s")
            ),
        }
    }

    /// Counts the rows of a range of the source that hold other values than their row in the target.
    pub fn count_differing(&self) -> Around {
        let first = self.key.first().map_or(String::new(), |(new, _)| ident(new));
        Around {
            before: format!(
                "SELECT count(*) FROM {} AS s LEFT JOIN {} AS p ON {} WHERE ",
                qualified(self.source),
                qualified(self.target),
                self.belongs("p", "s")
            ),
            qualifier: "s",
            after: format!(
                " AND CASE WHEN p.{first} IS NULL THEN NOT {} ELSE {} END",
                self.is_empty("s"),
                self.differs("s", "p")
            ),
        }
    }

    /// Counts the rows of a range of the target that belong to no row of the source.
    pub fn count_strays(&self) -> Around {
        Around {
            before: format!("SELECT count(*) FROM {} AS p WHERE ", qualified(self.target)),
            qualifier: "p",
            after: format!(
                " AND NOT EXISTS (SELECT FROM {} AS s WHERE {})",
                qualified(self.source),
                self.belongs("p", "s")
            ),
        }
    }

    /// Copies a range of the target back; with `fill` only into rows that say nothing. Its rows are locked first, as new code
    /// does: the latest values are read.
    pub fn copy_back(&self, fill: bool) -> Around {
        let empty = if fill {
            format!(" AND {}", self.is_empty("s"))
        } else {
            String::new()
        };
        let values = self.key.iter().map(|(new, _)| new);
        let names = values.chain(self.columns.iter().map(|moved| moved.new));
        let list: Vec<String> = names.map(|name| format!("p.{}", ident(name))).collect();
        let order: Vec<String> = self
            .key
            .iter()
            .map(|(new, _)| format!("p.{}", ident(new)))
            .collect();
        Around {
            before: format!(
                "WITH p AS MATERIALIZED (SELECT {} FROM {} CROSS JOIN {} AS p WHERE ",
                list.join(", "),
                self.silent(),
                qualified(self.target)
            ),
            qualifier: "p",
            after: format!(
                " ORDER BY {} FOR NO KEY UPDATE OF p) UPDATE {} AS s SET {} FROM p WHERE {} AND {}{empty}",
                order.join(", "),
                qualified(self.source),
                self.sets_source("p"),
                self.belongs("p", "s"),
                self.differs("s", "p")
            ),
        }
    }

    /// Gives the rows of a range of the source that have none in the target what a statement gives that leaves these out.
    pub fn default_again(&self, column: &crate::model::Ident) -> Around {
        let column = ident(column);
        Around {
            before: format!(
                "UPDATE {} AS s SET {column} = DEFAULT WHERE ",
                qualified(self.source)
            ),
            qualifier: "s",
            after: format!(
                " AND s.{column} IS NULL AND NOT EXISTS (SELECT FROM {} AS p WHERE {})",
                qualified(self.target),
                self.belongs("p", "s")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Absent, Moved};
    use super::*;
    use crate::model::{Column, Expr, Ident, QualifiedName};

    fn column() -> Column {
        serde_json::from_value(serde_json::json!({
            "position": 1, "data_type": "text", "collation": null, "default": null, "not_null": false,
            "identity": null, "generated": null, "storage": null, "compression": null, "statistics": null,
            "options": [], "inherited": false
        }))
        .unwrap()
    }

    #[test]
    fn every_statement_can_be_parsed() {
        let [source, target] = ["users", "Pro files"].map(|name| QualifiedName::new("public", name));
        let names = ["id", "Odd", "bio", "x y"].map(Ident::new);
        let key = [
            (names[1].clone(), names[0].clone()),
            (names[3].clone(), names[1].clone()),
        ];
        let column = column();
        let absents = [
            Absent::Null,
            Absent::Any,
            Absent::Constant(Expr::new("'a'::text")),
        ];
        for (required, absent) in [true, false]
            .iter()
            .flat_map(|r| absents.iter().map(move |a| (*r, a.clone())))
        {
            let columns = [Moved {
                old: &names[2],
                new: &names[3],
                column: &column,
                required,
                absent,
            }];
            let split = Split {
                h8: "1a2b3c4d",
                source: &source,
                target: &target,
                key: &key,
                columns: &columns,
                further: &[&names[0]],
                referenced: required,
                sparse: required,
            };
            let statements = [
                split.begin(),
                split.forward_triggers(),
                split.drop_forward_triggers(),
                split.end(),
            ]
            .concat();
            let mut texts: Vec<String> = statements.iter().map(|each| each.as_str().to_owned()).collect();
            let batches = [
                split.copy(),
                split.mend(),
                split.weed(),
                split.count_differing(),
                split.count_strays(),
                split.copy_back(required),
                split.default_again(&names[2]),
            ];
            texts.extend(batches.map(|each| format!("{}(true){}", each.before, each.after)));
            for text in &texts {
                pg_query::parse(text, 0).unwrap_or_else(|error| panic!("{error}: {text}"));
            }
        }
    }
}
