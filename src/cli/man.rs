//! `man`: the manual pages, from the same definitions as the command line itself.

use super::failure::{Exit, Failure};
use super::terminal::Terminal;
use clap::{Args, Command};
use clap_mangen::Man;

/// Flags of `man`.
#[derive(Debug, Args)]
pub struct ManFlags {
    /// The command whose page it is [default: the page of schemaplan itself]
    pub command: Option<String>,
}

/// Prints a page, to be read by `man -l -` or put where manual pages are.
///
/// # Errors
/// A command that there is not.
pub fn run(flags: &ManFlags, mut command: Command, terminal: &Terminal) -> Result<Exit, Failure> {
    command.build();
    let page = match &flags.command {
        None => command,
        Some(name) => {
            let found = command.find_subcommand(name).cloned();
            found.ok_or_else(|| {
                Failure::new(
                    "usage",
                    format!("there is no command `{name}`"),
                    "`schemaplan help` lists the commands",
                )
            })?
        }
    };
    let mut roff = Vec::new();
    let written = Man::new(page).render(&mut roff);
    written.map_err(|error| Failure::new("man", format!("cannot write the page: {error}"), ""))?;
    terminal.answer(&String::from_utf8_lossy(&roff));
    Ok(Exit::Done)
}
