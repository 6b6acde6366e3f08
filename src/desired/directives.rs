//! What directives do to a catalog, and which of them make no sense there.

use super::annotate::own_directives;
use super::attach::Placed;
use super::resolve::{Resolver, addressed, identity};
use crate::change::split_table;
use crate::model::{Body, Catalog, Kind, ObjectId};
use crate::step::HazardCode;
use crate::text::{Diagnostic, DirectiveKind};

/// Writes the directives onto their objects. Returns what is wrong.
pub(super) fn apply(catalog: &mut Catalog, placed: Vec<(Placed, Option<ObjectId>)>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut ignored = Vec::new();
    let mut renamed = Vec::new();
    let mut taken = Vec::new();
    let mut keeping = Vec::new();
    for (placed, id) in placed {
        let done = match (&placed.directive.kind, id) {
            (DirectiveKind::DiscardObject(text), _) => discard(catalog, &placed, text),
            (_, None) => Err(unknown_object(&placed)),
            (kind, Some(id)) => {
                let checked = check(&placed, &id)
                    .and_then(|()| is_stored(catalog, &placed, &id))
                    .and_then(|()| is_partition(catalog, &placed, &id));
                match kind {
                    DirectiveKind::DependsOn(text) => depend(catalog, &placed, &id, text),
                    DirectiveKind::Ignore => {
                        ignored.push(id.clone());
                        Ok(())
                    }
                    DirectiveKind::RenamedFrom(names) => {
                        renamed.push((placed.clone(), id.clone(), names.clone()));
                        Ok(())
                    }
                    DirectiveKind::KeepLabel if checked.is_ok() => {
                        keeping.push((placed.clone(), id.clone()));
                        Ok(())
                    }
                    DirectiveKind::SplitFrom(_) | DirectiveKind::MergeFrom(_) if checked.is_ok() => {
                        taken.push((placed.clone(), id.clone()));
                        Ok(())
                    }
                    _ => Ok(()),
                }
                .and(checked)
                .map(|()| {
                    if let Some(object) = catalog.get_mut(&id) {
                        object.directives.push(placed.directive.clone());
                    }
                })
            }
        };
        diagnostics.extend(done.err().map(|diagnostic| *diagnostic));
    }
    for (placed, id) in keeping {
        diagnostics.extend(keeps_nothing(catalog, &placed, &id));
    }
    for (placed, id, names) in renamed {
        diagnostics.extend(still_there(catalog, &placed, &id, &names));
    }
    for (placed, id) in taken {
        let mistakes = split_table::wrong(catalog, &id, &placed.directive.kind).into_iter();
        diagnostics.extend(
            mistakes.map(|mistake| wrong(mistake.code, mistake.title, &placed, "").help(mistake.help)),
        );
    }
    for id in ignored {
        ignore(catalog, &id);
    }
    diagnostics
}

type Checked = Result<(), Box<Diagnostic>>;

fn wrong(code: &'static str, title: String, placed: &Placed, message: &str) -> Diagnostic {
    Diagnostic::error(code, title).at(&placed.source, placed.span, message)
}

fn unknown_object(placed: &Placed) -> Box<Diagnostic> {
    let name = placed
        .target
        .as_ref()
        .map(|target| target.name.clone())
        .unwrap_or_default();
    Box::new(wrong(
        "misplaced-directive",
        "this directive speaks of nothing that is there in the end".to_string(),
        placed,
        &format!("`{name}` is not in the schema that these files describe"),
    ))
}

/// Which kinds a directive can speak of; none where it can speak of all.
fn speaks_of(kind: &DirectiveKind) -> Option<&'static [Kind]> {
    Some(match kind {
        DirectiveKind::Backfill(_) | DirectiveKind::EmulateGenerated => &[Kind::Column],
        DirectiveKind::Using(_) | DirectiveKind::Reverse(_) => &[Kind::Column, Kind::Table, Kind::EnumType],
        DirectiveKind::SplitFrom(_)
        | DirectiveKind::MergeFrom(_)
        | DirectiveKind::Hot
        | DirectiveKind::FirstPartition => &[Kind::Table],
        DirectiveKind::KeepLabel => &[Kind::EnumType],
        _ => return None,
    })
}

