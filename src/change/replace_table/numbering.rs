//! Sequences and identities: the numbers go on where they stand.

use super::shadow::Shadow;
use crate::change::{Context, change_identity::as_it_was};
use crate::model::{Body, Catalog, Column, Ident, Identity, Kind, Object, ObjectId, QualifiedName, Sequence};
use crate::sql::{self, Stmt};

/// What gives a column its numbers.
#[derive(Clone, Copy)]
enum Numbers<'a> {
    Identity(&'a Identity),
    Owned(&'a Object, &'a Sequence),
}

impl<'a> Numbers<'a> {
    fn identity(&self) -> Option<&'a Identity> {
        match self {
            Numbers::Identity(identity) => Some(identity),
            Numbers::Owned(..) => None,
        }
    }

    fn object(&self, side: &Catalog) -> Object {
        match self {
            Numbers::Identity(identity) => sql::sequence_of(identity, side),
            Numbers::Owned(object, _) => (*object).clone(),
        }
    }

    fn sequence(&self) -> QualifiedName {
        match self {
            Numbers::Identity(identity) => identity.sequence.clone(),
            Numbers::Owned(object, _) => object.id.qualified(),
        }
    }
}

fn numbers<'a>(catalog: &'a Catalog, table: &QualifiedName, name: &Ident) -> Option<Numbers<'a>> {
    let column = Context::column(catalog, &ObjectId::part(Kind::Column, table, name))?;
    if let Some(identity) = &column.identity {
        return Some(Numbers::Identity(identity));
    }
    let owns = |object: &'a Object| match &object.body {
        Body::Sequence(sequence) if sequence.owned_by.as_ref().is_some_and(|(owner, part)| owner == table && part == name) => {
            Some(Numbers::Owned(object, sequence))
        }
        _ => None,
    };
    catalog.of_kind(Kind::Sequence).find_map(owns)
}

/// Says why numbers cannot be handed over.
pub(super) fn check(shadow: &Shadow) -> Result<(), String> {
    for (name, before, after) in pairs(shadow) {
        let differ = || Err(format!("what numbers its column {name} changes too: change it in a plan of its own"));
        match (&before, &after) {
            (None, None) => {}
            (Some(Numbers::Owned(_, old)), Some(Numbers::Owned(_, new))) if old.options != new.options => return differ(),
            (Some(old), Some(new)) if old.sequence() == new.sequence() => {}
            _ => return differ(),
        }
    }
    Ok(())
}

type Pair<'a> = (&'a Ident, Option<Numbers<'a>>, Option<Numbers<'a>>);

fn pairs<'a>(shadow: &Shadow<'a>) -> Vec<Pair<'a>> {
    let (from, to) = (shadow.context.from, shadow.context.to);
    let pair = |(name, _): &(&'a Ident, &'a Column)| {
        (*name, numbers(from, &shadow.table, name), numbers(to, &shadow.table, name))
    };
    shadow.columns.iter().map(pair).collect()
}

/// True for a column that draws its numbers from a sequence of its own.
pub(super) fn is_numbered(shadow: &Shadow, column: &Ident) -> bool {
    numbers(shadow.context.from, &shadow.table, column).is_some()
}

/// The columns that lose their default when the numbers are handed over.
pub(super) fn passed_on<'a>(shadow: &Shadow<'a>) -> Vec<&'a Ident> {
    let lost = |(name, before, after): Pair<'a>| match (before, after) {
        (Some(Numbers::Owned(..)), Some(Numbers::Owned(..))) | (None, _) => None,
        _ => Some(name),
    };
    pairs(shadow).into_iter().filter_map(lost).collect()
}

/// True for a column whose default the copy gets at the cut-over only: its sequence is an identity's until then.
pub(super) fn comes_late(shadow: &Shadow, column: &Ident) -> bool {
    let before = numbers(shadow.context.from, &shadow.table, column);
    matches!(before, Some(Numbers::Identity(_)))
}

/// Hands the numbers over at the cut-over: the old form under the former name, the new one under its own.
pub(super) fn hand_over(shadow: &Shadow, former: &QualifiedName) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for (name, before, after) in pairs(shadow) {
        if let (Some(before), Some(after)) = (&before, &after) {
            let context = shadow.context;
            let live = before.object(context.from);
            let kept = after.identity().map(|identity| context.identity_kept(Some(&live), identity));
            let after = kept.as_ref().map_or(*after, Numbers::Identity);
            let default = default(context.to, shadow, name);
            statements.extend(pass((former, before), (&shadow.table, &after), name, default, context.to));
        }
    }
    statements
}

/// The way back, the old form under its own name again, the new one under the early one.
pub(super) fn hand_back(shadow: &Shadow, early: &QualifiedName) -> Vec<Stmt> {
    let mut statements = Vec::new();
    for (name, before, after) in pairs(shadow) {
        if let (Some(before), Some(after)) = (&before, &after) {
            let from = shadow.context.from;
            let kept = before.identity().map(as_it_was);
            let before = kept.as_ref().map_or(*before, Numbers::Identity);
            statements.extend(pass((early, after), (&shadow.table, &before), name, default(from, shadow, name), from));
        }
    }
    statements
}

fn default<'a>(catalog: &'a Catalog, shadow: &Shadow, name: &Ident) -> Option<&'a crate::model::Expr> {
    Context::column(catalog, &ObjectId::part(Kind::Column, &shadow.table, name))?.default.as_ref()
}

fn pass(
    (giver, gives): (&QualifiedName, &Numbers),
    (taker, takes): (&QualifiedName, &Numbers),
    column: &Ident,
    default: Option<&crate::model::Expr>,
    side: &Catalog,
) -> Vec<Stmt> {
    let mut statements = Vec::new();
    match (gives, takes) {
        (Numbers::Owned(..), Numbers::Owned(object, sequence)) => {
            let mut taken = (*sequence).clone();
            taken.owned_by = Some((taker.clone(), column.clone()));
            return vec![sql::sequence_owned_by(object, &taken)];
        }
        (Numbers::Identity(identity), _) => {
            statements.push(sql::sync::identity_to_sequence(giver, column, identity));
            // The former form is written with every value.
            statements.push(sql::alter::drop_default(giver, column));
        }
        (Numbers::Owned(..), _) => statements.push(sql::alter::drop_default(giver, column)),
    }
    match takes {
        Numbers::Identity(identity) => {
            statements.extend(sql::sync::adopt_sequence(taker, column, &identity.sequence, identity, side));
        }
        Numbers::Owned(object, sequence) => {
            let mut taken = (*sequence).clone();
            taken.owned_by = Some((taker.clone(), column.clone()));
            statements.push(sql::sequence_owned_by(object, &taken));
            statements.extend(default.map(|default| sql::alter::set_default(taker, column, default)));
        }
    }
    statements
}

/// The columns of the old form whose default draws from a sequence that the new form has, with that default: an archived
/// table must not hold it.
pub(super) fn loose_defaults<'a>(shadow: &Shadow<'a>) -> Vec<(&'a Ident, &'a crate::model::Expr)> {
    let drawn = |(name, before, after): Pair<'a>| match (before, after) {
        (Some(Numbers::Owned(..)), Some(Numbers::Owned(..))) => {
            default(shadow.context.from, shadow, name).map(|default| (name, default))
        }
        _ => None,
    };
    pairs(shadow).into_iter().filter_map(drawn).collect()
}
