//! The scripts of a plan: plain SQL that any client runs without schemaplan.
//!
//! Every step stands behind its done-when, so a script that stopped half-way is simply run again, and the down script
//! of a phase accepts every state of that phase.

use super::analyzed::{analyzed, without_analyze};
use super::frame::Frame;
use super::text::{cost, deploy_words, locks};
use crate::model::{Kind, QualifiedName};
use crate::plan::{Plan, PlanStep};
use crate::sql::own_name::{FORMER, SHADOW};
use crate::sql::script::Renamed;
use crate::sql::{self, Stmt, script};
use crate::step::{Action, DoneWhen, Fact, Phase, TimeoutClass, Transaction, Undo};
use std::fmt::Write;

/// Towards the target or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards the target.
    Up,
    /// Back.
    Down,
}

impl Direction {
    /// `up`, `down`.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
        }
    }
}

/// The name of a script: `expand.up.sql`.
pub fn file_name(phase: Phase, direction: Direction) -> String {
    format!("{phase}.{}.sql", direction.name())
}

/// The complete script of one phase in one direction.
pub fn script(plan: &Plan, phase: Phase, direction: Direction) -> String {
    let mut out = header(plan, phase, direction);
    for setting in script::SETTINGS {
        let _ = writeln!(out, "{setting};");
    }
    let steps: Vec<&PlanStep> = match direction {
        Direction::Up => plan.of_phase(phase).collect(),
        Direction::Down => plan.of_phase(phase).rev().collect(),
    };
    for schema in own_schemas(&steps, direction) {
        let _ = writeln!(out, "{};", script::own_schema(schema));
    }
    if phase == Phase::Contract
        && direction == Direction::Up
        && !mentions(&steps, direction, "schemaplan_todo_")
    {
        let check = script::fail_unless(
            script::no_rows_owed(),
            "rows are still owed: run migrate.up.sql to its end first",
        );
        let _ = writeln!(out, "{};", script::do_block(&[check]));
    }
    if steps.is_empty() {
        out.push_str("\n-- Nothing to do in this phase.\n");
    }
    for statement in before(plan, phase, direction) {
        let _ = writeln!(out, "{statement};");
    }
    let waited_for = names_waited_for(plan.steps.iter().flat_map(|each| &each.step.needs));
    for step in steps {
        out.push('\n');
        out.push_str(&comment(step, direction));
        let statements = match direction {
            Direction::Up => up(step, &waited_for),
            Direction::Down => down(plan, step),
        };
        for statement in statements {
            let _ = writeln!(out, "{statement};");
        }
    }
    if phase == Phase::Contract && plan.of_phase(phase).next().is_some() {
        let end = match direction {
            Direction::Up => script::mark(&plan.id, true),
            Direction::Down => script::mark(&taken_back(plan), true),
        };
        let _ = writeln!(out, "\n{end};");
    }
    out
}

/// All scripts of one direction in the order in which they run: what `plan --format sql` prints.
pub fn all(plan: &Plan, direction: Direction) -> String {
    let mut phases = Phase::ALL.to_vec();
    if direction == Direction::Down {
        phases.reverse();
    }
    phases.retain(|phase| plan.of_phase(*phase).next().is_some());
    let mut out = String::new();
    for phase in phases {
        if !out.is_empty() {
            out.push('\n');
        }
        if direction == Direction::Up {
            for deploy in plan.deploys.iter().filter(|deploy| deploy.before == phase) {
                let _ = writeln!(
                    out,
                    "-- Deploy before this: {}\n",
                    one_line(deploy_words(&deploy.what))
                );
            }
        }
        out.push_str(&script(plan, phase, direction));
    }
    out
}

