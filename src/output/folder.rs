//! The plan folder as a map from file name to content; writing it is the terminal's work.

use super::scripts::{Direction, file_name, script};
use super::{markdown, yaml};
use crate::plan::Plan;
use crate::step::Phase;
use std::collections::BTreeMap;

/// The file for machines.
pub const PLAN_YAML: &str = "plan.yaml";

/// The file for reviewers.
pub const PLAN_MD: &str = "PLAN.md";

/// What is wrong with a plan folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file is missing.
    #[error("{0} is missing from the plan folder")]
    Missing(String),
    /// `plan.yaml` cannot be used.
    #[error("{PLAN_YAML}: {0}")]
    Plan(#[from] yaml::PlanFileError),
    /// A file is not what `plan.yaml` renders to.
    #[error("{0} is not what {PLAN_YAML} says: it was edited, or another version wrote it")]
    Edited(String),
}

/// Every file of the folder with its content. The same plan gives the same bytes.
pub fn files(plan: &Plan) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    files.insert(PLAN_YAML.to_owned(), yaml::document(plan));
    files.insert(PLAN_MD.to_owned(), markdown::report(plan));
    for phase in Phase::ALL {
        for direction in [Direction::Up, Direction::Down] {
            files.insert(file_name(phase, direction), script(plan, phase, direction));
        }
    }
    files
}

/// The plan of a folder whose every file matches it byte for byte. Files that are not ours are left alone.
///
/// # Errors
/// Names the file that is missing or was edited.
pub fn read(found: &BTreeMap<String, String>) -> Result<Plan, FolderError> {
    let text = found
        .get(PLAN_YAML)
        .ok_or_else(|| FolderError::Missing(PLAN_YAML.to_owned()))?;
    let plan = yaml::parse(text)?;
    for (name, content) in files(&plan) {
        match found.get(&name) {
            None => return Err(FolderError::Missing(name)),
            Some(there) if *there != content => return Err(FolderError::Edited(name)),
            Some(_) => {}
        }
    }
    Ok(plan)
}

/// The middle of a folder's name from words: `Add tier, drop fax` becomes `add_tier_drop_fax`.
pub fn slug(words: &str) -> String {
    let mut slug = String::new();
    for character in words.chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric() || (character == '-' && !slug.is_empty()) {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
        if slug.len() >= 48 {
            break;
        }
    }
    slug.trim_end_matches(['_', '-']).to_owned()
}

/// A slug for a plan that got no name: what its first change is about.
pub fn default_slug(plan: &Plan) -> String {
    let first = plan
        .steps
        .first()
        .map(|step| slug(&step.step.title))
        .unwrap_or_default();
    if first.is_empty() {
        "nothing".to_owned()
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_written_folder_is_read_back() {
        let plan = samples::plan();
        assert_eq!(read(&files(&plan)).unwrap(), plan);
        assert_eq!(files(&plan).len(), 8);
    }

    #[test]
    fn an_edited_or_missing_file_is_named() {
        let mut found = files(&samples::plan());
        found
            .get_mut("expand.up.sql")
            .unwrap()
            .push_str("DROP TABLE t;\n");
        assert_eq!(
            read(&found).unwrap_err().to_string(),
            "expand.up.sql is not what plan.yaml says: it was edited, or another version wrote it"
        );
        found.remove("expand.up.sql");
        assert_eq!(
            read(&found).unwrap_err().to_string(),
            "expand.up.sql is missing from the plan folder"
        );
    }

    #[test]
    fn files_of_others_are_left_alone() {
        let mut found = files(&samples::plan());
        found.insert("notes.txt".into(), "mine".into());
        assert!(read(&found).is_ok());
    }

    #[test]
    fn slugs_are_file_names() {
        assert_eq!(slug("Add tier, drop fax!"), "add_tier_drop_fax");
        assert_eq!(slug("grow-the-shop"), "grow-the-shop");
        assert_eq!(slug("../../etc"), "etc");
    }
}
