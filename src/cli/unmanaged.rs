//! What is read and not managed: said by kind and name; what the files want of it stops a plan.

use super::failure::{Exit, Failure};
use super::other_major::NOT_MADE;
use super::pipeline::Sides;
use super::workbench::Workbench;
use crate::change::{Change, Verb};
use crate::model::Unmanaged;
use crate::output::by_kind;
use crate::output::text::counted;
use crate::text::Diagnostic;

/// What was granted on the server's own objects and on those of extensions.
const PRIVILEGES: &str = "privileges";

/// Everything of both sides, each thing once; what the target has and the other side has not is [`wanted`] as well.
pub fn all(sides: &Sides) -> Vec<Unmanaged> {
    let mut all = sides.from.unmanaged.clone();
    all.extend(sides.target.unmanaged.iter().cloned());
    all.sort();
    all.dedup_by(|b, a| a.is_same(b));
    all
}

/// What the target has and the other side has not: no plan makes it.
fn wanted(sides: &Sides) -> impl Iterator<Item = &Unmanaged> {
    let there = |wanted: &Unmanaged| sides.from.unmanaged.iter().any(|each| each.is_same(wanted));
    let whole = sides
        .target
        .unmanaged
        .iter()
        .filter(|each| each.property_of.is_none());
    whole.filter(move |each| !there(each))
}

/// Says what is there and not managed; true where a property of a managed object is among it, which makes the answer
/// partial.
pub fn report(unmanaged: &[Unmanaged], bench: &Workbench) -> bool {
    show(left_alone(unmanaged), bench)
}

/// As [`report`], of both sides: an answer that leaves out what the target wants is partial, too.
pub fn report_both(sides: &Sides, bench: &Workbench) -> bool {
    let wanted: Vec<&Unmanaged> = wanted(sides).collect();
    let mut rest = all(sides);
    rest.retain(|each| !wanted.iter().any(|wanted| wanted.is_same(each)));
    let mut diagnostics: Vec<Diagnostic> = wanted.iter().map(|each| not_made(each)).collect();
    diagnostics.extend(left_alone(&rest));
    show(diagnostics, bench)
}

/// What a plan that passed its [`gate`] still leaves out: properties that are not modelled, and privileges that the target
/// wants on what is not ours. True where there are any: the answer is partial.
pub fn report_left_out(sides: &Sides, bench: &Workbench) -> bool {
    let mut diagnostics = left_alone(&sides.properties());
    let privileges = wanted(sides).filter(|each| each.kind == PRIVILEGES);
    diagnostics.extend(privileges.map(not_made));
    show(diagnostics, bench)
}

fn show(diagnostics: Vec<Diagnostic>, bench: &Workbench) -> bool {
    bench.terminal.show(&diagnostics);
    diagnostics.iter().any(Diagnostic::is_error)
}

/// Refuses a plan that would have to make or to break something that is not managed.
///
/// # Errors
/// All that stands in the way.
pub fn gate(sides: &Sides, changes: &[Change]) -> Result<(), Failure> {
    // Nothing stands on privileges: they are said, and the rest is planned.
    let made = wanted(sides).filter(|each| each.kind != PRIVILEGES);
    let mut diagnostics: Vec<Diagnostic> = made.map(not_made).collect();
    let gone = |change: &&Change| matches!(change.verb, Verb::Drop | Verb::Recreate);
    for change in changes.iter().filter(gone) {
        let users = sides.from.unmanaged.iter();
        for user in users.filter(|user| user.depends_on.contains(&change.object)) {
            let title = format!(
                "{} cannot go: {user} uses it, which schemaplan does not manage yet",
                change.object
            );
            let diagnostic = Diagnostic::error("unmanaged", title).help(format!(
                "keep {} in the files, or drop the {} by hand first",
                change.object, user.kind
            ));
            diagnostics.push(diagnostic);
        }
    }
    match diagnostics.is_empty() {
        true => Ok(()),
        false => Err(Failure {
            exit: Exit::Refused,
            diagnostics,
        }),
    }
}

/// Refuses to run what was planned from definitions that the engine could not read: they would look changed for no reason.
///
/// # Errors
/// Where there are any.
pub fn refuse_unread(sides: &Sides) -> Result<(), Failure> {
    let unread = sides
        .properties()
        .iter()
        .filter(|each| each.kind.starts_with(NOT_MADE))
        .count();
    if unread == 0 {
        return Ok(());
    }
    Err(Failure::refused(
        "other-major",
        format!(
            "nothing was run: {} of the live server could not be read by the engine's PostgreSQL",
            counted(unread, "definition")
        ),
        "install the live server's major, or give `--shadow` the URL of one",
    ))
}

/// Properties one by one; whole objects one kind at a time.
fn left_alone(unmanaged: &[Unmanaged]) -> Vec<Diagnostic> {
    let (properties, whole): (Vec<Unmanaged>, Vec<Unmanaged>) = unmanaged
        .iter()
        .cloned()
        .partition(|each| each.property_of.is_some());
    let mut diagnostics: Vec<Diagnostic> = properties.iter().map(property_left_alone).collect();
    diagnostics.extend(
        by_kind(&whole)
            .iter()
            .map(|(kind, names)| kind_left_alone(kind, names)),
    );
    diagnostics
}

fn property_left_alone(each: &Unmanaged) -> Diagnostic {
    let object = each
        .property_of
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    if each.kind.starts_with(NOT_MADE) {
        let title = format!("{object} has {}: {}", each.kind, each.name);
        return Diagnostic::error("other-major", title)
            .note("it is compared as the live server spells it, which may show differences that are none")
            .help("install the live server's major, so that both sides are read by the same version");
    }
    let title = format!("{object} has {each}, which schemaplan does not manage yet");
    Diagnostic::error("unmanaged-property", title).note("the answer is complete but for this")
}

fn kind_left_alone(kind: &str, names: &[String]) -> Diagnostic {
    let verb = if kind == PRIVILEGES { "are" } else { "is" };
    if let [name] = names {
        let title = format!("{kind} `{name}` {verb} not managed yet and left alone");
        return Diagnostic::warning("unmanaged", title);
    }
    let title = match kind {
        PRIVILEGES => format!(
            "privileges on {} objects are not managed yet and left alone",
            names.len()
        ),
        _ => format!(
            "{} of kind {kind} are not managed yet and left alone",
            names.len()
        ),
    };
    let diagnostic = Diagnostic::warning("unmanaged", title);
    names.iter().fold(diagnostic, |diagnostic, name| {
        diagnostic.note(format!("`{name}`"))
    })
}

fn not_made(each: &Unmanaged) -> Diagnostic {
    let (title, help) = match each.kind.as_str() {
        PRIVILEGES => (
            format!(
                "privileges on `{}` differ, and schemaplan does not manage them yet",
                each.name
            ),
            "run the GRANT or REVOKE by hand: from then on they are left alone on both sides",
        ),
        _ => (
            format!("the {each} is wanted and not there, and schemaplan does not make it yet"),
            "make it by hand, with what it needs: from then on it is left alone on both sides",
        ),
    };
    let diagnostic = Diagnostic::error("unmanaged", title).help(help);
    match &each.origin {
        Some(origin) => diagnostic.note(format!("it is defined in {origin}:{}", origin.column)),
        None => diagnostic,
    }
}
