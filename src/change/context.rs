//! What a recipe may look at: both catalogs and the policy.

use super::around::Users;
use super::former_names::Renaming;
use super::{
    Manage, Policy, StrategyChoice, create_object, overload, replaced::is_replaced, shared_children,
    trigger_below,
};
use crate::model::{
    Body, Catalog, Column, Constraint, ConstraintKind, Identity, Kind, Object, ObjectId, QualifiedName, Table,
};
use crate::sql::{self, Stmt};
use crate::step::{Key, KeyColumn, Precondition};
use crate::text::{DirectiveKind, Strategy};

/// Both sides of a comparison and the policy; everything a recipe may know.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The catalog as it is, former names replaced by the desired ones where a rename is plain.
    pub from: &'a Catalog,
    /// The catalog as desired.
    pub to: &'a Catalog,
    /// The policy.
    pub policy: &'a Policy,
    /// The fingerprint of the catalog the plan starts from: it goes into the names of support objects.
    pub seed: &'a str,
    /// Who uses whom in the catalog as it is.
    pub users: &'a Users<'a>,
    /// The names that change in contract, in order: until then the database knows the former ones.
    pub renamings: &'a [Renaming],
    /// True where a partition that is dropped goes before its parent gets an index or a key; else it is given that too, and goes
    /// behind it.
    pub drops_first: bool,
}

