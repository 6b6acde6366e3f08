//! What a step was seen to do against what it declares.

use crate::model::QualifiedName;
use crate::output::text;
use crate::step::{Cost, Lock, Step};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Names of each relation, by number: its own and those of the tables that it is a partition of or inherits from, in the
/// course of the whole plan.
pub type Names = BTreeMap<u32, BTreeSet<String>>;

/// What a step was seen to do to relations that were there before the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The strongest lock on each relation.
    pub locks: BTreeMap<u32, Lock>,
    /// Tables that were read row by row.
    pub scans: BTreeSet<u32>,
    /// Tables that were written anew.
    pub rewrites: BTreeSet<u32>,
    /// Tables of which an index was built anew in its place.
    pub rebuilds: BTreeSet<u32>,
    /// True where nothing had to be done.
    pub nothing: bool,
}

/// A lock that a step was seen to hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Held {
    /// On what.
    pub relation: String,
    /// How strong.
    pub lock: Lock,
}

/// What a step was seen to do, with names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Told {
    /// `ACCESS EXCLUSIVE` and weaker, with the relation; what blocks no write is left out.
    pub locks: Vec<Held>,
    /// Tables that were read row by row.
    pub scans: Vec<String>,
    /// Tables that were written anew.
    pub rewrites: Vec<String>,
    /// Tables of which an index was built anew in its place.
    pub rebuilds: Vec<String>,
}

/// What was seen, in words.
pub fn told(seen: &Seen, names: &Names, at_first: &BTreeMap<u32, String>) -> Told {
    let name = |oid: &u32| match at_first.get(oid) {
        Some(name) => name.clone(),
        None => names
            .get(oid)
            .and_then(|all| all.first().cloned())
            .unwrap_or_default(),
    };
    let sorted = |oids: &BTreeSet<u32>| {
        let mut all: Vec<String> = oids.iter().map(name).collect();
        all.sort();
        all
    };
    let strong = seen.locks.iter().filter(|(_, lock)| **lock > Lock::RowExclusive);
    let one = |(oid, lock): (&u32, &Lock)| Held {
        relation: name(oid),
        lock: *lock,
    };
    let mut locks: Vec<Held> = strong.map(one).collect();
    locks.sort();
    Told {
        locks,
        scans: sorted(&seen.scans),
        rewrites: sorted(&seen.rewrites),
        rebuilds: sorted(&seen.rebuilds),
    }
}

/// What the step did beyond its word, one sentence each.
pub fn beyond(step: &Step, seen: &Seen, names: &Names) -> Vec<String> {
    let mut found = Vec::new();
    let nobody = BTreeSet::new();
    let names_of = |oid: &u32| names.get(oid).unwrap_or(&nobody);
    let shown = |oid: &u32| names_of(oid).iter().cloned().collect::<Vec<_>>().join(" = ");
    let is = |oid: &u32, relation: &QualifiedName| names_of(oid).contains(&plain(relation));
    for (oid, lock) in &seen.locks {
        let of_it = |relation: &QualifiedName| is(oid, relation);
        if *lock <= step.may_hold(of_it) {
            continue;
        }
        found.push(match step.declared(of_it) {
            Some(declared) => format!("it took {lock} on {} and declares {declared}", shown(oid)),
            None => format!("it took {lock} on {}, which it does not declare", shown(oid)),
        });
    }
    let cost = text::cost(step);
    for oid in &seen.rewrites {
        let declared = |cost: &Cost| matches!(cost, Cost::Rewrites(table) if is(oid, table));
        if !step.costs().any(declared) {
            found.push(format!("it wrote {} anew and declares `{cost}`", shown(oid)));
        }
    }
    for oid in seen.rebuilds.difference(&seen.rewrites) {
        let declared =
            |cost: &Cost| matches!(cost, Cost::Rewrites(table) | Cost::BuildsIndex(table) if is(oid, table));
        if !step.costs().any(declared) {
            found.push(format!(
                "it built an index of {} anew and declares `{cost}`",
                shown(oid)
            ));
        }
    }
    for oid in seen.scans.difference(&seen.rewrites) {
        let named = step.costs().filter_map(Cost::table).any(|table| is(oid, table));
        // The far side of a foreign key is read along with the near one; nobody waits for that.
        let blocks = seen
            .locks
            .get(oid)
            .is_some_and(|lock| *lock > Lock::ShareUpdateExclusive);
        if !named && (blocks || step.cost == Cost::Instant) {
            found.push(format!(
                "it read all rows of {} and declares `{cost}`",
                shown(oid)
            ));
        }
    }
    found
}

