//! What a run tells on the terminal: a line for each finished step, a live line for the running one.

use super::terminal::Terminal;
use crate::execute::{Against, Blocker, DatabaseWords, Ended, Held, Holder, HowFar, Progress};
use crate::output::{Role, duration, rows};
use crate::plan::PlanStep;
use crate::step::Phase;
use crate::text::Diagnostic;
use indicatif::ProgressBar;
use std::mem::Discriminant;
use std::time::{Duration, Instant};

/// Lines of a log that is no terminal are so far apart while a step runs.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// The terminal of a run.
pub struct Shown {
    terminal: Terminal,
    line: Option<ProgressBar>,
    back: bool,
    /// When a line was last written where there is no live one.
    said: Instant,
    /// What the run was last held for.
    held: Option<Discriminant<Held>>,
}

impl Shown {
    /// For an apply, or (`back`) for a rollback.
    pub fn new(terminal: &Terminal, back: bool) -> Self {
        Self {
            terminal: terminal.clone(),
            line: None,
            back,
            said: Instant::now(),
            held: None,
        }
    }

    fn clear(&mut self) {
        if let Some(line) = self.line.take() {
            line.finish_and_clear();
        }
    }

    fn live(&mut self, words: String) {
        if !self.terminal.is_live() {
            // A log of CI: a line now and then.
            if self.said.elapsed() >= BETWEEN_LINES {
                self.terminal.say(&format!(" {words}"));
                self.said = Instant::now();
            }
            return;
        }
        let line = self.line.get_or_insert_with(|| self.terminal.live_line());
        line.set_message(words);
    }

    fn done(&mut self, step: &PlanStep, right: &str) {
        self.clear();
        self.said = Instant::now();
        self.held = None;
        let paint = self.terminal.err;
        let mark = paint.paint(Role::Done, paint.state(Role::Done));
        let title = format!("{}{}", self.prefix(), step.step.title);
        // A row never wraps: the number, the mark and blanks take nine columns.
        let room = paint.width.saturating_sub(9 + right.chars().count());
        let left = format!(" {:>3} {mark} {}", step.number, cut(&title, room, paint.ascii));
        self.terminal.say(&paint.line(&left, right, Role::Faint));
    }

    fn prefix(&self) -> &'static str {
        if self.back { "Take back: " } else { "" }
    }
}

