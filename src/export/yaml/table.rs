//! Tables by their keys.

use super::value::Yaml;
use super::{Entries, Writer, exact};
use crate::export::unit::{index_of, is_partition_of, stands_on};
use crate::model::{Body, Constraint, ConstraintKind, Kind, Object, ReplicaIdentity, Table};
use crate::sql::{self, ListedColumn};

type Map = Vec<(String, Yaml)>;

fn put(map: &mut Map, key: &str, value: Yaml) {
    map.push((key.to_owned(), value));
}

impl Writer<'_> {
    /// A table with its partitions.
    pub(super) fn table(&self, object: &Object, all: &mut Entries) {
        let residents = self.homes.residents(&self.homes.home(object));
        let Body::Table(body) = &object.body else { return };
        // Names of partitions' indexes, and what those have of their own, depend on the order of statements; the other ones are rare.
        let named = residents.iter().any(|each| {
            !sql::odd_partition_names(each, self.homes.catalog).is_empty()
                || index_of(each).is_some_and(|index| !index.below.is_empty())
                || !sql::partition_marks(each, self.homes.catalog).is_empty()
        });
        if named || body.foreign.is_some() || body.of_type.is_some() {
            all.sql
                .extend(crate::export::unit::statements(object, self.homes, self.hand));
            return;
        }
        let own: Vec<&Object> = residents
            .iter()
            .copied()
            .filter(|each| stands_on(each, object))
            .collect();
        let sequences: Vec<&Object> = own
            .iter()
            .copied()
            .filter(|each| each.id.kind == Kind::Sequence && !self.hand.is_serial(each))
            .collect();
        for sequence in sequences {
            if let Body::Sequence(body) = &sequence.body {
                all.named.push((
                    "sequences",
                    self.key(sequence),
                    self.sequence(sequence, &body.options, body.unlogged),
                ));
                all.sql.extend(self.leftovers(sequence));
                all.sql
                    .push(self.hand.statement(&sql::sequence_owned_by(sequence, body)));
            }
        }
        let mut map = Map::new();
        self.head(object, body, &mut map, &mut all.sql);
        self.attached(object, &own, &mut map, &mut all.sql);
        self.owned(object, &mut map);
        all.named.push(("tables", self.key(object), Yaml::Map(map)));
        all.sql.extend(self.leftovers(object));
        for partition in residents.iter().filter(|each| is_partition_of(each, object)) {
            self.table(partition, all);
        }
    }

    fn head(&self, object: &Object, body: &Table, map: &mut Map, rest: &mut Vec<String>) {
        if let Some(partition) = &body.partition_of {
            let bound = self.hand.plain(&partition.bound);
            let of = vec![
                ("table".to_owned(), Yaml::text(self.name(&partition.parent))),
                (
                    "values".to_owned(),
                    Yaml::text(bound.strip_prefix("for values ").unwrap_or(&bound)),
                ),
            ];
            put(map, "partition_of", Yaml::Map(of));
        }
        if !body.inherits.is_empty() {
            put(
                map,
                "inherits",
                Yaml::texts(body.inherits.iter().map(|name| self.name(name))),
            );
        }
        if body.unlogged {
            put(map, "unlogged", Yaml::yes());
        }
        let (columns, inside) = self.hand.listed(object, body);
        if !columns.is_empty() {
            let entries = columns
                .iter()
                .map(|column| (exact(column.object.id.name.as_str()), self.column(column)));
            put(map, "columns", Yaml::Map(entries.collect()));
        }
        self.constraints(&inside, map, rest);
        if let Some(key) = &body.partition_key {
            put(map, "partition_by", Yaml::text(self.hand.plain(key)));
        }
        if !body.options.is_empty() {
            put(map, "with", options(&body.options));
        }
        let (method, tablespace) = sql::place(body, self.homes.catalog);
        if let Some(method) = &method {
            put(map, "access_method", Yaml::text(exact(method.as_str())));
        }
        if let Some(tablespace) = &tablespace {
            put(map, "tablespace", Yaml::text(exact(tablespace.as_str())));
        }
        let secured = match (body.row_security, body.force_row_security) {
            (true, true) => Some("force"),
            (true, false) => Some("enable"),
            (false, _) => None,
        };
        if let Some(word) = secured {
            put(map, "row_level_security", Yaml::text(word));
        }
        let identity = match body.replica_identity {
            ReplicaIdentity::Full => Some("full"),
            ReplicaIdentity::Nothing => Some("nothing"),
            ReplicaIdentity::Default | ReplicaIdentity::Index(_) => None,
        };
        if let Some(word) = identity {
            put(map, "replica_identity", Yaml::text(word));
        }
        let mut bare = body.clone();
        if secured.is_some() {
            bare.row_security = false;
            bare.force_row_security = false;
        }
        if identity.is_some() {
            bare.replica_identity = ReplicaIdentity::Default;
        }
        rest.extend(self.hand.settings(object, &bare));
        rest.extend(self.column_comments(object, &columns));
    }

    /// Comments that no key of a column says: of inherited columns, and of those in the short form.
    fn column_comments(&self, object: &Object, listed: &[ListedColumn<'_>]) -> Vec<String> {
        let name = object.id.qualified();
        let said = |id: &crate::model::ObjectId| {
            listed
                .iter()
                .any(|column| column.object.id == *id && is_spelled(column))
        };
        let columns = self.homes.catalog.parts(Kind::Column, &name);
        let columns = columns.filter(|column| column.comment.is_some() && !said(&column.id));
        columns
            .map(|column| {
                self.hand.statement(&sql::column_comment(
                    &name,
                    &column.id.name,
                    column.comment.as_deref(),
                ))
            })
            .collect()
    }

    fn column(&self, column: &ListedColumn<'_>) -> Yaml {
        let generated = column.body.generated.as_ref();
        let emulated = generated.filter(|generated| generated.emulated.is_some());
        if !is_spelled(column) && emulated.is_none() {
            return Yaml::Text(short(&column.definition));
        }
        let body = column.body;
        let mut map = Map::new();
        put(
            &mut map,
            "type",
            Yaml::text(self.hand.plain(body.data_type.as_str())),
        );
        let keyed = column.said.iter().any(
            |each| matches!(&each.body, Body::Constraint(body) if body.kind == ConstraintKind::PrimaryKey),
        );
        if body.not_null && !keyed && body.identity.is_none() {
            put(&mut map, "not_null", Yaml::yes());
        }
        if let Some(default) = self.hand.listed_default(column.object, body) {
            put(&mut map, "default", Yaml::text(default));
        }
        if let Some(identity) = &body.identity {
            put(
                &mut map,
                "identity",
                Yaml::text(if identity.always { "always" } else { "by default" }),
            );
        }
        if let Some(generated) = emulated {
            let expression = self.hand.plain(generated.expression.as_str());
            put(&mut map, "generated", Yaml::text(expression));
            put(&mut map, "emulate_generated", Yaml::yes());
        }
        for constraint in &column.said {
            let Body::Constraint(body) = &constraint.body else {
                continue;
            };
            match body.kind {
                ConstraintKind::PrimaryKey => put(&mut map, "primary_key", Yaml::yes()),
                ConstraintKind::Unique => put(&mut map, "unique", Yaml::yes()),
                _ => {}
            }
        }
        if let Some(comment) = &column.object.comment {
            put(&mut map, "comment", Yaml::text(comment.as_str()));
        }
        Yaml::Map(map)
    }

    /// Keys and checks that stand on lines of their own.
    fn constraints(&self, inside: &[&Object], map: &mut Map, rest: &mut Vec<String>) {
        let mut lists: [(&str, Vec<(&Object, Yaml)>); 3] = [
            ("unique", Vec::new()),
            ("checks", Vec::new()),
            ("foreign_keys", Vec::new()),
        ];
        for object in inside {
            let Body::Constraint(body) = &object.body else {
                continue;
            };
            let text = self.hand.definition(object).unwrap_or_default();
            match (body.kind, is_plain_key(body, &text)) {
                (ConstraintKind::PrimaryKey, true) => put(map, "primary_key", self.primary_key(object, body)),
                (ConstraintKind::Unique, true) => lists[0].1.push((object, names(body))),
                (ConstraintKind::Check, _) if text.ends_with(')') => {
                    let condition = text
                        .strip_prefix("check (")
                        .and_then(|rest| rest.strip_suffix(')'));
                    lists[1]
                        .1
                        .push((object, Yaml::text(condition.unwrap_or_default())));
                }
                (ConstraintKind::ForeignKey, _) => {
                    let text = text.strip_prefix("foreign key ").unwrap_or(&text);
                    lists[2].1.push((object, Yaml::text(text)));
                }
                _ => rest.push(self.hand.added(object)),
            }
        }
        for (key, found) in lists {
            if found.is_empty() {
                continue;
            }
            let usual = found.iter().all(|(object, _)| self.hand.has_usual_name(object));
            let value = match usual {
                true => Yaml::List(found.into_iter().map(|(_, value)| value).collect()),
                false => {
                    let entry = |(object, value): (&Object, Yaml)| (exact(object.id.name.as_str()), value);
                    Yaml::Map(found.into_iter().map(entry).collect())
                }
            };
            put(map, key, value);
        }
    }

    fn primary_key(&self, object: &Object, body: &Constraint) -> Yaml {
        match (self.hand.has_usual_name(object), body.columns.as_slice()) {
            (true, [one]) => Yaml::text(exact(one.as_str())),
            (true, _) => names(body),
            (false, _) => Yaml::Map(vec![
                ("name".to_owned(), Yaml::text(exact(object.id.name.as_str()))),
                ("columns".to_owned(), names(body)),
            ]),
        }
    }

    /// Indexes, policies, triggers; what has no keys goes to the statements.
    pub(super) fn attached(&self, relation: &Object, own: &[&Object], map: &mut Map, rest: &mut Vec<String>) {
        let of = |kind: Kind| own.iter().copied().filter(move |each| each.id.kind == kind);
        let mut indexes: Vec<(&Object, Yaml)> = Vec::new();
        for object in of(Kind::Index) {
            match &object.body {
                Body::Index(body) if !self.is_marked(relation, object) => {
                    indexes.push((object, self.index(object, body)))
                }
                _ => rest.extend(self.hand.object(object)),
            }
        }
        if !indexes.is_empty() {
            let usual = indexes.iter().all(|(object, _)| self.hand.has_usual_name(object));
            let value = match usual {
                true => Yaml::List(indexes.into_iter().map(|(_, value)| value).collect()),
                false => {
                    let entry = |(object, value): (&Object, Yaml)| (exact(object.id.name.as_str()), value);
                    Yaml::Map(indexes.into_iter().map(entry).collect())
                }
            };
            put(map, "indexes", value);
        }
        let mut policies = Map::new();
        for object in of(Kind::Policy) {
            if let Body::Policy(body) = &object.body {
                policies.push((exact(object.id.name.as_str()), self.policy(object, body)));
            }
        }
        let mut triggers = Map::new();
        for object in of(Kind::Trigger) {
            match self.trigger(object) {
                Some(value) => triggers.push((exact(object.id.name.as_str()), value)),
                None => rest.extend(self.hand.object(object)),
            }
        }
        for (key, entries) in [("policies", policies), ("triggers", triggers)] {
            if !entries.is_empty() {
                put(map, key, Yaml::Map(entries));
            }
        }
        let inside = |each: &&Object| each.id.kind == Kind::Constraint;
        rest.extend(
            own.iter()
                .copied()
                .filter(inside)
                .flat_map(|each| self.hand.object(each)),
        );
        for kind in [Kind::Statistics, Kind::Rule, Kind::PublicationTable] {
            rest.extend(of(kind).flat_map(|each| self.hand.object(each)));
        }
    }

    /// Statements further down call the index by its name.
    fn is_marked(&self, relation: &Object, object: &Object) -> bool {
        let name = &object.id.name;
        match (&relation.body, &object.body) {
            (_, Body::Index(body)) if body.keys.iter().any(|key| key.statistics.is_some()) => true,
            (Body::Table(table), _) => {
                table.cluster_on.as_ref() == Some(name)
                    || table.replica_identity == ReplicaIdentity::Index(name.clone())
            }
            _ => false,
        }
    }
}

