//! A label of an enum that gets another name while the former one stays in the type.

use super::archive::h8;
use super::rebuild_enum::users;
use super::{Change, Context, build};
use crate::model::{Body, Catalog, EnumType, Expr, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::labels::{Moved, Moving};
use crate::sql::{self, own_name::nolabel_name};
use crate::step::{
    Action, Advice, Batch, BatchStatement, Code, Cost, DoneWhen, HazardCode, Lock, LockOn, Moment, Phase,
    Step, TimeoutClass, Transaction, Undo, Verdict,
};
use crate::text::DirectiveKind;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The manual of this change kind.
pub const MANUAL: &str = "\
keep_label: a label gets another name, and `-- schemaplan: keep-label` beside its `renamed from` keeps the former one in the
type.

ALTER TYPE … RENAME VALUE changes what every row shows at one moment, and code that sends or asks for the former label fails
from then on. Here the new label is added in expand. In contract, when all code knows it, a trigger writes the new label for
the former one, the rows are moved in batches, a CHECK that is proven without a blocking scan rejects the former label, and
the trigger goes. No table is written anew and no type is exchanged. The former label stays in the type, where nobody can
use it in these tables; the comparison names it as kept. Rows inside domains, composite types and ranges over the enum
are not moved.
Without the directive and without the label the type is rebuilt (rebuild_enum), and the CHECKs go.
Undo: the rows take the former label again, then the type is rebuilt with its former labels.";

/// The rows leave the former labels; where no label is kept any more, the CHECKs go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepLabel {
    /// Former and new labels.
    pub labels: Vec<(String, String)>,
    /// Columns whose rows are to leave the former labels, and whether they are arrays.
    pub columns: Vec<(QualifiedName, Ident, bool)>,
    /// Columns that no longer need their CHECK.
    pub released: Vec<Released>,
}

/// A column whose CHECK against former labels goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// The table.
    pub table: QualifiedName,
    /// The column.
    pub column: Ident,
    /// It holds arrays of the enum.
    pub array: bool,
    /// The labels that the CHECK rejects.
    pub labels: Vec<String>,
}

/// The labels that the files rename and keep: former and new.
pub fn kept(object: &Object) -> Vec<(String, String)> {
    let keeps = |label: &str| {
        object.directives.iter().any(|directive| {
            directive.kind == DirectiveKind::KeepLabel
                && directive.part.as_deref().is_none_or(|part| part == label)
        })
    };
    let renamed = object.directives.iter().filter_map(|directive| match (&directive.kind, &directive.part) {
        (DirectiveKind::RenamedFrom(path), Some(label)) => Some((path.last()?.clone(), label.to_string())),
        _ => None,
    });
    renamed.filter(|(_, label)| keeps(label)).collect()
}

/// True where an expression says a label that takes the place of a kept one.
pub fn is_written_in(to: &Catalog, expression: &Expr) -> bool {
    to.of_kind(Kind::EnumType).any(|object| {
        let name = sql::qualified(&object.id.qualified());
        let mut labels = kept(object).into_iter();
        labels.any(|(_, new)| expression.as_str().contains(&format!("{}::{name}", sql::literal(&new))))
    })
}

/// The desired catalog with the former labels that the files keep and the database has, each where it stands there.
pub fn with_kept<'a>(from: &Catalog, to: &'a Catalog) -> Cow<'a, Catalog> {
    let mut catalog = Cow::Borrowed(to);
    for object in to.of_kind(Kind::EnumType) {
        let (Some(Body::EnumType(live)), Body::EnumType(desired)) =
            (from.get(&object.id).map(|object| &object.body), &object.body)
        else {
            continue;
        };
        let mut labels = desired.labels.clone();
        for (old, _) in kept(object) {
            let Some(at) = live.labels.iter().position(|label| *label == old) else {
                continue;
            };
            if labels.contains(&old) {
                continue;
            }
            let behind = &live.labels[at + 1..];
            let next = labels.iter().position(|label| behind.contains(label));
            labels.insert(next.unwrap_or(labels.len()), old);
        }
        if labels != desired.labels
            && let Some(changed) = catalog.to_mut().get_mut(&object.id)
        {
            changed.body = Body::EnumType(EnumType { labels });
        }
    }
    catalog
}

