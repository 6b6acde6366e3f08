//! The only mouth: the answer goes to stdout, everything else to stderr.

use super::arguments::{Color, Common};
use super::failure::Failure;
use crate::engine::{EngineEvent, Listener};
use crate::output::{Paint, Role};
use crate::text::{Diagnostic, Look, render_all};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Columns of diagnostics; source lines are cut to it.
const DIAGNOSTIC_WIDTH: usize = 100;

/// What the program knows of the terminal.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// How the answer is drawn.
    pub out: Paint,
    /// How talk is drawn.
    pub err: Paint,
    /// Nothing but the answer and what is wrong.
    pub quiet: bool,
    /// How much more to say.
    pub verbose: u8,
    live: bool,
    /// What stands before each line about a member of a fleet.
    prefix: Arc<str>,
    /// Where answers are put instead of stdout.
    aside: Option<Arc<Mutex<String>>>,
}

impl Terminal {
    /// The terminal of this process.
    pub fn new(common: &Common) -> Self {
        let ascii = !is_utf8_locale(|name| std::env::var(name).ok());
        let paint = |is_terminal: bool| Paint {
            color: wants_color(common.color, is_terminal),
            ascii,
            width: 80,
        };
        Self {
            out: paint(std::io::stdout().is_terminal()),
            err: paint(std::io::stderr().is_terminal()),
            quiet: common.quiet,
            verbose: common.verbose,
            live: std::io::stderr().is_terminal() && !common.quiet,
            prefix: "".into(),
            aside: None,
        }
    }

    /// The same for one of several that speak at once: its name stands before each line, and no line is redrawn.
    pub fn with_prefix(&self, prefix: &str) -> Self {
        let mut terminal = self.clone();
        terminal.err.width = terminal.err.width.saturating_sub(prefix.chars().count());
        terminal.prefix = prefix.into();
        terminal.live = false;
        terminal
    }

    /// The same, with its answers put aside.
    pub fn aside(&self) -> (Self, Arc<Mutex<String>>) {
        let answers = Arc::default();
        let terminal = Self {
            aside: Some(Arc::clone(&answers)),
            ..self.clone()
        };
        (terminal, answers)
    }