fn header(plan: &Plan, phase: Phase, direction: Direction) -> String {
    let file = file_name(phase, direction);
    let mut out = String::new();
    let _ = writeln!(out, "-- {file} of plan {}", plan.id);
    let what = match (phase, direction) {
        (Phase::Expand, Direction::Up) => "Adds and loosens: old and new code both work.",
        (Phase::Migrate, Direction::Up) => "Copies and proves: afterwards the new schema is complete.",
        (Phase::Contract, Direction::Up) => "Switches and removes: only new code works afterwards.",
        (Phase::Contract, Direction::Down) => {
            "Brings back what contract removed: old and new code both work again."
        }
        (Phase::Migrate, Direction::Down) => "Takes back what migrate proved and copied.",
        (Phase::Expand, Direction::Down) => "Takes back what expand added.",
    };
    let _ = writeln!(out, "-- {what}");
    let _ = writeln!(out, "--");
    let _ = writeln!(out, "--   psql -v ON_ERROR_STOP=1 -f {file}");
    let _ = writeln!(out, "--");
    out.push_str(
        "-- Stopped half-way, run it again: a step that is done is passed over. A step that gets no lock\n\
         -- within 0.8 s lets go and tries again, forty times. There is no lease, journal or throttle\n\
         -- here; `schemaplan apply` has them.\n\n",
    );
    out
}

fn comment(step: &PlanStep, direction: Direction) -> String {
    let mut out = String::new();
    let back = match direction {
        Direction::Up => "",
        Direction::Down => "Take back: ",
    };
    let _ = writeln!(out, "-- {}. {back}{}", step.number, one_line(&step.step.title));
    match &step.step.origin {
        Some(origin) => {
            let _ = writeln!(
                out,
                "--    why: {} ({})",
                one_line(&origin.to_string()),
                step.step.change
            );
        }
        None => {
            let _ = writeln!(out, "--    why: {}", step.step.change);
        }
    }
    if direction == Direction::Up {
        let _ = writeln!(
            out,
            "--    lock: {}; {}",
            one_line(&locks(&step.step)),
            one_line(&cost(&step.step))
        );
        for hazard in &step.step.hazards {
            let _ = writeln!(out, "--    {}: {}", hazard.code, one_line(&hazard.message));
        }
    }
    if let (Direction::Down, Undo::Lossy { reason, .. }) = (direction, &step.step.undo) {
        let _ = writeln!(out, "--    NOT BROUGHT BACK: {}", one_line(reason));
    }
    out
}

/// A comment must stay one line: whatever stood behind a line end in a name would run as SQL.
fn one_line(text: &str) -> String {
    text.split(['\n', '\r']).collect::<Vec<_>>().join(" ")
}

/// The note that contract has been taken back; the next note takes its place.
fn taken_back(plan: &Plan) -> String {
    format!("{} taken back", plan.id)
}

/// What a script looks at and notes before its first step. A contract that has begun has taken away what the earlier scripts
/// would build upon, or make again.
fn before(plan: &Plan, phase: Phase, direction: Direction) -> Vec<String> {
    let contracts = plan.of_phase(Phase::Contract).next().is_some();
    let file = file_name(phase, direction);
    match (phase, direction) {
        _ if !contracts => Vec::new(),
        (Phase::Contract, Direction::Up) => {
            let message = format!("{file} has nothing to do any more: it has come to its end already");
            let stop = script::fail_if_marked(&plan.id, true, &message);
            vec![script::do_block(&[stop]), script::mark(&plan.id, false)]
        }
        (Phase::Contract, Direction::Down) => {
            let message = format!(
                "{file} has nothing to take back any more: it has come to its end already (where contract went on since by other means than its script: DELETE FROM schemaplan.script)"
            );
            let stop = script::fail_if_marked(&taken_back(plan), true, &message);
            vec![script::do_block(&[stop]), script::unmark(&plan.id)]
        }
        (_, Direction::Up) => {
            let message = format!(
                "{file} has nothing to do any more: contract.up.sql of this plan has begun; run that to its end, or contract.down.sql"
            );
            vec![script::do_block(&[script::fail_if_marked(
                &plan.id, false, &message,
            )])]
        }
        (_, Direction::Down) => Vec::new(),
    }
}

