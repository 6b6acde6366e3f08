//! Steps of one unit become one transaction.

use crate::change::change_identity::title_of_unit;
use crate::sql::{self, Stmt, probe};
use crate::step::{Action, DoneWhen, Fact, Step, TimeoutClass, Undo, strongest};

/// One step out of several, in this order; None for none.
pub fn merge(parts: Vec<Step>) -> Option<Step> {
    let mut parts = parts;
    if parts.len() < 2 {
        return parts.pop();
    }
    let made: Vec<Fact> = parts.iter().flat_map(|part| part.gives.iter().cloned()).collect();
    let undo = undo(&parts);
    let done_when = done_when(&parts, &made);
    let main = parts.iter().position(is_main).unwrap_or(0);
    let mut merged = parts[main].clone();
    if !is_main(&parts[main]) {
        merged.title = title(&parts);
    }
    let cut_overs = parts
        .iter()
        .filter_map(|part| part.title.strip_prefix("Cut over "));
    let cut_overs: Vec<&str> = cut_overs.collect();
    if cut_overs.len() > 1 {
        merged.title = format!("Cut over {}", cut_overs.join(", "));
    }
    merged.locks = parts.iter().flat_map(|part| part.locks.iter().cloned()).collect();
    strongest(&mut merged.locks);
    for part in &parts {
        merged.also_costs(part.costs().cloned());
        if part.timeout == TimeoutClass::Cut {
            merged.timeout = TimeoutClass::Cut;
        }
    }
    merged.clients_path = parts.iter().any(|part| part.clients_path);
    merged.hazards = parts
        .iter()
        .flat_map(|part| part.hazards.iter().cloned())
        .collect();
    merged.hazards.dedup();
    merged.application = parts
        .iter()
        .flat_map(|part| part.application.iter().cloned())
        .collect();
    merged.preconditions = Vec::new();
    for precondition in parts.iter().flat_map(|part| &part.preconditions) {
        if !merged.preconditions.contains(precondition) {
            merged.preconditions.push(precondition.clone());
        }
    }
    merged.needs = parts
        .iter()
        .flat_map(|part| part.needs.iter().cloned())
        .filter(|need| !made.contains(need))
        .collect();
    merged.needs.sort();
    merged.needs.dedup();
    merged.ends = parts.iter().flat_map(|part| part.ends.iter().cloned()).collect();
    merged.gives = made;
    merged.gives.sort();
    merged.gives.dedup();
    merged.up = Action::Statements(locks_first(
        parts.iter().flat_map(|part| statements(&part.up)).collect(),
    ));
    merged.undo = undo;
    merged.done_when = done_when;
    Some(merged)
}

/// The step that the others accompany.
fn is_main(step: &Step) -> bool {
    step.title.starts_with("Cut over")
        || step.title.starts_with("Swap materialized view")
        || matches!(
            step.change.as_str(),
            "change_type" | "rebuild_enum" | "rebuild_domain" | "rebuild_type" | "split_table"
        )
}

fn title(parts: &[Step]) -> String {
    let first = &parts[0];
    if let Some(title) = first.unit.as_deref().and_then(title_of_unit) {
        return title;
    }
    if let Some(unit) = first
        .unit
        .as_deref()
        .and_then(|unit| unit.strip_prefix("create "))
    {
        return format!("Create {unit} with its keys and indexes");
    }
    let passes = first
        .unit
        .as_deref()
        .is_some_and(|unit| unit.starts_with("triggers of "));
    if let Some(partition) = parts
        .iter()
        .find(|part| passes && part.change == "change_partition")
    {
        return format!("{} and exchange its triggers", partition.title);
    }
    let mut objects: Vec<String> = Vec::new();
    for part in parts {
        let label = part.object.to_string();
        if !objects.contains(&label) {
            objects.push(label);
        }
    }
    let joined = parts.iter().any(|part| part.unit != first.unit);
    match objects.len() {
        1 => format!("Recreate {}", objects[0]),
        count if joined => format!("Recreate {} together with {} more", objects[0], count - 1),
        count => format!("Recreate {} and {} more that stand on it", objects[0], count - 1),
    }
}

fn statements(action: &Action) -> Vec<Stmt> {
    match action {
        Action::Statements(statements) => statements.clone(),
        Action::Sequence(actions) => actions.iter().flat_map(statements).collect(),
        Action::Batches(_) | Action::Verify(_) => Vec::new(),
    }
}

