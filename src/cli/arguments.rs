//! The words of the command line; help and completions are made from the same definitions.

use super::run_flags::RunFlags;
use crate::step::{HazardCode, Phase};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// Declarative PostgreSQL schema changes that never take the application down
#[derive(Debug, Parser)]
#[command(name = "schemaplan", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done or same, 1 could not do it, 2 differs, 3 refused, 4 stopped and resumable"
)]
pub struct Arguments {
    /// Flags of every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags of every command.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// The live database: a postgres:// URL, a key=value string, or `embedded`
    #[arg(long, global = true, value_name = "URL", help_heading = "Sources")]
    pub url: Option<String>,
    /// The environment of schemaplan.yaml whose database is meant
    #[arg(long, global = true, value_name = "NAME", help_heading = "Sources")]
    pub env: Option<String>,
    /// Only members of a fleet whose name matches (`*` and `?`); one that is named in full is taken as a single database
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        value_delimiter = ',',
        help_heading = "Sources"
    )]
    pub member: Vec<String>,
    /// How many members of a fleet are at work at once, behind the canaries [default: 4]
    #[arg(long, global = true, value_name = "N", value_parser = super::environment_settings::parallel, help_heading = "Sources")]
    pub parallel: Option<u32>,
    /// The settings file [default: schemaplan.yaml, looked for upwards]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Sources")]
    pub config: Option<PathBuf>,
    /// What the change starts from [default: the live database]
    #[arg(long, global = true, value_name = "SOURCE", help_heading = "Sources")]
    pub from: Option<String>,
    /// What the change leads to: a folder, a file, a URL, git:REV, snapshot.json, empty [default: schema]
    #[arg(long, global = true, value_name = "SOURCE", help_heading = "Sources")]
    pub target: Option<String>,
    /// A server to build the desired schema on, instead of one of schemaplan's own
    #[arg(long, global = true, value_name = "URL", help_heading = "Sources")]
    pub shadow: Option<String>,
    /// Staged or plain steps
    #[arg(
        long,
        global = true,
        value_name = "HOW",
        default_value = "auto",
        help_heading = "Planning"
    )]
    pub strategy: Strategy,
    /// Only objects whose name matches (`*` and `?`), given as often as needed
    #[arg(long, global = true, value_name = "PATTERN", help_heading = "Planning")]
    pub only: Vec<String>,
    /// No objects whose name matches
    #[arg(long, global = true, value_name = "PATTERN", help_heading = "Planning")]
    pub ignore: Vec<String>,
    /// Allow hazards by name, `all` for every one; `drifted` for members of a fleet that differ from its canary
    #[arg(long, global = true, value_name = "CODE", value_delimiter = ',', value_parser = hazard, help_heading = "Planning")]
    pub allow: Vec<String>,
    /// Colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub color: Color,
    /// Say nothing but the answer and what is wrong
    #[arg(short, long, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub verbose: u8,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Staged or plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Strategy {
    /// Staged, but plain for a table known to be small
    #[default]
    Auto,
    /// Staged wherever a staged form exists
    Online,
    /// Plain statements
    Direct,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Say what differs, by object, with the file and line that asks for it
    Diff(DiffFlags),
    /// Print the steps that close the difference, or write them to a folder
    Plan(PlanFlags),
    /// Run a plan
    Apply(ApplyFlags),
    /// Take back what was applied, newest phase first
    Rollback(RollbackFlags),
    /// Say what is applied, in flight, waiting for a deploy, left over
    Status(StatusFlags),
    /// Draw the order of a plan's steps
    Graph(GraphFlags),
    /// Say what a hazard, a change kind or a diagnostic means
    Explain(ExplainFlags),
    /// Write schemaplan.yaml, and schema/ from the database that is named or with a first example
    Init,
    /// Print the completions of a shell
    Completions(CompletionsFlags),
    /// Write the catalog of a source as JSON
    Snapshot(SnapshotFlags),
    /// Prove a plan in a throwaway database: there, back, and there again
    Verify(super::verify::VerifyFlags),
    /// Look for weak places in the desired schema, and for the hazards of the plan to it
    Lint(super::lint::LintFlags),
    /// Write a database as schema files: one per object, or all in one
    Dump(DumpFlags),
    /// Hold a run from another terminal
    Pause,
    /// Release a run that is held, or a cut-over that was deferred
    Resume(super::pause::ResumeFlags),
    /// Empty the archive of what earlier contracts removed
    Purge(super::purge::PurgeFlags),
    /// Check connection, rights, sessions in the way, standbys, leftovers
    Doctor(super::doctor::DoctorFlags),
    /// Print the manual page, or that of a command
    Man(super::man::ManFlags),
    /// Print the JSON Schema of a kind of file, for editors
    JsonSchema(super::json_schema::JsonSchemaFlags),
}

/// Text or JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// Flags of `diff`.
#[derive(Debug, Args)]
pub struct DiffFlags {
    /// How to print it
    #[arg(long, default_value = "text")]
    pub format: TextOrJson,
}

/// How a plan is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// The up scripts, one behind the other
    Sql,
}

