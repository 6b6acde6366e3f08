//! Tables that are on both sides.

use super::{Sides, composite, inherited, partition};
use crate::change::{
    Change, Detail, DetailLine, Verb,
    change_partition::ChangePartition,
    change_setting::{ChangeSetting, FOREIGN_OPTIONS, INHERITANCE, NEW_ROW_TYPE, PARENTS, ROW_TYPE},
    unsupported::Unsupported,
};
use crate::model::{Foreign, Ident, Object, ObjectId, QualifiedName, ReplicaIdentity, Table, TypeName};
use crate::sql::{self, Stmt};
use crate::step::{Lock, Phase};

/// What differs between two forms of a table.
pub fn compare(sides: &Sides, live: &Object, desired: &Object, (old, new): (&Table, &Table)) -> Vec<Change> {
    let id = &desired.id;
    let major = sides.from.major();
    let mut changes = impossible(sides, id, old, new);
    if old.partition_of != new.partition_of {
        let detail = ChangePartition {
            old: old.partition_of.clone(),
            new: new.partition_of.clone(),
        };
        let show = |table: &Table| {
            table
                .partition_of
                .as_ref()
                .map(|part| format!("{} {}", part.parent, part.bound))
                .unwrap_or_default()
        };
        let mut change = Change::new(id.clone(), Verb::Alter, Detail::ChangePartition(detail));
        change
            .lines
            .push(DetailLine::new("partition of", show(old), show(new)));
        changes.push(change);
    }
    let mut push = |what: &str,
                    phase: Phase,
                    lock: Lock,
                    up: Vec<Stmt>,
                    down: Vec<Stmt>,
                    rewrites: bool,
                    authz: bool| {
        let detail = ChangeSetting {
            what: what.to_owned(),
            phase,
            lock,
            up,
            down,
            rewrites,
            authz,
        };
        let mut change = Change::new(live.id.clone(), Verb::Alter, Detail::ChangeSetting(detail));
        change
            .lines
            .push(DetailLine::new(what, show(old, what), show(new, what)));
        changes.push(change);
    };
    let act = |action: String| vec![sql::alter::table_action(&id.qualified(), &action)];
    let stay: Vec<QualifiedName> = old
        .inherits
        .iter()
        .filter(|parent| new.inherits.contains(parent))
        .cloned()
        .collect();
    let anew = !stay.is_empty() && inherited::is_owned_otherwise(sides, id);
    for (what, before, after, anew) in [
        (INHERITANCE, &old.inherits, &stay, false),
        (PARENTS, &stay, &new.inherits, anew),
    ] {
        let up = inherited::lead((sides.from, sides.to), id, (before, after), anew);
        let down = inherited::lead((sides.to, sides.from), id, (after, before), anew);
        if !up.is_empty() {
            push(
                what,
                Phase::Migrate,
                Lock::AccessExclusive,
                up,
                down,
                false,
                false,
            );
        }
    }
    for (what, before, after) in [
        (ROW_TYPE, &old.of_type, &None),
        (NEW_ROW_TYPE, &None, &new.of_type),
    ] {
        let to = |of: &Option<TypeName>| match of {
            Some(of) => act(format!("OF {of}")),
            None => act("NOT OF".to_owned()),
        };
        if old.of_type != new.of_type && before != after {
            push(
                what,
                Phase::Migrate,
                Lock::AccessExclusive,
                to(after),
                to(before),
                false,
                false,
            );
        }
    }
    if old.unlogged != new.unlogged {
        let to = |table: &Table| {
            act(format!(
                "SET {}",
                if table.unlogged { "UNLOGGED" } else { "LOGGED" }
            ))
        };
        push(
            "persistence",
            Phase::Contract,
            Lock::AccessExclusive,
            to(new),
            to(old),
            true,
            false,
        );
    }
    let mut placed = |what, clause: &str, name: fn(&Table) -> Option<&Ident>, usual: &str| {
        let to = |table: &Table| {
            let word = name(table).map_or_else(|| usual.to_owned(), sql::ident);
            act(format!("{clause} {word}"))
        };
        if name(old) != name(new) {
            push(
                what,
                Phase::Contract,
                Lock::AccessExclusive,
                to(new),
                to(old),
                new.partition_key.is_none(),
                false,
            );
        }
    };
    if old.foreign.is_none() {
        placed(
            "tablespace",
            "SET TABLESPACE",
            |table| table.tablespace.as_ref(),
            "pg_default",
        );
    }
    if major >= 15 {
        // The word DEFAULT came with 17; before, nobody could make another method the default of one table.
        let usual = if major >= 17 { "DEFAULT" } else { "heap" };
        placed(
            "access method",
            "SET ACCESS METHOD",
            |table| table.access_method.as_ref(),
            usual,
        );
    }
    if !same_options(&old.options, &new.options) {
        let lock = Lock::ShareUpdateExclusive;
        push(
            "storage parameters",
            Phase::Expand,
            lock,
            options(id, old, new),
            options(id, new, old),
            false,
            false,
        );
    }
    if old.row_security != new.row_security {
        let to = |table: &Table| {
            act(format!(
                "{} ROW LEVEL SECURITY",
                if table.row_security { "ENABLE" } else { "DISABLE" }
            ))
        };
        let phase = if new.row_security {
            Phase::Contract
        } else {
            Phase::Expand
        };
        push(
            "row security",
            phase,
            Lock::AccessExclusive,
            to(new),
            to(old),
            false,
            true,
        );
    }
    if old.force_row_security != new.force_row_security {
        let to = |table: &Table| {
            act(format!(
                "{}FORCE ROW LEVEL SECURITY",
                if table.force_row_security { "" } else { "NO " }
            ))
        };
        let phase = if new.force_row_security {
            Phase::Contract
        } else {
            Phase::Expand
        };
        push(
            "forced row security",
            phase,
            Lock::AccessExclusive,
            to(new),
            to(old),
            false,
            true,
        );
    }
    let identity_stays = match (&old.replica_identity, &new.replica_identity) {
        (ReplicaIdentity::Index(old), ReplicaIdentity::Index(new)) => {
            partition::is_mark_kept(sides, id, old, new)
        }
        (old, new) => old == new,
    };
    if !identity_stays {
        let to = |table: &Table| act(format!("REPLICA IDENTITY {}", replica(&table.replica_identity)));
        push(
            "replica identity",
            Phase::Contract,
            Lock::AccessExclusive,
            to(new),
            to(old),
            false,
            false,
        );
    }
    let clustering_stays = match (&old.cluster_on, &new.cluster_on) {
        (Some(old), Some(new)) => partition::is_mark_kept(sides, id, old, new),
        (old, new) => old == new,
    };
    if !clustering_stays {
        let to = |on: &Option<Ident>| match on {
            Some(index) => act(format!("CLUSTER ON {}", sql::ident(index))),
            None => act("SET WITHOUT CLUSTER".to_owned()),
        };
        let (up, down) = (to(&new.cluster_on), to(&old.cluster_on));
        push(
            "clustering",
            Phase::Contract,
            Lock::ShareUpdateExclusive,
            up,
            down,
            false,
            false,
        );
    }
    if let (Some(before), Some(after)) = (&old.foreign, &new.foreign)
        && !same_options(&before.options, &after.options)
    {
        let to = |from: &Foreign, to: &Foreign| {
            vec![sql::alter::alter_object(
                "FOREIGN TABLE",
                &sql::qualified(&id.qualified()),
                &sql::change_options(&from.options, &to.options),
            )]
        };
        push(
            FOREIGN_OPTIONS,
            Phase::Contract,
            Lock::AccessExclusive,
            to(before, after),
            to(after, before),
            false,
            false,
        );
    }
    changes
}

