//! Triggers, policies, rules and extended statistics.

use super::write::join;
use super::{Stmt, ident, parenthesized, qualified, role};
use crate::model::{Firing, Object, Policy, QualifiedName, Rule, Statistics, Trigger};

/// `ENABLE`, `DISABLE`, `ENABLE REPLICA` or `ENABLE ALWAYS` of a trigger or rule.
pub fn firing(object: &Object, firing: Firing) -> Stmt {
    firing_on(object, &object.id.relation(), firing)
}

/// The same of a trigger's clone on a partition.
pub fn firing_on(object: &Object, table: &QualifiedName, firing: Firing) -> Stmt {
    let state = match firing {
        Firing::Origin => "ENABLE",
        Firing::Disabled => "DISABLE",
        Firing::Replica => "ENABLE REPLICA",
        Firing::Always => "ENABLE ALWAYS",
    };
    let word = if object.id.kind == crate::model::Kind::Rule {
        "RULE"
    } else {
        "TRIGGER"
    };
    Stmt::new(format!(
        "ALTER TABLE {} {state} {word} {}",
        qualified(table),
        ident(&object.id.name)
    ))
}

pub(super) fn create_trigger(object: &Object, body: &Trigger) -> Vec<Stmt> {
    let mut statements = with_firing(object, &body.definition, body.firing);
    let clones = body.clones.iter();
    statements.extend(clones.map(|(partition, state)| firing_on(object, partition, *state)));
    statements
}

pub(super) fn create_rule(object: &Object, body: &Rule) -> Vec<Stmt> {
    with_firing(object, &body.definition, body.firing)
}

fn with_firing(object: &Object, definition: &str, state: Firing) -> Vec<Stmt> {
    let mut statements = vec![Stmt::new(definition)];
    if state != Firing::Origin {
        statements.push(firing(object, state));
    }
    statements
}

pub(super) fn create_policy(object: &Object, body: &Policy) -> Vec<Stmt> {
    let mut text = format!(
        "CREATE POLICY {} ON {}",
        ident(&object.id.name),
        qualified(&object.id.relation())
    );
    if !body.permissive {
        text.push_str(" AS RESTRICTIVE");
    }
    text.push_str(&format!(" FOR {}", body.command));
    text.push_str(&format!(
        " TO {}",
        join(body.roles.iter().map(|grantee| role(grantee, None)))
    ));
    if let Some(using) = &body.using {
        text.push_str(&format!(" USING {}", parenthesized(using)));
    }
    if let Some(check) = &body.check {
        text.push_str(&format!(" WITH CHECK {}", parenthesized(check)));
    }
    vec![Stmt::new(text)]
}

/// `ALTER POLICY`: its conditions as they are.
pub fn alter_policy(object: &Object, body: &Policy) -> Stmt {
    let mut text = format!(
        "ALTER POLICY {} ON {}",
        ident(&object.id.name),
        qualified(&object.id.relation())
    );
    if let Some(using) = &body.using {
        text.push_str(&format!(" USING {}", parenthesized(using)));
    }
    if let Some(check) = &body.check {
        text.push_str(&format!(" WITH CHECK {}", parenthesized(check)));
    }
    Stmt::new(text)
}

/// The rule's definition, in the place of one that is there.
pub fn or_replace(rule: &str) -> Option<Stmt> {
    let rest = rule.strip_prefix("CREATE RULE ")?;
    Some(Stmt::new(format!("CREATE OR REPLACE RULE {rest}")))
}

/// `ALTER STATISTICS … SET STATISTICS n`; -1 is the default.
pub fn statistics_target(object: &Object, target: i32) -> Stmt {
    let name = qualified(&object.id.qualified());
    Stmt::new(format!("ALTER STATISTICS {name} SET STATISTICS {target}"))
}

pub(super) fn create_statistics(object: &Object, body: &Statistics) -> Vec<Stmt> {
    let mut statements = vec![Stmt::new(&body.definition)];
    statements.extend(body.target.map(|target| statistics_target(object, target)));
    statements
}
