//! Domains with their checks, enums and composite types.

use super::constraint::check;
use super::{Hand, WIDTH};
use crate::model::{Body, CompositeType, Domain, EnumType, Kind, Object};
use crate::sql::{collation_clause, ident, literal, qualified};

impl Hand<'_> {
    pub(super) fn domain(&self, object: &Object, body: &Domain) -> Option<String> {
        let name = object.id.qualified();
        let mut text = format!(
            "CREATE DOMAIN {} AS {}{}",
            qualified(&name),
            body.base,
            collation_clause(body.collation.as_ref())
        );
        if let Some(default) = &body.default {
            text.push_str(&format!(
                " DEFAULT {}",
                self.short_default(default.as_str(), body.base.as_str())
            ));
        }
        if body.not_null {
            text.push_str(" NOT NULL");
        }
        for constraint in self.catalog.parts(Kind::DomainConstraint, &name) {
            if let (Body::DomainConstraint(told), true) = (&constraint.body, self.is_inside(constraint)) {
                let name = match self.names.is_usual_in_domain(constraint) {
                    true => String::new(),
                    false => format!("CONSTRAINT {} ", ident(&constraint.id.name)),
                };
                text.push_str(&format!("\n    {name}{}", check(&told.definition)));
            }
        }
        Some(self.words.plain(&text))
    }

    pub(super) fn enumeration(&self, object: &Object, body: &EnumType) -> Option<String> {
        let labels: Vec<String> = body.labels.iter().map(|label| literal(label)).collect();
        let head = format!("CREATE TYPE {} AS ENUM", qualified(&object.id.qualified()));
        let line = format!("{head} ({})", labels.join(", "));
        Some(self.words.plain(&match line.len() > WIDTH {
            true => format!("{head} (\n    {}\n)", labels.join(",\n    ")),
            false => line,
        }))
    }

    pub(super) fn composite(&self, object: &Object, body: &CompositeType) -> Option<String> {
        let attributes: Vec<String> = body
            .attributes
            .iter()
            .map(|attribute| {
                let collation = collation_clause(attribute.collation.as_ref());
                format!("{} {}{collation}", ident(&attribute.name), attribute.data_type)
            })
            .collect();
        if attributes.is_empty() {
            return None;
        }
        let head = format!("CREATE TYPE {} AS", qualified(&object.id.qualified()));
        Some(
            self.words
                .plain(&format!("{head} (\n    {}\n)", attributes.join(",\n    "))),
        )
    }
}
