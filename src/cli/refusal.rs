//! How a run that the executor refused is told.

use std::collections::BTreeSet;

use super::failure::Failure;
use crate::execute::{Against, LostStep, Refusal};
use crate::output::bytes;
use crate::output::text::counted;

/// What is said of a run that was refused, and what to do.
pub(super) fn refused(refusal: &Refusal) -> Failure {
    let title = match refusal {
        Refusal::Loss(_) => "the rollback would lose what cannot be brought back".to_owned(),
        Refusal::Rows(found) => {
            let steps = found
                .iter()
                .map(|against| &against.step)
                .collect::<BTreeSet<_>>()
                .len();
            format!("rows stand in the way of {}", counted(steps, "step"))
        }
        other => other.to_string(),
    };
    let (code, help) = match refusal {
        Refusal::Replan { .. } => (
            "plan-again",
            "make the plan anew: `schemaplan plan`, or `schemaplan apply --target …`",
        ),
        Refusal::Rows(_) => (
            "rows",
            "nothing was changed: mend these rows and run the same command again",
        ),
        Refusal::Room { .. } => (
            "disk",
            "make room, and run the same command again with `--free-bytes` as it is then: it goes on with this step",
        ),
        Refusal::EarlierPhase { .. } => ("phase-order", "apply the earlier phase first, with `--phase`"),
        Refusal::LaterPhase { .. } => (
            "phase-order",
            "take back the later phase first, or give `--phase all`",
        ),
        Refusal::Changed { .. } => ("changed", "see `schemaplan status`"),
        Refusal::OlderRun { .. } => (
            "older-run",
            "finish the older one with `schemaplan apply`, or take it back with `schemaplan rollback`",
        ),
        Refusal::Paused { .. } => ("paused", "let it go on with `schemaplan resume`"),
        Refusal::Pooled(_) => (
            "pooler",
            "name the server itself: `direct_url` beside `url` of the environment in schemaplan.yaml, or `--url`",
        ),
        Refusal::NothingToUndo => (
            "nothing-to-undo",
            "what psql ran from a plan folder is taken back by its down scripts: contract.down.sql, migrate.down.sql, expand.down.sql",
        ),
        Refusal::Purged(_) => (
            "purged",
            "make the former schema the target and apply it: structure comes back that way, these rows do not",
        ),
        Refusal::Loss(_) => ("irreversible", "`--accept-loss` takes it back all the same"),
    };
    let mut failure = Failure::refused(code, title, help);
    if let Refusal::Rows(found) = refusal {
        for diagnostic in &mut failure.diagnostics {
            diagnostic.notes.extend(found.iter().map(Against::to_string));
        }
    }
    if let Refusal::Room {
        needed, left, grown, ..
    } = refusal
    {
        let note = format!(
            "it may write {}; the database has grown by {} since the run began, and that leaves {}",
            bytes(*needed),
            bytes(*grown),
            bytes(*left)
        );
        for diagnostic in &mut failure.diagnostics {
            diagnostic.notes.push(note.clone());
        }
    }
    if let Refusal::Pooled(steps) = refusal {
        for diagnostic in &mut failure.diagnostics {
            let cannot = |step| format!("{step}: it cannot be in a transaction");
            diagnostic.notes.extend(steps.iter().map(cannot));
        }
    }
    if let Refusal::Loss(steps) = refusal {
        for diagnostic in &mut failure.diagnostics {
            for LostStep { step, reason } in steps {
                diagnostic.notes.push(format!("{step}: {reason}"));
            }
        }
    }
    failure
}
