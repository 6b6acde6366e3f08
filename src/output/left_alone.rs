//! What a database holds and schemaplan does not manage, as a list: kind, count, names.

use super::text::counted;
use super::{Paint, Role};
use crate::model::Unmanaged;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The list by kind, empty where there is nothing; a property stands under the name of its object.
pub fn left_alone(unmanaged: &[Unmanaged], paint: Paint) -> String {
    let mut out = String::new();
    if unmanaged.is_empty() {
        return out;
    }
    let things = counted(unmanaged.len(), "thing");
    let _ = writeln!(out, "\n  {things} read and not managed: left alone");
    for (kind, names) in by_kind(unmanaged) {
        let left = format!("    {kind}");
        let _ = writeln!(
            out,
            "{}",
            paint.line(&left, &names.len().to_string(), Role::Faint)
        );
        for name in names {
            let _ = writeln!(out, "      {name}");
        }
    }
    out
}

/// The names of each kind, in order.
pub fn by_kind(unmanaged: &[Unmanaged]) -> BTreeMap<&str, Vec<String>> {
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for each in unmanaged {
        let name = match &each.property_of {
            Some(object) => format!("{object}: {}", each.name),
            None => each.name.clone(),
        };
        kinds.entry(&each.kind).or_default().push(name);
    }
    for names in kinds.values_mut() {
        names.sort();
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, ObjectId, QualifiedName};

    #[test]
    fn kinds_stand_with_count_and_names() {
        let table = ObjectId::named(Kind::Table, &QualifiedName::new("public", "stock"));
        let found = [
            Unmanaged::object("base type", "public.part"),
            Unmanaged::property(&table, "index of an unknown form", "stock_idx"),
            Unmanaged::object("base type", "public.crate"),
        ];
        let paint = Paint {
            width: 40,
            ..Paint::default()
        };
        let text = left_alone(&found, paint);
        assert_eq!(
            text,
            "\n  3 things read and not managed: left alone\n\
             \x20   base type                          2\n\
             \x20     public.crate\n\
             \x20     public.part\n\
             \x20   index of an unknown form           1\n\
             \x20     table public.stock: stock_idx\n"
        );
        assert_eq!(left_alone(&[], paint), "");
    }
}
