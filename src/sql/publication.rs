//! Publications with their tables and schemas, and event triggers.

use super::write::join;
use super::{Stmt, address, ident, idents, literal, parenthesized, qualified};
use crate::model::{EventTrigger, Firing, Ident, Object, Publication, PublicationTable};

fn parameters(body: &Publication) -> Vec<(&'static str, String)> {
    let mut parameters = vec![("publish", literal(&body.publish.join(", ")))];
    parameters.push(("publish_via_partition_root", body.via_root.to_string()));
    parameters.extend(
        body.generated_columns
            .iter()
            .map(|word| ("publish_generated_columns", word.clone())),
    );
    parameters
}

/// The tables and schemas in it are objects of their own.
pub(super) fn create_publication(object: &Object, body: &Publication) -> Vec<Stmt> {
    let all = if body.all_tables { " FOR ALL TABLES" } else { "" };
    let usual = ["insert", "update", "delete", "truncate"];
    let set = parameters(body).into_iter().filter(|(name, value)| match *name {
        "publish" => body.publish != usual,
        "publish_via_partition_root" => value == "true",
        _ => true,
    });
    let set = join(set.map(|(name, value)| format!("{name} = {value}")));
    let with = if set.is_empty() {
        String::new()
    } else {
        format!(" WITH ({set})")
    };
    vec![Stmt::new(format!("CREATE {}{all}{with}", address(object)))]
}

/// Parameters change in place; FOR ALL TABLES comes and goes with the publication.
pub(super) fn alter_publication(object: &Object, old: &Publication, new: &Publication) -> Option<Vec<Stmt>> {
    if old.all_tables != new.all_tables {
        return None;
    }
    let before = parameters(old);
    let mut set: Vec<String> = parameters(new)
        .into_iter()
        .filter(|parameter| !before.contains(parameter))
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    if old.generated_columns.is_some() && new.generated_columns.is_none() {
        set.push("publish_generated_columns = none".to_owned());
    }
    Some(vec![Stmt::new(format!(
        "ALTER {} SET ({})",
        address(object),
        set.join(", ")
    ))])
}

fn alter(object: &Object, action: &str) -> Stmt {
    Stmt::new(format!("ALTER PUBLICATION {} {action}", ident(&object.id.name)))
}

pub(super) fn add_table(object: &Object, body: &PublicationTable) -> Vec<Stmt> {
    let mut action = format!("ADD TABLE ONLY {}", qualified(&object.id.relation()));
    if let Some(columns) = &body.columns {
        action.push_str(&format!(" ({})", idents(columns)));
    }
    if let Some(condition) = &body.condition {
        action.push_str(&format!(" WHERE {}", parenthesized(condition)));
    }
    vec![alter(object, &action)]
}

pub(super) fn drop_table(object: &Object) -> String {
    let action = format!("DROP TABLE ONLY {}", qualified(&object.id.relation()));
    alter(object, &action).to_string()
}

pub(super) fn add_schema(object: &Object) -> Vec<Stmt> {
    let schema = ident(&Ident::new(object.id.args.as_str()));
    vec![alter(object, &format!("ADD TABLES IN SCHEMA {schema}"))]
}

pub(super) fn drop_schema(object: &Object) -> String {
    let schema = ident(&Ident::new(object.id.args.as_str()));
    alter(object, &format!("DROP TABLES IN SCHEMA {schema}")).to_string()
}

pub(super) fn create_event_trigger(object: &Object, body: &EventTrigger) -> Vec<Stmt> {
    let mut text = format!(
        "CREATE EVENT TRIGGER {} ON {}",
        ident(&object.id.name),
        ident(&Ident::new(body.event.as_str()))
    );
    if !body.tags.is_empty() {
        let tags = join(body.tags.iter().map(|tag| literal(tag)));
        text.push_str(&format!("\n    WHEN TAG IN ({tags})"));
    }
    text.push_str(&format!("\n    EXECUTE FUNCTION {}()", body.function));
    let mut statements = vec![Stmt::new(text)];
    if body.firing != Firing::Origin {
        statements.push(fire_event_trigger(object, body.firing));
    }
    statements
}

fn fire_event_trigger(object: &Object, firing: Firing) -> Stmt {
    let state = match firing {
        Firing::Origin => "ENABLE",
        Firing::Disabled => "DISABLE",
        Firing::Replica => "ENABLE REPLICA",
        Firing::Always => "ENABLE ALWAYS",
    };
    Stmt::new(format!("ALTER {} {state}", address(object)))
}

/// When it fires changes in place, everything else does not.
pub(super) fn alter_event_trigger(
    object: &Object,
    old: &EventTrigger,
    new: &EventTrigger,
) -> Option<Vec<Stmt>> {
    let same = EventTrigger {
        firing: old.firing,
        ..new.clone()
    };
    (same == *old).then(|| vec![fire_event_trigger(object, new.firing)])
}
