//! Coloured text of a terminal as a picture.

use std::fmt::Write;

const CHARACTER: f64 = 8.4;
const LINE: usize = 19;
const MARGIN: usize = 16;

/// The text, its ANSI colours kept, as an SVG of a dark terminal with this command line on top.
pub fn terminal(command: &str, text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let columns = lines
        .iter()
        .map(|line| super::paint::visible_width(line))
        .max()
        .unwrap_or(0)
        .max(command.len() + 2);
    let width = (columns as f64 * CHARACTER).ceil() as usize + 2 * MARGIN;
    let height = (lines.len() + 2) * LINE + 2 * MARGIN;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
    );
    out.push_str(
        "<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #d8dee9; white-space: pre }\n\
         .bold { font-weight: bold } .dim { fill: #8a94a6 } .red { fill: #ef6b73 } .green { fill: #8fcf7a } .yellow { fill: #e8c264 } .magenta { fill: #c792ea } .cyan { fill: #74c7dd }</style>\n",
    );
    let _ = writeln!(
        out,
        "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f27\"/>"
    );
    let mut y = MARGIN + LINE - 4;
    let _ = writeln!(
        out,
        "<text x=\"{MARGIN}\" y=\"{y}\" class=\"bold\">$ {}</text>",
        escaped(command)
    );
    y += LINE;
    for line in lines {
        y += LINE;
        if !line.is_empty() {
            let _ = writeln!(out, "<text x=\"{MARGIN}\" y=\"{y}\">{}</text>", spans(line));
        }
    }
    out.push_str("</svg>\n");
    out
}

/// A line whose escape sequences are turned into spans.
fn spans(line: &str) -> String {
    let mut out = String::new();
    let mut classes: Vec<&str> = Vec::new();
    for (number, piece) in line.split('\u{1b}').enumerate() {
        let (codes, text) = match (number, piece.split_once('m')) {
            (0, _) | (_, None) => ("", piece),
            (_, Some((codes, text))) => (codes.trim_start_matches('['), text),
        };
        for code in codes.split(';').filter(|code| !code.is_empty()) {
            match class(code) {
                Some(class) => classes.push(class),
                None => classes.clear(),
            }
        }
        match (text.is_empty(), classes.is_empty()) {
            (true, _) => {}
            (false, true) => out.push_str(&escaped(text)),
            (false, false) => {
                let _ = write!(
                    out,
                    "<tspan class=\"{}\">{}</tspan>",
                    classes.join(" "),
                    escaped(text)
                );
            }
        }
    }
    out
}

fn class(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "bold",
        "2" => "dim",
        "31" => "red",
        "32" => "green",
        "33" => "yellow",
        "35" => "magenta",
        "36" => "cyan",
        _ => return None,
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::{Paint, Role};
    use super::*;

    #[test]
    fn colours_become_classes_and_text_stays_text() {
        let paint = Paint {
            color: true,
            ..Paint::default()
        };
        let line = format!("{} a<b", paint.paint(Role::Create, "+"));
        assert_eq!(spans(&line), "<tspan class=\"green\">+</tspan> a&lt;b");
        let failed = paint.paint(Role::Failed, "x");
        assert!(
            spans(&failed).contains("class=\"bold red\"") || spans(&failed).contains("class=\"red bold\"")
        );
    }
}
