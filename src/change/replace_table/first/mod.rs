//! A plain table becomes a partition of its own partitioned form: not a row is copied.
//!
//! | phase | step | lock |
//! |---|---|---|
//! | expand | the partitioned table beside it, with keys, indexes, the other partitions, and an empty stand-in for the first | none |
//! | migrate | CHECK of the bound, NOT VALID, in the words in which the server prints it of the stand-in | AX, instant |
//! | migrate | VALIDATE | SUE, reads |
//! | migrate | NOT NULL by its proof where the key is to have it | AX, instant; SUE, reads |
//! | migrate | indexes that the partitioned form has and the table does not, CONCURRENTLY | SUE, builds |
//! | migrate | foreign keys on the empty form | SRE of the table referred to, instant |
//! | contract | the names change places and the table is attached: CHECK and indexes prove everything | AX, instant |
//! | contract | the CHECK goes | AX, instant |
//! | contract | ANALYZE, since the partitioned table has no statistics yet | SUE |

mod back;
mod beside;
pub(super) mod bound;
mod choice;
mod cut_over;

pub(in crate::change) use bound::fits as fits_bound;

pub(super) use choice::is_asked_for;

use super::shadow::{Shadow, belongings, early};
use crate::change::Context;
use crate::model::{Body, Constraint, Ident, Index, Object, ObjectId, PartitionOf, QualifiedName};
use crate::sql;
use crate::sql::own_name::support_name;
use crate::step::Step;

/// A table on its way to be the first partition.
pub(super) struct First<'a> {
    /// Both forms.
    pub shadow: Shadow<'a>,
    /// The desired partition that the table becomes.
    pub part: QualifiedName,
    /// Its bound.
    of: &'a PartitionOf,
    /// The condition that a row fits; none where every row does.
    fits: Option<String>,
    /// Indexes, also behind constraints, that the partitioned form takes over, with the names that they bear below it.
    kept: Vec<(&'a Object, Ident)>,
    /// Those of the partitioned form that the table lacks, with the names of the table's share in them.
    built: Vec<(&'a Object, Ident)>,
    /// Those of the table that the partitioned form lacks.
    gone: Vec<&'a Object>,
}

/// The index of an object, also behind a constraint.
/// The index that an object is, or that is behind it.
pub(super) fn index_of(object: &Object) -> Option<&Index> {
    match &object.body {
        Body::Index(index) => Some(index),
        Body::Constraint(Constraint { index: Some(index), inherited: false, .. }) => Some(index),
        _ => None,
    }
}

/// True where ATTACH takes the one for the other: the same index, behind a constraint of the same kind.
fn is_adopted(own: &Object, above: &Object) -> bool {
    let alike = match (&own.body, &above.body) {
        (Body::Index(_), Body::Index(_)) => true,
        (Body::Constraint(own), Body::Constraint(above)) => {
            own.kind == above.kind
                && (own.deferrable, own.initially_deferred) == (above.deferrable, above.initially_deferred)
        }
        _ => false,
    };
    let pair = index_of(own).zip(index_of(above));
    alike && pair.is_some_and(|(own, above)| own.is_like(above) && own.nulls_not_distinct == above.nulls_not_distinct && own.valid)
}

impl<'a> First<'a> {
    /// The table and the partition that it becomes.
    ///
    /// # Errors
    /// Why it has to be copied, as a part of a sentence.
    pub fn of(context: &'a Context<'a>, id: &ObjectId) -> Result<Self, String> {
        let mut shadow = Shadow::laid_out(context, id)?;
        let (part, of) = choice::partition(&shadow)?;
        let fits = choice::fits(&shadow, &part, of)?;
        shadow.first = Some(part.clone());
        let mut gone: Vec<&Object> =
            belongings(context.from, &shadow.olds).into_iter().filter(|object| index_of(object).is_some()).collect();
        let (mut kept, mut built) = (Vec::new(), Vec::new());
        for object in belongings(context.to, &shadow.news[..1]) {
            let Some(index) = index_of(object) else { continue };
            let below = index.partition_names.iter().find(|(on, _)| *on == part);
            let (_, name) = below.ok_or_else(|| format!("{} is not on `{part}`", object.id))?;
            match gone.iter().position(|own| is_adopted(own, object)) {
                Some(at) => kept.push((gone.remove(at), name.clone())),
                None => built.push((object, name.clone())),
            }
        }
        let first = Self { shadow, part, of, fits, kept, built, gone };
        choice::check(&first)?;
        Ok(first)
    }

    /// All of it, in order.
    pub fn steps(&self, unit: &str) -> Vec<Step> {
        let early = self.shadow.early();
        let mut steps = vec![self.begin(&early)];
        steps.extend(self.prove_bound());
        steps.extend(self.prove_not_null());
        steps.extend(self.build_indexes());
        steps.extend(self.add_foreign_keys(&early));
        steps.push(self.cut_over(&early, unit));
        steps.extend(self.drop_check());
        steps.push(self.analyze());
        steps
    }

    fn table(&self) -> &QualifiedName {
        &self.shadow.table
    }

    fn context(&self) -> &'a Context<'a> {
        self.shadow.context
    }

    /// The empty partition that keeps the place.
    fn stand_in(&self) -> QualifiedName {
        early(&self.part)
    }

    /// False where ATTACH has nothing to prove: a DEFAULT partition that is alone.
    fn has_check(&self) -> bool {
        self.of.bound != "DEFAULT" || self.fits.is_some()
    }

    fn check_name(&self) -> Ident {
        support_name("schemaplan_bound_", &self.table().name)
    }

    /// An index that waits on the table for the cut-over.
    fn waiting(&self, name: &Ident) -> QualifiedName {
        QualifiedName { schema: self.table().schema.clone(), name: support_name("schemaplan_part_", name) }
    }

    fn is_cut_over(&self) -> String {
        sql::probe::partition_bound(self.table(), &self.part, &self.of.bound)
    }
}