fn plain(relation: &QualifiedName) -> String {
    format!("{}.{}", relation.schema.as_str(), relation.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, ObjectId};
    use crate::step::{Action, DoneWhen, LockOn, Phase, Undo};

    fn step(locks: &[(Lock, &str)], cost: Cost) -> Step {
        let id = ObjectId::global(Kind::Schema, "s");
        let (up, undo) = (Action::Statements(Vec::new()), Undo::Nothing);
        let mut step = Step::new(
            id,
            "alter",
            Phase::Expand,
            "Alter",
            up,
            undo,
            DoneWhen::Repeatable,
        );
        let on = |(lock, name): &(Lock, &str)| LockOn {
            lock: *lock,
            relation: QualifiedName::new("public", *name),
        };
        step.locks = locks.iter().map(on).collect();
        step.cost = cost;
        step
    }

    fn names() -> Names {
        let set = |all: &[&str]| all.iter().map(|each| (*each).to_owned()).collect();
        Names::from([(1, set(&["public.t"])), (2, set(&["public.u", "public.u_old"]))])
    }

    fn locked(oid: u32, lock: Lock) -> Seen {
        Seen {
            locks: BTreeMap::from([(oid, lock)]),
            ..Seen::default()
        }
    }

    fn table() -> QualifiedName {
        QualifiedName::new("public", "t")
    }

    #[test]
    fn a_stronger_lock_than_declared_is_beyond() {
        let declares = step(&[(Lock::ShareRowExclusive, "t")], Cost::Instant);
        assert_eq!(
            beyond(&declares, &locked(1, Lock::AccessExclusive), &names()),
            ["it took ACCESS EXCLUSIVE on public.t and declares SHARE ROW EXCLUSIVE"]
        );
        assert!(beyond(&declares, &locked(1, Lock::ShareRowExclusive), &names()).is_empty());
        assert!(beyond(&declares, &locked(1, Lock::AccessShare), &names()).is_empty());
    }

    #[test]
    fn a_relation_that_is_not_declared_is_beyond() {
        let declares = step(&[(Lock::AccessExclusive, "t")], Cost::Instant);
        let found = beyond(&declares, &locked(2, Lock::Share), &names());
        assert_eq!(
            found,
            ["it took SHARE on public.u = public.u_old, which it does not declare"]
        );
        assert!(beyond(&declares, &locked(2, Lock::RowExclusive), &names()).is_empty());
        let by_its_later_name = step(&[(Lock::Share, "u_old")], Cost::Instant);
        assert!(beyond(&by_its_later_name, &locked(2, Lock::Share), &names()).is_empty());
    }

    #[test]
    fn a_rewrite_that_is_not_declared_is_beyond() {
        let seen = Seen {
            rewrites: BTreeSet::from([1]),
            rebuilds: BTreeSet::from([1]),
            scans: BTreeSet::from([1]),
            ..Seen::default()
        };
        let found = beyond(&step(&[], Cost::Scans(table())), &seen, &names());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("it wrote public.t anew"), "{found:?}");
        assert!(beyond(&step(&[], Cost::Rewrites(table())), &seen, &names()).is_empty());
        assert!(
            !beyond(
                &step(&[], Cost::Rewrites(QualifiedName::new("public", "u"))),
                &seen,
                &names()
            )
            .is_empty()
        );
    }

    #[test]
    fn a_scan_is_declared_or_blocks_nobody() {
        let mut seen = locked(1, Lock::AccessExclusive);
        seen.scans = BTreeSet::from([1]);
        let strong = [(Lock::AccessExclusive, "t")];
        assert_eq!(beyond(&step(&strong, Cost::Instant), &seen, &names()).len(), 1);
        assert!(beyond(&step(&strong, Cost::Scans(table())), &seen, &names()).is_empty());
        let other = Cost::Scans(QualifiedName::new("public", "u"));
        assert_eq!(beyond(&step(&strong, other.clone()), &seen, &names()).len(), 1);
        seen.locks = BTreeMap::from([(1, Lock::RowShare)]);
        assert!(beyond(&step(&[], other), &seen, &names()).is_empty());
    }

    #[test]
    fn an_index_that_is_built_anew_is_declared() {
        let seen = Seen {
            rebuilds: BTreeSet::from([1]),
            ..Seen::default()
        };
        assert_eq!(beyond(&step(&[], Cost::Instant), &seen, &names()).len(), 1);
        assert!(beyond(&step(&[], Cost::BuildsIndex(table())), &seen, &names()).is_empty());
    }
}
