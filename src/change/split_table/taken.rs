//! What is taken over from where, and what stands in the way.

use super::wrong::{key_over, source_of};
use crate::change::archive::h8;
use crate::change::{Context, add_column::ordered_columns, is_replaced};
use crate::model::{Body, Catalog, Column, ConstraintKind, Ident, Kind, Object, ObjectId, QualifiedName};
use crate::sql::split::{Absent, Moved, Split};
use crate::sql::is_constant;
use crate::step::KeyColumn;
use crate::text::{DirectiveKind, SplitFrom};

/// A table that takes columns over, with the table that has them.
pub(super) struct Taken<'a> {
    pub context: &'a Context<'a>,
    /// The new table as desired.
    pub new: &'a Object,
    /// The table whose rows stand by themselves: the one that has the columns or, in a merge, takes them over.
    pub source: QualifiedName,
    /// The table whose rows belong to those: the new one or, in a merge, the one that goes.
    pub target: QualifiedName,
    /// The hash in the names of triggers and functions.
    pub digest: String,
    /// Columns of the new table's key, each with the one of the source.
    pub key: Vec<(Ident, Ident)>,
    /// The columns of the source, with their names in the target.
    pub columns: Vec<TakenColumn<'a>>,
    /// True where the source takes them over, and the target goes.
    pub merged: bool,
}

/// A column that goes over.
pub(super) struct TakenColumn<'a> {
    pub old: &'a Object,
    pub body: &'a Column,
    pub new: Ident,
    pub required: bool,
}

/// What the files say of the table, where they say it.
pub(super) fn directive<'a>(catalog: &'a Catalog, id: &ObjectId, merged: bool) -> Option<&'a SplitFrom> {
    let object = catalog.get(id).filter(|object| object.id.kind == Kind::Table)?;
    object.directives.iter().find_map(|directive| match &directive.kind {
        DirectiveKind::SplitFrom(split) if !merged => Some(split),
        DirectiveKind::MergeFrom(merge) if merged => Some(merge),
        _ => None,
    })
}

impl<'a> Taken<'a> {
    /// None where nothing is to be taken over: the directive is not there, or the new table is, or the source is not (a
    /// database that begins empty).
    ///
    /// # Errors
    /// What stands in the way, as a sentence.
    pub fn of(context: &'a Context<'a>, id: &ObjectId) -> Option<Result<Self, String>> {
        let split = directive(context.to, id, false)?;
        let source = source_of(id, split);
        if context.old(id).is_some() || Context::table(context.from, &source).is_none() {
            return None;
        }
        Some(Self::checked(context, id, split, source))
    }

    fn checked(
        context: &'a Context<'a>,
        id: &ObjectId,
        split: &SplitFrom,
        source: QualifiedName,
    ) -> Result<Self, String> {
        let target = id.qualified();
        let new = context.new_of(id).ok_or_else(|| format!("{id} is not in the files"))?;
        let name = |text: &String| Ident::new(text.clone());
        let key: Vec<(Ident, Ident)> = split.on.iter().map(|(new, old)| (name(new), name(old))).collect();
        is_possible(context, &source, &target)?;
        check_keys(context, &source, &target, &key)?;
        let mut columns = Vec::new();
        for (old, new) in &split.columns {
            columns.push(column(context, (&source, &name(old)), (&target, &name(new)))?);
        }
        Ok(Self { context, new, digest: h8(context.seed, "split", &id.label()), source, target, key, columns, merged: false })
    }

    /// Runs something with the SQL of it.
    pub fn sql<T>(&self, with: impl FnOnce(&Split) -> T) -> T {
        let columns: Vec<Moved> = self
            .columns
            .iter()
            .map(|each| Moved {
                old: &each.old.id.name,
                new: &each.new,
                column: each.body,
                required: each.required,
                absent: absent(each.body),
            })
            .collect();
        let further = self.further();
        with(&Split {
            h8: &self.digest,
            source: &self.source,
            target: &self.target,
            key: &self.key,
            columns: &columns,
            further: &further,
            referenced: self.is_referenced(),
            sparse: self.merged,
        })
    }

    /// The catalog in which both tables are.
    fn both(&self) -> &'a Catalog {
        if self.merged { self.context.from } else { self.context.to }
    }

    /// Columns of the new table that hold NULL where nobody writes them.
    fn further(&self) -> Vec<&'a Ident> {
        let others = ordered_columns(self.both(), &self.target).into_iter().filter(|(object, column)| {
            let name = &object.id.name;
            let known = self.key.iter().any(|(new, _)| new == name) || self.columns.iter().any(|each| each.new == *name);
            !known && column.default.is_none() && column.identity.is_none() && column.generated.is_none()
        });
        others.map(|(object, _)| &object.id.name).collect()
    }

    fn is_referenced(&self) -> bool {
        self.both().of_kind(Kind::Constraint).any(|object| {
            matches!(&object.body, Body::Constraint(body)
                if body.references.as_ref().is_some_and(|reference| reference.table == self.target))
        })
    }

    /// The foreign keys from the target to the source.
    pub fn foreign_keys(&self) -> Vec<&'a Object> {
        let to_source = |object: &&Object| {
            matches!(&object.body, Body::Constraint(body)
                if body.kind == ConstraintKind::ForeignKey
                    && body.references.as_ref().is_some_and(|reference| reference.table == self.source))
        };
        self.both().parts(Kind::Constraint, &self.target).filter(to_source).collect()
    }

    /// The key of the source, or of the target, for batches.
    pub fn key_columns(&self, of_source: bool) -> Vec<KeyColumn> {
        let (catalog, table) = match of_source {
            true => (self.context.from, &self.source),
            false => (self.both(), &self.target),
        };
        let names = self.key.iter().map(|(new, old)| if of_source { old } else { new });
        let typed = names.filter_map(|name| {
            let column = Context::column(catalog, &ObjectId::part(Kind::Column, table, name))?;
            Some(KeyColumn { name: name.clone(), data_type: column.data_type.clone() })
        });
        typed.collect()
    }

    /// `bio, avatar`.
    pub fn named(&self) -> String {
        self.columns.iter().map(|each| each.old.id.name.to_string()).collect::<Vec<_>>().join(", ")
    }
}

