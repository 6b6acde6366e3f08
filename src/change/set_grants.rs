//! GRANT and REVOKE.

use super::{Change, Context, build};
use crate::model::{Grant, Ident, Kind, Object, ObjectId};
use crate::sql::{self, Stmt};
use crate::step::{Advice, Code, DoneWhen, Fact, HazardCode, Moment, Phase, Step, Verdict};

/// The manual of this change kind.
pub const MANUAL: &str = "\
set_grants: privileges differ on an object whose privileges the files speak of.

GRANT in expand, REVOKE in contract, when old code is gone. Privileges that the files do not mention are left alone:
one GRANT or REVOKE in the files makes the whole list of that object managed. ALTER DEFAULT PRIVILEGES in the files that
stands before an object gives it what it gives it in a new database, and takes nothing away.
Undo: the former list.";

/// Privileges change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetGrants {
    /// As they are.
    pub old: Vec<Grant>,
    /// As desired.
    pub new: Vec<Grant>,
    /// On the sequence of an identity column, and not on the column.
    pub of_numbers: bool,
    /// Those on the columns of a view.
    pub columns: Vec<ColumnGrants>,
}

/// The privileges on one column of a view that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnGrants {
    /// The column.
    pub column: Ident,
    /// As they are; none where the column is new.
    pub old: Vec<Grant>,
    /// As desired.
    pub new: Vec<Grant>,
}

impl SetGrants {
    /// What is added, then what is taken away.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let Some(object) = context.new_of(&change.object).or_else(|| context.old(&change.object)) else {
            return Vec::new();
        };
        let id = &object.id;
        let side = if context.new_of(id).is_some() { context.to } else { context.from };
        let numbers = context.numbers(side, object).filter(|_| self.of_numbers);
        let object = numbers.as_ref().unwrap_or(object);
        let wider = widest(&self.old, &self.new);
        let stage = |from: &[Grant], to: &[Grant], phase: Phase, verb: &str| {
            let mut up = sql::grants(object, from, to);
            let mut down = sql::grants(object, to, from);
            up.extend(on_columns_again(context, object, (from, to), true));
            down.extend(on_columns_again(context, object, (to, from), false));
            for each in &self.columns {
                let between = widest(&each.old, &each.new);
                let (before, after) = match phase {
                    Phase::Expand => (&each.old, &between),
                    _ => (&between, &each.new),
                };
                up.extend(each.lead(object, (from, to), (before, after)));
                down.extend(each.lead(object, (to, from), (after, before)));
            }
            if up.is_empty() {
                return None;
            }
            let title = format!("{verb} privileges on {}", object.title());
            let mut step = build::alter(id, change.code(), phase, title, up, down);
            // The sequence of a column that gets another type is there before the column is.
            if !(self.of_numbers && phase == Phase::Expand) {
                step.needs.push(Fact::Exists(id.clone()));
            }
            step.needs.push(Fact::Named(id.clone()));
            if !self.columns.is_empty() {
                // A column of a view comes with its other text.
                step.needs.push(Fact::Changed(id.clone()));
                // And goes with the former one: then there is nothing to take back.
                let done: Vec<String> = self.columns.iter().filter_map(|each| each.done(id, phase)).collect();
                if !done.is_empty() {
                    step.done_when = DoneWhen::Holds(sql::probe::all(&done));
                }
            }
            step.gives.clear();
            if self.of_numbers {
                step.locks.clear();
            }
            if phase == Phase::Contract {
                let rule = "must no longer need the privileges that";
                step.application.push(Advice::new(Moment::Before, Code::Every, rule, id).behind(" loses"));
            }
            step.hazards.push(build::hazard(
                HazardCode::Authz,
                Verdict::Warn,
                id,
                format!("privileges on {} change", object.title()),
            ));
            Some(step)
        };
        stage(&self.old, &wider, Phase::Expand, "Grant")
            .into_iter()
            .chain(stage(&wider, &self.new, Phase::Contract, "Revoke"))
            .collect()
    }
}

impl ColumnGrants {
    /// What leads from some privileges on the column to others, and gives again what those that are taken on the whole view took.
    fn lead(&self, view: &Object, whole: (&[Grant], &[Grant]), own: (&[Grant], &[Grant])) -> Vec<Stmt> {
        let (from, to) = whole;
        let taken = |grant: &&Grant| {
            let mut gone = from.iter().filter(|given| !to.contains(given));
            gone.any(|gone| gone.grantee == grant.grantee && gone.privilege == grant.privilege)
        };
        let (before, after) = own;
        let left: Vec<Grant> = before.iter().filter(|grant| !taken(grant)).cloned().collect();
        sql::grants_of_view_column(view, &self.column, &left, after)
    }

    /// What is true when a phase has done its part, and not before; none where it has no part.
    fn done(&self, view: &ObjectId, phase: Phase) -> Option<String> {
        let only_in = |one: &[Grant], other: &[Grant]| -> Vec<Grant> {
            one.iter().filter(|grant| !other.contains(grant)).cloned().collect()
        };
        let between = widest(&self.old, &self.new);
        let (held, not_held) = match phase {
            Phase::Expand => (only_in(&between, &self.old), Vec::new()),
            _ => (only_in(&self.new, &between), only_in(&between, &self.new)),
        };
        let has_part = !held.is_empty() || !not_held.is_empty();
        has_part.then(|| sql::probe::column_grants(&view.qualified(), &self.column, &held, &not_held))
    }
}

/// Both lists together. The same privilege with and without grant option is one privilege: the wider form wins meanwhile.
fn widest(old: &[Grant], new: &[Grant]) -> Vec<Grant> {
    let mut both: Vec<Grant> = old.to_vec();
    both.extend(new.iter().filter(|grant| !old.contains(grant)).cloned());
    let narrower = |grant: &Grant| {
        let wide = |other: &Grant| {
            other.grantable && other.grantee == grant.grantee && other.privilege == grant.privilege
        };
        !grant.grantable && both.iter().any(wide)
    };
    both.iter().filter(|grant| !narrower(grant)).cloned().collect()
}

/// A privilege that is taken from somebody on a table goes on all its columns with it: what stays on columns is given again.
fn on_columns_again(context: &Context, object: &Object, change: (&[Grant], &[Grant]), forth: bool) -> Vec<Stmt> {
    let (from, to) = change;
    let taken: Vec<&Grant> = from.iter().filter(|grant| !to.contains(grant)).collect();
    if object.id.kind != Kind::Table || taken.is_empty() {
        return Vec::new();
    }
    let catalog = if forth { context.to } else { context.from };
    let columns = catalog.parts(Kind::Column, &object.id.qualified());
    columns
        .flat_map(|column| {
            let given = match context.old(&column.id) {
                Some(live) if !column.grants_declared => &live.grants,
                _ => &column.grants,
            };
            let stays = |grant: &&Grant| {
                let mut taken = taken.iter();
                taken.any(|taken| taken.grantee == grant.grantee && taken.privilege == grant.privilege)
            };
            let stays: Vec<Grant> = given.iter().filter(stays).cloned().collect();
            sql::grants(column, &[], &stays)
        })
        .collect()
}
