//! Enums whose labels go or stand in another order: the new type lives beside the old one, its columns are carried as shadows
//! of it, and the two types exchange their names in the cut-over.

use super::{Carried, Carry, Way};
use crate::change::rebuild_enum::{self, users};
use crate::change::{Change, Context, Detail, carrying, exchange_type, restoring};
use crate::model::{Body, Catalog, EnumType, Ident, Kind, Object, ObjectId, QualifiedName, TypeName};
use crate::sql::own_name::{former_name, shadow_name};
use crate::sql::{self, Stmt};
use crate::step::{Action, DoneWhen, Fact, HazardCode, Phase, Step, Undo, Verdict};

/// The code of columns that are carried for their enum's sake.
const CODE: &str = "rebuild_enum";

/// An enum in both its forms.
pub(super) struct Exchanged<'a> {
    old: &'a Object,
    new: &'a Object,
    before: &'a EnumType,
    after: &'a EnumType,
    /// The new type before the cut-over.
    fresh: QualifiedName,
    /// The old type behind it.
    former: QualifiedName,
}

/// The columns that a rebuilt enum carries along, arrays of it too; none where all tables are small, or where something else is
/// made of the type: a domain, a composite type, a column that changes its name or its type as well, a check by a function over it.
pub fn columns_of(context: &Context, change: &Change, changes: &[Change]) -> Vec<Carried> {
    let Detail::RebuildEnum(_) = &change.detail else {
        return Vec::new();
    };
    let name = change.object.qualified();
    let used = users(context.from, &name);
    let another_name = |table: &QualifiedName, column: &Ident| {
        let id = ObjectId::part(Kind::Column, table, column);
        context.renamings.iter().any(|renaming| renaming.new == id)
    };
    let is_renamed = changes
        .iter()
        .any(|other| other.object == change.object && matches!(other.detail, Detail::RenameObject(_)));
    let carries = |table: &QualifiedName| {
        !context.is_new(table) && (context.from.is_plain_table(table) || context.from.is_partitioned(table))
    };
    let staged = used.iter().any(|(table, _, _)| !context.is_direct(table))
        && used == users(context.to, &name)
        && used.iter().all(|(table, _, _)| carries(table))
        && !used.iter().any(|(table, column, _)| another_name(table, column))
        && exchange_type::nested(context.from, &change.object).is_empty()
        && exchange_type::nested(context.to, &change.object).is_empty()
        && !is_called_with(context.from, &change.object)
        && !is_called_with(context.to, &change.object);
    let pair = exchanged(context, &change.object).filter(|_| staged && !is_renamed);
    let Some(pair) = pair else { return Vec::new() };
    let carried = |(table, column, array): (QualifiedName, Ident, bool)| {
        let brackets = if array { "[]" } else { "" };
        let text = format!("{}::text{brackets}", sql::ident(&column));
        let labels: Vec<String> = pair
            .before
            .labels
            .iter()
            .map(|label| sql::literal(label))
            .collect();
        let labels = labels.join(", ");
        let known = match array {
            // No NULL is equal to another.
            true => format!(
                "pg_catalog.array_replace({text}, NULL, {}) <@ ARRAY[{labels}]::text[]",
                pair.before
                    .labels
                    .first()
                    .map_or_else(|| "''".to_owned(), |label| sql::literal(label))
            ),
            false => format!("{text} IN ({labels})"),
        };
        let up = format!("{text}::{}{brackets}", sql::qualified(&pair.fresh));
        let down = format!("{text}::{}{brackets}", sql::qualified(&pair.former));
        let is_total = array
            && pair
                .after
                .labels
                .iter()
                .all(|label| pair.before.labels.contains(label));
        let down = match is_total {
            true => down,
            false => format!("CASE WHEN {known} THEN {down} END"),
        };
        Carried {
            column: ObjectId::part(Kind::Column, &table, &column),
            way: Way::Shadow {
                old: column,
                up,
                down: Some(down),
            },
            code: CODE,
            origin: change.origin.clone(),
        }
    };
    used.into_iter().map(carried).collect()
}

/// True where a constraint, an index or a generated column calls a function that takes or gives the type: none such takes the
/// new type before it bears the name, so a shadow cannot have copies of them.
fn is_called_with(catalog: &Catalog, id: &ObjectId) -> bool {
    let takes = |object: &Object| object.id.kind == Kind::Function && object.depends_on.contains(id);
    let calls = |object: &Object| match &object.body {
        Body::Column(column) => column.generated.is_some(),
        body => matches!(body, Body::Constraint(_) | Body::Index(_)),
    };
    let objects = catalog.objects.values().filter(|object| calls(object));
    let mut used = objects
        .flat_map(|object| &object.depends_on)
        .filter(|used| used.kind == Kind::Function);
    used.any(|used| catalog.get(used).is_some_and(takes))
}

