//! `plan.yaml`: the plan for machines, and its id.
//!
//! The id is the SHA-256 of the canonical document without the id, so an edited file no longer matches its own id.

use crate::plan::{FORMAT_VERSION, Plan};
use sha2::{Digest, Sha256};

/// What is wrong with a `plan.yaml`.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It is no plan, or no YAML.
    #[error("cannot read the plan: {0}")]
    Malformed(String),
    /// It does not say its format, so another program wrote it.
    #[error("it does not say its `format_version`, as each plan of schemaplan does")]
    Unversioned,
    /// A later version of this program wrote it.
    #[error(
        "the plan has format {found}, this schemaplan reads formats up to {FORMAT_VERSION}: use the one that wrote it, or a newer one"
    )]
    Newer {
        /// The version in the file.
        found: u64,
    },
    /// Its text is not what its id was made from.
    #[error("the plan does not match its id: it says {said}, its content gives {made}")]
    Edited {
        /// The id in the file.
        said: String,
        /// The id of what stands there.
        made: String,
    },
}

/// The canonical document.
pub fn document(plan: &Plan) -> String {
    let options = serde_saphyr::ser_options! {
        prefer_block_scalars: true,
        folded_wrap_chars: 1_000_000,
        min_fold_chars: 1_000_000,
        no_lang_directive: true
    };
    match serde_saphyr::to_string_with_options(plan, options) {
        Ok(text) => text,
        Err(error) => unreachable!("a plan is plain data and always serialises: {error}"),
    }
}

/// The id of a plan, whatever its `id` field holds.
pub fn plan_id(plan: &Plan) -> String {
    let without = Plan {
        id: String::new(),
        ..plan.clone()
    };
    // JSON, not YAML: its bytes do not depend on how a library breaks lines.
    let canonical = match serde_json::to_vec(&without) {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("a plan is plain data and always serialises: {error}"),
    };
    Sha256::digest(&canonical)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The plan of a document, its id checked.
///
/// # Errors
/// When it is no plan, has a newer format, or was edited.
pub fn parse(text: &str) -> Result<Plan, PlanFileError> {
    let value: serde_json::Value = serde_saphyr::from_str_with_options(text, reading())
        .map_err(|error| PlanFileError::Malformed(error.to_string()))?;
    let found = value.get("format_version").and_then(serde_json::Value::as_u64);
    let found = found.ok_or(PlanFileError::Unversioned)?;
    if found > u64::from(FORMAT_VERSION) {
        return Err(PlanFileError::Newer { found });
    }
    let plan: Plan =
        serde_json::from_value(value).map_err(|error| PlanFileError::Malformed(error.to_string()))?;
    let made = plan_id(&plan);
    if made != plan.id {
        return Err(PlanFileError::Edited { said: plan.id, made });
    }
    Ok(plan)
}

/// A plan of ten thousand steps is no attack.
fn reading() -> serde_saphyr::Options {
    let mut budget = serde_saphyr::Budget::default();
    budget.max_events = 100_000_000;
    budget.max_nodes = 100_000_000;
    budget.max_total_scalar_bytes = 1 << 30;
    serde_saphyr::options! { budget: Some(budget) }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn comes_back_as_it_was() {
        let plan = samples::plan();
        let text = document(&plan);
        assert_eq!(parse(&text).unwrap(), plan, "{text}");
        assert_eq!(document(&parse(&text).unwrap()), text);
    }

    #[test]
    fn hostile_strings_come_back_as_they_were() {
        let mut plan = samples::plan();
        for odd in [
            "null",
            "1e3",
            " lead",
            "trail ",
            "a: b # c",
            "- x",
            "two\nlines\n\n",
            "\ttab",
            "y",
            "\"'",
            "é→",
            "a\r\nb",
            "%",
            "@x",
            "---\n...",
            "\u{85}\u{2028}",
            "\n",
            "  two\n lines",
        ] {
            plan.steps[0].step.title = odd.to_owned();
            plan.steps[1].step.title = odd.to_owned();
            plan.id = plan_id(&plan);
            let text = document(&plan);
            let back = parse(&text).unwrap_or_else(|error| panic!("{odd:?}: {error}\n{text}"));
            assert_eq!(back, plan, "{odd:?}");
        }
    }

    #[test]
    fn an_edited_plan_does_not_match_its_id() {
        let text = document(&samples::plan()).replace("ADD COLUMN tier text", "ADD COLUMN tier int");
        assert!(matches!(parse(&text), Err(PlanFileError::Edited { .. })));
    }

    #[test]
    fn a_newer_format_is_refused_before_its_content_is_read() {
        let text = document(&samples::plan());
        let newer = text.replace(
            &format!("format_version: {FORMAT_VERSION}"),
            "format_version: 9\nmore: 1",
        );
        assert!(matches!(parse(&newer), Err(PlanFileError::Newer { found: 9 })));
        let none = text.replace("format_version:", "version:");
        assert!(matches!(parse(&none), Err(PlanFileError::Unversioned)));
    }

    #[test]
    fn an_older_format_is_read() {
        let mut plan = samples::plan();
        plan.format_version = FORMAT_VERSION - 1;
        plan.id = plan_id(&plan);
        assert_eq!(parse(&document(&plan)).unwrap(), plan);
    }
}
