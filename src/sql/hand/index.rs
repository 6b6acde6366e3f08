//! Indexes and policies without what goes without saying.

use super::names::odd_partition_names;
use super::parentheses::bare;
use super::{Hand, WIDTH};
use crate::model::{
    Body, Expr, Grantee, Index, IndexKey, IndexKeyOf, Kind, Object, ObjectId, Policy, QualifiedName,
    ReplicaIdentity,
};
use crate::sql::{constraint_definition, ident, idents, index_key, qualified, role};

/// A key with its expression in few parentheses.
pub(super) fn written_key(key: &IndexKey, ordered: bool) -> String {
    let IndexKeyOf::Expression(expression) = &key.of else {
        return index_key(key, ordered);
    };
    let of = IndexKeyOf::Expression(Expr::new(bare(expression.as_str())));
    index_key(&IndexKey { of, ..key.clone() }, ordered)
}

impl Hand<'_> {
    pub(super) fn index(&self, object: &Object, body: &Index) -> Option<String> {
        let unique = if body.unique { "UNIQUE " } else { "" };
        let ordered = body.method.as_str() == "btree";
        let name = match self.names.is_usual_index(object, body) && !self.is_named_elsewhere(object, body) {
            true => String::new(),
            false => format!("{} ", ident(&object.id.name)),
        };
        let method = match ordered {
            true => String::new(),
            false => format!("USING {} ", ident(&body.method)),
        };
        let keys: Vec<String> = body.keys.iter().map(|key| written_key(key, ordered)).collect();
        let mut text = format!(
            "CREATE {unique}INDEX {name}ON {} {method}({})",
            qualified(&body.table),
            keys.join(", ")
        );
        if !body.include.is_empty() {
            text.push_str(&format!(" INCLUDE ({})", idents(&body.include)));
        }
        if body.nulls_not_distinct {
            text.push_str(" NULLS NOT DISTINCT");
        }
        text.push_str(&super::table::options(&body.options));
        if let Some(tablespace) = &body.tablespace {
            text.push_str(&format!(" TABLESPACE {}", ident(tablespace)));
        }
        if let Some(predicate) = &body.predicate {
            let predicate = bare(predicate.as_str());
            let gap = match text.len() + predicate.len() > WIDTH {
                true => "\n    ",
                false => " ",
            };
            text.push_str(&format!("{gap}WHERE {predicate}"));
        }
        Some(self.words.plain(&text))
    }

    /// The indexes of partitions whose names the server would not choose. Made before the index or key of the partitioned table,
    /// which then takes them as its own.
    pub fn of_partitions(&self, object: &Object) -> Vec<String> {
        let odd = odd_partition_names(object, self.catalog);
        let statements = odd.into_iter().filter_map(|(table, name)| match &object.body {
            Body::Index(body) => {
                let own = Index {
                    table: table.clone(),
                    partition_names: Vec::new(),
                    below: Vec::new(),
                    ..body.clone()
                };
                let id = ObjectId::named(
                    Kind::Index,
                    &QualifiedName::new(table.schema.as_str(), name.as_str()),
                );
                self.index(&Object::new(id, Body::Index(own.clone())), &own)
            }
            Body::Constraint(body) => Some(self.words.plain(&format!(
                "ALTER TABLE {} ADD CONSTRAINT {} {}",
                qualified(table),
                ident(name),
                constraint_definition(body)
            ))),
            _ => None,
        });
        statements.collect()
    }

    /// A statement further down calls the index by its name.
    pub(super) fn is_named_elsewhere(&self, object: &Object, body: &Index) -> bool {
        let kinds = [Kind::Table, Kind::MaterializedView];
        let mut relations = kinds
            .iter()
            .filter_map(|kind| self.catalog.get(&ObjectId::named(*kind, &body.table)));
        let marked = match relations.next().map(|relation| &relation.body) {
            Some(Body::MaterializedView(view)) => view.cluster_on.as_ref() == Some(&object.id.name),
            Some(Body::Table(table)) => {
                let name = &object.id.name;
                table.cluster_on.as_ref() == Some(name)
                    || table.replica_identity == ReplicaIdentity::Index(name.clone())
            }
            _ => false,
        };
        marked || body.keys.iter().any(|key| key.statistics.is_some()) || !body.partition_names.is_empty()
    }

    pub(super) fn policy(&self, object: &Object, body: &Policy) -> Option<String> {
        let mut text = format!(
            "CREATE POLICY {} ON {}",
            ident(&object.id.name),
            qualified(&object.id.relation())
        );
        if !body.permissive {
            text.push_str(" AS RESTRICTIVE");
        }
        if body.command != "ALL" {
            text.push_str(&format!(" FOR {}", body.command));
        }
        if body.roles.as_slice() != [Grantee::Public] {
            let roles: Vec<String> = body.roles.iter().map(|grantee| role(grantee, None)).collect();
            text.push_str(&format!(" TO {}", roles.join(", ")));
        }
        if let Some(using) = &body.using {
            text.push_str(&format!("\n    USING ({})", bare(using.as_str())));
        }
        if let Some(check) = &body.check {
            text.push_str(&format!("\n    WITH CHECK ({})", bare(check.as_str())));
        }
        Some(self.words.plain(&text))
    }
}
