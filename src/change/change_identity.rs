//! Identity of a column that exists.

use super::{Change, Context, build, change_type, restoring};
use crate::model::{Body, Catalog, Identity, Index, IndexKeyOf, Kind, Object, ObjectId};
use crate::sql::{self, Stmt};
use crate::step::{Cost, DoneWhen, Fact, Lock, Phase, Step};

/// The manual of this change kind.
pub const MANUAL: &str = "\
change_identity: a column becomes an identity column, stops being one, or its generation or sequence changes.
A sequence that is UNLOGGED or LOGGED unlike its table is part of it.

On a column that is NOT NULL it is a catalog change. An owned sequence that served as default goes first, and its
position is carried over to the identity's sequence, so no number is given twice.
Undo: the former identity or default, the position carried back.";

/// Identity changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeIdentity {
    /// As it is.
    pub old: Option<Identity>,
    /// As desired.
    pub new: Option<Identity>,
}

impl ChangeIdentity {
    /// One step.
    pub fn steps(&self, change: &Change, context: &Context) -> Vec<Step> {
        let id = &change.object;
        let table = id.relation();
        let column = &id.name;
        let to = |from: &Option<Identity>, to: &Option<Identity>, side: &Catalog| match (from, to) {
            (None, Some(identity)) => sql::sync::add_identity(&table, column, identity, side),
            (Some(_), None) => vec![sql::alter::column_action(&table, column, "DROP IDENTITY")],
            (Some(old), Some(new)) => sql::sync::change_identity(&table, column, old, new),
            (None, None) => Vec::new(),
        };
        let phase = match (&self.old, &self.new) {
            (Some(_), None) => Phase::Contract,
            (Some(old), Some(new)) if new.always && !old.always => Phase::Contract,
            (None, Some(_)) => Phase::Contract,
            _ => Phase::Expand,
        };
        let title = match &self.new {
            Some(_) => format!("Change identity of {}", id.label()),
            None => format!("Drop identity of {}", id.label()),
        };
        let serial = self.new.as_ref().and_then(|_| serial_of(context, &context.old(id)?.id, id));
        let (old, new) = (self.old.as_ref().map(as_it_was), self.new.as_ref().map(|new| context.identity_kept(serial, new)));
        let (forth, back) = (to(&self.old, &new, context.to), to(&self.new, &old, context.from));
        let mut step = build::alter(id, change.code(), phase, title, forth, back);
        if self.old.is_none() || self.new.is_none() {
            // The sequence of a former default goes before, that of a new one comes behind: neither waits for the other's step.
            step.gives.clear();
        }
        // NOT NULL goes behind an identity that goes, and comes before one that comes.
        step.gives.push(Fact::Named(id.clone()));
        if let Some(new) = &self.new {
            step.needs.push(Fact::Valid(id.clone()));
            if self.old.is_none() {
                // Its sequence takes the column's type, which has changed by then.
                step.needs.push(Fact::Exists(id.clone()));
            }
            step.needs.push(Fact::Gone(ObjectId::named(Kind::Sequence, &new.sequence)));
        }
        step.unit = match (&self.old, &self.new) {
            (Some(_), None) => Some(unit_of_default(context, id)),
            (None, Some(_)) => Some(unit_of_identity(context, id)),
            _ => None,
        };
        step.locks = build::locks(context, id, Lock::AccessExclusive);
        if self.old.is_none() && !context.is_new(&table) && !leads_an_index(context, id) {
            // The sequence goes on behind the greatest number.
            step.cost = Cost::Scans(table.clone());
            step.preconditions = context.size_gate(&table);
        }
        if self.old.is_none() {
            step.done_when = DoneWhen::Holds(sql::probe::column_where(&table, column, "a.attidentity <> ''"));
        } else if self.new.is_none() {
            step.done_when = DoneWhen::Holds(sql::probe::column_where(&table, column, "a.attidentity = ''"));
        } else if let (Some(old), Some(new)) = (&self.old, &self.new)
            && old.sequence != new.sequence
        {
            step.done_when = DoneWhen::Holds(sql::probe::identity_sequence(&table, column, &new.sequence));
        }
        vec![step]
    }
}