fn exchanged<'a>(context: &Context<'a>, id: &ObjectId) -> Option<Exchanged<'a>> {
    let (old, new) = (context.old(id)?, context.new_of(id)?);
    let (Body::EnumType(before), Body::EnumType(after)) = (&old.body, &new.body) else {
        return None;
    };
    let named = |name: Ident| QualifiedName {
        schema: id.schema.clone(),
        name,
    };
    Some(Exchanged {
        old,
        new,
        before,
        after,
        fresh: named(shadow_name(&id.name)),
        former: named(former_name(&id.name)),
    })
}

/// The enum of a column that is carried for its sake.
pub fn enum_of(context: &Context, carried: &Carried) -> Option<ObjectId> {
    if carried.code != CODE {
        return None;
    }
    let column = Context::column(context.from, &carried.column)?;
    let element = column.data_type.as_str();
    let element = element.strip_suffix("[]").unwrap_or(element);
    let is_its = |object: &&Object| sql::qualified(&object.id.qualified()) == element;
    context
        .from
        .of_kind(Kind::EnumType)
        .find(is_its)
        .map(|object| object.id.clone())
}

impl<'a> Carry<'a> {
    /// The enums that are exchanged.
    pub fn enums(&self) -> Vec<ObjectId> {
        let columns = self.tables.iter().flat_map(|table| &table.columns);
        let mut found: Vec<ObjectId> = columns
            .filter_map(|carried| enum_of(self.context, carried))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn exchanged(&self) -> Vec<Exchanged<'a>> {
        self.enums()
            .iter()
            .filter_map(|id| exchanged(self.context, id))
            .collect()
    }

    /// The column as a shadow of the new type, or on the way back as one of the former type.
    pub(super) fn typed(&self, carried: &Carried, mut column: Object, is_former: bool) -> Object {
        let pair = enum_of(self.context, carried).and_then(|id| exchanged(self.context, &id));
        if let (Some(pair), Body::Column(body)) = (pair, &mut column.body) {
            let name = if is_former { &pair.former } else { &pair.fresh };
            let brackets = if body.data_type.as_str().ends_with("[]") {
                "[]"
            } else {
                ""
            };
            body.data_type = TypeName::new(format!("{}{brackets}", sql::qualified(name)));
        }
        column
    }

    /// That the type of a column carried for its enum's sake has the new labels under its own name.
    pub(super) fn has_new_labels(&self, carried: &Carried) -> Option<String> {
        let pair = exchanged(self.context, &enum_of(self.context, carried)?)?;
        Some(sql::probe::labels(&pair.new.id.qualified(), &pair.after.labels))
    }

    /// Statements over columns of an exchanged type, in the name that it bears at that time.
    pub(super) fn in_type_names(&self, action: Action, is_former: bool) -> Action {
        let replaced = |statement: Stmt| {
            let mut text = statement.as_str().to_owned();
            for pair in self.exchanged() {
                let name = if is_former { &pair.former } else { &pair.fresh };
                text = cast_to_another(&text, &pair.new.id.qualified(), name);
            }
            Stmt::new(text)
        };
        match action {
            Action::Statements(statements) => {
                Action::Statements(statements.into_iter().map(replaced).collect())
            }
            Action::Sequence(actions) => {
                let each = actions
                    .into_iter()
                    .map(|action| self.in_type_names(action, is_former));
                Action::Sequence(each.collect())
            }
            other => other,
        }
    }

    /// The new types, before any column is of them.
    pub(super) fn create_types(&self) -> Vec<Step> {
        let make = |pair: Exchanged| {
            let removed = pair.removed();
            let mut step = Step::new(
                pair.new.id.clone(),
                CODE,
                if removed.is_empty() {
                    Phase::Expand
                } else {
                    Phase::Migrate
                },
                format!("Create {} beside {}", pair.fresh, pair.new.id),
                Action::one(sql::create_enum(&pair.fresh, &pair.after.labels)),
                Undo::statements(vec![sql::drop_type(&pair.fresh)]),
                DoneWhen::Holds(format!(
                    "({}) OR ({})",
                    sql::probe::labels(&pair.fresh, &pair.after.labels),
                    sql::probe::labels(&pair.new.id.qualified(), &pair.after.labels)
                )),
            );
            step.origin = self.context.to.origin(&pair.new.id).cloned();
            for (table, column, array) in users(self.context.from, &pair.old.id.qualified()) {
                let found = rebuild_enum::no_row_with(self.context, &table, &column, array, &removed);
                step.preconditions.extend(found);
            }
            step.application
                .extend(rebuild_enum::no_longer(&pair.new.id, &removed));
            if !removed.is_empty() {
                step.hazards.push(crate::change::build::hazard(
                    HazardCode::Tightens,
                    Verdict::Warn,
                    &pair.new.id,
                    format!(
                        "writes of {} into columns of {} are rejected from here on",
                        removed.join(", "),
                        pair.new.id
                    ),
                ));
            }
            step
        };
        self.exchanged().into_iter().map(make).collect()
    }

