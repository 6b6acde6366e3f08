//! A renamed relation that bears both names for a while.

use super::rename_object::RenameObject;
use super::{Context, former_names};
use crate::model::{Body, Grant, Grantee, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use crate::step::{
    Action, Advice, Code, DoneWhen, Fact, Lock, LockOn, Moment, Phase, Step, TimeoutClass, Undo,
};
use crate::text::DirectiveKind;

/// The first PostgreSQL whose views work with the rights of whoever uses them.
const INVOKER: u32 = 15;

/// A table, view or materialized view with its former and its new name.
pub(super) struct BothNames<'a> {
    context: &'a Context<'a>,
    /// The relation as it is, under its new name.
    relation: &'a Object,
    old: QualifiedName,
    new: QualifiedName,
}

impl<'a> BothNames<'a> {
    /// None where a view cannot stand in for it, or need not: nobody is there who uses the old name (`no-live-readers`), one of
    /// the names is borne by something else before or behind the plan, or policies would not hold.
    pub(super) fn of(old: &ObjectId, new: &ObjectId, context: &'a Context<'a>) -> Option<Self> {
        let kinds = [Kind::Table, Kind::View, Kind::MaterializedView];
        let relation = context.old(new).filter(|_| kinds.contains(&new.kind))?;
        context.new_of(new)?;
        if context.directive(new, |kind| *kind == DirectiveKind::NoLiveReaders) {
            return None;
        }
        if context.from.major() < INVOKER && has_policies(relation) {
            return None;
        }
        let is_taken = |id: &ObjectId, kind: Kind| {
            let other = ObjectId { kind, ..id.clone() };
            let before = other != *new && context.old(&other).is_some();
            before || (*id == *old && context.new_of(&other).is_some())
        };
        let is_free = |id: &ObjectId| !Kind::RELATIONS.iter().any(|kind| is_taken(id, *kind));
        let is_alone = is_free(old) && is_free(new) && !becomes_another(context, old, new);
        is_alone.then(|| Self {
            context,
            relation,
            old: old.qualified(),
            new: new.qualified(),
        })
    }

    /// Expand: the new name. Contract: the exchange, and the end of the old name.
    pub(super) fn steps(&self, renaming: &RenameObject, code: &str) -> Vec<Step> {
        let id = &self.relation.id;
        let (old, new) = (&self.old, &self.new);
        let exchange = |from: &QualifiedName, to: &QualifiedName, rename: &[Stmt]| {
            let mut statements = self.lock(to);
            statements.push(sql::drop_second_name(to));
            statements.extend_from_slice(rename);
            statements.extend(self.second_name(from, to));
            statements
        };
        let step = |phase, title: String, up, down, done: String| {
            let (up, down) = (Action::Statements(up), Undo::statements(down));
            Step::new(id.clone(), code, phase, title, up, down, DoneWhen::Holds(done))
        };
        let mut first = step(
            Phase::Expand,
            format!("Give {} {old} the name {new} as well", self.relation.word()),
            self.second_name(new, old),
            vec![sql::drop_second_name(new)],
            sql::probe::relation(new),
        );
        first.locks = vec![self.on_old(Lock::AccessShare)];
        first.gives.push(Fact::Named(renaming.old.clone()));
        first
            .application
            .push(Advice::new(Moment::After, Code::New, "may use", id));
        first
            .needs
            .push(Fact::Exists(ObjectId::global(Kind::Schema, new.schema.as_str())));
        let mut second = step(
            Phase::Contract,
            format!("Rename {} {old} to {new}", self.relation.word()),
            exchange(old, new, &renaming.up),
            exchange(new, old, &renaming.down),
            sql::probe::only_second_name(old),
        );
        second.locks = [old, new]
            .map(|relation| LockOn {
                lock: Lock::AccessExclusive,
                relation: relation.clone(),
            })
            .to_vec();
        second.timeout = TimeoutClass::Cut;
        second.needs.push(Fact::Named(renaming.old.clone()));
        second.needs.extend(renaming.after.clone().map(Fact::Named));
        second.gives.push(Fact::Valid(renaming.old.clone()));
        let mut third = step(
            Phase::Contract,
            format!("Drop the name {old} of {} {new}", self.relation.word()),
            vec![sql::drop_second_name(old)],
            self.second_name(old, new),
            sql::probe::not(&sql::probe::relation(old)),
        );
        third.locks = vec![self.on_old(Lock::AccessExclusive)];
        let rule = "may go on using";
        third
            .application
            .push(Advice::new(Moment::Until, Code::Old, rule, &renaming.old));
        third.needs.push(Fact::Valid(renaming.old.clone()));
        third.gives = vec![
            Fact::Named(id.clone()),
            Fact::Changed(id.clone()),
            Fact::Gone(renaming.old.clone()),
        ];
        vec![first, second, third]
    }

