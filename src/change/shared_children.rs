//! Children that have a column from several parents: PostgreSQL changes its type below none of them alone.

use super::Context;
use super::is_replaced;
use super::partition_tree::family;
use crate::model::{Body, Catalog, ConstraintKind, Ident, Kept, Kind, Object, ObjectId, QualifiedName};
use crate::sql::{self, Stmt};
use std::collections::BTreeSet;

/// Behind INHERIT: what the table has from its parents alone is theirs again, and no definition of its own. What it has only
/// on the `other` side is not its own either.
pub fn left_to_parents(catalog: &Catalog, other: &Catalog, id: &ObjectId) -> Option<Stmt> {
    let table = id.qualified();
    let names = |kind: Kind| -> Vec<Ident> {
        let parts = catalog.parts(kind, &table).filter(|part| is_inherited(part));
        let there = other.parts(kind, &table).filter(|part| is_inherited(part));
        let there = there.filter(|part| catalog.get(&part.id).is_none());
        parts.chain(there).map(|part| part.id.name.clone()).collect()
    };
    let (columns, constraints) = (names(Kind::Column), names(Kind::Constraint));
    let any = !columns.is_empty() || !constraints.is_empty();
    any.then(|| sql::leave_to_parents(&table, &columns, &constraints, catalog.major() >= 18))
}

/// True for a column or constraint that only comes from parents.
pub fn is_inherited(part: &Object) -> bool {
    match &part.body {
        Body::Column(column) => column.inherited,
        Body::Constraint(constraint) => constraint.inherited,
        _ => false,
    }
}

/// The tables whose columns of that name change types together, in order: each has a child that another one has as well.
/// Alone where there is none.
pub fn together(from: &Catalog, to: &Catalog, column: &ObjectId) -> Vec<QualifiedName> {
    let table = column.relation();
    let has_several = |child: &Object| matches!(&child.body, Body::Table(body) if body.inherits.len() > 1);
    if !from.of_kind(Kind::Table).any(has_several) {
        return vec![table];
    }
    let mut found = BTreeSet::from([table.clone()]);
    let mut queue = vec![table];
    while let Some(next) = queue.pop() {
        for child in shared_below(from, to, &next, &column.name) {
            for root in roots(from, to, &child, &column.name) {
                if found.insert(root.clone()) {
                    queue.push(root);
                }
            }
        }
    }
    found.into_iter().collect()
}

/// A column, and the same column of all children and partitions below its table: what changes above changes there.
pub fn with_columns_below(context: &Context, column: ObjectId) -> BTreeSet<ObjectId> {
    let table = column.relation();
    let mut columns = BTreeSet::new();
    if context.users.has_children(&table) {
        let below = family(context.from, &table).into_iter().skip(1);
        let own = below.map(|child| ObjectId::part(Kind::Column, &child, &column.name));
        columns.extend(own.filter(|id| context.old(id).is_some()));
    }
    columns.insert(column);
    columns
}

/// The statements that take the shared children from all parents but one, and that give them back.
pub fn aside(
    here: &Catalog,
    there: &Catalog,
    tables: &[QualifiedName],
    column: &Ident,
) -> (Vec<Stmt>, Vec<Stmt>) {
    let mut children = BTreeSet::new();
    for table in tables {
        children.extend(shared_below(here, there, table, column));
    }
    let (mut take, mut give) = (Vec::new(), Vec::new());
    for child in &children {
        // The parents behind the first come back in their order.
        for parent in shared_parents(here, there, child).into_iter().skip(1) {
            take.push(sql::alter::inherit(child, parent, false));
            give.push(sql::alter::inherit(child, parent, true));
        }
        give.extend(left_to_parents(there, here, &ObjectId::named(Kind::Table, child)));
    }
    (take, give)
}

/// Whatever sets or takes the default of a column does so below the table, too: the children and partitions with another one
/// get theirs again. Those that are new are made, or attached, behind that.
pub fn other_defaults(catalog: &Catalog, there: &Catalog, column: &ObjectId) -> Vec<Stmt> {
    let default = |table: &QualifiedName| {
        let own = ObjectId::part(Kind::Column, table, &column.name);
        Context::column(catalog, &own).map(|column| column.default.as_ref())
    };
    let table = column.relation();
    let Some(given) = default(&table) else {
        return Vec::new();
    };
    let below = family(catalog, &table).into_iter().skip(1);
    below
        .filter(|child| Context::table(there, child).is_some())
        .filter_map(|child| match default(&child) {
            Some(own) if own != given => Some(sql::alter::default_only(&child, &column.name, own)),
            _ => None,
        })
        .collect()
}

/// DROP NOT NULL reaches the children and partitions: those that reject NULL by themselves do so again. It changes nothing where
/// the server (18 and later) has left them theirs.
pub fn own_not_null(catalog: &Catalog, there: &Catalog, column: &ObjectId) -> Vec<Stmt> {
    let below = family(catalog, &column.relation()).into_iter().skip(1);
    below
        .filter(|child| {
            let own = ObjectId::part(Kind::Column, child, &column.name);
            let rejects = Context::column(catalog, &own).is_some_and(|column| column.not_null);
            rejects && Context::column(there, &own).is_some()
        })
        .map(|child| sql::alter::set_not_null(&child, &column.name))
        .collect()
}

