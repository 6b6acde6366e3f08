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
    /// Another program wrote it, or a later version of this one.
    #[error("the plan has format {found}, this schemaplan reads format {FORMAT_VERSION}")]
    Format {
        /// The version in the file.
        found: u32,
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
/// When it is no plan, has another format, or was edited.
pub fn parse(text: &str) -> Result<Plan, PlanFileError> {
    let value: serde_json::Value = serde_saphyr::from_str_with_options(text, reading())
        .map_err(|error| PlanFileError::Malformed(error.to_string()))?;
    let found = value
        .get("format_version")
        .and_then(serde_json::Value::as_u64)
        .unwrap_or_default();
    if found != u64::from(FORMAT_VERSION) {
        return Err(PlanFileError::Format {
            found: u32::try_from(found).unwrap_or(u32::MAX),
        });
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
    fn another_format_is_refused() {
        let text = document(&samples::plan()).replace("format_version: 1", "format_version: 9");
        assert!(matches!(parse(&text), Err(PlanFileError::Format { found: 9 })));
    }
}
