//! A step: the smallest thing that is shown, locked for, run, resumed and undone as one.
//!
//! A step cannot be built without its locks, its cost, its hazards and its undo; "unknown" is no value.

mod action;
mod advice;
mod fact;
mod hazard;
mod lock;

pub use action::{Action, Batch, BatchStatement, Key, KeyColumn, Undo};
pub use advice::{Advice, Code, Moment};
pub use fact::Fact;
pub use hazard::{Hazard, HazardCode, Verdict};
pub use lock::{Cost, Lock, LockOn, TimeoutClass, Transaction, strongest};

use crate::model::{ObjectId, QualifiedName};
use crate::text::Origin;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The three phases of a plan; a later one begins only when the earlier one is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Add and loosen: old and new code both work.
    Expand,
    /// Copy and prove.
    Migrate,
    /// Switch and remove: old code is gone.
    Contract,
}

impl Phase {
    /// All three in order.
    pub const ALL: [Phase; 3] = [Phase::Expand, Phase::Migrate, Phase::Contract];

    /// `expand`, `migrate`, `contract`.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Expand => "expand",
            Phase::Migrate => "migrate",
            Phase::Contract => "contract",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When a step counts as done, judged by the catalog: for resuming, for scripts, for a lost journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoneWhen {
    /// The statements may run any number of times (SET DEFAULT, COMMENT, OR REPLACE, an idempotent batch).
    Repeatable,
    /// The same until an SQL condition over the catalog is true: what they read or write is gone by then, and nothing is left to do.
    RepeatableUntil(String),
    /// An SQL condition over the catalog that is true when the step is complete and false before; it never raises.
    Holds(String),
}

/// What must hold when the step starts; checked by query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Precondition {
    /// An SQL condition; true lets the step run.
    pub holds: String,
    /// What to say where it is false.
    pub otherwise: String,
    /// True where a plan made anew would take another path (a small table that has grown): refused with exit 3.
    pub replan: bool,
    /// A query for all rows that stand against it, each as what identifies it; `None` where it is not about rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The object that the step works for.
    pub object: ObjectId,
    /// The change kind whose recipe this is a part of: `set_not_null`.
    pub change: String,
    /// What happens, in the words of a DBA, present tense: `Add column email to public.customer`.
    pub title: String,
    /// The earliest phase it may run in; ordering may move it to a later one.
    pub phase: Phase,
    /// The strongest lock it takes on each existing relation.
    pub locks: Vec<LockOn>,
    /// What it costs; where it works on several relations, the heaviest of it.
    pub cost: Cost,
    /// What it does to the data of the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Cost>,
    /// What is dangerous about it.
    pub hazards: Vec<Hazard>,
    /// What must have happened before.
    pub needs: Vec<Fact>,
    /// What holds once it is done.
    pub gives: Vec<Fact>,
    /// What no longer holds once it is done.
    pub ends: Vec<Fact>,
    /// Whether and how it is one transaction.
    pub transaction: Transaction,
    /// Which timeouts it runs under.
    pub timeout: TimeoutClass,
    /// What must hold when it starts.
    pub preconditions: Vec<Precondition>,
    /// What it runs.
    pub up: Action,
    /// What takes it back.
    pub undo: Undo,
    /// How its completion is recognised.
    pub done_when: DoneWhen,
    /// Steps that share a unit are merged into one transaction when the order allows (a cut-over with the views it carries along).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// True where it runs functions of the user's: they may find what they use by the search path that sessions begin with.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub clients_path: bool,
    /// What it means for application code. The plan keeps it as rules by phase, for all steps together.
    #[serde(skip)]
    pub application: Vec<Advice>,
    /// The file and line that ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl Step {
    /// A transactional, instant step without locks or hazards; set what differs.
    pub fn new(
        object: ObjectId,
        change: &str,
        phase: Phase,
        title: impl Into<String>,
        up: Action,
        undo: Undo,
        done_when: DoneWhen,
    ) -> Self {
        Self {
            object,
            change: change.to_owned(),
            title: title.into(),
            phase,
            locks: Vec::new(),
            cost: Cost::Instant,
            beside: Vec::new(),
            hazards: Vec::new(),
            needs: Vec::new(),
            gives: Vec::new(),
            ends: Vec::new(),
            transaction: Transaction::Own,
            timeout: TimeoutClass::Fast,
            preconditions: Vec::new(),
            up,
            undo,
            done_when,
            unit: None,
            clients_path: false,
            application: Vec::new(),
            origin: None,
        }
    }

    /// The strongest lock that it declares on relations that `is` knows.
    pub fn declared(&self, is: impl Fn(&QualifiedName) -> bool) -> Option<Lock> {
        let locks = self.locks.iter().filter(|on| is(&on.relation));
        locks.map(|on| on.lock).max()
    }

    /// The strongest lock that it may hold on them: what blocks no write needs no word.
    pub fn may_hold(&self, is: impl Fn(&QualifiedName) -> bool) -> Lock {
        self.declared(is)
            .unwrap_or(Lock::RowExclusive)
            .max(Lock::RowExclusive)
    }

    /// What it does to the data of existing relations, the heaviest first.
    pub fn costs(&self) -> impl Iterator<Item = &Cost> {
        let all = std::iter::once(&self.cost).chain(&self.beside);
        all.filter(|cost| **cost != Cost::Instant)
    }

    /// Takes on further costs: of each relation only the heaviest counts.
    pub fn also_costs(&mut self, more: impl IntoIterator<Item = Cost>) {
        let mut all: Vec<Cost> = self.costs().cloned().chain(more).collect();
        all.sort_by_key(|cost| std::cmp::Reverse(cost.weight()));
        let mut kept: Vec<Cost> = Vec::new();
        for cost in all {
            if cost != Cost::Instant && !kept.iter().any(|other| other.table() == cost.table()) {
                kept.push(cost);
            }
        }
        let mut kept = kept.into_iter();
        self.cost = kept.next().unwrap_or(Cost::Instant);
        self.beside = kept.collect();
    }
}