fn up(step: &PlanStep, names_of_others: &[QualifiedName]) -> Vec<String> {
    let message = format!("step {} is done already", step.number);
    let step = &step.step;
    let done = match &step.done_when {
        DoneWhen::Holds(condition) | DoneWhen::RepeatableUntil(condition) => Some(condition.clone()),
        DoneWhen::Repeatable => None,
    };
    let mut checks = Vec::new();
    for precondition in &step.preconditions {
        let check = script::fail_unless(&precondition.holds, &precondition.otherwise);
        checks.push(match &precondition.rows {
            Some(_) => script::where_named(&check),
            None => check,
        });
    }
    let frame = Frame {
        leave: done
            .as_ref()
            .map(|condition| script::leave_if(condition, &message)),
        passed: done,
        names_of_others,
        renamed: Renamed {
            // Copies of columns are filled in an earlier phase but where something of contract comes before it.
            prefix: match step.phase {
                Phase::Contract => SHADOW,
                _ => FORMER,
            },
            table: None,
        },
        note: None,
        checks,
        outside: step.transaction == Transaction::None,
        patient: step.timeout == TimeoutClass::Long,
        clients_path: step.clients_path,
    };
    frame.action(&step.up)
}

/// The names of the indexes that have to be gone first, also that another relation gets their names.
fn names_waited_for<'a>(needs: impl IntoIterator<Item = &'a Fact>) -> Vec<QualifiedName> {
    let gone = needs.into_iter().filter_map(|need| match need {
        Fact::Gone(id) if matches!(id.kind, Kind::Index | Kind::Constraint) => Some(QualifiedName {
            schema: id.schema.clone(),
            name: id.name.clone(),
        }),
        _ => None,
    });
    gone.collect()
}

const FLAG: &str = "schemaplan.take_back";

fn down(plan: &Plan, step: &PlanStep) -> Vec<String> {
    let number = step.number;
    let step = &step.step;
    let action = match &step.undo {
        Undo::Nothing => return Vec::new(),
        Undo::Run { action, .. } | Undo::Lossy { action, .. } => action,
    };
    let mut analyzes = Vec::new();
    let action = &without_analyze(action, &mut analyzes);
    let condition = match &step.done_when {
        DoneWhen::Holds(condition) => Some(condition.as_str()),
        DoneWhen::Repeatable | DoneWhen::RepeatableUntil(_) => None,
    };
    let names_of_others = names_waited_for(&step.needs);
    let object = &step.object;
    let table = match object.kind {
        Kind::Table | Kind::MaterializedView => Some(object.qualified()),
        _ => object.is_part().then(|| object.relation()),
    };
    let frame = |leave: Option<String>, passed: Option<&str>, note: Option<String>| Frame {
        leave,
        passed: passed.map(|condition| format!("({condition}) IS NOT TRUE")),
        names_of_others: &names_of_others,
        renamed: Renamed {
            prefix: FORMER,
            table: table.as_ref(),
        },
        note,
        checks: Vec::new(),
        // What can be in a transaction is in one, and with its note.
        outside: false,
        patient: step.timeout == TimeoutClass::Long,
        clients_path: step.clients_path,
    };
    let parts = parts(action);
    if parts.len() < 2 {
        let mut statements = frame(condition.map(script::leave_unless), condition, None).action(action);
        statements.extend(analyzed(&analyzes));
        return statements;
    }
    // The first part makes the condition false. What it was at the start decides for all of them, also where the script was stopped
    // between them and is run again.
    let name = format!("{} {} {number}", plan.id, step.phase);
    let mut statements = vec![script::begin(&name, FLAG, condition.unwrap_or("true"))];
    let begun = script::remembered(FLAG);
    for (part, each) in parts.iter().enumerate() {
        let part_name = format!("{name}.{part}");
        let leave = script::leave_if_done(&begun, &part_name);
        let note = match part + 1 == parts.len() {
            true => script::forget(&begun, &name),
            false => script::note(&begun, &part_name),
        };
        statements.extend(frame(Some(leave), Some(&begun), Some(note)).action(each));
    }
    statements.extend(analyzed(&analyzes));
    statements
}