/// What a statement leaves in a column that it does not name. A NOT NULL without a default goes in expand.
fn absent(column: &Column) -> Absent {
    match &column.default {
        None => Absent::Null,
        Some(default) if is_constant(default) => Absent::Constant(default.clone()),
        Some(_) => Absent::Any,
    }
}

/// Both tables are plain wherever they are, and nothing else happens to them that the triggers could not follow.
pub(super) fn is_possible(context: &Context, source: &QualifiedName, target: &QualifiedName) -> Result<(), String> {
    for table in [source, target] {
        for catalog in [context.from, context.to] {
            let Some(body) = Context::table(catalog, table) else { continue };
            if !catalog.is_plain_table(table) {
                return Err(format!(
                    "`{table}` is partitioned, inherits, has children or is foreign: its columns cannot go to another table, or come from one, yet"
                ));
            }
            if body.force_row_security {
                return Err(format!("the row security of `{table}` is forced upon its owner, who copies the rows"));
            }
        }
        if is_replaced(context.from, context.to, table) {
            return Err(format!("`{table}` is replaced by a new form: do that in a plan of its own"));
        }
    }
    let names = [source, target];
    let renamed = context.renamings.iter().find(|renaming| {
        let id = &renaming.new;
        match id.kind {
            Kind::Schema => names.iter().any(|name| name.schema == id.name),
            _ => names.contains(&&if id.is_part() { id.relation() } else { id.qualified() }),
        }
    });
    match renamed {
        Some(renaming) => Err(format!("{} is renamed too: rename it in a plan of its own", renaming.old)),
        None => Ok(()),
    }
}

fn check_keys(
    context: &Context,
    source: &QualifiedName,
    target: &QualifiedName,
    key: &[(Ident, Ident)],
) -> Result<(), String> {
    let olds: Vec<&Ident> = key.iter().map(|(_, old)| old).collect();
    if key_over(context.from, source, &olds).is_none() {
        return Err(format!("`{source}` has no primary or unique key over ({}) in the database", crate::sql::idents(olds)));
    }
    for (new, old) in key {
        key_fits(context, (source, old), Context::column(context.to, &ObjectId::part(Kind::Column, target, new)))?;
    }
    Ok(())
}

/// A column of the key is there on both sides, as it is, and can be compared in a trigger with the `other` table's.
pub(super) fn key_fits(
    context: &Context,
    (table, name): (&QualifiedName, &Ident),
    other: Option<&Column>,
) -> Result<(), String> {
    let id = ObjectId::part(Kind::Column, table, name);
    let sides = (Context::column(context.from, &id), Context::column(context.to, &id), other);
    let (Some(before), Some(after), Some(other)) = sides else {
        return Err(format!("{table}.{name} is not there on both sides"));
    };
    if before.data_type != after.data_type {
        return Err(format!("{table}.{name} changes its type too: change it in a plan of its own"));
    }
    if before.data_type.as_str().contains('.') || other.data_type.as_str().contains('.') {
        return Err(format!("{table}.{name} is of a type that is not built in: rows cannot be told apart by it in triggers"));
    }
    Ok(())
}

fn column<'a>(
    context: &'a Context<'a>,
    (source, old): (&QualifiedName, &Ident),
    (target, new): (&QualifiedName, &Ident),
) -> Result<TakenColumn<'a>, String> {
    let id = ObjectId::part(Kind::Column, source, old);
    let (Some(object), Some(before)) = (context.old(&id), Context::column(context.from, &id)) else {
        return Err(format!("`{source}` has no column {old} in the database that {target} could take over"));
    };
    let Some(after) = Context::column(context.to, &ObjectId::part(Kind::Column, target, new)) else {
        return Err(format!("`{target}` has no column {new}"));
    };
    if before.generated.is_some() || before.identity.is_some() {
        return Err(format!("{source}.{old} is generated: it has no values to take over"));
    }
    let in_key = context.from.parts(Kind::Constraint, source).any(|object| {
        matches!(&object.body, Body::Constraint(body)
            if body.kind == ConstraintKind::PrimaryKey && body.columns.contains(old))
    });
    if in_key {
        return Err(format!("{source}.{old} is part of the primary key: replace the key in a plan of its own"));
    }
    let owned = context.from.of_kind(Kind::Sequence).any(|object| {
        matches!(&object.body, Body::Sequence(sequence)
            if sequence.owned_by.as_ref().is_some_and(|(table, column)| table == source && column == old))
    });
    if owned {
        return Err(format!("{source}.{old} owns a sequence, which would go with it: let the sequence stand alone before"));
    }
    if before.data_type != after.data_type || before.collation != after.collation {
        return Err(format!(
            "{source}.{old} is {} and {target}.{new} is {}: change the type before the split, or behind it",
            spelled(before),
            spelled(after)
        ));
    }
    Ok(TakenColumn { old: object, body: before, new: new.clone(), required: after.not_null })
}

pub(super) fn spelled(column: &Column) -> String {
    match &column.collation {
        Some(collation) => format!("{} of collation {collation}", column.data_type),
        None => column.data_type.to_string(),
    }
}