    /// The types change places; the columns know them by more than their names.
    pub(super) fn exchange_types(&self) -> Vec<Stmt> {
        let over = |pair: Exchanged| {
            let name = pair.new.id.qualified();
            let mut statements = vec![renamed(&name, &pair.former), renamed(&pair.fresh, &name)];
            statements.extend(
                sql::create(&carrying(pair.new, pair.old), self.context.to)
                    .into_iter()
                    .skip(1),
            );
            statements
        };
        self.exchanged().into_iter().flat_map(over).collect()
    }

    pub(super) fn exchange_types_back(&self) -> Vec<Stmt> {
        let back = |pair: Exchanged| {
            let name = pair.old.id.qualified();
            vec![renamed(&name, &pair.fresh), renamed(&pair.former, &name)]
        };
        self.exchanged().into_iter().flat_map(back).collect()
    }

    /// What the cut-over says of the types.
    pub(super) fn type_facts(&self) -> Vec<Fact> {
        let ids = self.enums().into_iter();
        ids.flat_map(|id| [Fact::Exists(id.clone()), Fact::Changed(id)])
            .collect()
    }

    /// The old types, once no column is of them.
    pub(super) fn drop_types(&self) -> Vec<Step> {
        let drop = |pair: Exchanged| {
            let mut again = vec![sql::create_enum(&pair.former, &pair.before.labels)];
            let mut twin = restoring(pair.old);
            twin.id.name = pair.former.name.clone();
            again.extend(sql::create(&twin, self.context.from).into_iter().skip(1));
            let mut step = Step::new(
                pair.new.id.clone(),
                CODE,
                Phase::Contract,
                format!("Drop the former {}", pair.new.id),
                Action::one(sql::drop_type(&pair.former)),
                Undo::statements(again),
                DoneWhen::Holds(sql::probe::not(&sql::probe::type_name(&pair.former))),
            );
            step.origin = self.context.to.origin(&pair.new.id).cloned();
            step.application
                .extend(rebuild_enum::not_yet(&pair.new.id, pair.before, pair.after));
            step
        };
        self.exchanged().into_iter().map(drop).collect()
    }

    /// A shadow of a type that lost labels comes when writes of those are no longer expected.
    pub(super) fn begins_in(&self, columns: &[Carried]) -> Phase {
        let mut pairs = columns
            .iter()
            .filter_map(|carried| exchanged(self.context, &enum_of(self.context, carried)?));
        if pairs.any(|pair| !pair.removed().is_empty()) {
            Phase::Migrate
        } else {
            Phase::Expand
        }
    }
}

impl Exchanged<'_> {
    fn removed(&self) -> Vec<String> {
        let gone = self
            .before
            .labels
            .iter()
            .filter(|label| !self.after.labels.contains(label));
        gone.cloned().collect()
    }
}

fn renamed(name: &QualifiedName, to: &QualifiedName) -> Stmt {
    sql::alter::rename("TYPE", &sql::qualified(name), &to.name)
}

/// `'a'::public.state` in the name of another type.
fn cast_to_another(text: &str, from: &QualifiedName, to: &QualifiedName) -> String {
    let (old, new) = (
        format!("::{}", sql::qualified(from)),
        format!("::{}", sql::qualified(to)),
    );
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(&old) {
        let (before, behind) = (&rest[..at], &rest[at + old.len()..]);
        let longer =
            behind.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$');
        out.push_str(before);
        out.push_str(if longer { &old } else { &new });
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::cast_to_another;
    use crate::model::QualifiedName;

    #[test]
    fn only_that_type_is_named_anew() {
        let name = |name: &str| QualifiedName::new("public", name);
        let text = "WHERE a = 'x'::public.state AND b = 'y'::public.state_of_play OR c = ANY (ARRAY['x'::public.state])";
        assert_eq!(
            cast_to_another(text, &name("state"), &name("schemaplan_new_state")),
            "WHERE a = 'x'::public.schemaplan_new_state AND b = 'y'::public.state_of_play OR c = ANY (ARRAY['x'::public.schemaplan_new_state])"
        );
    }
}
