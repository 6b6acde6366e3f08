//! Where the files define what no model holds.

use super::facts::Granted;
use super::target::{Target, What};
use super::{Desired, Statement};
use crate::model::{Catalog, Kind};

/// Notes the place of everything that is not managed and that a statement of the files makes.
pub(super) fn place(catalog: &mut Catalog, desired: &Desired) {
    for each in &mut catalog.unmanaged {
        let mut made = desired.statements.iter().filter(|statement| {
            let facts = &statement.facts;
            let grants = each.kind == "privileges"
                && facts.granted.iter().any(|granted| match granted {
                    Granted::On(target) => speaks_of(&each.name, target),
                    Granted::AllIn { schema, .. } => each.name.contains(&format!(" {schema}.")),
                });
            let target = facts.target.as_ref().filter(|_| facts.creates);
            grants || target.is_some_and(|target| makes(statement, target, &each.kind, &each.name))
        });
        // A type is announced before it is defined.
        each.origin = made.next_back().map(|statement| statement.origin.clone());
    }
}

fn makes(statement: &Statement, target: &Target, kind: &str, name: &str) -> bool {
    let right_kind = match kind {
        "base type" | "shell type" => target.what == What::Type,
        "shell operator" => target.what == What::Rare(Kind::Operator),
        _ => false,
    };
    if !right_kind {
        return false;
    }
    let name = name.split('(').next().unwrap_or(name);
    let (schema, bare) = name.rsplit_once('.').unwrap_or(("", name));
    let path = statement.search_path();
    let made_in = target.schema.as_ref().or(path.first());
    *bare.trim_matches('"') == target.name
        && (schema.is_empty() || made_in.is_none_or(|made_in| *schema.trim_matches('"') == *made_in))
}

/// `function public.digest(text,text): +app EXECUTE` speaks of `digest`.
fn speaks_of(described: &str, target: &Target) -> bool {
    let object = described.split([':', '(']).next().unwrap_or(described);
    let name = object.rsplit([' ', '.']).next().unwrap_or(object);
    *name.trim_matches('"') == target.name
}
