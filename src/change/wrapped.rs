//! A renamed function that can be called by both names for a while.

use super::rename_object::RenameObject;
use super::{Context, both_names};
use crate::model::{Body, Function, Grant, Grantee, Kind, Object, ObjectId};
use crate::sql::{self, Stmt};
use crate::step::{Action, Advice, Code, DoneWhen, Fact, Moment, Phase, Step, Undo};
use crate::text::DirectiveKind;

/// A function with its former and its new name.
pub(super) struct Wrapped<'a> {
    context: &'a Context<'a>,
    /// The function as it is, under its new name.
    function: &'a Object,
    /// The new name, as a function that calls the old one.
    wrapper: Vec<Stmt>,
}

impl<'a> Wrapped<'a> {
    /// None where no function can stand in for it, or need not: nobody is there who uses the old name (`no-live-readers`), it
    /// does something else behind the plan, or other functions bear one of the names, so that the server might take another than
    /// is meant.
    pub(super) fn of(old: &ObjectId, new: &ObjectId, context: &'a Context<'a>) -> Option<Self> {
        let function = context.old(new).filter(|_| new.kind == Kind::Function)?;
        let (Body::Function(body), Body::Function(goal)) = (&function.body, &context.new_of(new)?.body)
        else {
            return None;
        };
        if goal != body
            || says_a_new_name(context, new, body)
            || context.directive(new, |kind| *kind == DirectiveKind::NoLiveReaders)
        {
            return None;
        }
        let others = |id: &ObjectId| {
            [Kind::Function, Kind::Aggregate].iter().any(|kind| {
                let name = id.qualified();
                let there = context.from.named(*kind, &name).any(|other| other.id != *new);
                there || context.to.named(*kind, &name).any(|other| other.id != *new)
            })
        };
        if others(old) || others(new) || both_names::becomes_another(context, old, new) {
            return None;
        }
        Some(Self {
            context,
            function,
            wrapper: sql::wrapper(function, body, &old.qualified())?,
        })
    }

    /// Expand: the new name. Contract: the function takes it over.
    pub(super) fn steps(&self, renaming: &RenameObject, code: &str) -> Vec<Step> {
        let id = &self.function.id;
        let old = &renaming.old;
        let step = |phase, title: String, up: Vec<Stmt>, down: Vec<Stmt>, done: String| {
            let (up, down) = (Action::Statements(up), Undo::statements(down));
            Step::new(id.clone(), code, phase, title, up, down, DoneWhen::Holds(done))
        };
        let drop = sql::drop(self.function);
        let mut first = step(
            Phase::Expand,
            format!("Let {} be called {} as well", old, id.name),
            self.second_name(),
            vec![drop.clone()],
            sql::exists(id),
        );
        let schema = ObjectId::global(Kind::Schema, id.schema.as_str());
        first.needs.push(Fact::Exists(schema));
        first
            .application
            .push(Advice::new(Moment::After, Code::New, "may use", id));
        let mut second = step(
            Phase::Contract,
            format!("Rename {old} to {}", id.name),
            [vec![drop], renaming.up.clone()].concat(),
            [renaming.down.clone(), self.second_name()].concat(),
            format!("{} AND NOT ({})", sql::exists(id), sql::exists(old)),
        );
        let rule = "may go on using";
        second
            .application
            .push(Advice::new(Moment::Until, Code::Old, rule, old));
        second.needs.extend(renaming.after.clone().map(Fact::Named));
        second.gives = vec![
            Fact::Named(id.clone()),
            Fact::Changed(id.clone()),
            Fact::Gone(old.clone()),
        ];
        vec![first, second]
    }

    /// The wrapper, which the same roles may call.
    fn second_name(&self) -> Vec<Stmt> {
        let mut statements = self.wrapper.clone();
        let mut wrapper = self.function.clone();
        wrapper.owner = None;
        let builtin = sql::default_grants(Kind::Function, self.context.from.major());
        let (from, to) = (of_others(&builtin), of_others(&self.function.grants));
        statements.extend(sql::grants(&wrapper, &from, &to));
        statements
    }
}

fn of_others(grants: &[Grant]) -> Vec<Grant> {
    let others = grants.iter().filter(|grant| grant.grantee != Grantee::Owner);
    others.cloned().collect()
}

/// True where the function is spoken of with a name that only contract gives to something else.
fn says_a_new_name(context: &Context, new: &ObjectId, body: &Function) -> bool {
    let mut declared = context.to.objects.values().filter(|object| {
        let is_name = |kind: &DirectiveKind| matches!(kind, DirectiveKind::RenamedFrom(_));
        object.id != *new && object.directives.iter().any(|directive| is_name(&directive.kind))
    });
    declared.any(|object| {
        let name = match object.id.kind {
            Kind::Schema => format!("{}.", sql::ident(&object.id.name)),
            _ => sql::qualified(&object.id.qualified()),
        };
        body.definition.contains(&name)
    })
}
