//! What bears another name, or is found elsewhere, before everything else of a plan although no file says so.

use super::former_names::{Members, Renaming, whole};
use super::{
    Context,
    exchange_type::nested,
    rebuild_domain::is_rebuilt,
    rebuild_enum::users,
    renamed_catalog::goes_on,
    replaced::{keys_below, names},
};
use crate::model::{Body, Catalog, CompositeType, Ident, Kind, Object, ObjectId, TypeName};
use crate::sql;
use crate::sql::own_name::former_name;
use std::collections::BTreeSet;

/// Extensions that the files put into another schema: their members go along, and whatever says the name of one says the
/// new one from then on.
pub(super) fn moved_extensions(from: &Catalog, to: &Catalog) -> Vec<Renaming> {
    let moves = |live: &&std::sync::Arc<Object>| match (&live.body, to.get(&live.id).map(|new| &new.body)) {
        (Body::Extension(old), Some(Body::Extension(new))) => old.schema != new.schema,
        _ => false,
    };
    from.objects
        .values()
        .filter(moves)
        .filter_map(|live| moved(from, to, live))
        .collect()
}

fn moved(from: &Catalog, to: &Catalog, live: &Object) -> Option<Renaming> {
    let (Body::Extension(old), Body::Extension(new)) = (&live.body, &to.get(&live.id)?.body) else {
        return None;
    };
    let act = |schema: &Ident| {
        let action = format!("SET SCHEMA {}", sql::ident(schema));
        vec![sql::alter::alter_object(
            "EXTENSION",
            &sql::ident(&live.id.name),
            &action,
        )]
    };
    let (before, after) = (
        format!("{}.", sql::ident(&old.schema)),
        format!("{}.", sql::ident(&new.schema)),
    );
    let mut names = names_of_members(from, live, &before);
    names.extend(names_of_members(to, live, &after));
    let operator = |schema: &str| format!("OPERATOR({schema}");
    let both = |name: &String| (format!("{before}{name}"), format!("{after}{name}"));
    let mut said: Vec<(String, String)> = names.iter().map(both).collect();
    said.push((operator(&before), operator(&after)));
    Some(Renaming {
        old: live.id.clone(),
        new: live.id.clone(),
        label: None,
        up: act(&new.schema),
        down: act(&old.schema),
        follows: false,
        members: Some(Members {
            schema: new.schema.clone(),
            said,
        }),
    })
}

/// The names in the extension's schema that the texts of its users say and that no object of the catalog bears.
fn names_of_members(catalog: &Catalog, extension: &Object, prefix: &str) -> BTreeSet<String> {
    let own: BTreeSet<String> = catalog
        .objects
        .values()
        .filter(|object| !object.id.is_part())
        .map(|object| sql::qualified(&object.id.qualified()))
        .collect();
    let mut names = BTreeSet::new();
    for user in catalog
        .objects
        .values()
        .filter(|object| object.depends_on.contains(&extension.id))
    {
        // Texts as a catalog holds them; quotes are escaped in JSON.
        let text = serde_json::to_string(&**user)
            .unwrap_or_default()
            .replace("\\\"", "\"");
        for (at, _) in text.match_indices(prefix) {
            let begins = !text[..at]
                .chars()
                .next_back()
                .is_some_and(|letter| goes_on(letter) && letter != '"');
            let name = first_name(&text[at + prefix.len()..]);
            if begins && !name.is_empty() && !own.contains(&format!("{prefix}{name}")) {
                names.insert(name);
            }
        }
    }
    names
}

/// The identifier that a text begins with, quotes included.
fn first_name(text: &str) -> String {
    match text.strip_prefix('"') {
        Some(quoted) => quoted
            .split_once('"')
            .map(|(name, _)| format!("\"{name}\""))
            .unwrap_or_default(),
        None => text
            .chars()
            .take_while(|letter| goes_on(*letter) && *letter != '"')
            .collect(),
    }
}

/// Collations that the files define otherwise while something is built on them: PostgreSQL alters none, so the former one
/// leaves its name to the new one and is dropped when everybody has gone over.
pub(super) fn replaced_collations(from: &Catalog, to: &Catalog) -> Vec<Renaming> {
    let used = |id: &ObjectId| from.objects.values().any(|object| object.depends_on.contains(id));
    let differs =
        |live: &&Object| to.get(&live.id).is_some_and(|new| new.body != live.body) && used(&live.id);
    from.of_kind(Kind::Collation)
        .filter(differs)
        .map(leaving_its_name)
        .collect()
}

/// Types that are built anew while a table is partitioned by a column of them: no column of such a key changes its type, so
/// the type leaves its name, with what is made of it, and the table is made anew on the new one.
pub(super) fn types_of_keys(from: &Catalog, to: &Catalog) -> Vec<Renaming> {
    let kinds = [Kind::EnumType, Kind::Domain, Kind::CompositeType, Kind::RangeType];
    let mut found: Vec<&Object> = Vec::new();
    for kind in kinds {
        for live in from.of_kind(kind).filter(|live| is_built_anew(from, to, live)) {
            let made_of_it = nested(from, &live.id);
            let whole = || made_of_it.iter().chain([&live.id]);
            if whole().any(|id| is_of_partition_key(from, id)) {
                // The outermost first, as a range's constructors are addressed by its subtype.
                found.extend(whole().filter_map(|id| from.get(id)).rev());
            }
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|live| seen.insert(&live.id));
    found.into_iter().map(leaving_its_name).collect()
}

/// True for a type that no ALTER makes what the files want.
fn is_built_anew(from: &Catalog, to: &Catalog, live: &Object) -> bool {
    match (&live.body, to.get(&live.id).map(|new| &new.body)) {
        (Body::EnumType(old), Some(Body::EnumType(new))) => {
            old.labels != new.labels && !old.becomes_by_adding(new)
        }
        (Body::Domain(_), Some(Body::Domain(_))) => is_rebuilt(from, to, &live.id.qualified()),
        (Body::CompositeType(old), Some(Body::CompositeType(new))) => {
            let form = |body: &CompositeType| -> Vec<(Ident, TypeName)> {
                let attributes = body.attributes.iter();
                attributes
                    .map(|each| (each.name.clone(), each.data_type.clone()))
                    .collect()
            };
            !form(new).starts_with(&form(old))
        }
        (Body::RangeType(old), Some(Body::RangeType(new))) => old != new,
        _ => false,
    }
}

/// True where a table, or a partition of it, is partitioned by a column of the type.
pub(super) fn is_of_partition_key(catalog: &Catalog, of: &ObjectId) -> bool {
    users(catalog, &of.qualified())
        .into_iter()
        .any(|(table, column, _)| {
            let own = Context::table(catalog, &table).and_then(|body| body.partition_key.as_ref());
            let own = own.map(|key| key.as_str()).into_iter();
            own.chain(keys_below(catalog, &table))
                .any(|key| names(key, &column))
        })
}

fn leaving_its_name(live: &Object) -> Renaming {
    let mut id = live.id.clone();
    id.name = former_name(&live.id.name);
    let mut renaming = whole(live, &id);
    renaming.follows = true;
    renaming
}