/// The beginning of a text that is too long for its place.
pub fn cut(text: &str, room: usize, ascii: bool) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let dots = if ascii { "..." } else { "…" };
    let kept: String = text
        .chars()
        .take(room.saturating_sub(dots.chars().count()))
        .collect();
    format!("{kept}{dots}")
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Progress for Shown {
    fn waiting_for_lease(&mut self, holder: &Holder) {
        self.live(format!("Waiting for another run to end: {holder}"));
    }

    fn waiting_for_orphans(&mut self, orphans: &[Blocker]) {
        let pids: Vec<String> = orphans.iter().map(|each| each.pid.to_string()).collect();
        self.live(format!(
            "Waiting for what a dead run left at work: pid {}",
            pids.join(", ")
        ));
    }

    fn phase_started(&mut self, phase: Phase, steps: usize) {
        self.clear();
        if steps > 0 {
            let paint = self.terminal.err;
            let heading = paint.paint(Role::Heading, phase.name());
            let counted = crate::output::text::counted(steps, "step");
            self.terminal.say(&paint.line(&heading, &counted, Role::Faint));
        }
    }

    fn step_started(&mut self, step: &PlanStep) {
        self.live(format!("{:>3} {}{}", step.number, self.prefix(), step.step.title));
    }

    fn batch_done(&mut self, step: &PlanStep, rows_done: u64, rows_total: Option<u64>, elapsed: Duration) {
        let rate = rows_done as f64 / elapsed.as_secs_f64().max(0.001);
        let mut words = format!("{:>3} {}  {}", step.number, step.step.title, rows(rows_done));
        if let Some(total) = rows_total.filter(|total| *total >= rows_done && rate > 0.0) {
            let left = Duration::from_secs_f64((total - rows_done) as f64 / rate);
            words.push_str(&format!(" of {}, {} left", rows(total), duration(left)));
        }
        words.push_str(&format!(", {rate:.0} rows/s"));
        self.live(words);
    }

    fn waiting_for_lock(&mut self, step: &PlanStep, attempt: u32, blockers: &[Blocker], queue: u32) {
        let who: Vec<String> = blockers
            .iter()
            .take(3)
            .map(|each| format!("{} ({})", each.name(), each.state))
            .collect();
        let queue = match queue {
            0 => String::new(),
            queue => format!(
                ", {} behind us",
                crate::output::text::counted(queue as usize, "session")
            ),
        };
        self.live(format!(
            "{:>3} {}  waits for {}, try {attempt}{queue}",
            step.number,
            step.step.title,
            who.join(", ")
        ));
    }

    fn under_way(&mut self, step: &PlanStep, how_far: Option<&HowFar>, elapsed: Duration) {
        let far = how_far.map_or_else(String::new, |far| format!("{far}, "));
        self.live(format!(
            "{:>3} {}{}  {far}for {}",
            step.number,
            self.prefix(),
            step.step.title,
            duration(elapsed)
        ));
    }

    fn blocker_ended(&mut self, step: &PlanStep, blocker: &Blocker, how: &Ended) {
        self.clear();
        let who = format!(
            "pid {} {} as {}, {:.0} s in its transaction: {}",
            blocker.pid, blocker.application, blocker.user, blocker.age, blocker.query
        );
        self.terminal.say(&match how {
            Ended::Cancelled => format!(" {:>3} cancelled the statement of {who}", step.number),
            Ended::Terminated => format!(" {:>3} ended the session of {who}", step.number),
            Ended::Refused(said) => format!(" {:>3} may not cancel {who}: {said}", step.number),
        });
    }

    fn held(&mut self, step: &PlanStep, why: &Held) {
        let kind = std::mem::discriminant(why);
        let words = format!("{:>3} {}  waits: {why}", step.number, step.step.title);
        if self.held != Some(kind) {
            self.held = Some(kind);
            self.clear();
            self.terminal.say(&format!(" {words}"));
            self.said = Instant::now();
        }
        self.live(words);
    }

    fn retrying(&mut self, step: &PlanStep, attempt: u32, pause: Duration, words: &DatabaseWords) {
        self.clear();
        self.terminal.detail(&format!(
            " {:>3} try {attempt}: {}; again in {}",
            step.number,
            words.message,
            duration(pause)
        ));
    }

    fn step_found_done(&mut self, step: &PlanStep) {
        self.done(step, "was done");
    }

    fn step_finished(&mut self, step: &PlanStep, elapsed: Duration) {
        self.done(step, &duration(elapsed));
    }

    fn looking(&mut self, step: &PlanStep) {
        self.clear();
        let title = &step.step.title;
        self.terminal.say(&format!(
            "     looking for rows that stand in the way of: {title}"
        ));
    }

    fn rows_against(&mut self, against: &Against) {
        self.clear();
        let phase = against.phase;
        let said = against.to_string().replace('\n', "\n       ");
        self.terminal
            .say(&format!("     rows will stand in the way of {phase}: {said}"));
    }

    fn in_the_way(&mut self, step: Option<&PlanStep>, who: &[String]) {
        self.clear();
        let title = match step {
            None => "these hold locks on what will be locked".to_owned(),
            Some(step) => format!("these hold locks on what step {} will lock", step.number),
        };
        let help =
            "locks are waited for in short tries; `--blockers cancel` or `terminate` ends those that stay";
        let mut diagnostic = Diagnostic::warning("in-the-way", title).help(help);
        diagnostic.notes.extend(who.iter().cloned());
        self.terminal.show(&[diagnostic]);
    }

    fn noted(&mut self, words: &str) {
        self.clear();
        self.terminal.say(&format!("     {words}"));
    }

    fn phase_finished(&mut self, _phase: Phase) {
        self.clear();
    }
}
