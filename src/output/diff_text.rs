//! A difference as text for the terminal: by object, old to new, with the file and line that asks for it.

use super::paint::{visible_width, wrap};
use super::text::counted;
use super::{ChangeView, Paint, Role, view};
use crate::change::{DetailLine, Verb};
use crate::model::{Kind, QualifiedName};
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The whole difference, counts at the end; `in_flight` lines come first.
pub fn difference(changes: &[ChangeView], in_flight: &[String], paint: Paint) -> String {
    let mut out = String::new();
    for line in in_flight {
        let _ = writeln!(out, "{} {line}", paint.paint(Role::Alter, "~"));
    }
    if changes.is_empty() {
        if in_flight.is_empty() {
            out.push_str("No difference\n");
        }
        return out;
    }
    if !in_flight.is_empty() {
        out.push('\n');
    }
    for group in grouped(changes) {
        out.push_str(&group.render(paint));
    }
    let _ = writeln!(out, "\n{}", counts(changes));
    out
}

/// `3 to create, 2 to alter`.
pub fn counts(changes: &[ChangeView]) -> String {
    let mut parts = Vec::new();
    for verb in view::VERBS {
        let count = changes.iter().filter(|change| change.verb == verb).count();
        if count > 0 {
            parts.push(format!("{count} to {}", view::word(verb)));
        }
    }
    let objects = counted(changes.len(), "change");
    format!("{objects}: {}", parts.join(", "))
}

/// A change of an object as a whole, and the changes of its parts.
struct Group<'a> {
    of: Option<QualifiedName>,
    whole: Vec<&'a ChangeView>,
    parts: Vec<&'a ChangeView>,
}

/// Groups by relation, in the order in which each is first met.
fn grouped(changes: &[ChangeView]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: BTreeMap<QualifiedName, usize> = BTreeMap::new();
    for change in changes {
        let id = &change.object;
        let key = match (id.is_part(), id.kind) {
            (true, _) => Some(id.relation()),
            (false, Kind::Table | Kind::View | Kind::MaterializedView | Kind::Domain) => Some(id.qualified()),
            (false, _) => None,
        };
        let place = match &key {
            Some(name) => *places.entry(name.clone()).or_insert(groups.len()),
            None => groups.len(),
        };
        if place == groups.len() {
            groups.push(Group {
                of: key,
                whole: Vec::new(),
                parts: Vec::new(),
            });
        }
        match id.is_part() {
            true => groups[place].parts.push(change),
            false => groups[place].whole.push(change),
        }
    }
    groups
}

impl Group<'_> {
    fn render(&self, paint: Paint) -> String {
        let mut out = String::new();
        for change in &self.whole {
            out.push_str(&one(change, &change.title(), "", paint));
        }
        if let (true, Some(name)) = (self.whole.is_empty(), &self.of) {
            let mark = paint.paint(Role::Alter, view::mark(Verb::Alter, paint.ascii));
            let _ = writeln!(out, "{mark} {name}");
        }
        for change in &self.parts {
            let label = format!("{} {}", change.object.kind, change.object.name);
            out.push_str(&one(change, &label, "    ", paint));
        }
        out
    }
}

fn one(change: &ChangeView, label: &str, indent: &str, paint: Paint) -> String {
    let mark = paint.paint(view::role(change.verb), view::mark(change.verb, paint.ascii));
    let mut left = format!("{indent}{mark} {label}");
    let right = change
        .origin
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let mut below: Vec<String> = change
        .lines
        .iter()
        .map(|line| value_of(change, line, paint))
        .collect();
    below.retain(|value| !value.is_empty());
    // A single difference stands on the line of its object where there is room.
    if let [value] = below.as_slice() {
        let wide = visible_width(&left) + value.chars().count() + right.chars().count() + 4;
        if wide <= paint.width && !value.contains('\n') {
            let _ = write!(left, "  {value}");
            below.clear();
        }
    }
    let mut out = String::new();
    let _ = writeln!(out, "{}", paint.line(&left, &right, Role::Faint));
    let room = paint.width.saturating_sub(indent.len() + 6).max(30);
    for value in below {
        for line in value.lines() {
            let line = wrap(line, room, "").replace('\n', &format!("\n{indent}      "));
            let _ = writeln!(out, "{indent}    {line}");
        }
    }
    if let Some((old, new)) = &change.text_diff {
        out.push_str(&line_diff(old, new, &format!("{indent}    "), paint));
    }
    out
}