/// The labels that the CHECK on a column is known to reject: it says so once it is proven.
fn rejected(catalog: &Catalog, table: &QualifiedName, column: &Ident) -> Vec<String> {
    let name = nolabel_name(column);
    let mut checks = catalog.support.iter();
    let check = checks
        .find(|each| each.kind == "constraint" && each.on.as_ref() == Some(table) && each.name == name.as_str());
    check
        .and_then(|each| Moving::rejected(each.comment.as_deref()?))
        .unwrap_or_default()
}

/// What the kept labels of an enum ask for; nothing where every column has left them.
pub fn between(from: &Catalog, to: &Catalog, object: &Object) -> Option<KeepLabel> {
    let labels = kept(object);
    let name = object.id.qualified();
    let mut change = KeepLabel {
        labels,
        columns: Vec::new(),
        released: Vec::new(),
    };
    for (table, column, array) in users(to, &name) {
        if Context::table(to, &table).is_none_or(|table| table.foreign.is_some()) {
            continue;
        }
        let proven = rejected(from, &table, &column);
        let is_new = from.get(&ObjectId::part(Kind::Column, &table, &column)).is_none();
        if change.labels.is_empty() && !proven.is_empty() {
            change.released.push(Released {
                table,
                column,
                array,
                labels: proven,
            });
        } else if !is_new && change.labels.iter().any(|(old, _)| !proven.contains(old)) {
            change.columns.push((table, column, array));
        }
    }
    (!change.columns.is_empty() || !change.released.is_empty()).then_some(change)
}

impl KeepLabel {
    /// Trigger, rows, CHECK, proof; all columns of a table together.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let mut tables: BTreeMap<&QualifiedName, Vec<Moved>> = BTreeMap::new();
        for (table, column, array) in &self.columns {
            tables.entry(table).or_default().push(Moved {
                column,
                array: *array,
            });
        }
        let mut steps: Vec<Step> = self.released.iter().map(|each| release(change, context, each)).collect();
        for (table, columns) in tables {
            let work = Work {
                change,
                context,
                moving: Moving {
                    table,
                    of: &change.object.qualified(),
                    labels: &self.labels,
                    columns,
                },
            };
            steps.extend(work.steps());
        }
        steps
    }
}

/// The CHECK goes: the label may be written again.
fn release(change: &Change, context: &Context, released: &Released) -> Step {
    let (table, column) = (&released.table, &released.column);
    let moved = Moved {
        column,
        array: released.array,
    };
    let labels: Vec<&String> = released.labels.iter().collect();
    let name = nolabel_name(column);
    let mut step = Step::new(
        change.object.clone(),
        change.code(),
        Phase::Expand,
        format!("Let {table}.{column} hold {} again", released.labels.join(", ")),
        Action::one(sql::sync::drop_constraint_if_there(table, &name)),
        Undo::statements(sql::labels::reject(table, &moved, &labels)),
        DoneWhen::Holds(sql::probe::not(&sql::probe::constraint(table, &name))),
    );
    step.locks = build::locks(context, &ObjectId::part(Kind::Column, table, column), Lock::AccessExclusive);
    step
}

struct Work<'a> {
    change: &'a Change,
    context: &'a Context<'a>,
    moving: Moving<'a>,
}

