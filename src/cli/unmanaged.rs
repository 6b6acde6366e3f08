//! What is read and not managed: said by kind and name; what the files want of it stops a plan.

use super::failure::{Exit, Failure};
use super::other_major::NOT_MADE;
use super::pipeline::Sides;
use super::workbench::Workbench;
use crate::change::{Change, Verb};
use crate::model::Unmanaged;
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
    let diagnostics: Vec<Diagnostic> = unmanaged.iter().map(left_alone).collect();
    bench.terminal.show(&diagnostics);
    diagnostics.iter().any(Diagnostic::is_error)
}

/// As [`report`], of both sides: an answer that leaves out what the target wants is partial, too.
pub fn report_both(sides: &Sides, bench: &Workbench) -> bool {
    let wanted: Vec<&Unmanaged> = wanted(sides).collect();
    let diagnostics: Vec<Diagnostic> = all(sides)
        .iter()
        .map(|each| match wanted.iter().any(|wanted| wanted.is_same(each)) {
            true => not_made(each),
            false => left_alone(each),
        })
        .collect();
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

fn left_alone(each: &Unmanaged) -> Diagnostic {
    match &each.property_of {
        Some(object) if each.kind.starts_with(NOT_MADE) => {
            let title = format!("{object} has {}: {}", each.kind, each.name);
            Diagnostic::error("other-major", title)
                .note("it is compared as the live server spells it, which may show differences that are none")
                .help("install the live server's major, so that both sides are read by the same version")
        }
        Some(object) => {
            let title = format!("{object} has {each}, which schemaplan does not manage yet");
            Diagnostic::error("unmanaged-property", title).note("the answer is complete but for this")
        }
        None => {
            let verb = if each.kind == PRIVILEGES { "are" } else { "is" };
            Diagnostic::warning(
                "unmanaged",
                format!("{each} {verb} not managed yet and left alone"),
            )
        }
    }
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
