//! `init`: a settings file and a first example, nothing overwritten.

use super::failure::{Exit, Failure};
use super::settings::FILE_NAME;
use super::terminal::Terminal;
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

/// Writes what is not there yet.
///
/// # Errors
/// When a file cannot be written.
pub fn run(folder: &Path, terminal: &Terminal) -> Result<Exit, Failure> {
    let schema = folder.join("schema");
    write_new(&folder.join(FILE_NAME), SETTINGS, FILE_NAME, terminal)?;
    if schema.exists() {
        terminal.say("schema/ is there already, left as it is");
    } else {
        write_new(
            &schema.join("customer.sql"),
            EXAMPLE,
            "schema/customer.sql",
            terminal,
        )?;
    }
    terminal.say("Next: `schemaplan diff`, then `schemaplan apply`");
    Ok(Exit::Done)
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