    /// The lines with the prefix before each.
    fn prefixed(&self, text: &str) -> String {
        if self.prefix.is_empty() {
            return text.to_owned();
        }
        let lines = text.lines().map(|line| format!("{}{line}", self.prefix));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Prints the answer. A reader that went away is no error of ours.
    pub fn answer(&self, text: &str) {
        if let Some(aside) = &self.aside {
            aside
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push_str(text);
            return;
        }
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Says a line beside the answer.
    pub fn say(&self, line: &str) {
        if !self.quiet {
            let _ = writeln!(std::io::stderr().lock(), "{}", self.prefixed(line));
        }
    }

    /// Says a line that only those want who asked for more.
    pub fn detail(&self, line: &str) {
        if self.verbose > 0 {
            self.say(&self.err.paint(Role::Faint, line));
        }
    }

    /// Shows diagnostics; errors also to those who want quiet.
    pub fn show(&self, diagnostics: &[Diagnostic]) {
        let shown: Vec<Diagnostic> = diagnostics
            .iter()
            .filter(|each| each.is_error() || !self.quiet)
            .cloned()
            .collect();
        if shown.is_empty() {
            return;
        }
        let look = Look {
            width: DIAGNOSTIC_WIDTH,
            color: self.err.color,
            ascii: self.err.ascii,
        };
        let shown = self.prefixed(&render_all(&shown, look));
        let _ = writeln!(std::io::stderr().lock(), "{shown}");
    }

    /// Asks a question whose answer is yes or no.
    ///
    /// # Errors
    /// Without a terminal there is nobody to ask: the failure says what to type.
    pub async fn confirm(&self, question: &str, verb: &str) -> Result<bool, Failure> {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::new(
                "needs-yes",
                format!("`{verb}` asks before it runs, and stdin is not a terminal"),
                format!("add `--yes`: `schemaplan {verb} --yes …`; `--dry-run` only prints what would run"),
            ));
        }
        let mut err = std::io::stderr();
        let _ = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
        // On a thread of its own, so that Ctrl-C is heard while the question stands.
        let read = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            let _ = std::io::stdin().lock().read_line(&mut line);
            line
        });
        let line = read.await.unwrap_or_default();
        Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether stderr is a terminal that shows a live line.
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Takes a live line that another one draws away, for something to be said in its place.
    pub fn clear_line(&self) {
        if self.live {
            let _ = std::io::stderr().lock().write_all(b"\r\x1b[2K");
        }
    }

    /// A live line on stderr, invisible where stderr is not a terminal.
    pub fn live_line(&self) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(
            None,
            if self.live {
                ProgressDrawTarget::stderr()
            } else {
                ProgressDrawTarget::hidden()
            },
        );
        bar.set_style(self.spinner());
        if self.live {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        bar
    }

    /// The look of a live line without a known end.
    pub fn spinner(&self) -> ProgressStyle {
        let ticks = if self.err.ascii {
            "|/-\\ "
        } else {
            "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
        };
        match ProgressStyle::with_template("{spinner} {msg}") {
            Ok(style) => style.tick_chars(ticks),
            Err(_) => ProgressStyle::default_spinner(),
        }
    }

    /// The look of a live line with a known end.
    pub fn bar(&self) -> ProgressStyle {
        let chars = if self.err.ascii { "##-" } else { "█▉░" };
        match ProgressStyle::with_template("{spinner} {msg} {bar:20} {percent}% {per_sec} {eta} left") {
            Ok(style) => style.progress_chars(chars),
            Err(_) => ProgressStyle::default_bar(),
        }
    }

    fn tell_engine(&self, event: &EngineEvent) {
        match event {
            EngineEvent::Preparing { version } => {
                self.detail(&format!("Preparing a PostgreSQL {version} of schemaplan's own"));
            }
            EngineEvent::Downloading { url, .. } => self.say(&format!("Downloading PostgreSQL from {url}")),
            EngineEvent::Unpacking { .. } => self.say("Unpacking PostgreSQL"),
            EngineEvent::Waiting { what } => self.say(&format!("Waiting for {what}")),
            EngineEvent::Note(note) => self.say(note),
            EngineEvent::Detail(detail) => self.detail(detail),
        }
    }

    /// Tells what the engine does while one waits.
    pub fn engine_listener(&self) -> Listener {
        let terminal = self.clone();
        let line: Mutex<Option<ProgressBar>> = Mutex::new(None);
        Listener::new(move |event| {
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            match event {
                EngineEvent::Downloading { done, total, url } => {
                    if line.is_none() {
                        terminal.say(&format!("Downloading PostgreSQL from {url}"));
                    }
                    let bar = line.get_or_insert_with(|| terminal.live_line());
                    if let Some(total) = total {
                        bar.set_length(*total);
                        bar.set_style(terminal.bar());
                    }
                    bar.set_position(*done);
                }
                other => {
                    if let Some(bar) = line.take() {
                        bar.finish_and_clear();
                    }
                    terminal.tell_engine(other);
                }
            }
        })
    }
}

/// A live line that is cleared when it is let go of.
pub struct Busy(ProgressBar);

impl Busy {
    /// Shows what is being done.
    pub fn new(terminal: &Terminal, what: &str) -> Self {
        let bar = terminal.live_line();
        bar.set_message(what.to_owned());
        Self(bar)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn wants_color(choice: Color, is_terminal: bool) -> bool {
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
            is_terminal && !set("NO_COLOR") && std::env::var("TERM").as_deref() != Ok("dumb")
        }
    }
}

fn is_utf8_locale(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(variable)
        .find(|value| !value.is_empty());
    let Some(locale) = set else {
        return false;
    };
    let locale = locale.to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_by_the_rules_of_posix() {
        let of = |pairs: &'static [(&str, &str)]| {
            is_utf8_locale(|name| {
                pairs
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(of(&[("LANG", "en_US.UTF-8")]));
        assert!(!of(&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")]));
        assert!(of(&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8")]));
        assert!(!of(&[]));
    }

    #[test]
    fn colours_obey_the_flag() {
        assert!(wants_color(Color::Always, false));
        assert!(!wants_color(Color::Never, true));
        assert!(!wants_color(Color::Auto, false));
    }
}