fn check(placed: &Placed, id: &ObjectId) -> Checked {
    if let Some(kinds) = speaks_of(&placed.directive.kind)
        && !kinds.contains(&id.kind)
    {
        let words: Vec<&str> = kinds.iter().map(|kind| kind.tag()).collect();
        let title = format!("this directive cannot speak of a {}", id.kind);
        let message = format!("it stands with {} `{}`", id.kind, id.label());
        return Err(Box::new(
            wrong("misplaced-directive", title, placed, &message)
                .help(format!("it belongs to a {}", words.join(" or a "))),
        ));
    }
    let DirectiveKind::Allow(codes) = &placed.directive.kind else {
        return Ok(());
    };
    let known = |code: &str| HazardCode::ALL.iter().any(|hazard| hazard.code() == code);
    let Some(unknown) = codes.iter().find(|code| !known(code)) else {
        return Ok(());
    };
    let diagnostic = wrong("unknown-hazard", format!("no hazard `{unknown}`"), placed, "");
    let near = HazardCode::ALL
        .iter()
        .map(|hazard| (strsim::damerau_levenshtein(unknown, hazard.code()), hazard.code()))
        .min()
        .filter(|(distance, _)| *distance <= 4);
    Err(Box::new(match near {
        Some((_, code)) => diagnostic.help(format!("did you mean `{code}`?")),
        None => {
            let all: Vec<&str> = HazardCode::ALL.iter().map(|hazard| hazard.code()).collect();
            diagnostic.help(format!("the hazards are: {}", all.join(", ")))
        }
    }))
}

/// A label is kept beside the one that it is renamed to.
fn keeps_nothing(catalog: &Catalog, placed: &Placed, id: &ObjectId) -> Option<Diagnostic> {
    let object = catalog.get(id)?;
    let part = placed.directive.part.as_ref();
    let renamed = object.directives.iter().any(|directive| {
        matches!(directive.kind, DirectiveKind::RenamedFrom(_))
            && directive.part.is_some()
            && part.is_none_or(|part| directive.part.as_ref() == Some(part))
    });
    let what = part.map_or_else(
        || id.label(),
        |label| format!("the label {label} of {}", id.label()),
    );
    (!renamed).then(|| {
        let title = format!("there is no former label to keep: nothing says what {what} was renamed from");
        wrong("misplaced-directive", title, placed, "")
            .help("say `-- schemaplan: renamed from 'former label'` beside it, or leave `keep-label` out")
    })
}

/// A table turns into a partition of its partitioned form.
fn is_partition(catalog: &Catalog, placed: &Placed, id: &ObjectId) -> Checked {
    let body = catalog.get(id).map(|object| &object.body);
    if placed.directive.kind != DirectiveKind::FirstPartition
        || matches!(body, Some(Body::Table(table)) if table.partition_of.is_some())
    {
        return Ok(());
    }
    let title = format!("{} is no partition", id.label());
    Err(Box::new(wrong("misplaced-directive", title, placed, "").help(
        "say it above the partition that the table, plain until now, is to become",
    )))
}

/// What a trigger is to compute is a column that the files have the server compute and store.
fn is_stored(catalog: &Catalog, placed: &Placed, id: &ObjectId) -> Checked {
    if placed.directive.kind != DirectiveKind::EmulateGenerated {
        return Ok(());
    }
    let (message, help) = match catalog.get(id).map(|object| &object.body) {
        Some(Body::Column(column)) => match &column.generated {
            Some(generated) if generated.stored => return Ok(()),
            Some(_) => (
                "the column is VIRTUAL: it comes and goes without a row being written",
                "leave the directive out",
            ),
            None => (
                "the column is not generated",
                "write it as `GENERATED ALWAYS AS (expression) STORED`; for a value that writes may change say `-- schemaplan: backfill EXPR`",
            ),
        },
        _ => return Ok(()),
    };
    let title = format!("there is nothing to emulate in {}", id.label());
    Err(Box::new(
        wrong("misplaced-directive", title, placed, message).help(help),
    ))
}