impl Work<'_> {
    fn digest(&self) -> String {
        h8(self.context.seed, "label", &self.moving.table.to_string())
    }

    fn step(&self, title: String, up: Action, undo: Undo, done_when: DoneWhen, lock: Lock) -> Step {
        let table = self.moving.table;
        let id = self.change.object.clone();
        let mut step = Step::new(id, self.change.code(), Phase::Contract, title, up, undo, done_when);
        step.locks = vec![LockOn {
            lock,
            relation: table.clone(),
        }];
        step
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = vec![self.begin(), self.move_rows()];
        for column in &self.moving.columns {
            steps.extend(self.prove(column));
        }
        steps.push(self.finish());
        steps
    }

    fn labels(&self) -> String {
        let former: Vec<&str> = self.moving.labels.iter().map(|(old, _)| old.as_str()).collect();
        former.join(", ")
    }

    /// Every column's proof holds.
    fn proven(&self) -> String {
        let table = self.moving.table;
        let proofs = self.moving.columns.iter();
        let proofs: Vec<String> =
            proofs.map(|moved| sql::probe::validated(table, &nolabel_name(moved.column))).collect();
        sql::probe::all(&proofs)
    }

    fn trigger(&self) -> String {
        let name = sql::sync::sync_trigger(&self.digest());
        sql::probe::trigger(self.moving.table, name.as_str())
    }

    fn begin(&self) -> Step {
        let (table, digest) = (self.moving.table, self.digest());
        let back = Action::Batches(self.batch(&self.moving.back()));
        let undo = Action::Sequence(vec![Action::Statements(sql::sync::drop_sync(table, &digest)), back]);
        let mut step = self.step(
            format!("Write the new labels for {} in {table}", self.labels()),
            Action::Statements(self.moving.create(&digest)),
            Undo::Run {
                action: undo,
                outside_transaction: false,
            },
            DoneWhen::Holds(format!("({}) OR ({})", self.trigger(), self.proven())),
            Lock::ShareRowExclusive,
        );
        let id = &self.change.object;
        let rule = |what: &str| format!("must know the new labels for {} of", what);
        step.application.push(Advice::new(Moment::Before, Code::Every, rule(&self.labels()), id));
        step.hazards.push(build::hazard(
            HazardCode::Tightens,
            Verdict::Warn,
            id,
            format!("`{table}` rejects {} once its rows have the new labels", self.labels()),
        ));
        let naming = self.naming();
        if !naming.is_empty() {
            let message = format!("{} may still name {}", naming.join(", "), self.labels());
            let hazard = build::hazard(HazardCode::UntrackedCode, Verdict::Warn, id, message);
            step.hazards.push(hazard);
        }
        step
    }

    /// Functions that say a former label: nobody rewrites their text.
    fn naming(&self) -> Vec<String> {
        let says = |object: &&Object| match &object.body {
            Body::Function(body) => {
                let mut labels = self.moving.labels.iter();
                labels.any(|(old, _)| body.definition.contains(&sql::literal(old)))
            }
            _ => false,
        };
        let functions = self.context.to.of_kind(Kind::Function).filter(says);
        functions.map(Object::title).collect()
    }

    fn batch(&self, statement: &(String, String)) -> Batch {
        Batch {
            table: self.moving.table.clone(),
            key: self.context.key(self.moving.table, |name| {
                !self.moving.columns.iter().any(|moved| moved.column == name)
            }),
            statements: vec![BatchStatement {
                before: statement.0.clone(),
                qualifier: String::new(),
                after: statement.1.clone(),
            }],
            otherwise: String::new(),
        }
    }

    fn move_rows(&self) -> Step {
        let table = self.moving.table;
        let mut step = self.step(
            format!("Move the rows of {table} from {} to the new labels", self.labels()),
            Action::Batches(self.batch(&self.moving.forth())),
            Undo::Nothing,
            DoneWhen::Repeatable,
            Lock::RowExclusive,
        );
        step.transaction = Transaction::Batches;
        step.timeout = TimeoutClass::Batch;
        step.cost = Cost::Copies(table.clone());
        step
    }

    fn prove(&self, moved: &Moved) -> Vec<Step> {
        let table = self.moving.table;
        let name = nolabel_name(moved.column);
        let add = self.step(
            format!("Reject {} in {table}.{} (CHECK, NOT VALID)", self.labels(), moved.column),
            Action::Statements(self.moving.reject(moved)),
            Undo::statements(vec![sql::sync::drop_constraint_if_there(table, &name)]),
            DoneWhen::Holds(self.moving.rejects(moved)),
            Lock::AccessExclusive,
        );
        let mut validate = self.step(
            format!("Prove that no row of {table} has {} in {}", self.labels(), moved.column),
            Action::one(sql::alter::validate_constraint(table, &name)),
            Undo::Nothing,
            DoneWhen::Holds(sql::probe::validated(table, &name)),
            Lock::ShareUpdateExclusive,
        );
        validate.timeout = TimeoutClass::Long;
        validate.cost = Cost::Scans(table.clone());
        vec![add, validate]
    }

    fn finish(&self) -> Step {
        let (table, digest) = (self.moving.table, self.digest());
        let mut up = sql::sync::drop_sync(table, &digest);
        up.extend(self.moving.columns.iter().map(|moved| self.moving.proven(moved)));
        self.step(
            format!("Drop the trigger that writes the new labels in {table}"),
            Action::Statements(up),
            Undo::statements(self.moving.create(&digest)),
            DoneWhen::Holds(sql::probe::not(&self.trigger())),
            Lock::AccessExclusive,
        )
    }
}
