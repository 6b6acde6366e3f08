//! The two functions: what one table is told of the other.

use super::super::{Stmt, differ, ident, qualified};
use super::{Split, any};

impl Split<'_> {
    fn function_text(&self, way: &str, body: &str) -> Stmt {
        let text = format!("\nBEGIN\n{body}END ");
        let mut tag = "$f$".to_owned();
        let mut number = 0;
        while text.contains(&tag) {
            number += 1;
            tag = format!("$f{number}$");
        }
        Stmt::new(format!(
            "CREATE FUNCTION {}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {tag}{text}{tag}",
            self.function(way)
        ))
    }

    fn insert_new(&self) -> String {
        format!(
            "{} VALUES ({}) ON CONFLICT ({})",
            self.insert(),
            self.source_values("NEW"),
            self.conflict()
        )
    }

    /// The row of the target as the one of the source wants it: with its values, or none.
    fn write(&self) -> String {
        let upsert = format!(
            "{} DO UPDATE SET {} WHERE {};",
            self.insert_new(),
            self.sets_target(),
            self.excluded_differs()
        );
        let upsert = match self.sparse {
            true => format!(
                "IF {} THEN\n        UPDATE {} AS p SET {} WHERE {};\n      ELSE\n        {upsert}\n      END IF;",
                self.is_empty("NEW"),
                qualified(self.target),
                self.sets_target_from("NEW"),
                self.belongs("p", "NEW")
            ),
            false => upsert,
        };
        match self.fits("NEW") {
            Some(fits) => format!(
                "IF {fits} THEN\n        {upsert}\n      ELSE\n        DELETE FROM {} AS p WHERE {};\n      END IF;",
                qualified(self.target),
                self.belongs("p", "NEW")
            ),
            None => upsert,
        }
    }

    /// A new row that leaves the columns out says nothing: what is in the target by then has been written by new code, and
    /// goes into the row. Without that the row gets its place.
    fn write_unless_left_out(&self) -> String {
        let (out, fits) = (
            self.is_left_out("NEW", |moved| moved.old.clone()),
            self.fits("NEW"),
        );
        let out = match (out, &fits) {
            (Some(out), Some(fits)) => format!("({out} OR NOT {fits})"),
            (Some(out), None) => out,
            (None, Some(fits)) => format!("NOT {fits}"),
            (None, None) => return self.write(),
        };
        let insert = format!("{} DO NOTHING;", self.insert_new());
        let keep = match fits {
            _ if self.sparse => String::new(),
            Some(fits) => format!("IF {fits} THEN {insert} END IF;"),
            None => insert,
        };
        format!(
            "IF TG_OP = 'INSERT' AND {out} THEN\n      UPDATE {} AS s SET {} FROM {} AS p WHERE {} AND {} AND {};\n      {keep}\n    ELSE\n      {}\n    END IF;",
            qualified(self.source),
            self.sets_source("p"),
            qualified(self.target),
            self.belongs("p", "NEW"),
            self.belongs("p", "s"),
            self.differs("s", "p"),
            self.write(),
        )
    }

    /// What old code writes goes into the target. `leads` where the source holds what is true of every row, also of one of which
    /// only the key is written: the target may have fallen behind.
    fn forward(&self, leads: bool) -> Stmt {
        let target = qualified(self.target);
        let truncate = match self.referenced {
            true => format!("DELETE FROM {target}"),
            false => format!("TRUNCATE {target}"),
        };
        // Where the target was there first, a row of the source that has not got its values yet says nothing of them.
        let write = match self.sparse && !leads {
            true => format!(
                "IF TG_OP = 'INSERT' OR {} THEN\n    {}\n    END IF;",
                self.values_change(|moved| moved.old.clone()),
                self.write_unless_left_out()
            ),
            false => self.write_unless_left_out(),
        };
        let shift: Vec<String> = self
            .key
            .iter()
            .map(|(new, old)| format!("{} = NEW.{}", ident(new), ident(old)))
            .collect();
        self.function_text(
            "fwd",
            &format!(
                "  IF pg_catalog.current_setting({setting}, true) <> '' THEN RETURN NULL; END IF;
  IF TG_OP = 'UPDATE' AND NOT ({key} OR {values}) THEN RETURN NULL; END IF;
  PERFORM {on};
  IF TG_OP = 'TRUNCATE' THEN
    IF EXISTS (SELECT FROM {target}) THEN {truncate}; END IF;
  ELSIF TG_OP = 'DELETE' THEN
    DELETE FROM {target} AS p WHERE {of_old};
  ELSE
    IF TG_OP = 'UPDATE' AND {key} THEN UPDATE {target} AS p SET {shift} WHERE {of_old}; END IF;
    {write}
  END IF;
  PERFORM {off};
  RETURN NULL;
",
                setting = self.setting(),
                key = self.key_of_source_changes(),
                values = self.values_change(|moved| moved.old.clone()),
                on = self.set("fwd"),
                off = self.set(""),
                of_old = self.belongs("p", "OLD"),
                shift = shift.join(", "),
                write = write,
            ),
        )
    }

    fn sets_target_from(&self, row: &str) -> String {
        let sets = self
            .columns
            .iter()
            .map(|moved| format!("{} = {row}.{}", ident(moved.new), ident(moved.old)));
        sets.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn excluded_differs(&self) -> String {
        any(self.columns.iter().map(|moved| {
            let new = ident(moved.new);
            differ(&format!("p.{new}"), &format!("EXCLUDED.{new}"), moved.column)
        }))
    }

    /// What new code writes goes into the source, whatever stands there: to a writer with an old snapshot it may look equal
    /// while the batches of the way back have just written it, and only a second write makes PostgreSQL say so (40001). A row
    /// that the other function has made for a statement which said nothing gives way to the one that new code inserts.
    fn reverse(&self) -> Stmt {
        let (source, target) = (qualified(self.source), qualified(self.target));
        let gives_way = match self.is_left_out("p", |moved| moved.new.clone()) {
            Some(out) => {
                let further = self
                    .further
                    .iter()
                    .map(|name| format!(" AND p.{} IS NULL", ident(name)));
                format!(
                    "    DELETE FROM {target} AS p WHERE {} AND {out}{};\n",
                    self.same_target("p", "NEW"),
                    further.collect::<String>()
                )
            }
            None => String::new(),
        };
        self.function_text(
            "rev",
            &format!(
                "  IF pg_catalog.current_setting({setting}, true) <> '' THEN
    IF TG_WHEN = 'BEFORE' THEN RETURN NEW; END IF;
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' AND NOT ({key} OR {values}) THEN RETURN NULL; END IF;
  PERFORM {on};
  IF TG_WHEN = 'BEFORE' THEN
{gives_way}    PERFORM {off};
    RETURN NEW;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    UPDATE {source} AS s SET {clears} WHERE NOT {empty};
  ELSE
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND {key}) THEN UPDATE {source} AS s SET {clears} WHERE {of_old}; END IF;
    IF TG_OP <> 'DELETE' THEN UPDATE {source} AS s SET {sets} WHERE {of_new}; END IF;
  END IF;
  PERFORM {off};
  RETURN NULL;
",
                setting = self.setting(),
                key = self.key_of_target_changes(),
                values = self.values_change(|moved| moved.new.clone()),
                on = self.set("rev"),
                off = self.set(""),
                clears = self.clears_source(),
                empty = self.is_empty("s"),
                of_old = self.belongs("OLD", "s"),
                of_new = self.belongs("NEW", "s"),
                sets = self.sets_source("NEW"),
            ),
        )
    }

    /// Both functions, which nobody can call; `leads` as in `forward`.
    pub fn functions(&self, leads: bool) -> Vec<Stmt> {
        let revoke = |way| {
            Stmt::new(format!(
                "REVOKE ALL ON FUNCTION {}() FROM PUBLIC",
                self.function(way)
            ))
        };
        vec![self.forward(leads), revoke("fwd"), self.reverse(), revoke("rev")]
    }
}