fn depend(catalog: &mut Catalog, placed: &Placed, id: &ObjectId, text: &str) -> Checked {
    let mut resolver = Resolver::new(catalog);
    let found = addressed(text)
        .into_iter()
        .find_map(|(target, _)| resolver.find(&target, &placed.search_path));
    let Some(used) = found else {
        let diagnostic = wrong(
            "unknown-object",
            format!("no object `{text}` to depend on"),
            placed,
            "",
        );
        return Err(Box::new(diagnostic.help(
            "write its kind and name: `depends on table public.orders`, `depends on function f(integer)`",
        )));
    };
    if let Some(object) = catalog.get_mut(id)
        && used != *id
    {
        object.depends_on.insert(used);
    }
    Ok(())
}

fn discard(catalog: &mut Catalog, placed: &Placed, text: &str) -> Checked {
    let named = addressed(text);
    let [(target, Some(kind))] = named.as_slice() else {
        let diagnostic = wrong(
            "unknown-object",
            format!("`{text}` does not say what kind of object it is"),
            placed,
            "",
        );
        return Err(Box::new(diagnostic.help(format!(
            "write `discard table {text}` or `discard column TABLE.COLUMN`"
        ))));
    };
    let id = identity(target, *kind, &placed.search_path);
    if catalog.get(&id).is_some() {
        return Err(Box::new(
            wrong(
                "stale-directive",
                format!("{id} is not dropped: the files still define it"),
                placed,
                "",
            )
            .help("remove the directive, or the definition"),
        ));
    }
    catalog.discards.insert(id, placed.directive.clone());
    Ok(())
}

/// A rename whose old name is still defined cannot be one, unless the two change places. A table and a column may leave their name
/// to a new one: that is how one is put aside, and the plan says whom it breaks.
fn still_there(catalog: &Catalog, placed: &Placed, id: &ObjectId, names: &[String]) -> Option<Diagnostic> {
    if placed.directive.part.is_some() || matches!(id.kind, Kind::Function | Kind::Aggregate) {
        return None;
    }
    let [name] = names else { return None };
    let old = ObjectId {
        name: crate::model::Ident::new(name.clone()),
        ..id.clone()
    };
    let object = catalog.get(&old)?;
    let moves = own_directives(object).any(|d| matches!(d.kind, DirectiveKind::RenamedFrom(_)));
    let same = old == *id;
    (same || !moves && !matches!(id.kind, Kind::Table | Kind::Column)).then(|| {
        wrong(
            "stale-directive",
            format!("{old} is still there, so {} is not it renamed", id.label()),
            placed,
            "",
        )
        .help("remove the directive, or the old definition")
    })
}

/// Takes an object out, with its parts and what stands on it alone.
fn ignore(catalog: &mut Catalog, id: &ObjectId) {
    let name = id.qualified();
    let goes = |other: &ObjectId, body: &Body| {
        let part = !id.is_part() && other.relation() == name && other.is_part();
        let index = matches!(body, Body::Index(index) if index.table == name);
        let sequence =
            matches!(body, Body::Sequence(s) if s.owned_by.as_ref().is_some_and(|(table, _)| *table == name));
        let inside = id.kind == Kind::Schema && other.schema == id.name;
        other == id || inside || part || (!id.is_part() && (index || sequence))
    };
    let gone: Vec<ObjectId> = catalog
        .objects
        .values()
        .filter(|object| goes(&object.id, &object.body))
        .map(|o| o.id.clone())
        .collect();
    for id in gone {
        catalog.objects.remove(&id);
        catalog.ignored.insert(id);
    }
}
