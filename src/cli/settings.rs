//! `schemaplan.yaml`: found upwards from the working folder, read with the position of whatever is wrong in it.

use super::around_settings::{BackupSettings, MetricsSettings};
use super::environment_settings::EnvironmentSettings;
use super::executor_settings::ExecutorSettings;
use super::failure::Failure;
use super::hook_settings::HookSettings;
use crate::text::{Diagnostic, SourceFile, Span, shown_path};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name that is looked for.
pub const FILE_NAME: &str = "schemaplan.yaml";

/// What is managed of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ManageWord {
    /// Where the files speak of it.
    Declared,
    /// Everywhere.
    All,
    /// Nowhere.
    None,
}

/// `manage:`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManageSettings {
    /// Privileges.
    pub grants: Option<ManageWord>,
    /// Owners.
    pub owners: Option<ManageWord>,
    /// Comments.
    pub comments: Option<ManageWord>,
}

/// `policy:`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicySettings {
    /// Hazards that are allowed.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Tables up to this size take the plain form, as in `8 MiB`.
    pub small_table: Option<String>,
}

/// `lint:`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintSettings {
    /// Rules that are left out.
    #[serde(default)]
    pub off: Vec<String>,
}

/// The settings of schemaplan: `schemaplan.yaml`, found upwards from the working folder.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The desired schema, relative to this file; `schema` by default.
    target: Option<String>,
    /// Managed schemas; all that are yours by default.
    #[serde(default)]
    schemas: Vec<String>,
    /// Objects that are left alone, by pattern.
    #[serde(default)]
    ignore: Vec<String>,
    /// Whether grants, owners and comments are managed.
    #[serde(default)]
    manage: ManageSettings,
    /// Hazards that are allowed, and what counts as small.
    #[serde(default)]
    policy: PolicySettings,
    /// How steps are run.
    #[serde(default)]
    executor: ExecutorSettings,
    /// What `lint` looks for.
    #[serde(default)]
    lint: LintSettings,
    /// Commands around each phase.
    #[serde(default)]
    hooks: HookSettings,
    /// What is dumped before a phase.
    backup: Option<BackupSettings>,
    /// What is measured around a run.
    #[serde(default)]
    metrics: MetricsSettings,
    /// Databases by name.
    #[serde(default)]
    environments: BTreeMap<String, EnvironmentSettings>,
    /// The environment that is taken where none is named.
    default_environment: Option<String>,
}

/// The settings of a run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The file, where there is one.
    pub file: Option<PathBuf>,
    /// The folder of the file, else the working folder: what paths in it are relative to.
    pub folder: PathBuf,
    /// `target:`.
    pub target: Option<String>,
    /// `schemas:`, empty for every schema of the user's.
    pub schemas: Vec<String>,
    /// `ignore:`.
    pub ignore: Vec<String>,
    /// `manage:`.
    pub manage: ManageSettings,
    /// `policy:`.
    pub policy: PolicySettings,
    /// `executor:`.
    pub executor: ExecutorSettings,
    /// `lint:`.
    pub lint: LintSettings,
    /// `hooks:`.
    pub hooks: HookSettings,
    /// `backup:`.
    pub backup: Option<BackupSettings>,
    /// `metrics:`.
    pub metrics: MetricsSettings,
    /// `environments:`.
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// `default_environment:`.
    pub default_environment: Option<String>,
}

/// The JSON Schema that editors complete and check `schemaplan.yaml` from.
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}

/// Finds and reads the settings; without a file they are the defaults.
///
/// # Errors
/// A file that was named and is not there, cannot be read, or holds what it must not, with the place.
pub fn load(named: Option<&Path>, working_folder: &Path) -> Result<Settings, Failure> {
    let file = match named {
        Some(path) => Some(path.to_owned()),
        None => working_folder
            .ancestors()
            .map(|folder| folder.join(FILE_NAME))
            .find(|path| path.is_file()),
    };
    let Some(file) = file else {
        return Ok(Settings {
            folder: working_folder.to_owned(),
            ..Settings::default()
        });
    };
    let bytes = std::fs::read(&file).map_err(|error| {
        let shown = shown_path(&file, working_folder);
        Failure::new(
            "settings",
            format!("cannot read {shown}: {error}"),
            "check the path behind `--config`",
        )
    })?;
    let source = SourceFile::from_bytes(shown_path(&file, working_folder), bytes)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| working_folder.to_owned(), Path::to_owned);
    let mut settings = parse(&source)?;
    settings.file = Some(file);
    settings.folder = folder;
    Ok(settings)
}