impl<'a> Context<'a> {
    /// The object as it is.
    pub fn old(&self, id: &ObjectId) -> Option<&'a Object> {
        self.from.get(id)
    }

    /// The object as desired.
    pub fn new_of(&self, id: &ObjectId) -> Option<&'a Object> {
        self.to.get(id)
    }

    /// The table body on the given side.
    pub fn table(catalog: &'a Catalog, name: &QualifiedName) -> Option<&'a Table> {
        match &catalog.get(&ObjectId::named(Kind::Table, name))?.body {
            Body::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The column body on the given side.
    pub fn column(catalog: &'a Catalog, id: &ObjectId) -> Option<&'a Column> {
        match &catalog.get(id)?.body {
            Body::Column(column) => Some(column),
            _ => None,
        }
    }

    /// True where this plan makes the relation: none of that name and kind is there yet.
    pub fn is_new(&self, relation: &QualifiedName) -> bool {
        !self.stays(relation) && relation_kind(self.to, relation).is_some()
            || relation_kind(self.from, relation).is_none()
    }

    /// True where the relation is there before the plan.
    pub fn is_there(&self, relation: &QualifiedName) -> bool {
        relation_kind(self.from, relation).is_some()
    }

    /// True where the relation is there now and not in the desired schema.
    pub fn is_going(&self, relation: &QualifiedName) -> bool {
        relation_kind(self.from, relation).is_some() && !self.stays(relation)
    }

    fn stays(&self, relation: &QualifiedName) -> bool {
        let old = relation_kind(self.from, relation);
        old.is_some() && old == relation_kind(self.to, relation) && !is_replaced(self.from, self.to, relation)
    }

    /// True where a directive of that sort stands on the object or, for a part, on its relation.
    pub fn directive(&self, id: &ObjectId, wanted: impl Fn(&DirectiveKind) -> bool) -> bool {
        let has = |id: &ObjectId| {
            self.to
                .get(id)
                .is_some_and(|object| object.directives.iter().any(|directive| wanted(&directive.kind)))
        };
        has(id) || (id.is_part() && has(&ObjectId::named(Kind::Table, &id.relation())))
    }

    /// The argument of the first directive on the object itself that `pick` accepts.
    pub fn directive_text<T>(&self, id: &ObjectId, pick: impl Fn(&DirectiveKind) -> Option<T>) -> Option<T> {
        self.to
            .get(id)?
            .directives
            .iter()
            .find_map(|directive| pick(&directive.kind))
    }

    /// True where the table's size is known and at most the gate, and nobody called it hot.
    pub fn is_small(&self, table: &QualifiedName) -> bool {
        let id = ObjectId::named(Kind::Table, table);
        if self.directive(&id, |kind| *kind == DirectiveKind::Hot) {
            return false;
        }
        self.policy.sizes_known
            && self
                .from
                .sizes
                .get(table)
                .is_some_and(|size| size.bytes <= self.policy.small_table_bytes)
    }

    /// True where the plain form is taken for work on this table.
    pub fn is_direct(&self, table: &QualifiedName) -> bool {
        if self.is_new(table) || self.is_going(table) {
            return true;
        }
        let id = ObjectId::named(Kind::Table, table);
        let strategy = self.directive_text(&id, |kind| match kind {
            DirectiveKind::Strategy(strategy) => Some(*strategy),
            _ => None,
        });
        match (strategy, self.policy.strategy) {
            (Some(Strategy::Online), _) => false,
            (Some(Strategy::Direct), _) => true,
            (None, StrategyChoice::Online) => false,
            (None, StrategyChoice::Direct) => true,
            (None, StrategyChoice::Auto) => self.is_small(table),
        }
    }

    /// The sequence of a column, where it is an identity.
    pub fn numbers(&self, side: &Catalog, column: &Object) -> Option<Object> {
        match &column.body {
            Body::Column(column) => Some(sql::sequence_of(column.identity.as_ref()?, side)),
            _ => None,
        }
    }

    /// The identity of a column that stays numbered, for a sequence that is made again: with what hangs on the live one and the
    /// files do not speak of.
    pub fn identity_kept(&self, live: Option<&Object>, identity: &Identity) -> Identity {
        let mut kept = identity.clone();
        let held = |catalog| sql::is_under_default_privileges(&sql::sequence_of(identity, catalog), catalog);
        if let Some(live) = live.filter(|_| !identity.grants_declared) {
            let builtin = sql::default_grants(Kind::Sequence, self.from.major());
            kept.grants = (live.grants != builtin).then(|| live.grants.clone());
        }
        kept.grants_declared |= kept.grants.is_some() || held(self.from) || held(self.to);
        if let Some(live) = live.filter(|_| self.policy.manage_comments == Manage::None) {
            kept.comment.clone_from(&live.comment);
        }
        kept
    }

    /// The precondition of a plain step that was chosen because the table is small; none where it is new.
    pub fn size_gate(&self, table: &QualifiedName) -> Vec<Precondition> {
        if self.is_new(table) || self.policy.strategy == StrategyChoice::Direct || !self.is_small(table) {
            return Vec::new();
        }
        vec![Precondition {
            holds: sql::probe::at_most_bytes(table, self.policy.small_table_bytes),
            otherwise: format!("`{table}` has grown beyond the size up to which the plain form is safe"),
            replan: true,
            rows: None,
        }]
    }

    /// The primary key, else a unique key over NOT NULL columns, whose columns pass `usable` on both sides; else pages.
    pub fn key(&self, table: &QualifiedName, usable: impl Fn(&crate::model::Ident) -> bool) -> Key {
        self.key_of(table, usable)
            .map_or(Key::Pages, |(_, columns)| Key::Columns(columns))
    }

    /// That key, by its constraint.
    pub fn key_of(
        &self,
        table: &QualifiedName,
        usable: impl Fn(&crate::model::Ident) -> bool,
    ) -> Option<(&'a ObjectId, Vec<KeyColumn>)> {
        let mut candidates: Vec<(&'a Object, &Constraint)> = self
            .from
            .parts(Kind::Constraint, table)
            .filter_map(|object| match &object.body {
                Body::Constraint(constraint)
                    if matches!(
                        constraint.kind,
                        ConstraintKind::PrimaryKey | ConstraintKind::Unique
                    ) && !constraint.deferrable =>
                {
                    Some((object, constraint))
                }
                _ => None,
            })
            .collect();
        candidates.sort_by_key(|(object, constraint)| (constraint.kind, object.id.clone()));
        for (object, constraint) in candidates {
            let columns: Option<Vec<KeyColumn>> = constraint
                .columns
                .iter()
                .map(|name| {
                    let column = Self::column(self.from, &ObjectId::part(Kind::Column, table, name))?;
                    (column.not_null && usable(name)).then(|| KeyColumn {
                        name: name.clone(),
                        data_type: column.data_type.clone(),
                    })
                })
                .collect();
            if let Some(columns) = columns {
                return Some((&object.id, columns));
            }
        }
        None
    }
}

/// The unit in which a relation gives its name to one of another kind, so that nobody ever finds the name missing, and a
/// function to a form of it that the same calls would fit.
pub fn handover(context: &Context, id: &ObjectId) -> Option<String> {
    const VIEWS: [Kind; 2] = [Kind::View, Kind::MaterializedView];
    if id.kind == Kind::Function {
        return overload::unit_of_rivals(context, id);
    }
    if id.kind == Kind::Trigger {
        let passes = || trigger_below::passing(context, &trigger_below::passes_with(context, id)?).1;
        return trigger_below::unit_of_namesakes(context, id).or_else(passes);
    }
    if id.is_part() || !Kind::RELATIONS.contains(&id.kind) {
        return None;
    }
    let name = id.qualified();
    let (old, new) = (
        relation_kind(context.from, &name)?,
        relation_kind(context.to, &name)?,
    );
    (old != new && (VIEWS.contains(&old) || VIEWS.contains(&new)))
        .then(|| create_object::unit_of_new(&name.to_string()))
}

fn relation_kind(catalog: &Catalog, name: &QualifiedName) -> Option<Kind> {
    Kind::RELATIONS
        .into_iter()
        .find(|kind| catalog.get(&ObjectId::named(*kind, name)).is_some())
}

/// The object with everything that hung on the live one and that the files do not speak of: owner and privileges.
pub fn carrying(desired: &Object, live: &Object) -> Object {
    let mut object = desired.clone();
    if !object.grants_declared {
        object.grants = live.grants.clone();
        object.grants_declared = true;
    }
    if !object.owner_declared {
        object.owner = live.owner.clone();
        object.owner_declared = true;
    }
    object
}

/// Makes an object of before again as it was. The default privileges of the desired schema may be in force by then.
pub fn made_again(context: &Context, live: &Object) -> Vec<Stmt> {
    let object = restoring(live);
    let mut statements = sql::create(&object, context.from);
    statements.extend(sql::without_defaults_of(&object, context.to));
    if live.id.kind == Kind::Column {
        statements.extend(shared_children::own_forms(context.from, context.to, &live.id));
    }
    if live.id.kind == Kind::Table {
        let columns = context.from.parts(Kind::Column, &live.id.qualified());
        statements.extend(columns.flat_map(|column| granted_again(context, column)));
    }
    statements
}

/// What was granted on a column of a table that is made again, and on the sequence of its identity.
fn granted_again(context: &Context, column: &Object) -> Vec<Stmt> {
    let column = restoring(column);
    let mut statements = sql::grants(&column, &[], &column.grants);
    if let Some(sequence) = context.numbers(context.from, &column) {
        let builtin = sql::default_grants(Kind::Sequence, context.from.major());
        statements.extend(sql::grants(&sequence, &builtin, &sequence.grants));
        statements.extend(sql::without_defaults_of(&sequence, context.to));
    }
    statements
}

/// The object as it was, owner and privileges included, for bringing it back.
pub fn restoring(live: &Object) -> Object {
    let mut object = live.clone();
    object.grants_declared = true;
    object.owner_declared = true;
    if let Body::Column(column) = &mut object.body
        && let Some(identity) = &mut column.identity
    {
        identity.grants_declared = true;
    }
    object
}