/// True where a column has a comment, and nothing that its keys cannot say.
fn is_spelled(column: &ListedColumn<'_>) -> bool {
    let body = column.body;
    let simple = |each: &&Object| {
        matches!(&each.body, Body::Constraint(body)
            if matches!(body.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
                && !body.deferrable
                && !body.index.as_ref().is_some_and(|index| index.nulls_not_distinct))
    };
    let named_not_null =
        (body.not_null_constraint.as_ref()).is_some_and(|form| !form.generated || form.no_inherit);
    let identity = body.identity.as_ref().is_none_or(|identity| {
        !sql::identity_clause(identity, &column.object.id.relation(), &column.object.id.name).contains('(')
    });
    let serial = column
        .definition
        .split(' ')
        .next()
        .is_some_and(|word| word.ends_with("serial"));
    column.object.comment.is_some()
        && column.said.iter().all(simple)
        && identity
        && !serial
        && !named_not_null
        && body.foreign_options.is_empty()
        && body.collation.is_none()
        && body.compression.is_none()
        && body.generated.is_none()
        && !body.inherited
}

/// `bigint identity primary key` of the words of SQL.
fn short(definition: &str) -> String {
    definition
        .replace(" generated always as identity", " identity")
        .replace(" generated by default as identity", " identity by default")
        .replace(" identity (", " generated always as identity (")
        .replace(" identity by default (", " generated by default as identity (")
}

fn names(body: &Constraint) -> Yaml {
    Yaml::texts(body.columns.iter().map(|name| exact(name.as_str())))
}

/// A key that says nothing but its columns.
fn is_plain_key(body: &Constraint, text: &str) -> bool {
    let bare = matches!(text.find('('), Some(open) if sql::closing(text, open) == Some(text.len() - 1));
    bare && !text.contains("nulls not distinct") && !text.contains("without overlaps") && !body.deferrable
}

/// Parameters by name; numbers and switches need no quotes.
pub(super) fn options(options: &[(String, String)]) -> Yaml {
    let value = |value: &str| match value.parse::<i64>().is_ok() || matches!(value, "true" | "false") {
        true => Yaml::Word(value.to_owned()),
        false => Yaml::text(value),
    };
    Yaml::Map(
        options
            .iter()
            .map(|(name, said)| (name.clone(), value(said)))
            .collect(),
    )
}
