//! `explain`: the page of a hazard, a change kind or a diagnostic.

use super::arguments::ExplainFlags;
use super::failure::{Exit, Failure};
use super::manual;
use super::terminal::Terminal;
use crate::step::HazardCode;

/// Prints the page, or the list of all pages.
///
/// # Errors
/// Where there is no page of that name.
pub fn run(flags: &ExplainFlags, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(code) = &flags.code else {
        terminal.answer(&list());
        return Ok(Exit::Done);
    };
    if let Some(page) = manual::page(code) {
        terminal.answer(&page);
        return Ok(Exit::Done);
    }
    let nearest = manual::codes()
        .into_iter()
        .min_by_key(|known| strsim::damerau_levenshtein(known, code));
    let help = match nearest {
        Some(nearest) if strsim::normalized_damerau_levenshtein(&nearest, code) > 0.5 => {
            format!("did you mean `{nearest}`? `schemaplan explain` lists all")
        }
        _ => "`schemaplan explain` lists all".to_owned(),
    };
    Err(Failure::new(
        "no-page",
        format!("there is no page `{code}`"),
        help,
    ))
}

fn list() -> String {
    let mut out = String::from("Hazards\n");
    for hazard in HazardCode::ALL {
        out.push_str(&format!(
            "  {:20}  {}\n",
            hazard.code(),
            manual::headline(*hazard)
        ));
    }
    let changes = manual::changes();
    if !changes.is_empty() {
        out.push_str("\nChange kinds\n");
        for code in changes {
            out.push_str(&format!("  {code}\n"));
        }
    }
    out.push_str("\nRules of `lint`\n");
    for rule in crate::lint::RULES {
        out.push_str(&format!("  {:30}  {}\n", rule.code, rule.headline));
    }
    out.push_str("\nDiagnostics\n");
    for (code, headline) in manual::diagnostics() {
        out.push_str(&format!("  {code:20}  {headline}\n"));
    }
    out.push_str("\n`schemaplan explain CODE` prints the page\n");
    out
}
