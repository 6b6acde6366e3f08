//! What a step comes down to: transactions, statements that stand alone, and walks over a table.

use crate::plan::PlanStep;
use crate::sql::{Alone, Stmt, alone, analyzes, fills, validates, validates_domain};
use crate::step::{Action, Batch, TimeoutClass, Transaction, Undo};

use super::step_rows::Direction;

/// A part of a step that is done or not done; the journal counts them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Work<'a> {
    /// One transaction together with its journal row.
    Transaction(Vec<&'a Stmt>, TimeoutClass),
    /// One statement outside any transaction.
    Alone(&'a Stmt, Alone),
    /// Batches that write.
    Batches(&'a Batch),
    /// Counts that must be 0 in sum.
    Verify(&'a Batch),
}

/// The parts of a step in this direction.
pub(super) fn works(step: &PlanStep, direction: Direction) -> Vec<Work<'_>> {
    let step = &step.step;
    let mut parts = Vec::new();
    match direction {
        Direction::Up => {
            let outside = step.transaction == Transaction::None;
            collect(&step.up, outside, step.timeout, &mut parts);
            if !outside {
                parts = merge(parts);
            }
        }
        Direction::Down => {
            let (action, outside) = match &step.undo {
                Undo::Nothing => return parts,
                Undo::Run {
                    action,
                    outside_transaction,
                } => (action, *outside_transaction),
                Undo::Lossy { action, .. } => (action, false),
            };
            let outside = outside || step.transaction == Transaction::None;
            // The undo of a long step is short unless it proves something.
            let class = match step.timeout {
                TimeoutClass::Cut => TimeoutClass::Cut,
                _ => TimeoutClass::Fast,
            };
            collect(action, outside, class, &mut parts);
            if !outside {
                parts = apart(merge(parts));
            }
        }
    }
    parts
}

/// Whether a part of the step cannot be in a transaction: it needs a session, with settings of its own.
pub(super) fn needs_session(step: &PlanStep, direction: Direction) -> bool {
    works(step, direction)
        .iter()
        .any(|part| matches!(part, Work::Alone(..)))
}

fn collect<'a>(action: &'a Action, outside: bool, class: TimeoutClass, parts: &mut Vec<Work<'a>>) {
    match action {
        Action::Statements(statements) => {
            for statement in statements {
                parts.push(match alone(statement) {
                    Some(what) => Work::Alone(statement, what),
                    None => Work::Transaction(vec![statement], class_of(statement, outside, class)),
                });
            }
        }
        Action::Batches(batch) => parts.push(Work::Batches(batch)),
        Action::Verify(batch) => parts.push(Work::Verify(batch)),
        Action::Sequence(actions) => {
            for each in actions {
                collect(each, outside, class, parts);
            }
        }
    }
}

/// Beside a statement that stands alone (class long) a short one has the timeouts of a short step.
fn class_of(statement: &Stmt, outside: bool, class: TimeoutClass) -> TimeoutClass {
    if validates_domain(statement) {
        TimeoutClass::Scan
    } else if stays_apart(statement) || (outside && fills(statement)) {
        TimeoutClass::Long
    } else if outside && class == TimeoutClass::Long {
        TimeoutClass::Fast
    } else {
        class
    }
}

/// Neighbouring statements are one transaction, under the longest timeouts that one of them needs.
fn merge(parts: Vec<Work<'_>>) -> Vec<Work<'_>> {
    let mut merged: Vec<Work<'_>> = Vec::new();
    for part in parts {
        match (merged.last_mut(), part) {
            (Some(Work::Transaction(before, class)), Work::Transaction(more, other)) => {
                before.extend(more);
                if other == TimeoutClass::Long
                    || (other == TimeoutClass::Scan && *class != TimeoutClass::Long)
                {
                    *class = other;
                }
            }
            (_, part) => merged.push(part),
        }
    }
    merged
}

/// What reads a table for long under a lock that lets others write it.
fn stays_apart(statement: &Stmt) -> bool {
    validates(statement) || analyzes(statement)
}

/// An undo may add a constraint and prove it, or write rows and analyze them: apart, so that what reads for long does not run under
/// the lock of the change.
fn apart(parts: Vec<Work<'_>>) -> Vec<Work<'_>> {
    let mut out = Vec::new();
    for part in parts {
        let Work::Transaction(statements, class) = part else {
            out.push(part);
            continue;
        };
        let short = if matches!(class, TimeoutClass::Long | TimeoutClass::Scan) {
            TimeoutClass::Fast
        } else {
            class
        };
        let mut open = Vec::new();
        for statement in statements {
            if stays_apart(statement) {
                if !open.is_empty() {
                    out.push(Work::Transaction(std::mem::take(&mut open), short));
                }
                let class = class_of(statement, false, TimeoutClass::Long);
                out.push(Work::Transaction(vec![statement], class));
            } else {
                open.push(statement);
            }
        }
        if !open.is_empty() {
            out.push(Work::Transaction(open, short));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, ObjectId};
    use crate::step::{DoneWhen, Phase, Step};

    fn step(up: Vec<&str>, undo: Vec<&str>) -> PlanStep {
        let statements = |texts: Vec<&str>| texts.into_iter().map(Stmt::new).collect::<Vec<_>>();
        PlanStep {
            number: 1,
            after: Vec::new(),
            step: Step::new(
                ObjectId::global(Kind::Schema, "x"),
                "test",
                Phase::Expand,
                "Test",
                Action::Statements(statements(up)),
                Undo::statements(statements(undo)),
                DoneWhen::Repeatable,
            ),
        }
    }

    fn shape(works: &[Work<'_>]) -> Vec<String> {
        works
            .iter()
            .map(|work| match work {
                Work::Transaction(statements, class) => format!("{} {class:?}", statements.len()),
                other => format!("{other:?}").chars().take(5).collect(),
            })
            .collect()
    }

    #[test]
    fn statements_of_a_step_are_one_transaction() {
        let step = step(vec!["SELECT 1", "SELECT 2"], vec![]);
        assert_eq!(shape(&works(&step, Direction::Up)), ["2 Fast"]);
        assert!(works(&step, Direction::Down).is_empty());
    }

    #[test]
    fn outside_a_transaction_each_statement_is_a_part() {
        let mut step = step(
            vec![
                "CREATE INDEX CONCURRENTLY i ON public.t (a)",
                "COMMENT ON INDEX public.i IS 'x'",
            ],
            vec!["DROP INDEX CONCURRENTLY public.i"],
        );
        step.step.transaction = Transaction::None;
        step.step.timeout = TimeoutClass::Long;
        assert_eq!(shape(&works(&step, Direction::Up)), ["Alone", "1 Fast"]);
        assert_eq!(shape(&works(&step, Direction::Down)), ["Alone"]);
    }

    #[test]
    fn an_undo_is_analyzed_in_a_transaction_of_its_own() {
        let step = step(
            vec!["ALTER TABLE public.t ALTER COLUMN a TYPE bigint"],
            vec![
                "ALTER TABLE public.t ALTER COLUMN a TYPE integer",
                "ANALYZE public.t",
            ],
        );
        assert_eq!(shape(&works(&step, Direction::Down)), ["1 Fast", "1 Long"]);
    }

    #[test]
    fn an_undo_proves_a_constraint_in_a_transaction_of_its_own() {
        let step = step(
            vec!["ALTER TABLE public.t DROP CONSTRAINT c"],
            vec![
                "ALTER TABLE public.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
                "ALTER TABLE public.t VALIDATE CONSTRAINT c",
            ],
        );
        assert_eq!(shape(&works(&step, Direction::Down)), ["1 Fast", "1 Long"]);
    }
}
