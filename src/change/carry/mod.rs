//! Columns that are carried from an old to a new form while both generations of code write: NOT NULL with a value for
//! old rows, another type, another name.
//!
//! All such columns of a table share one trigger, one backfill pass and one cut-over; tables joined by foreign keys over
//! such columns are cut over together. Order, and why it is this one: columns and trigger in one transaction (no write
//! can miss), then rows, then proofs (a CHECK before the fill would reject every update of an unfilled row), then
//! indexes (built before the fill they would cost every batch), then the proof once more, then the switch.

mod copies;
mod cut_over;
mod enums;
mod finish;
mod published;
pub mod returning;
mod start;
mod switch_back;
mod tree;
mod tree_index;
mod tree_key;
mod tree_reference;

pub use copies::Copies;
pub(super) use copies::{substitute_definition, substitute_index};
pub use enums::{columns_of, enum_of};
pub(super) use tree_key::{become_key, keeps_not_null, leave_not_null};

use super::{Context, archive::h8, change_identity};
use crate::model::{Catalog, Column, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql;
use crate::step::{
    Action, Advice, Batch, BatchStatement, Code, Cost, DoneWhen, Fact, Key, Lock, LockOn, Moment, Phase,
    Step, TimeoutClass, Transaction, Undo,
};
use crate::text::Origin;
use std::collections::BTreeMap;

/// True where a column can stand under two names beside itself until a cut-over, as far as its table and its partitions go.
pub(super) fn beside(from: &Catalog, to: &Catalog, table: &QualifiedName, names: (&Ident, &Ident)) -> bool {
    tree::hinders(from, to, table, &[names])
        .or_else(|| published::hindrance(from, to, table))
        .is_none()
}

/// How a column is carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// It gets a value where it has none; `fresh` where the plan adds it.
    Fill {
        /// The value, over the columns of the row.
        value: String,
        /// The column is new.
        fresh: bool,
    },
    /// Two names of one value until the cut-over.
    Rename {
        /// The former name.
        old: Ident,
    },
    /// A shadow of another type until the cut-over.
    Shadow {
        /// The former name, mostly the same.
        old: Ident,
        /// New from old.
        up: String,
        /// Old from new; none where nothing is known.
        down: Option<String>,
    },
}

/// One carried column by its desired identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Its desired identity.
    pub column: ObjectId,
    /// How.
    pub way: Way,
    /// The change kind that asks for it.
    pub code: &'static str,
    /// Where the files ask for it.
    pub origin: Option<Origin>,
}

impl Carried {
    /// The name under which the new form lives before the cut-over.
    pub fn shadow_name(&self) -> Ident {
        match &self.way {
            Way::Shadow { .. } => sql::own_name::shadow_name(&self.column.name),
            _ => self.column.name.clone(),
        }
    }

    /// The name of the old form before the cut-over; none for a fill.
    pub fn old_name(&self) -> Option<&Ident> {
        match &self.way {
            Way::Fill { .. } => None,
            Way::Rename { old } | Way::Shadow { old, .. } => Some(old),
        }
    }
}

/// The carried columns of one table.
#[derive(Clone, Debug)]
pub struct CarriedTable {
    /// The table.
    pub table: QualifiedName,
    /// Its carried columns, in order.
    pub columns: Vec<Carried>,
}

/// Tables that are cut over together, with everything the recipe's parts need.
pub struct Carry<'a> {
    context: &'a Context<'a>,
    tables: &'a [CarriedTable],
    copies: Copies,
}

impl<'a> Carry<'a> {
    /// The recipe for these tables.
    pub fn new(context: &'a Context<'a>, tables: &'a [CarriedTable]) -> Self {
        Self {
            context,
            tables,
            copies: Copies::of(context, tables),
        }
    }

    /// The constraints, indexes and sequences that the recipe takes care of: they need no change of their own.
    pub fn absorbed(&self) -> impl Iterator<Item = &ObjectId> {
        self.copies
            .absorbed()
            .chain(self.serials().map(|sequence| &sequence.id))
    }