fn impossible(sides: &Sides, id: &ObjectId, old: &Table, new: &Table) -> Vec<Change> {
    let major = sides.from.major();
    let mut reasons = Vec::new();
    if old.access_method != new.access_method && major < 15 {
        reasons.push(format!(
            "{id} cannot change its access method: that came with PostgreSQL 15"
        ));
    }
    if old.of_type != new.of_type
        && let Some(of) = new
            .of_type
            .as_ref()
            .filter(|_| composite::is_out_of_order(sides, id))
    {
        reasons.push(format!(
            "{id} cannot become a table OF {of}: its columns would not stand in the order of the type's attributes"
        ));
    }
    if old.foreign.is_some() != new.foreign.is_some() {
        reasons.push(format!("{id} cannot turn into or from a foreign table"));
    }
    reasons
        .into_iter()
        .map(|reason| {
            Change::new(
                id.clone(),
                Verb::Alter,
                Detail::Unsupported(Unsupported { reason }),
            )
        })
        .collect()
}

fn show(table: &Table, what: &str) -> String {
    let list = |options: &[(String, String)]| {
        options
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let name = |name: &Option<Ident>| name.as_ref().map(ToString::to_string).unwrap_or_default();
    let on = |flag: bool| if flag { "on" } else { "off" }.to_owned();
    match what {
        INHERITANCE | PARENTS => table
            .inherits
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
        ROW_TYPE | NEW_ROW_TYPE => table
            .of_type
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        "persistence" => if table.unlogged { "unlogged" } else { "logged" }.to_owned(),
        "tablespace" => name(&table.tablespace),
        "access method" => name(&table.access_method),
        "storage parameters" => list(&table.options),
        "row security" => on(table.row_security),
        "forced row security" => on(table.force_row_security),
        "replica identity" => replica(&table.replica_identity),
        "clustering" => name(&table.cluster_on),
        "foreign table options" => table
            .foreign
            .as_ref()
            .map(|foreign| list(&foreign.options))
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn replica(identity: &ReplicaIdentity) -> String {
    match identity {
        ReplicaIdentity::Default => "DEFAULT".to_owned(),
        ReplicaIdentity::Nothing => "NOTHING".to_owned(),
        ReplicaIdentity::Full => "FULL".to_owned(),
        ReplicaIdentity::Index(index) => format!("USING INDEX {}", sql::ident(index)),
    }
}

fn options(id: &ObjectId, from: &Table, to: &Table) -> Vec<Stmt> {
    let act = |action: String| sql::alter::table_action(&id.qualified(), &action);
    let named = |list: &[(String, String)], key: &str| list.iter().any(|(other, _)| other == key);
    let gone: Vec<String> = from
        .options
        .iter()
        .filter(|(key, _)| !named(&to.options, key))
        .map(|(key, _)| sql::option_name(key))
        .collect();
    let (own, toast): (Vec<_>, Vec<_>) = to
        .options
        .iter()
        .cloned()
        .partition(|(key, _)| !key.starts_with("toast."));
    let set = [set_last(&from.options, &own), set_last(&from.options, &toast)].concat();
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(act(format!("RESET ({})", gone.join(", "))));
    }
    if !set.is_empty() {
        statements.push(act(format!("SET ({})", sql::option_list(&set))));
    }
    statements
}

/// What has to be set to get from one list to another in its order. SET puts what it names behind everything else, so that
/// is the shortest end of the list.
fn set_last<'a>(from: &[(String, String)], to: &'a [(String, String)]) -> &'a [(String, String)] {
    let named = |list: &[(String, String)], key: &str| list.iter().any(|(other, _)| other == key);
    let stays = |set: &[(String, String)]| -> Vec<(String, String)> {
        let stays = from.iter().filter(|(key, _)| named(to, key) && !named(set, key));
        stays.cloned().collect()
    };
    let split = (0..=to.len())
        .rev()
        .find(|split| to[..*split] == stays(&to[*split..])[..]);
    &to[split.unwrap_or(0)..]
}

/// The same parameters in any order.
pub fn same_options(old: &[(String, String)], new: &[(String, String)]) -> bool {
    old.len() == new.len() && old.iter().all(|option| new.contains(option))
}

#[cfg(test)]
mod tests {
    use super::set_last;

    fn list(words: &str) -> Vec<(String, String)> {
        let pair = |word: &str| (word[..1].to_owned(), word[1..].to_owned());
        words.split_whitespace().map(pair).collect()
    }

    #[test]
    fn options_are_set_in_the_order_in_which_a_dump_shows_them() {
        for (from, to, set) in [
            ("", "b1 a1", "b1 a1"),
            ("b1", "b1 a1", "a1"),
            ("a1", "b1 a1", "b1 a1"),
            ("a1 b1 c1", "a1 b2 c1", "b2 c1"),
            ("a1 x1 b1", "a1 b1", ""),
        ] {
            assert_eq!(set_last(&list(from), &list(to)), list(set), "{from} to {to}");
        }
    }
}
