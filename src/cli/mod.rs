//! The command line: one file per verb, each thin: settings, library, output.

mod apply;
mod arguments;
mod around;
mod around_settings;
mod backup;
mod cache;
mod database;
mod diff;
mod doctor;
mod dump;
mod environment_settings;
mod executor_settings;
mod explain;
mod failure;
mod files;
mod fleet;
mod graph;
mod hook_settings;
mod hooks;
mod init;
mod interrupt;
mod json_schema;
mod lint;
mod live_major;
mod lost_journal;
mod man;
mod manual;
mod metrics_files;
mod other_major;
mod outside;
mod pattern;
mod pause;
mod pipeline;
mod plan;
mod plan_folder;
mod planning;
mod progress;
mod purge;
mod refusal;
mod rollback;
mod room;
mod run_flags;
mod running;
mod schema_folder;
mod scope;
mod settings;
mod snapshot;
mod source;
mod status;
mod terminal;
mod unmanaged;
mod verify;
mod workbench;

use arguments::{Arguments, Verb};
use clap::{CommandFactory, Parser};
use failure::{Exit, Failure};
use fleet::Meant;
use interrupt::Interrupt;
use std::process::ExitCode;
use terminal::Terminal;
use workbench::Workbench;

/// Runs the program with the arguments of the process.
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            // Usage errors are "could not do it": 2 always means "differs".
            return code(if error.use_stderr() {
                Exit::CouldNot
            } else {
                Exit::Done
            });
        }
    };
    let terminal = Terminal::new(&arguments.common);
    keep_panics_from_the_user();
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dispatch(arguments, &terminal)));
    match ended {
        Ok(Ok(exit)) => code(exit),
        Ok(Err(failure)) => {
            terminal.show(&failure.diagnostics);
            code(failure.exit)
        }
        Err(_) => code(Exit::CouldNot),
    }
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit as u8)
}

/// A panic is a defect of ours: it is said in one sentence, and the database is as the last step left it.
fn keep_panics_from_the_user() {
    std::panic::set_hook(Box::new(|info| {
        let place = info
            .location()
            .map(|place| format!("{}:{}", place.file(), place.line()));
        let said = info
            .payload()
            .downcast_ref::<&str>()
            .map(|said| (*said).to_owned())
            .or_else(|| info.payload().downcast_ref::<String>().cloned())
            .unwrap_or_default();
        eprintln!(
            "error[bug]: schemaplan has a defect ({}: {said})\n  = help: what was done stands; please report this with the command that you ran",
            place.unwrap_or_default()
        );
    }));
}

fn dispatch(arguments: Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    match &arguments.verb {
        Verb::Explain(flags) => explain::run(flags, terminal),
        Verb::JsonSchema(flags) => json_schema::run(flags, terminal),
        Verb::Man(flags) => man::run(flags, Arguments::command(), terminal),
        Verb::Completions(flags) => {
            clap_complete::generate(
                flags.shell,
                &mut Arguments::command(),
                "schemaplan",
                &mut std::io::stdout(),
            );
            Ok(Exit::Done)
        }
        _ => {
            let bench = Workbench::new(&arguments, terminal.clone(), working_folder()?)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime =
                runtime.map_err(|error| Failure::new("runtime", format!("cannot start: {error}"), ""))?;
            let interrupt = Interrupt::new();
            let ended =
                runtime.block_on(interrupt.during(among_databases(&arguments.verb, &bench, &interrupt)));
            // A question that nobody answers must not hold up the end.
            runtime.shutdown_background();
            ended
        }
    }
}

/// In one database, or in those of a fleet.
async fn among_databases(verb: &Verb, bench: &Workbench, interrupt: &Interrupt) -> Result<Exit, Failure> {
    match fleet::meant(bench).await? {
        Meant::One => with_database(verb, bench, interrupt).await,
        Meant::Member(bench) => with_database(verb, &bench, interrupt).await,
        Meant::Fleet(fleet) => {
            let ended = fleet::run(verb, &fleet, bench, interrupt).await;
            bench.builds.close().await;
            match ended {
                Some(ended) => ended,
                None => with_database(verb, bench, interrupt).await,
            }
        }
    }
}

async fn with_database(verb: &Verb, bench: &Workbench, interrupt: &Interrupt) -> Result<Exit, Failure> {
    match verb {
        Verb::Diff(flags) => diff::run(flags, bench).await,
        Verb::Plan(flags) => plan::run(flags, bench).await,
        Verb::Apply(flags) => apply::run(flags, bench, interrupt).await,
        Verb::Rollback(flags) => rollback::run(flags, bench, interrupt).await,
        Verb::Status(flags) => status::run(flags, bench).await,
        Verb::Graph(flags) => graph::run(flags, bench).await,
        Verb::Init => init::run(bench).await,
        Verb::Dump(flags) => dump::run(flags, bench).await,
        Verb::Snapshot(flags) => snapshot::run(flags, bench).await,
        Verb::Purge(flags) => purge::run(flags, bench).await,
        Verb::Lint(flags) => lint::run(flags, bench).await,
        Verb::Doctor(flags) => doctor::run(flags, bench).await,
        Verb::Pause => pause::pause(bench).await,
        Verb::Resume(flags) => pause::resume(flags, bench).await,
        Verb::Verify(flags) => verify::run(flags, bench, interrupt).await,
        _ => Err(not_yet()),
    }
}

fn not_yet() -> Failure {
    Failure::new(
        "not-yet",
        "this is not there yet",
        "`schemaplan help` lists what is",
    )
}

fn working_folder() -> Result<std::path::PathBuf, Failure> {
    std::env::current_dir().map_err(|error| {
        Failure::new(
            "working-folder",
            format!("cannot find the working folder: {error}"),
            "change into a folder that exists",
        )
    })
}