    /// The sequence that gives way to the column's identity.
    fn serial_of(&self, carried: &Carried) -> Option<&'a Object> {
        let (old, _) = self.former(carried)?;
        change_identity::serial_of(self.context, &old.id, &carried.column)
    }

    fn serials(&self) -> impl Iterator<Item = &'a Object> {
        let moving = self.tables.iter().flat_map(cut_over::moving);
        moving.filter_map(|carried| self.serial_of(carried))
    }

    /// What hinders the staged form: nothing, or a sentence.
    pub fn hindrance(&self) -> Option<String> {
        let on_trees = || {
            self.tables
                .iter()
                .find_map(|table| tree::hindrance(self.context, table))
        };
        let published = || {
            let mut tables = self.tables.iter();
            tables.find_map(|table| published::hindrance(self.context.from, self.context.to, &table.table))
        };
        let mut tables = self.tables.iter();
        let mut returned = || tables.find_map(|table| returning::hindrance(self.context.from, &table.table));
        let hindrance = self.copies.hindrance().or_else(on_trees).or_else(published);
        hindrance.or_else(&mut returned)
    }

    /// The name of the unit that the cut-over shares with dependents that are made anew.
    pub fn unit(&self) -> String {
        let names: Vec<String> = self.tables.iter().map(|table| table.table.to_string()).collect();
        format!("cut over {}", names.join(", "))
    }

    /// All steps in order. `around` are the objects that have to be gone during the cut-over.
    pub fn steps(&self, around: &[ObjectId]) -> Vec<Step> {
        let mut steps = Vec::new();
        let switches = self
            .tables
            .iter()
            .any(|table| table.columns.iter().any(|c| c.old_name().is_some()));
        steps.extend(self.create_types());
        for table in self.tables {
            steps.push(self.begin(table));
        }
        for table in self.tables {
            steps.extend(self.fill_and_prove(table));
        }
        if switches {
            steps.extend(self.build_copies());
            for table in self
                .tables
                .iter()
                .filter(|t| t.columns.iter().any(|c| c.old_name().is_some()))
            {
                let mut again = self.verify(table);
                again.title = format!("{}, once more", again.title);
                steps.push(again);
            }
            steps.push(self.cut_over(around));
            steps.extend(self.prove_late());
        }
        for table in self.tables {
            steps.extend(self.finish(table));
        }
        steps.extend(self.drop_types());
        chain(steps)
    }

    fn digest(&self, table: &QualifiedName) -> String {
        h8(self.context.seed, "sync", &table.to_string())
    }

    fn desired(&self, carried: &Carried) -> Option<(&'a Object, &'a Column)> {
        let object = self.context.to.get(&carried.column)?;
        Some((object, Context::column(self.context.to, &carried.column)?))
    }

    fn former(&self, carried: &Carried) -> Option<(&'a Object, &'a Column)> {
        let name = carried.old_name().unwrap_or(&carried.column.name);
        let id = ObjectId::part(Kind::Column, &carried.column.relation(), name);
        let object = self.context.from.get(&id)?;
        Some((object, Context::column(self.context.from, &id)?))
    }

    fn key(&self, table: &CarriedTable) -> Key {
        // A key that is itself carried still identifies rows: its old form lives until the cut-over.
        self.context.key(&table.table, |_| true)
    }

    fn step(
        &self,
        carried: &Carried,
        phase: Phase,
        title: String,
        up: Action,
        undo: Undo,
        done_when: DoneWhen,
    ) -> Step {
        let mut step = Step::new(
            carried.column.clone(),
            carried.code,
            phase,
            title,
            up,
            undo,
            done_when,
        );
        step.origin = carried.origin.clone();
        step
    }

    fn lock(&self, table: &QualifiedName, lock: Lock) -> Vec<LockOn> {
        vec![LockOn {
            lock,
            relation: table.clone(),
        }]
    }

    /// How values of the column are compared in the trigger.
    fn cast(&self, column: Option<(&Object, &Column)>) -> &'static str {
        column.map_or("", |(_, body)| sql::cast_to_compare(body.data_type.as_str()))
    }

    /// Rows whose new form is not what the old one gives.
    fn mismatch(&self, table: &CarriedTable) -> String {
        let conditions: Vec<String> = table
            .columns
            .iter()
            .map(|carried| {
                let name = sql::ident(&carried.shadow_name());
                let other = match &carried.way {
                    Way::Fill { .. } => return format!("{name} IS NULL"),
                    Way::Rename { old } => sql::ident(old),
                    Way::Shadow { up, .. } => format!("({up})"),
                };
                match self.desired(carried) {
                    Some((_, column)) => sql::differ(&name, &other, column),
                    None => format!("{name} IS DISTINCT FROM {other}"),
                }
            })
            .collect();
        format!("({})", conditions.join(" OR "))
    }

    fn fill(&self, table: &CarriedTable) -> Step {
        let sets: Vec<String> = table
            .columns
            .iter()
            .map(|carried| {
                let name = sql::ident(&carried.shadow_name());
                match &carried.way {
                    Way::Fill { value, .. } => format!("{name} = coalesce({name}, ({value}))"),
                    Way::Rename { old } => format!("{name} = {}", sql::ident(old)),
                    Way::Shadow { up, .. } => format!("{name} = ({up})"),
                }
            })
            .collect();
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|carried| carried.column.name.to_string())
            .collect();
        let mut step = self.step(
            &table.columns[0],
            Phase::Migrate,
            format!(
                "Fill {} of {} for the rows that exist",
                names.join(", "),
                table.table
            ),
            Action::Batches(Batch {
                table: table.table.clone(),
                key: self.key(table),
                statements: vec![BatchStatement {
                    before: format!(
                        "UPDATE {} SET {} WHERE ",
                        sql::qualified(&table.table),
                        sets.join(", ")
                    ),
                    qualifier: String::new(),
                    after: format!(" AND {}", self.mismatch(table)),
                }],
                otherwise: String::new(),
            }),
            Undo::Nothing,
            DoneWhen::Repeatable,
        );
        step.locks = self.lock(&table.table, Lock::RowExclusive);
        step.cost = Cost::Copies(table.table.clone());
        step.transaction = Transaction::Batches;
        step.timeout = TimeoutClass::Batch;
        step
    }

    fn verify(&self, table: &CarriedTable) -> Step {
        let first = &table.columns[0];
        let mut step = verify_step(
            &first.column,
            first.code,
            &table.table,
            self.key(table),
            &self.mismatch(table),
            format!("rows of `{}` do not hold what the old columns give", table.table),
        );
        step.title = format!("Verify the filled columns of {}", table.table);
        step.application = table
            .columns
            .iter()
            .map(|carried| {
                let (what, behind) = match &carried.way {
                    Way::Shadow { .. } => ("may be deployed: what is written into", " is kept in both forms"),
                    Way::Fill { .. } | Way::Rename { .. } => ("may use", ", every row has its value"),
                };
                Advice::new(Moment::After, Code::New, what, &carried.column).behind(behind)
            })
            .collect();
        step.origin = first.origin.clone();
        step
    }

    fn fill_and_prove(&self, table: &CarriedTable) -> Vec<Step> {
        let mut steps = vec![self.fill(table), self.verify(table)];
        for carried in &table.columns {
            let Some((_, column)) = self.desired(carried) else {
                continue;
            };
            let name = carried.shadow_name();
            if column.not_null {
                let mut proof = super::set_not_null::proof(self.context, &table.table, &name, carried.code);
                for step in &mut proof {
                    step.object = carried.column.clone();
                    step.origin = carried.origin.clone();
                    step.gives.clear();
                }
                steps.extend(proof);
            }
            let Way::Fill { value, fresh } = &carried.way else {
                continue;
            };
            if *fresh {
                let mut done = self.step(
                    carried,
                    Phase::Migrate,
                    format!("Mark {} as filled", carried.column.label()),
                    Action::one(sql::sync::drop_todo(&table.table, &name)),
                    Undo::statements(sql::sync::add_todo(&table.table, &name, value)),
                    DoneWhen::Holds(sql::probe::not(&sql::probe::constraint(
                        &table.table,
                        &sql::own_name::todo_name(&name),
                    ))),
                );
                done.locks = self.lock(&table.table, Lock::AccessExclusive);
                steps.push(done);
            }
            if let Some(last) = steps.last_mut() {
                last.gives.push(Fact::Exists(carried.column.clone()));
                last.gives.push(Fact::Changed(carried.column.clone()));
            }
        }
        steps
    }
}