/// What is committed one by one.
fn parts(action: &Action) -> Vec<Action> {
    let alone = |statement: &Stmt| sql::alone(statement).is_some();
    match action {
        Action::Sequence(actions) => actions.iter().flat_map(parts).collect(),
        Action::Statements(statements) => statements
            .chunk_by(|a, b| !alone(a) && !alone(b))
            .map(|group| Action::Statements(group.to_vec()))
            .collect(),
        Action::Batches(_) | Action::Verify(_) => vec![action.clone()],
    }
}

fn own_schemas(steps: &[&PlanStep], direction: Direction) -> Vec<&'static str> {
    ["schemaplan", "schemaplan_archive"]
        .into_iter()
        .filter(|schema| mentions(steps, direction, &format!("{schema}.")))
        .collect()
}

fn mentions(steps: &[&PlanStep], direction: Direction, word: &str) -> bool {
    steps.iter().any(|step| match (direction, &step.step.undo) {
        (Direction::Up, _) => action_mentions(&step.step.up, word),
        (Direction::Down, Undo::Nothing) => false,
        (Direction::Down, Undo::Run { action, .. } | Undo::Lossy { action, .. }) => {
            action_mentions(action, word)
        }
    })
}

fn action_mentions(action: &Action, word: &str) -> bool {
    match action {
        Action::Statements(statements) => statements.iter().any(|each| each.as_str().contains(word)),
        Action::Batches(batch) | Action::Verify(batch) => batch
            .statements
            .iter()
            .any(|each| each.before.contains(word) || each.after.contains(word)),
        Action::Sequence(actions) => actions.iter().any(|each| action_mentions(each, word)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::sql::Stmt;

    fn each(check: impl Fn(Phase, Direction, &str)) {
        let plan = samples::plan();
        for phase in Phase::ALL {
            for direction in [Direction::Up, Direction::Down] {
                check(phase, direction, &script(&plan, phase, direction));
            }
        }
    }

    #[test]
    fn every_script_parses_and_holds_no_client_command() {
        each(|phase, direction, text| {
            pg_query::parse(text, 0)
                .unwrap_or_else(|error| panic!("{phase} {}: {error}\n{text}", direction.name()));
            assert!(!text.lines().any(|line| line.starts_with('\\')), "{text}");
        });
    }

    #[test]
    fn a_name_with_a_line_end_stays_inside_its_comment() {
        let mut plan = samples::plan();
        plan.steps[0].step.title = "Add column a\nDROP TABLE t; --".to_owned();
        let text = script(&plan, Phase::Expand, Direction::Up);
        assert!(!text.lines().any(|line| line.starts_with("DROP TABLE")), "{text}");
    }

    #[test]
    fn scripts_of_the_sample() {
        insta::with_settings!({snapshot_path => "../../snapshots/output", prepend_module_to_snapshot => false}, {
            each(|phase, direction, text| insta::assert_snapshot!(file_name(phase, direction), text));
        });
    }

    #[test]
    fn an_undo_of_several_parts_is_decided_once() {
        let text = script(&samples::plan(), Phase::Contract, Direction::Down);
        let remembered = text.find("set_config").unwrap();
        let first = text.find("ADD COLUMN fax").unwrap();
        assert!(remembered < first, "{text}");
        assert!(text.contains("NOT BROUGHT BACK"), "{text}");
    }

    #[test]
    fn what_cannot_be_in_a_transaction_stands_between_the_blocks() {
        let mut plan = samples::plan();
        let parts = [
            "ALTER TABLE t ADD b int",
            "CREATE INDEX CONCURRENTLY i ON t (b)",
            "ALTER TABLE t DROP a",
        ];
        let step = &mut plan.steps[4].step;
        step.undo = Undo::statements(parts.map(Stmt::new).to_vec());
        let text = script(&plan, Phase::Contract, Direction::Down);
        assert!(
            text.contains("\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (b);\n"),
            "{text}"
        );
        assert!(!text.contains("EXECUTE $x$CREATE INDEX"), "{text}");
    }
}
