//! `purge`: empties the archive of what earlier contracts removed.

use super::database::{Live, Purpose};
use super::failure::{Exit, Failure};
use super::progress::Shown;
use super::running;
use super::workbench::Workbench;
use crate::execute::{self, ApplyOptions, Archived, Purgeable, purgeable};
use crate::output::bytes;
use crate::output::text::counted;
use crate::text::Diagnostic;
use clap::Args;

const DAY: f64 = 86_400.0;

/// Flags of `purge`.
#[derive(Debug, Args)]
pub struct PurgeFlags {
    /// How long ago it was archived: 30d, 12h, 2w
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub older_than: String,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Says what would go, asks, and drops it.
///
/// # Errors
/// A run that is at work (3), what could not be dropped (1).
pub async fn run(flags: &PurgeFlags, bench: &Workbench) -> Result<Exit, Failure> {
    if let Some(tenant) = bench.tenant() {
        return Err(Failure::new(
            "fleet",
            format!("the archive belongs to the whole database, not to the tenant `{tenant}`"),
            "name the database with `--url`, or with an environment without `tenants:`",
        ));
    }
    let live = bench.live(None, Purpose::Run).await?;
    let ended = go(flags, &live, bench).await;
    live.close().await;
    ended
}

async fn go(flags: &PurgeFlags, live: &Live, bench: &Workbench) -> Result<Exit, Failure> {
    let older_than = seconds(&flags.older_than)?;
    let all = purgeable(&live.client).await?;
    let (due, kept): (Vec<Purgeable>, Vec<Purgeable>) =
        all.into_iter().partition(|each| each.is_due(older_than));
    for each in &kept {
        bench
            .terminal
            .say(&format!("  stays  {}: {}", each.holds, why(each)));
    }
    if due.is_empty() {
        bench
            .terminal
            .say(&format!("Nothing older than {} to purge", flags.older_than));
        return Ok(Exit::Done);
    }
    for each in &due {
        bench.terminal.answer(&format!("{}\n", line(each)));
    }
    if flags.dry_run {
        return Ok(Exit::Done);
    }
    if !flags.yes {
        let what = counted(due.len(), "object");
        let question = format!(
            "Drop {what} from the archive of {}? No rollback brings them back",
            live.target
        );
        if !bench.terminal.confirm(&question, "purge").await? {
            return Err(Failure::new("declined", "nothing was dropped", ""));
        }
    }
    let mut session = running::session(live).await?;
    let mut shown = Shown::new(&bench.terminal, false);
    let done = execute::purge(&mut session, due, &ApplyOptions::default(), &mut shown).await;
    drop(shown);
    let done = done?;
    let gone: Vec<_> = done.iter().filter(|each| each.kept.is_none()).collect();
    let freed = bytes(gone.iter().map(|each| each.what.bytes).sum());
    bench
        .terminal
        .say(&format!("Purged: {}, {freed}", counted(gone.len(), "object")));
    let failed: Vec<Diagnostic> = done
        .iter()
        .filter_map(|each| each.kept.as_ref().map(|words| (each, words)))
        .map(|(each, words)| {
            Diagnostic::error("purge", format!("{} is still in the archive", each.what.holds))
                .note(format!("the database said: {words}"))
                .help("take away what uses it, then run the same command again")
        })
        .collect();
    match failed.is_empty() {
        true => Ok(Exit::Done),
        false => Err(failed.into()),
    }
}

fn why(each: &Purgeable) -> String {
    match each.age {
        _ if each.in_flight => "its plan is not finished".to_owned(),
        None => "no journal says since when it is there; `--older-than 0d` takes it".to_owned(),
        Some(age) => format!("archived {} ago", days(age)),
    }
}

fn line(each: &Purgeable) -> String {
    let what = match each.what {
        Archived::Table => "",
        Archived::Type => "type ",
        Archived::Column => "column ",
    };
    let age = match each.age {
        Some(age) => format!("archived {} ago", days(age)),
        None => "of unknown age".to_owned(),
    };
    format!("  drop   {what}{}: {}, {age}", each.holds, bytes(each.bytes))
}

fn days(age: f64) -> String {
    counted((age / DAY) as usize, "day")
}

/// `30d`, `12h`, `2w` as seconds.
fn seconds(word: &str) -> Result<f64, Failure> {
    let span = word.parse::<jiff::Span>().ok();
    let total = span.and_then(|span| {
        span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours()))
            .ok()
    });
    total.filter(|seconds| *seconds >= 0.0).ok_or_else(|| {
        Failure::new(
            "usage",
            format!("`--older-than {word}` is no time"),
            "write it like 30d, 12h or 2w",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_that_people_write() {
        for (word, wanted) in [
            ("30d", 30.0 * DAY),
            ("12h", DAY / 2.0),
            ("2w", 14.0 * DAY),
            ("0d", 0.0),
        ] {
            assert_eq!(seconds(word).ok(), Some(wanted), "{word}");
        }
        for word in ["", "soon", "-3d", "30"] {
            assert!(seconds(word).is_err(), "{word}");
        }
    }
}
