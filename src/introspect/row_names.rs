//! Views over functions that return a table's rows.
//!
//! The server prints the columns of such a function one by one, `f() r(id, a, b)`, in the order of the table behind it.
//! Made from that text on a database whose table has another order, a view would show the values of one column under the
//! name of another. Where the list says nothing but the table's own names it is left out, so that each server fills it in.

use crate::model::{Body, Catalog, Ident, Object, ObjectId, QualifiedName};
use crate::sql::ident;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Leaves the lists out of the views that have them.
pub(super) fn leave_out(catalog: &mut Catalog) {
    let lists = lists(catalog);
    if lists.is_empty() {
        return;
    }
    for object in catalog.objects.values_mut() {
        let used = object.depends_on.iter().filter_map(|id| lists.get(id));
        let Some(text) = used.fold(None, |text: Option<String>, list| {
            let now = text.as_deref().or_else(|| query(object))?;
            without(now, list).or(text)
        }) else {
            continue;
        };
        match &mut Arc::make_mut(object).body {
            Body::View(view) => (view.definition, view.rewritten) = (text, true),
            Body::MaterializedView(view) => (view.definition, view.rewritten) = (text, true),
            _ => {}
        }
    }
}

fn query(object: &Object) -> Option<&str> {
    match &object.body {
        Body::View(view) => Some(&view.definition),
        Body::MaterializedView(view) => Some(&view.definition),
        _ => None,
    }
}

/// The functions that return rows of a table or composite type, each with the names of those rows' columns, quoted
/// where they must be.
fn lists(catalog: &Catalog) -> BTreeMap<ObjectId, Vec<String>> {
    let called: Vec<(&ObjectId, &str)> = catalog
        .objects
        .values()
        .filter(|object| query(object).is_some())
        .flat_map(|view| view.depends_on.iter())
        .filter_map(|id| match &catalog.objects.get(id)?.body {
            Body::Function(function) => {
                let result = function.result.as_deref()?;
                Some((id, result.strip_prefix("SETOF ").unwrap_or(result)))
            }
            _ => None,
        })
        .collect();
    if called.is_empty() {
        return BTreeMap::new();
    }
    let rows = rows(catalog);
    called
        .into_iter()
        .filter_map(|(id, result)| {
            let names = rows.get(result)?;
            Some((id.clone(), names.iter().map(|name| ident(name)).collect()))
        })
        .collect()
}

/// The columns of each table, view and composite type in their order, by its name as a function's result prints it.
fn rows(catalog: &Catalog) -> BTreeMap<String, Vec<&Ident>> {
    let mut found: BTreeMap<String, Vec<(u32, &Ident)>> = BTreeMap::new();
    let printed = |name: &QualifiedName| crate::sql::qualified(name);
    for object in catalog.objects.values() {
        match &object.body {
            Body::Column(column) => found
                .entry(printed(&object.id.relation()))
                .or_default()
                .push((column.position, &object.id.name)),
            Body::View(view) => {
                let names = view.columns.iter().map(|column| (0, &column.name));
                found.insert(printed(&object.id.qualified()), names.collect());
            }
            Body::CompositeType(composite) => {
                let names = composite.attributes.iter().map(|attribute| (0, &attribute.name));
                found.insert(printed(&object.id.qualified()), names.collect());
            }
            _ => {}
        }
    }
    found
        .into_iter()
        .map(|(name, mut columns)| {
            columns.sort_by_key(|(position, _)| *position);
            (name, columns.into_iter().map(|(_, name)| name).collect())
        })
        .collect()
}

/// The text without the names of a row behind the aliases of functions; none where it holds no such list. A list that was
/// printed before the table got more columns holds fewer.
fn without(text: &str, row: &[String]) -> Option<String> {
    let open = format!("({}", row.first()?);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&open) {
        let (before, list) = rest.split_at(at);
        out.push_str(before);
        match list
            .find(')')
            .filter(|close| is_row(&list[1..*close], row) && names_a_function(before))
        {
            Some(close) => rest = &list[close + 1..],
            None => {
                out.push_str(&open);
                rest = &list[open.len()..];
            }
        }
    }
    out.push_str(rest);
    (out.len() < text.len()).then_some(out)
}

/// True where the names are those of the row, from the first on.
fn is_row(list: &str, row: &[String]) -> bool {
    let list = list.strip_suffix(", ordinality").unwrap_or(list);
    let names: Vec<&str> = list.split(", ").collect();
    names.len() <= row.len() && names.iter().zip(row).all(|(name, own)| *name == own.as_str())
}

/// True where a text ends with a call and its alias: `f(1) r`, `f(1) WITH ORDINALITY "R"`.
fn names_a_function(before: &str) -> bool {
    let call = match before.strip_suffix('"') {
        Some(inside) => inside.rfind('"').map(|open| &inside[..open]),
        None => before.rfind(' ').map(|space| &before[..=space]),
    };
    call.is_some_and(|call| {
        let call = call.trim_end();
        call.strip_suffix(" WITH ORDINALITY")
            .unwrap_or(call)
            .ends_with(')')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_rows_are_left_out_behind_a_call_alone() {
        let row = ["id", "a", "added"].map(str::to_owned);
        let text =
            " SELECT r.id, r.a\n   FROM public.f(1) r(id, a)\n     JOIN public.f((2)) \"R S\"(id, a) ON true";
        assert_eq!(
            without(text, &row).as_deref(),
            Some(" SELECT r.id, r.a\n   FROM public.f(1) r\n     JOIN public.f((2)) \"R S\" ON true")
        );
        assert_eq!(without("SELECT x FROM t t(id, a)", &row), None);
        assert_eq!(without("SELECT g(id, a) FROM f() r(a, id)", &row), None);
        assert_eq!(
            without("FROM public.f() WITH ORDINALITY r(id, a, ordinality)", &row).as_deref(),
            Some("FROM public.f() WITH ORDINALITY r")
        );
    }
}
