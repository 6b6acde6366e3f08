//! `init`: a settings file, and the schema of a database or a first example; nothing overwritten.

use super::failure::{Exit, Failure};
use super::settings::FILE_NAME;
use super::source::Source;
use super::terminal::Terminal;
use super::workbench::Workbench;
use super::{dump, schema_folder};
use crate::export::{self, Language};
use std::path::Path;

const SETTINGS: &str = "\
# What schemaplan reads when a flag does not say otherwise.

# The schema as it should be: .sql files, any names, any nesting.
target: schema

# Used where neither --url nor --env nor DATABASE_URL names a database.
default_environment: local

environments:
  # A database of schemaplan's own in .schemaplan/, served while a command runs.
  local:
    url: embedded

  # ${NAME} is taken from the environment; one that is not set is an error.
  # production:
  #   url: ${DATABASE_URL}
";

const EXAMPLE: &str = "\
create table customer (
    id bigint generated always as identity primary key,
    email text not null unique,
    created_at timestamptz not null default now()
);
";

/// Writes what is not there yet: the schema of the database that a flag or DATABASE_URL names, else a first example.
///
/// # Errors
/// When the database cannot be read, or a file cannot be written.
pub async fn run(bench: &Workbench) -> Result<Exit, Failure> {
    let (folder, terminal) = (&bench.folder, &bench.terminal);
    let schema = folder.join("schema");
    let there = schema.exists();
    let found = match there || !names_database(bench) {
        true => None,
        false => Some(dump::read(&Source::Live(None), bench).await?),
    };
    write_new(&folder.join(FILE_NAME), SETTINGS, FILE_NAME, terminal)?;
    match found.map(|(catalog, options)| export::folder(&catalog, Language::Sql, &options)) {
        _ if there => terminal.say("schema/ is there already, left as it is"),
        Some(files) if !files.is_empty() => {
            let written = schema_folder::write(&schema, &files)?;
            dump::say(Path::new("schema"), &written, bench);
        }
        _ => write_new(
            &schema.join("customer.sql"),
            EXAMPLE,
            "schema/customer.sql",
            terminal,
        )?,
    }
    terminal.say("Next: `schemaplan diff`, then `schemaplan apply`");
    Ok(Exit::Done)
}

/// True where somebody said which database is meant; a default environment is no such word.
fn names_database(bench: &Workbench) -> bool {
    let variable = std::env::var("DATABASE_URL").is_ok_and(|url| !url.is_empty());
    bench.common.url.is_some() || bench.common.env.is_some() || variable
}

fn write_new(path: &Path, text: &str, shown: &str, terminal: &Terminal) -> Result<(), Failure> {
    if path.exists() {
        terminal.say(&format!("{shown} is there already, left as it is"));
        return Ok(());
    }
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(path, text)).map_err(|error| {
        Failure::new(
            "init",
            format!("cannot write {shown}: {error}"),
            "check the folder's rights",
        )
    })?;
    terminal.answer(&format!("+ {shown}\n"));
    Ok(())
}