/// Flags of `plan`.
#[derive(Debug, Args)]
pub struct PlanFlags {
    /// How to print it
    #[arg(long, default_value = "text")]
    pub format: PlanFormat,
    /// Write a plan folder into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Compare with the plan folder that is in --out (by default plans/): exit 2 where it is stale
    #[arg(long)]
    pub check: bool,
    /// The words in the folder's name
    #[arg(long, value_name = "WORDS")]
    pub name: Option<String>,
    /// The stamp in the folder's name [default: the time, UTC, yyyymmddhhmmss]
    #[arg(long, value_name = "STAMP")]
    pub id: Option<String>,
}

/// Which part of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PhaseChoice {
    /// Add and loosen
    Expand,
    /// Copy and prove
    Migrate,
    /// Switch and remove
    Contract,
    /// All three, across deploy boundaries
    All,
}

impl PhaseChoice {
    /// The phases that are meant.
    pub fn phases(self) -> Vec<Phase> {
        match self {
            PhaseChoice::Expand => vec![Phase::Expand],
            PhaseChoice::Migrate => vec![Phase::Migrate],
            PhaseChoice::Contract => vec![Phase::Contract],
            PhaseChoice::All => Phase::ALL.to_vec(),
        }
    }
}

/// Flags of `apply`.
#[derive(Clone, Debug, Args)]
pub struct ApplyFlags {
    /// How and how far.
    #[command(flatten)]
    pub run: RunFlags,
    /// The plan folder to run, instead of a plan made now
    #[arg(long, value_name = "DIR")]
    pub plan: Option<PathBuf>,
}

/// Flags of `rollback`.
#[derive(Clone, Debug, Args)]
pub struct RollbackFlags {
    /// How and how far.
    #[command(flatten)]
    pub run: RunFlags,
    /// The plan to take back, by its id or folder [default: the newest]
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<String>,
    /// Take back steps whose undo loses something
    #[arg(long)]
    pub accept_loss: bool,
}

/// Flags of `status`.
#[derive(Debug, Args)]
pub struct StatusFlags {
    /// How to print it
    #[arg(long, default_value = "text")]
    pub format: TextOrJson,
}

/// Languages of a drawing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// Mermaid
    #[default]
    Mermaid,
    /// Graphviz
    Dot,
}

/// Flags of `graph`.
#[derive(Debug, Args)]
pub struct GraphFlags {
    /// In which language
    #[arg(long, default_value = "mermaid")]
    pub format: GraphFormat,
    /// A plan folder, instead of a plan made now
    #[arg(long, value_name = "DIR")]
    pub plan: Option<PathBuf>,
}

/// Flags of `explain`.
#[derive(Debug, Args)]
pub struct ExplainFlags {
    /// The code, as in `error[CODE]`; without one, all codes are listed
    pub code: Option<String>,
}

/// Flags of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsFlags {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// Flags of `snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotFlags {
    /// The source [default: the live database]
    pub source: Option<String>,
    /// The file to write, over an older one [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Languages of schema files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// SQL
    #[default]
    Sql,
    /// YAML, with SQL for what is rare
    Yaml,
}

/// Flags of `dump`.
#[derive(Debug, Args)]
pub struct DumpFlags {
    /// The source [default: the live database]
    pub source: Option<String>,
    /// A folder for one file per object, or a name ending in .sql or .yaml for one file [default: stdout]
    #[arg(long, short, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// The language of the files [default: that of the name, else sql]
    #[arg(long)]
    pub format: Option<SchemaFormat>,
    /// Write over what is there; schema files in the folder that the new ones do not name are removed
    #[arg(long)]
    pub replace: bool,
}

fn hazard(word: &str) -> Result<String, String> {
    if word == "all"
        || word == super::fleet::DRIFTED
        || HazardCode::ALL.iter().any(|code| code.code() == word)
    {
        return Ok(word.to_owned());
    }
    let known = HazardCode::ALL.iter().map(|code| code.code());
    let nearest = known
        .min_by_key(|code| strsim::damerau_levenshtein(code, word))
        .unwrap_or("all");
    Err(format!(
        "there is no hazard of that name; did you mean `{nearest}`?"
    ))
}

/// A stretch of time as people write it: `500ms`, `2s`, `5min`, `1h`.
pub fn time(word: &str) -> Result<Duration, String> {
    let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (number, unit) = word.split_at(digits);
    let wrong = || "write a number and a unit: 500ms, 2s, 5min, 1h".to_owned();
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let millis = match unit.trim() {
        "ms" => 1,
        "s" => 1000,
        "min" | "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(millis)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definitions_hold_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn flags_of_every_command_stand_before_and_behind_it() {
        for words in [
            ["schemaplan", "--url", "x", "diff"],
            ["schemaplan", "diff", "--url", "x"],
        ] {
            let arguments = Arguments::try_parse_from(words).unwrap();
            assert_eq!(arguments.common.url.as_deref(), Some("x"));
        }
    }

    #[test]
    fn hazards_are_allowed_by_name() {
        let words = [
            "schemaplan",
            "apply",
            "--allow",
            "drops-data,tightens",
            "--allow",
            "all",
        ];
        let arguments = Arguments::try_parse_from(words).unwrap();
        assert_eq!(arguments.common.allow, ["drops-data", "tightens", "all"]);
        let error = Arguments::try_parse_from(["schemaplan", "apply", "--allow", "drop-data"]).unwrap_err();
        assert!(error.to_string().contains("`drops-data`"), "{error}");
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("5min"), Ok(Duration::from_secs(300)));
        assert!(time("5").is_err() && time("s").is_err() && time("5 years").is_err());
    }
}