/// True where an index tells the greatest value of a column without a look at every row.
fn leads_an_index(context: &Context, column: &ObjectId) -> bool {
    let leads = |index: &Index| {
        let first = index.keys.first().map(|key| &key.of);
        index.predicate.is_none() && first == Some(&IndexKeyOf::Column(column.name.clone()))
    };
    let users = context.users.users(column).iter().filter_map(|user| context.old(user));
    users.map(|user| &user.body).any(|body| match body {
        Body::Index(index) => leads(index),
        Body::Constraint(constraint) => constraint.index.as_deref().is_some_and(leads),
        _ => false,
    })
}

/// The identity as it was, what was granted on its sequence included.
pub fn as_it_was(identity: &Identity) -> Identity {
    Identity { grants_declared: true, ..identity.clone() }
}

const TO_DEFAULT: &str = "default instead of identity ";
const TO_IDENTITY: &str = "identity instead of default ";

/// The transaction in which an identity gives way to a default: without either, a row that leaves the column out is refused.
/// Where the type changes too, that one, for it sets the default.
pub fn unit_of_default(context: &Context, id: &ObjectId) -> String {
    match keeps_type(context, id) {
        true => format!("{TO_DEFAULT}{}", id.label()),
        false => change_type::unit_of_type(&id.relation()),
    }
}

fn keeps_type(context: &Context, id: &ObjectId) -> bool {
    let data_type = |catalog| Context::column(catalog, id).map(|column| &column.data_type);
    data_type(context.from) == data_type(context.to)
}

/// The transaction in which a default and its sequence give way to an identity: where the type changes too, that one, for it
/// takes the default away.
pub fn unit_of_identity(context: &Context, id: &ObjectId) -> String {
    match keeps_type(context, id) {
        true => format!("{TO_IDENTITY}{}", id.label()),
        false => change_type::unit_of_type(&id.relation()),
    }
}

/// The sequence of a column that gives way to the identity which the column gets under its desired name.
pub fn serial_of<'a>(context: &Context<'a>, old: &ObjectId, new: &ObjectId) -> Option<&'a Object> {
    let identity = Context::column(context.to, new)?.identity.as_ref()?;
    if Context::column(context.from, old)?.identity.is_some() {
        return None;
    }
    context.old(old)?.depends_on.iter().find_map(|used| {
        let object = context.old(used).filter(|_| context.new_of(used).is_none())?;
        let Body::Sequence(sequence) = &object.body else {
            return None;
        };
        let (table, column) = sequence.owned_by.as_ref()?;
        let its_own = *table == old.relation() && *column == old.name && context.users.users(used) == [old];
        (its_own && used.schema == identity.sequence.schema).then_some(object)
    })
}

/// The sequence of a column that stays, made again and tied to it, behind the numbers that it has given.
pub fn serial_again(context: &Context, object: &Object) -> Vec<Stmt> {
    let mut back = sql::create(&restoring(object), context.from);
    if let Body::Sequence(sequence) = &object.body
        && let Some((table, column)) = &sequence.owned_by
    {
        back.push(sql::sequence_owned_by(object, sequence));
        back.push(sql::sync::follow_column(&object.id.qualified(), table, column));
    }
    back
}

/// What such a transaction does, by the name of its unit.
pub fn title_of_unit(unit: &str) -> Option<String> {
    let to_default = unit.strip_prefix(TO_DEFAULT);
    let to_identity = unit.strip_prefix(TO_IDENTITY);
    to_default
        .map(|column| format!("Give {column} a default in place of its identity"))
        .or_else(|| to_identity.map(|column| format!("Give {column} an identity in place of its default")))
}