/// `type  integer → bigint`; what the line of the object says already is left away.
fn value_of(change: &ChangeView, line: &DetailLine, paint: Paint) -> String {
    let values = match (&line.old, &line.new) {
        (Some(old), Some(new)) => format!("{old} {} {new}", paint.arrow()),
        (Some(old), None) if line.what.is_empty() || change.verb == Verb::Drop => old.clone(),
        (Some(old), None) => format!("{old} {} none", paint.arrow()),
        (None, Some(new)) => new.clone(),
        (None, None) => String::new(),
    };
    let said = line.what == change.object.kind.tag() || change.verb == Verb::Rename && line.what == "name";
    match (line.what.is_empty() || said, values.is_empty()) {
        (true, _) => values,
        (false, true) => line.what.clone(),
        (false, false) => format!("{}  {values}", line.what),
    }
}

/// A line diff with three lines of context.
fn line_diff(old: &str, new: &str, indent: &str, paint: Paint) -> String {
    let diff = TextDiff::from_lines(old.trim_end(), new.trim_end());
    let mut out = String::new();
    for (number, group) in diff.grouped_ops(3).iter().enumerate() {
        if number > 0 {
            let _ = writeln!(out, "{indent}  {}", paint.paint(Role::Faint, "..."));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, role) = match change.tag() {
                ChangeTag::Delete => ("-", Role::Drop),
                ChangeTag::Insert => ("+", Role::Create),
                ChangeTag::Equal => (" ", Role::Faint),
            };
            let line = format!("{sign} {}", change.value().trim_end_matches(['\n', '\r']));
            let _ = writeln!(out, "{indent}{}", paint.paint(role, line.trim_end()));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ident, ObjectId};
    use crate::text::Origin;

    fn change(verb: Verb, object: ObjectId, lines: Vec<DetailLine>, line: u32) -> ChangeView {
        ChangeView {
            verb,
            word: object.kind.tag().to_owned(),
            object,
            code: "any".into(),
            lines,
            text_diff: None,
            origin: Some(Origin {
                file: "schema/orders.sql".into(),
                line,
                column: 1,
            }),
        }
    }

    fn detail(what: &str, old: Option<&str>, new: Option<&str>) -> DetailLine {
        DetailLine {
            what: what.into(),
            old: old.map(Into::into),
            new: new.map(Into::into),
        }
    }

    fn sample() -> Vec<ChangeView> {
        let orders = QualifiedName::new("public", "orders");
        let column = |name: &str| ObjectId::part(Kind::Column, &orders, &Ident::new(name));
        let view = ObjectId::named(Kind::View, &QualifiedName::new("public", "recent_orders"));
        let mut recent = change(Verb::Alter, view, vec![], 20);
        recent.text_diff = Some((
            "SELECT id,\n    amount\n   FROM orders".into(),
            "SELECT id,\n    amount,\n    note\n   FROM orders".into(),
        ));
        vec![
            change(
                Verb::Alter,
                column("amount"),
                vec![detail("type", Some("integer"), Some("bigint"))],
                4,
            ),
            change(
                Verb::Create,
                column("note"),
                vec![detail("", None, Some("text"))],
                5,
            ),
            change(
                Verb::Alter,
                column("state"),
                vec![
                    detail("not null", Some("no"), Some("yes")),
                    detail("default", Some("'new'"), None),
                ],
                6,
            ),
            recent,
            change(
                Verb::Drop,
                ObjectId::named(Kind::Table, &QualifiedName::new("public", "old")),
                vec![],
                1,
            ),
        ]
    }

    #[test]
    fn groups_by_object_and_counts() {
        let text = difference(&sample(), &[], Paint::default());
        insta::assert_snapshot!(text, @r"
~ public.orders
    ~ column amount  type  integer → bigint                  schema/orders.sql:4
    + column note  text                                      schema/orders.sql:5
    ~ column state                                           schema/orders.sql:6
        not null  no → yes
        default  'new' → none
~ view public.recent_orders                                 schema/orders.sql:20
      SELECT id,
    -     amount
    +     amount,
    +     note
         FROM orders
- table public.old                                           schema/orders.sql:1

5 changes: 1 to create, 3 to alter, 1 to drop
");
    }

    #[test]
    fn nothing_is_said_in_so_many_words() {
        assert_eq!(difference(&[], &[], Paint::default()), "No difference\n");
    }

    #[test]
    fn colours_change_no_character() {
        let paint = Paint {
            color: true,
            ..Paint::default()
        };
        let stripped = anstream::adapter::strip_str(&difference(&sample(), &[], paint)).to_string();
        assert_eq!(stripped, difference(&sample(), &[], Paint::default()));
    }
}
