//! The end of contract: the former form goes to the archive, and comes back out of it.

use super::shadow::{Shadow, former};
use super::hindrance::given_up;
use super::numbering;
use crate::change::archive;
use crate::model::{Ident, Kind, ObjectId, QualifiedName};
use crate::sql;
use crate::sql::own_name::former_name;
use crate::step::{Action, Batch, Cost, HazardCode, Lock, Phase, Step, TimeoutClass, Undo, Verdict};
use crate::change::build;

impl Shadow<'_> {
    /// Triggers, function and log go, the former form with its partitions to the archive.
    pub(super) fn archive(&self) -> Step {
        let mut up = vec![sql::alter::lock_tables(&[self.table.clone(), former(&self.table)])];
        up.extend(self.backward(|mirror| mirror.end()));
        let mut back = Vec::new();
        let given_up: Vec<&Ident> = given_up(self).into_iter().map(|object| &object.id.name).collect();
        for (name, default) in numbering::loose_defaults(self) {
            up.push(sql::alter::drop_default(&former(&self.table), name));
            back.push(sql::alter::set_default(&former(&self.table), name, default));
        }
        let mut down = Vec::new();
        for table in &self.olds {
            let name = self.archive_name(table);
            let parts: Vec<archive::Part> = archive::moving_parts(self.context, table, &name)
                .into_iter()
                .filter(|(kind, old, _)| kind == "INDEX" && !given_up.contains(&old))
                .map(|(kind, old, new)| (kind, former_name(&old), new))
                .collect();
            let note = serde_json::json!({"kind": "archived-table", "of": table.to_string(), "by": "replacement"});
            up.extend(sql::archive::move_to_archive(&former(table), &name, &parts, &format!("schemaplan:1 {note}")));
            down.extend(sql::archive::move_from_archive(&former(table), &name, &parts));
        }
        for table in &self.olds[1..] {
            let comment = self.context.old(&ObjectId::named(Kind::Table, table)).and_then(|old| old.comment.as_deref());
            down.push(sql::alter::comment_on_table(&former(table), comment));
        }
        down.push(sql::alter::comment_on_table(&former(&self.table), Some(&self.note("former"))));
        down.extend(back);
        down.extend(self.backward(|mirror| mirror.begin(&self.noted_types())));
        let mend: Batch = self.batch(&self.table, &self.new_key, self.backward(|mirror| mirror.mend()));
        let weed: Batch = self.batch(&former(&self.table), &self.old_key, self.backward(|mirror| mirror.weed()));
        let undo = Undo::Run {
            action: Action::Sequence(vec![Action::Statements(down), Action::Batches(weed), Action::Batches(mend)]),
            outside_transaction: false,
        };
        let title = format!("Move the former {} to the archive", self.table);
        let mut step = self.step(Phase::Contract, title, Action::Statements(up), undo, self.done_by_archive());
        step.timeout = TimeoutClass::Cut;
        step.cost = Cost::Instant;
        step.locks = self.locks(&self.news, Lock::AccessExclusive);
        let formers: Vec<QualifiedName> = self.olds.iter().map(former).collect();
        step.locks.extend(self.locks(&formers, Lock::AccessExclusive));
        step.hazards.push(build::hazard(
            HazardCode::DropsData,
            Verdict::Auto,
            &self.new.id,
            format!("the former rows of `{}` are kept in schemaplan_archive until they are purged", self.table),
        ));
        step
    }
}