pub(super) fn parse(source: &Arc<SourceFile>) -> Result<Settings, Vec<Diagnostic>> {
    if source
        .text()
        .lines()
        .all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'))
    {
        return Ok(Settings::default());
    }
    let document: Document =
        serde_saphyr::from_str(source.text()).map_err(|error| vec![wrong(source, &error)])?;
    let mut problems = Vec::new();
    if let Some(name) = &document.default_environment
        && !document.environments.contains_key(name)
    {
        let known: Vec<&str> = document.environments.keys().map(String::as_str).collect();
        problems.push(
            at_word(
                source,
                name,
                Diagnostic::error("settings", format!("there is no environment `{name}`")),
            )
            .help(format!("environments has: {}", known.join(", "))),
        );
    }
    let allowed = document.environments.values().flat_map(|each| &each.policy.allow);
    for code in document.policy.allow.iter().chain(allowed) {
        let known = crate::step::HazardCode::ALL.iter().map(|known| known.code());
        if code != "all" && code != super::fleet::DRIFTED && !known.clone().any(|known| known == code) {
            let nearest = known
                .min_by_key(|known| strsim::damerau_levenshtein(known, code))
                .unwrap_or_default();
            let diagnostic = Diagnostic::error("settings", format!("there is no hazard `{code}`"));
            problems.push(at_word(source, code, diagnostic).help(format!("did you mean `{nearest}`?")));
        }
    }
    for (name, environment) in &document.environments {
        problems.extend(environment.problems(name, source));
    }
    if let Some((word, help)) = document.executor.wrong() {
        let diagnostic = Diagnostic::error("settings", format!("executor: `{word}` is no time"));
        problems.push(at_word(source, word, diagnostic).help(help));
    }
    if let Some((name, why)) = document.metrics.wrong() {
        let diagnostic = Diagnostic::error("settings", format!("metrics: the query `{name}`: {why}"));
        problems.push(at_word(source, name, diagnostic));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Settings {
        file: None,
        folder: PathBuf::new(),
        target: document.target,
        schemas: document.schemas,
        ignore: document.ignore,
        manage: document.manage,
        policy: document.policy,
        executor: document.executor,
        lint: document.lint,
        hooks: document.hooks,
        backup: document.backup,
        metrics: document.metrics,
        environments: document.environments,
        default_environment: document.default_environment,
    })
}

fn at_word(source: &Arc<SourceFile>, word: &str, diagnostic: Diagnostic) -> Diagnostic {
    match source.text().find(word) {
        Some(start) => diagnostic.at(source, Span::new(start, start + word.len()), ""),
        None => diagnostic,
    }
}

/// The reader's error as a diagnostic at its place.
fn wrong(source: &Arc<SourceFile>, error: &serde_saphyr::Error) -> Diagnostic {
    let said = error.to_string();
    // The library appends an excerpt of its own; its first line is the sentence.
    let first = said.lines().next().unwrap_or_default();
    let sentence = first
        .trim_start_matches("error: ")
        .split(" at line ")
        .next()
        .unwrap_or(first);
    let mut diagnostic = Diagnostic::error("settings", strip_position(sentence).to_owned());
    if let Some(location) = error.location() {
        diagnostic = at_place(source, location.line(), location.column(), diagnostic);
    }
    diagnostic.help("the README lists the keys, and `schemaplan init` writes an example")
}

/// A diagnostic of the word that begins at that line and column.
pub(super) fn at_place(
    source: &Arc<SourceFile>,
    line: u64,
    column: u64,
    diagnostic: Diagnostic,
) -> Diagnostic {
    let start = offset(source.text(), line, column);
    let word = source.text()[start..]
        .find([' ', ':', ',', ']', '}', '\n', '\r'])
        .unwrap_or(source.text().len() - start);
    diagnostic.at(source, Span::new(start, start + word.max(1)), "")
}

