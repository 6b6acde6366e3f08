//! The staged drop: capture triggers, batched copy, proof, second copy under the lock.

use super::Dropped;
use crate::change::{archive::h8, carry};
use crate::model::{Kind, ObjectId, QualifiedName};
use crate::sql::{self, ColumnArchive};
use crate::step::{
    Action, Batch, BatchStatement, Cost, DoneWhen, Fact, Key, KeyColumn, Lock, LockOn, Phase, Step, TimeoutClass, Transaction, Undo,
};

impl Dropped<'_> {
    /// R15a: archive and triggers, batches, proof, the drop. `tables` are those that are written, the column's own first.
    pub(super) fn captured(&self, archive: &ColumnArchive, tables: &[QualifiedName]) -> Vec<Step> {
        let digest = h8(self.context.seed, "archive", &self.object.id.label());
        let capture = sql::capture::Capture { archive, tables, h8: &digest };
        let key = Key::Columns(
            archive
                .key
                .iter()
                .map(|(name, data_type)| KeyColumn {
                    name: name.clone(),
                    data_type: crate::model::TypeName::new(data_type.clone()),
                })
                .collect(),
        );
        let mut begin = capture.statements(&self.comment());
        let mut first = self.step(
            Phase::Contract,
            format!("Archive every write of {}", self.object.id.label()),
            Action::Statements(std::mem::take(&mut begin)),
            Undo::statements(capture.undo()),
            DoneWhen::Holds(format!(
                "({}) OR ({})",
                capture.is_on(),
                sql::probe::not(&sql::exists(&self.object.id))
            )),
        );
        first.locks = vec![LockOn { lock: Lock::ShareRowExclusive, relation: self.table.clone() }];
        // Triggers on a partition would not see what is written by its parent.
        first.needs.push(Fact::Named(ObjectId::named(Kind::Table, &self.table)));
        let mut copy = self.step(
            Phase::Contract,
            format!("Copy {} to the archive", self.object.id.label()),
            Action::Batches(Batch {
                table: self.table.clone(),
                key: key.clone(),
                statements: vec![BatchStatement {
                    before: archive.copy_before(),
                    qualifier: String::new(),
                    after: archive.copy_after(),
                }],
                otherwise: String::new(),
            }),
            Undo::Nothing,
            DoneWhen::RepeatableUntil(sql::probe::not(&sql::exists(&self.object.id))),
        );
        copy.locks = vec![LockOn { lock: Lock::RowShare, relation: self.table.clone() }];
        copy.cost = Cost::Copies(self.table.clone());
        copy.transaction = Transaction::Batches;
        copy.timeout = TimeoutClass::Batch;
        let mut mend = copy.clone();
        mend.title = format!("Note every row whose archived {} differs", self.object.id.name);
        mend.up = Action::Batches(Batch {
            table: self.table.clone(),
            key,
            statements: vec![BatchStatement {
                before: capture.differs_before(),
                qualifier: "t".to_owned(),
                after: capture.differs_after(),
            }],
            otherwise: String::new(),
        });
        mend.cost = Cost::Scans(self.table.clone());
        let mut up = vec![sql::alter::lock_tables(std::slice::from_ref(&self.table))];
        up.extend(capture.finish());
        up.extend(self.loose_sequences());
        up.push(sql::drop(self.object));
        let mut last = self.step(
            Phase::Contract,
            format!("Drop column {}", self.object.id.label()),
            Action::Statements(up),
            self.restore_in_batches(archive),
            self.gone(),
        );
        self.warns(&mut last, "schemaplan_archive");
        let last = self.finish(last);
        let steps = vec![first, copy, mend, last];
        carry::chain(steps)
    }
}
