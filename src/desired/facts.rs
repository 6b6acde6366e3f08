//! What a statement defines, uses, changes and drops, and what it says about owners and privileges.

use super::elements::Element;
use super::target::{Target, What, names_in};
use crate::bodies::{Name, Space, mentions};
use crate::text::SmallSet;
use pg_query::NodeEnum;
use pg_query::protobuf;
use std::collections::BTreeSet;

/// Where a GRANT or REVOKE speaks of privileges.
#[derive(Clone, Debug)]
pub(crate) enum Granted {
    /// On one object.
    On(Target),
    /// `ON ALL TABLES IN SCHEMA`, and its like.
    AllIn { what: What, schema: String },
}

/// The facts of one statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// What the statement as a whole speaks of.
    pub target: Option<Target>,
    /// True where it makes the target.
    pub creates: bool,
    /// True for OR REPLACE and IF NOT EXISTS.
    pub conditional: bool,
    /// Names that are there afterwards.
    pub defines: Vec<Name>,
    /// True for ALTER … IF EXISTS: it does not wait for what its own file makes further down.
    pub lenient: bool,
    /// Names that must be there before.
    pub uses: SmallSet<Name>,
    /// Names whose objects it changes: later statements of the same file that use them see the change.
    pub touches: Vec<Name>,
    /// Names that are gone afterwards.
    pub drops: Vec<Name>,
    /// Columns, constraints and other parts with a line of their own.
    pub elements: Vec<Element>,
    /// What GRANT and REVOKE speak of.
    pub granted: Vec<Granted>,
    /// Whose owner it names.
    pub owner_of: Option<Target>,
    /// Roles that it names.
    pub roles: BTreeSet<String>,
    /// Tablespaces that it names.
    pub tablespaces: BTreeSet<String>,
}

/// Reads the facts off a parsed statement; `text` is what was parsed.
pub(crate) fn facts(node: &NodeEnum, text: &str) -> Facts {
    let mut facts = Facts::default();
    if let Ok(tree) = serde_json::to_value(node) {
        let found = mentions(&tree);
        facts.uses = found.names.into_iter().collect();
        facts.roles = found.roles;
        facts.tablespaces = found.tablespaces;
    }
    let rest = facts.of_definition(node, text);
    if !rest {
        facts.of_change(node);
    }
    facts.uses.retain(|name| !facts.defines.contains(name));
    facts
}

impl Facts {
    pub(super) fn create(&mut self, target: Target, spaces: &[Space], conditional: bool) {
        for space in spaces {
            self.defines.push(Name {
                space: *space,
                schema: target.schema.clone(),
                name: target.name.clone(),
            });
        }
        self.uses.extend(
            target
                .schema
                .as_ref()
                .map(|schema| Name::bare(Space::Schema, schema)),
        );
        self.target = Some(target);
        self.creates = true;
        self.conditional = conditional;
    }

    pub(super) fn relation(
        &mut self,
        range: Option<&protobuf::RangeVar>,
        conditional: bool,
    ) -> Option<Target> {
        let target = Target::relation(range?);
        self.create(target.clone(), &[Space::Relation, Space::Type], conditional);
        Some(target)
    }

    /// Makes a part of a relation: a trigger, a policy, a rule.
    pub(super) fn part(
        &mut self,
        range: Option<&protobuf::RangeVar>,
        what: What,
        name: &str,
        conditional: bool,
    ) {
        if let Some(range) = range {
            self.target = Some(Target::relation(range).part(what, name));
            self.creates = true;
            self.conditional = conditional;
        }
    }

    pub(super) fn named(
        &mut self,
        what: What,
        parts: &[protobuf::Node],
        spaces: &[Space],
        conditional: bool,
    ) -> Option<Target> {
        let target = Target::of_parts(what, &names_in(parts))?;
        self.create(target.clone(), spaces, conditional);
        Some(target)
    }

    pub(super) fn uses_parts(&mut self, space: Space, parts: &[protobuf::Node]) {
        self.uses.extend(Name::of_parts(space, &names_in(parts)));
    }

    pub(super) fn uses_owned_by(&mut self, options: &[protobuf::Node]) {
        for option in options
            .iter()
            .filter_map(def_elem)
            .filter(|o| o.defname == "owned_by")
        {
            if let Some(NodeEnum::List(list)) = option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                let parts = names_in(&list.items);
                self.uses.extend(Name::of_parts(
                    Space::Relation,
                    &parts[..parts.len().saturating_sub(1)],
                ));
            }
        }
    }

    pub(super) fn uses_target(&mut self, target: Option<&Target>) {
        self.uses.extend(target.iter().flat_map(|target| target.names()));
    }
}

pub(super) fn def_elem(node: &protobuf::Node) -> Option<&protobuf::DefElem> {
    match &node.node {
        Some(NodeEnum::DefElem(option)) => Some(option),
        _ => None,
    }
}
