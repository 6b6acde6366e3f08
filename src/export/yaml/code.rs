//! Views, routines and triggers by their keys.

use super::value::Yaml;
use super::{Entries, Writer};
use crate::model::{Body, Firing, Function, Object, RoutineKind, ViewColumn};

type Map = Vec<(String, Yaml)>;

impl Writer<'_> {
    /// A view or materialized view with what stands on it.
    pub(super) fn view(&self, object: &Object, all: &mut Entries) {
        let (key, definition, columns, plain) = match &object.body {
            Body::View(body) => ("views", &body.definition, &body.columns, body.options.is_empty()),
            Body::MaterializedView(body) => {
                let plain = body.options.is_empty()
                    && body.access_method.is_none()
                    && body.tablespace.is_none()
                    && body.cluster_on.is_none()
                    && body.columns.iter().all(|column| column.kept.is_usual())
                    && body.populated;
                ("materialized_views", &body.definition, &body.columns, plain)
            }
            _ => return,
        };
        let defaults = columns.iter().any(|column| column.default.is_some());
        if !plain || defaults {
            all.sql
                .extend(crate::export::unit::statements(object, self.homes, self.hand));
            return;
        }
        let mut map = vec![(
            "query".to_owned(),
            Yaml::Text(format!("{}\n", self.hand.query(definition))),
        )];
        let comment = |column: &ViewColumn| {
            let text = column.comment.as_deref()?;
            let said = vec![("comment".to_owned(), Yaml::text(text))];
            Some((super::exact(column.name.as_str()), Yaml::Map(said)))
        };
        let said: Map = columns.iter().filter_map(comment).collect();
        if !said.is_empty() {
            map.push(("columns".to_owned(), Yaml::Map(said)));
        }
        self.attached(object, self.homes.residents(&object.id), &mut map, &mut all.sql);
        self.owned(object, &mut map);
        let value = match map.len() {
            1 => map.remove(0).1,
            _ => Yaml::Map(map),
        };
        all.named.push((key, self.key(object), value));
        all.sql.extend(self.leftovers(object));
    }

    /// A trigger; none where keys cannot say all of it.
    pub(super) fn trigger(&self, object: &Object) -> Option<Yaml> {
        let Body::Trigger(body) = &object.body else {
            return None;
        };
        if !body.clones.is_empty() {
            return None;
        }
        let pieces = self.hand.trigger_pieces(object, body)?;
        let mut map = vec![("timing".to_owned(), Yaml::text(pieces.timing))];
        let events = match pieces.events.as_slice() {
            [one] => Yaml::text(one.as_str()),
            several => Yaml::texts(several.to_vec()),
        };
        map.push(("events".to_owned(), events));
        if !pieces.each_row {
            map.push(("for_each".to_owned(), Yaml::text("statement")));
        }
        if let Some(when) = pieces.when {
            map.push(("when".to_owned(), Yaml::Text(when)));
        }
        map.push(("execute".to_owned(), Yaml::text(pieces.execute)));
        let enabled = match body.firing {
            Firing::Origin => None,
            Firing::Disabled => Some(Yaml::Word("false".to_owned())),
            Firing::Replica => Some(Yaml::text("replica")),
            Firing::Always => Some(Yaml::text("always")),
        };
        map.extend(enabled.map(|value| ("enabled".to_owned(), value)));
        map.extend(
            object
                .comment
                .as_ref()
                .map(|text| ("comment".to_owned(), Yaml::text(text.as_str()))),
        );
        Some(Yaml::Map(map))
    }

    /// A function or procedure; none where keys cannot say all of it.
    pub(super) fn routine(&self, object: &Object, body: &Function) -> Option<(&'static str, String, Yaml)> {
        let pieces = self.hand.routine_pieces(object)?;
        let key = match body.routine {
            RoutineKind::Procedure => "procedures",
            RoutineKind::Function | RoutineKind::Window => "functions",
        };
        let exact = self.name(&object.id.qualified());
        // The name ends at the first bracket.
        let name = match exact.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.') {
            true => exact,
            false => self.hand.name(&object.id.qualified()),
        };
        let mut map = Map::new();
        for (word, value) in pieces.attributes {
            let value = match value.as_str() {
                "true" => Yaml::yes(),
                _ => Yaml::Text(value),
            };
            map.push((word.to_owned(), value));
        }
        map.push(("body".to_owned(), Yaml::Text(pieces.body)));
        self.owned(object, &mut map);
        Some((key, format!("{name}{}", pieces.arguments), Yaml::Map(map)))
    }
}
