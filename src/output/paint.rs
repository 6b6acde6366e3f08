//! How text is drawn: colours, marks and their ASCII forms, widths.

use anstyle::{AnsiColor, Style};
use std::time::Duration;

/// What a piece of text is, for its colour. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something new.
    Create,
    /// Something that changes.
    Alter,
    /// Something that goes.
    Drop,
    /// Something that goes and comes again.
    Recreate,
    /// Something that gets another name.
    Rename,
    /// A heading.
    Heading,
    /// Beside the point: places, locks.
    Faint,
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// To be looked at.
    Warning,
}

/// The terminal's abilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    /// ANSI colours.
    pub color: bool,
    /// Only ASCII characters.
    pub ascii: bool,
    /// Columns.
    pub width: usize,
}

impl Default for Paint {
    fn default() -> Self {
        Self {
            color: false,
            ascii: false,
            width: 80,
        }
    }
}

impl Paint {
    /// The text in the colour of its role.
    pub fn paint(&self, role: Role, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let style = match role {
            Role::Create | Role::Done => color(AnsiColor::Green),
            Role::Alter => color(AnsiColor::Yellow),
            Role::Drop => color(AnsiColor::Red),
            Role::Recreate => color(AnsiColor::Magenta),
            Role::Rename => color(AnsiColor::Cyan),
            Role::Heading => Style::new().bold(),
            Role::Faint => Style::new().dimmed(),
            Role::Failed => color(AnsiColor::Red).bold(),
            Role::Warning => color(AnsiColor::Yellow).bold(),
        };
        format!("{style}{text}{style:#}")
    }

    /// Between old and new.
    pub fn arrow(&self) -> &'static str {
        if self.ascii { "->" } else { "→" }
    }

    /// Between two facts on one line.
    pub fn dot(&self) -> &'static str {
        if self.ascii { "-" } else { "·" }
    }

    /// The mark of a step that is done, that failed, or that has not run.
    pub fn state(&self, role: Role) -> &'static str {
        match (role, self.ascii) {
            (Role::Done, false) => "✓",
            (Role::Done, true) => "v",
            (Role::Failed, false) => "✗",
            (Role::Failed, true) => "x",
            (_, false) => "·",
            (_, true) => ".",
        }
    }

    /// Left and right text on one line, the right one at the edge; behind two blanks where the line is too long for that.
    pub fn line(&self, left: &str, right: &str, right_role: Role) -> String {
        if right.is_empty() {
            return left.trim_end().to_owned();
        }
        let used = visible_width(left) + right.chars().count();
        let gap = self.width.saturating_sub(used).max(2);
        format!("{left}{}{}", " ".repeat(gap), self.paint(right_role, right))
    }

    /// A rule across the screen with words in it.
    pub fn rule(&self, words: &str) -> String {
        let dash = if self.ascii { "-" } else { "─" };
        let used = words.chars().count() + 4;
        let rest = self.width.saturating_sub(used).max(2);
        format!("{dash}{dash} {words} {}", dash.repeat(rest))
    }
}

fn color(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(color.into()))
}

/// Columns that a text takes, escape sequences aside.
pub(crate) fn visible_width(text: &str) -> usize {
    let mut width = 0;
    let mut escaped = false;
    for character in text.chars() {
        match character {
            '\u{1b}' => escaped = true,
            'm' if escaped => escaped = false,
            _ if escaped => {}
            _ => width += 1,
        }
    }
    width
}

/// Breaks a text at blanks so that no line is longer than `width`, every line after the first behind `indent`.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            used = indent.chars().count();
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out
}

/// Bytes as people say them: `2.1 GB`.
pub fn bytes(count: u64) -> String {
    scaled(count, &["B", "kB", "MB", "GB", "TB"])
}

/// Rows as people say them: `4.3 M rows`.
pub fn rows(count: u64) -> String {
    match count {
        1 => "1 row".to_owned(),
        0..10_000 => format!("{count} rows"),
        _ => format!("{} rows", scaled(count, &["", "k", "M", "G"])),
    }
}

fn scaled(count: u64, units: &[&str]) -> String {
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1000.0 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 {
        return format!("{count} {}", units[0]).trim_end().to_owned();
    }
    format!("{value:.1} {}", units[unit])
}

/// A stretch of time as people say it: `320 ms`, `4.2 s`, `2m 11s`.
pub fn duration(time: Duration) -> String {
    let millis = time.as_millis();
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{:.1} s", time.as_secs_f64()),
        60_000..3_600_000 => format!("{}m {}s", millis / 60_000, millis / 1000 % 60),
        _ => format!("{}h {}m", millis / 3_600_000, millis / 60_000 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_said_as_people_say_them() {
        assert_eq!(bytes(2_100_000_000), "2.1 GB");
        assert_eq!(bytes(12), "12 B");
        assert_eq!(rows(4_300_000), "4.3 M rows");
        assert_eq!(rows(1), "1 row");
        assert_eq!(duration(Duration::from_millis(320)), "320 ms");
        assert_eq!(duration(Duration::from_secs(131)), "2m 11s");
    }

    #[test]
    fn the_right_side_stands_at_the_edge_whatever_the_colours() {
        let paint = Paint {
            color: true,
            width: 20,
            ..Paint::default()
        };
        let left = paint.paint(Role::Create, "+ a");
        assert_eq!(visible_width(&paint.line(&left, "b:1", Role::Faint)), 20);
    }

    #[test]
    fn wraps_at_blanks() {
        assert_eq!(wrap("one two three", 8, "  "), "one two\n  three");
    }
}