/// DROP NOT NULL of a partitioned table before PostgreSQL 18, which no partition lets pass whose own primary key is over the column:
/// such partitions leave for that moment.
pub fn drop_not_null_past_keys(catalog: &Catalog, there: &Catalog, column: &ObjectId) -> Vec<Stmt> {
    let drop = sql::alter::drop_not_null(&column.relation(), &column.name);
    if catalog.major() >= 18 {
        return vec![drop];
    }
    let is_key = |object: &Object| match &object.body {
        Body::Constraint(key) => key.kind == ConstraintKind::PrimaryKey && key.columns.contains(&column.name),
        _ => false,
    };
    let (mut leave, mut come_back) = (Vec::new(), Vec::new());
    for child in family(catalog, &column.relation()).into_iter().skip(1) {
        let [of, after] = [catalog, there].map(|side| Context::table(side, &child)?.partition_of.as_ref());
        if let (Some(of), Some(_)) = (of, after)
            && catalog.parts(Kind::Constraint, &child).any(is_key)
        {
            leave.push(sql::alter::detach_partition(&of.parent, &child));
            come_back.push(sql::alter::attach_partition(&of.parent, &child, &of.bound));
        }
    }
    leave.into_iter().chain([drop]).chain(come_back).collect()
}

/// What children and partitions that are on both sides make of a column that their parent gives them: other defaults, NOT NULL,
/// storage, comments. A column that comes with the parent's is like that one at first.
pub fn own_forms(here: &Catalog, there: &Catalog, column: &ObjectId) -> Vec<Stmt> {
    let Some(given) = Context::column(here, column) else {
        return Vec::new();
    };
    let mut statements = Vec::new();
    for child in family(here, &column.relation()).into_iter().skip(1) {
        let id = ObjectId::part(Kind::Column, &child, &column.name);
        let (Some(object), Some(own)) = (here.get(&id), Context::column(here, &id)) else {
            continue;
        };
        let is_new = Context::table(there, &child).is_none() || is_replaced(there, here, &child);
        if is_new || !own.inherited {
            continue;
        }
        let name = &column.name;
        if own.default != given.default && own.generated.is_none() {
            statements.push(sql::alter::default_only(&child, name, own.default.as_ref()));
        }
        if own.not_null && !given.not_null {
            statements.push(sql::not_null::set(&child, name, own));
        }
        let like_parent = Kept {
            options: Vec::new(),
            ..given.kept()
        };
        let actions = sql::keep(
            &like_parent,
            &own.kept(),
            sql::default_storage(own.data_type.as_str()),
        );
        statements.extend(
            actions
                .iter()
                .map(|action| sql::alter::column_action(&child, name, action)),
        );
        let comment = object.comment.as_deref();
        statements.extend(comment.map(|text| sql::column_comment(&child, name, Some(text))));
    }
    statements
}

/// The children on both sides that take no NULL in a column which their parent gives them without a value.
pub fn without_value(here: &Catalog, there: &Catalog, column: &ObjectId) -> Vec<QualifiedName> {
    let Some(given) =
        Context::column(here, column).filter(|given| given.default.is_none() && !given.not_null)
    else {
        return Vec::new();
    };
    let mut below = family(here, &column.relation()).split_off(1);
    below.retain(|child| {
        let own = Context::column(here, &ObjectId::part(Kind::Column, child, &column.name));
        own.is_some_and(|own| own.not_null && own.generated == given.generated && given.generated.is_none())
            && Context::table(there, child).is_some()
    });
    below
}

/// The children below a table that have the column from another root, too.
fn shared_below(from: &Catalog, to: &Catalog, table: &QualifiedName, column: &Ident) -> Vec<QualifiedName> {
    let mut below = family(from, table).split_off(1);
    below.retain(|child| {
        shared_parents(from, to, child).len() > 1 && roots(from, to, child, column).len() > 1
    });
    below
}

/// The tables on top from which a table has the column; itself where nobody gives it.
fn roots(from: &Catalog, to: &Catalog, table: &QualifiedName, column: &Ident) -> BTreeSet<QualifiedName> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut queue = vec![table.clone()];
    while let Some(next) = queue.pop() {
        let above = giving(from, to, &next, column);
        if above.is_empty() {
            found.insert(next.clone());
        }
        queue.extend(
            above
                .into_iter()
                .filter(|parent| seen.insert((*parent).clone()))
                .cloned(),
        );
    }
    found
}

/// The parents that give the table the column on both sides.
pub fn giving<'a>(
    from: &'a Catalog,
    to: &Catalog,
    table: &QualifiedName,
    column: &Ident,
) -> Vec<&'a QualifiedName> {
    let mut parents = shared_parents(from, to, table);
    parents.retain(|parent| {
        let id = ObjectId::part(Kind::Column, parent, column);
        from.get(&id).is_some() && to.get(&id).is_some()
    });
    parents
}

/// The parents that a table has on both sides: by INHERITS, or as a partition.
fn shared_parents<'a>(from: &'a Catalog, to: &Catalog, table: &QualifiedName) -> Vec<&'a QualifiedName> {
    let (Some(old), Some(new)) = (Context::table(from, table), Context::table(to, table)) else {
        return Vec::new();
    };
    let of = |parent: &QualifiedName| new.partition_of.as_ref().is_some_and(|of| of.parent == *parent);
    let above = old.inherits.iter().filter(|parent| new.inherits.contains(parent));
    let whole = old
        .partition_of
        .iter()
        .map(|of| &of.parent)
        .filter(|parent| of(parent));
    above.chain(whole).collect()
}