/// The library begins some sentences with `line 3 column 4: `.
fn strip_position(sentence: &str) -> &str {
    match sentence
        .strip_prefix("line ")
        .and_then(|rest| rest.split_once(": "))
    {
        Some((_, sentence)) => sentence,
        None => sentence,
    }
}

fn offset(text: &str, line: u64, column: u64) -> usize {
    let line = usize::try_from(line).unwrap_or(usize::MAX).max(1);
    let column = usize::try_from(column).unwrap_or(usize::MAX).max(1);
    let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let within = rest
        .char_indices()
        .nth(column - 1)
        .map_or(rest.len(), |(at, _)| at);
    (before + within).min(text.len())
}

/// Puts the environment's variables in for `${NAME}`.
///
/// # Errors
/// A variable that is not set: it never turns into nothing.
pub fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> Result<String, Failure> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        out.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        let name = &rest[start + 2..start + length];
        let value = variable(name).filter(|value| !value.is_empty()).ok_or_else(|| {
            Failure::new(
                "settings",
                format!("the environment variable `{name}` is not set"),
                format!(
                    "{FILE_NAME} takes it for a database's address: set it, or name the database with `--url`"
                ),
            )
        })?;
        out.push_str(&value);
        rest = &rest[start + length + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Bytes as people write them: `8 MiB`, `64kB`, `0`.
///
/// # Errors
/// A text that is no size.
pub fn size(text: &str) -> Result<u64, Failure> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "" | "B" => Some(1),
        "kB" | "KiB" => Some(1 << 10),
        "MB" | "MiB" => Some(1 << 20),
        "GB" | "GiB" => Some(1 << 30),
        "TB" | "TiB" => Some(1 << 40),
        _ => None,
    };
    let parsed = number.parse::<u64>().ok().zip(factor);
    parsed
        .and_then(|(number, factor)| number.checked_mul(factor))
        .ok_or_else(|| {
            Failure::new(
                "settings",
                format!("`{text}` is no size"),
                "write a number and a unit: 8 MiB, 64 kB",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Look, render_all};

    fn problems(text: &str) -> String {
        let source = SourceFile::new("schemaplan.yaml", text);
        render_all(&parse(&source).unwrap_err(), Look::default())
    }

    #[test]
    fn an_unknown_key_is_refused_at_its_place() {
        let said = problems("target: schema\ntargets: x\n");
        assert!(
            said.contains("targets") && said.contains("schemaplan.yaml:2:1"),
            "{said}"
        );
    }

    #[test]
    fn a_wrong_value_is_refused_at_its_place() {
        let said = problems("target: schema\nmanage:\n  grants: sometimes\n");
        assert!(said.contains("schemaplan.yaml:3:"), "{said}");
    }

    #[test]
    fn an_unknown_hazard_or_environment_is_named() {
        let said = problems("policy:\n  allow: [drop-data]\ndefault_environment: live\n");
        assert!(said.contains("`drops-data`") && said.contains("`live`"), "{said}");
    }

    #[test]
    fn an_empty_file_is_fine() {
        assert!(parse(&SourceFile::new("schemaplan.yaml", "# nothing yet\n")).is_ok());
    }

    #[test]
    fn variables_are_put_in_and_never_missed() {
        let expanded = expand("postgres://${USER}@h/${DB}", |name| Some(name.to_lowercase())).unwrap();
        assert_eq!(expanded, "postgres://user@h/db");
        assert!(expand("${NOT_SET}", |_| None).is_err());
        assert!(expand("${EMPTY}", |_| Some(String::new())).is_err());
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("8 MiB").unwrap(), 8 << 20);
        assert_eq!(size("0").unwrap(), 0);
        assert!(size("8 apples").is_err());
    }

    #[test]
    fn the_file_is_found_upwards() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(root.path().join(FILE_NAME), "target: db\n").unwrap();
        let settings = load(None, &deep).unwrap();
        assert_eq!(settings.target.as_deref(), Some("db"));
        assert_eq!(settings.folder, root.path());
    }
}