/// All locks of a transaction are taken before its first change, so that it waits only once.
fn locks_first(all: Vec<Stmt>) -> Vec<Stmt> {
    let (mut locks, rest): (Vec<Stmt>, Vec<Stmt>) = all
        .into_iter()
        .partition(|s| s.as_str().starts_with("LOCK TABLE "));
    locks.dedup();
    locks.extend(rest);
    locks
}

/// A drop whose object is made again says nothing about how far the unit has come.
fn done_when(parts: &[Step], made: &[Fact]) -> DoneWhen {
    let mut conditions = Vec::new();
    for part in parts {
        let made_again = part.gives.iter().any(|fact| match (fact, &part.done_when) {
            (Fact::Gone(id), DoneWhen::Holds(condition)) => {
                made.contains(&Fact::Exists(id.clone()))
                    && condition.starts_with(&probe::not(&crate::sql::exists(id)))
            }
            _ => false,
        });
        if let (DoneWhen::Holds(condition), false) = (&part.done_when, made_again)
            && !conditions.contains(condition)
        {
            conditions.push(condition.clone());
        }
    }
    if conditions.is_empty() {
        return DoneWhen::Repeatable;
    }
    DoneWhen::Holds(probe::all(&conditions))
}

/// The undos in reverse. What runs around a switch back has to be in its transaction, or others would see a view missing.
fn undo(parts: &[Step]) -> Undo {
    let mut before: Vec<Stmt> = Vec::new();
    let mut after: Vec<Stmt> = Vec::new();
    // A proof reads the table: it comes behind the transaction, or would cut it in two.
    let mut proofs: Vec<Action> = Vec::new();
    let mut main: Option<Vec<Action>> = None;
    let mut reasons: Vec<String> = Vec::new();
    for part in parts.iter().rev() {
        let action = match &part.undo {
            Undo::Nothing => continue,
            Undo::Run { action, .. } => action,
            Undo::Lossy { action, reason } => {
                reasons.push(reason.clone());
                action
            }
        };
        match action {
            Action::Sequence(actions) => match &mut main {
                None => main = Some(actions.clone()),
                Some(first) => join(first, actions.clone(), &mut after),
            },
            other => {
                let (proof, list): (Vec<Stmt>, Vec<Stmt>) =
                    statements(other).into_iter().partition(sql::validates);
                proofs.extend(proof.into_iter().map(Action::one));
                if main.is_none() {
                    before.extend(list)
                } else {
                    after.extend(list)
                }
            }
        }
    }
    let action = match main {
        None => {
            before.extend(after);
            match proofs.is_empty() {
                true => Action::Statements(before),
                false => Action::Sequence([vec![Action::Statements(before)], proofs].concat()),
            }
        }
        Some(mut actions) => {
            let switch = switch_of(&actions);
            if let Some(Action::Statements(inner)) = actions.get_mut(switch) {
                let mut whole = before;
                whole.append(inner);
                whole.extend(after);
                *inner = locks_first(whole);
            }
            actions.extend(proofs);
            Action::Sequence(actions)
        }
    };
    if action.is_empty() && reasons.is_empty() {
        return Undo::Nothing;
    }
    match reasons.is_empty() {
        true => Undo::Run {
            action,
            outside_transaction: false,
        },
        false => Undo::Lossy {
            action,
            reason: reasons.join("; "),
        },
    }
}

/// Where a switch back is among the actions around it.
fn switch_of(actions: &[Action]) -> usize {
    let locks = |statements: &[Stmt]| {
        statements
            .first()
            .is_some_and(|first| first.as_str().starts_with("LOCK TABLE "))
    };
    let switch = |action: &Action| matches!(action, Action::Statements(statements) if locks(statements));
    actions.iter().position(switch).unwrap_or(0)
}

/// Two switches back are one: what precedes either precedes both.
fn join(first: &mut Vec<Action>, mut second: Vec<Action>, after: &mut Vec<Stmt>) {
    if second.is_empty() {
        return;
    }
    let behind = second.split_off(switch_of(&second) + 1);
    if let Some(switch) = second.pop() {
        after.extend(statements(&switch));
    }
    let at = switch_of(first);
    first.splice(at..at, second);
    first.extend(behind);
}