    fn on_old(&self, lock: Lock) -> LockOn {
        let relation = self.old.clone();
        LockOn { lock, relation }
    }

    /// The second name of a table, and with it the table, in the order in which code that uses that name locks them: the other
    /// way around each would wait for the other. A view's LOCK TABLE would lock what it reads as well; its rename locks it.
    fn lock(&self, second_name: &QualifiedName) -> Vec<Stmt> {
        match self.relation.id.kind {
            Kind::Table => vec![sql::alter::lock_tables(std::slice::from_ref(second_name))],
            _ => Vec::new(),
        }
    }

    /// The view, marked as ours, with the owner and the privileges of the relation.
    fn second_name(&self, name: &QualifiedName, of: &QualifiedName) -> Vec<Stmt> {
        let invoker = self.context.from.major() >= INVOKER;
        let mut view = self.relation.clone();
        view.id.schema = name.schema.clone();
        view.id.name = name.name.clone();
        let mut statements = sql::second_name(name, of, invoker);
        if let Some(owner) = self.relation.owner.as_ref().filter(|_| !invoker) {
            statements.push(sql::alter::alter_object(
                "VIEW",
                &sql::qualified(name),
                &format!("OWNER TO {}", sql::ident(owner)),
            ));
        }
        statements.extend(sql::grants(&view, &[], &through_a_view(&self.relation.grants)));
        for column in self.context.from.parts(Kind::Column, &self.new) {
            let grants = through_a_view(&column.grants);
            statements.extend(sql::grants_of_view_column(&view, &column.id.name, &[], &grants));
        }
        statements
    }
}

/// What others than the owner may do, as far as it can be done through a view.
fn through_a_view(grants: &[Grant]) -> Vec<Grant> {
    let is_of_views = |grant: &&Grant| {
        grant.grantee != Grantee::Owner
            && matches!(
                grant.privilege.as_str(),
                "SELECT" | "INSERT" | "UPDATE" | "DELETE"
            )
    };
    grants.iter().filter(is_of_views).cloned().collect()
}

fn has_policies(relation: &Object) -> bool {
    matches!(&relation.body, Body::Table(table) if table.row_security)
}

/// True where something else gets or leaves one of the names by a declaration of its own, or the schema does.
pub(super) fn becomes_another(context: &Context, old: &ObjectId, new: &ObjectId) -> bool {
    let declared = context
        .to
        .objects
        .values()
        .filter(|object| !object.directives.is_empty());
    let formers = declared.flat_map(|object| {
        object
            .directives
            .iter()
            .filter_map(|directive| match (&directive.kind, &directive.part) {
                (DirectiveKind::RenamedFrom(path), None) => former_names::former(&object.id, path),
                _ => None,
            })
            .map(|former| (former, &object.id))
    });
    let mut others = formers.filter(|(_, id)| *id != new);
    others.any(|(former, id)| {
        former == *new
            || id == old
            || (id.kind == Kind::Schema && [&old.schema, &new.schema, &former.name].contains(&&id.name))
    })
}