/// Each step of a recipe waits for the one before it.
pub fn chain(steps: Vec<Step>) -> Vec<Step> {
    steps
}

/// A count over key ranges of rows that meet a condition, which must be 0.
pub fn verify_step(
    id: &ObjectId,
    code: &str,
    table: &QualifiedName,
    key: Key,
    condition: &str,
    otherwise: String,
) -> Step {
    let mut step = Step::new(
        id.clone(),
        code,
        Phase::Migrate,
        format!("Verify that every row of {table} is filled"),
        Action::Verify(Batch {
            table: table.clone(),
            key,
            statements: vec![BatchStatement {
                before: format!("SELECT count(*) FROM {} WHERE ", sql::qualified(table)),
                qualifier: String::new(),
                after: format!(" AND {condition}"),
            }],
            otherwise,
        }),
        Undo::Nothing,
        DoneWhen::Repeatable,
    );
    step.locks = vec![LockOn {
        lock: Lock::AccessShare,
        relation: table.clone(),
    }];
    step.cost = Cost::Scans(table.clone());
    step.transaction = Transaction::Batches;
    step.timeout = TimeoutClass::Batch;
    step
}

/// Names before the cut-over for the desired ones, for one table.
pub(super) fn early_names(table: &CarriedTable) -> BTreeMap<Ident, Ident> {
    table
        .columns
        .iter()
        .filter(|carried| carried.old_name().is_some())
        .map(|carried| (carried.column.name.clone(), carried.shadow_name()))
        .collect()
}
