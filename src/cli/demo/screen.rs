//! What the demo shows: a picture that is drawn over itself on a terminal, plain lines anywhere else.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use unicode_width::UnicodeWidthChar;

use super::traffic::{Hold, Latency, Traffic};

const HOLD_STYLE: &str = "\x1b[1;31m";
const STRONG: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";
/// Columns for the declared text of a hold.
const TEXT_COLUMNS: usize = 60;

/// Where the demo is shown.
pub(super) struct Screen {
    live: bool,
    lines_drawn: usize,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { live: io::stdout().is_terminal(), lines_drawn: 0 }
    }

    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// Shows the traffic since the last picture.
    pub(super) fn draw(&mut self, traffic: &mut Traffic, interval: Duration) {
        let picture = if self.live { live(traffic, interval) } else { plain(traffic, interval) };
        traffic.recent = super::traffic::Recent::default();
        let mut output = String::new();
        if self.live && self.lines_drawn > 0 {
            let _ = write!(output, "\x1b[{}A\x1b[J", self.lines_drawn);
        }
        self.lines_drawn = picture.lines().count();
        output.push_str(&picture);
        let mut stdout = io::stdout().lock();
        // A terminal that went away is no reason to stop the daemon.
        let _ = stdout.write_all(output.as_bytes()).and_then(|()| stdout.flush());
    }
}

fn live(traffic: &Traffic, interval: Duration) -> String {
    if traffic.decided == 0 {
        return "joining the consumer group, a few seconds …\n".to_owned();
    }
    let recent = &traffic.recent;
    let mut picture = format!(
        "{STRONG}{:>9}{PLAIN} parcels a second   {STRONG}{:>6}{PLAIN} held   latency {}\n\
         {:>9} parcels in all       {:>6} held\n\nlatest holds\n",
        per_second(recent.decided, interval),
        share(traffic.held, traffic.decided),
        latency(&recent.latency),
        traffic.decided,
        traffic.held,
    );
    for hold in &traffic.latest_holds {
        picture.push_str(&live_hold(hold));
    }
    picture
}

fn live_hold(hold: &Hold) -> String {
    let [before, matched, after] = fitted(hold);
    format!(
        "  {:<22} {:>4} points  {before}{HOLD_STYLE}{matched}{PLAIN}{after}\n      {}\n",
        shortened(&hold.item_id, 22),
        hold.score,
        shortened(&hold.note, 100),
    )
}

fn plain(traffic: &Traffic, interval: Duration) -> String {
    if traffic.decided == 0 {
        return "joining the consumer group\n".to_owned();
    }
    let recent = &traffic.recent;
    let mut lines = format!(
        "{} parcels/s, {} held, latency {}\n",
        per_second(recent.decided, interval),
        share(traffic.held, traffic.decided),
        latency(&recent.latency),
    );
    let shown = usize::try_from(recent.holds).unwrap_or(usize::MAX).min(2);
    for hold in traffic.latest_holds.iter().take(shown) {
        let [before, matched, after] = fitted(hold);
        let _ = writeln!(lines, "  held {}: {before}[{matched}]{after}", hold.item_id);
        let _ = writeln!(lines, "       {} points: {}", hold.score, hold.note);
    }
    lines
}

/// The whole run in a few lines.
pub(super) fn summary(traffic: &Traffic) {
    let ran = match (traffic.first_decision, traffic.last_decision) {
        (Some(first), Some(last)) => last.duration_since(first),
        _ => Duration::ZERO,
    };
    println!("\nsummary");
    println!("  parcels decided   {}", traffic.decided);
    println!("  parcels a second  {}", per_second(traffic.decided, ran));
    println!("  held              {} ({})", traffic.held, share(traffic.held, traffic.decided));
    for (check, count) in &traffic.held_by_check {
        println!("    {check:<18}{count}");
    }
    println!("  latency           {}", latency(&traffic.latency));
}

fn per_second(count: u64, interval: Duration) -> String {
    let millis = interval.as_millis().max(1);
    if interval.is_zero() {
        "–".to_owned()
    } else {
        (u128::from(count) * 1000 / millis).to_string()
    }
}

fn share(part: u64, whole: u64) -> String {
    let tenths_of_percent = part * 1000 / whole.max(1);
    format!("{}.{} %", tenths_of_percent / 10, tenths_of_percent % 10)
}

fn latency(latency: &Latency) -> String {
    match (latency.percentile(50), latency.percentile(99)) {
        (Some(half), Some(most)) => format!("p50 {half} ms, p99 {most} ms"),
        _ => "not measured".to_owned(),
    }
}

/// The parts of a hold's text, cut so that the match is seen and a line is not broken.
fn fitted(hold: &Hold) -> [String; 3] {
    let [before, matched, after] = &hold.text;
    let matched = shortened(matched, TEXT_COLUMNS / 2);
    let room = TEXT_COLUMNS.saturating_sub(columns(&matched));
    let before = ending(before, room / 2);
    let after = shortened(after, room.saturating_sub(columns(&before)));
    [before, matched, after]
}

fn shortened(text: &str, columns_max: usize) -> String {
    cut(text.chars(), columns(text), columns_max).into_iter().collect()
}

/// The end of a text.
fn ending(text: &str, columns_max: usize) -> String {
    cut(text.chars().rev(), columns(text), columns_max).into_iter().rev().collect()
}

/// As many characters as fit, and an ellipsis where some do not.
fn cut(chars: impl Iterator<Item = char>, columns: usize, columns_max: usize) -> Vec<char> {
    let fits = columns <= columns_max;
    let room = if fits { columns_max } else { columns_max.saturating_sub(1) };
    let mut used = 0;
    let mut kept = chars
        .take_while(|c| {
            used += width(*c);
            used <= room
        })
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<Vec<_>>();
    if !fits {
        kept.push('…');
    }
    kept
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    if c.is_control() { 1 } else { c.width().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_columns_not_by_characters() {
        for (text, most, expected) in [
            ("nike shoes", 10, "nike shoes"),
            ("nike shoes", 6, "nike …"),
            ("耐克鞋子", 5, "耐克…"),
            ("", 3, ""),
        ] {
            assert_eq!(shortened(text, most), expected);
        }
        assert_eq!(ending("genuine nike", 5), "…nike");
    }

    #[test]
    fn the_match_is_always_seen() {
        let text = ["很".repeat(80), "Nike".to_owned(), "x".repeat(80)];
        let hold = Hold { item_id: String::new(), score: 60, text, note: String::new() };
        let [before, matched, after] = fitted(&hold);
        assert_eq!(matched, "Nike");
        assert!(columns(&before) + columns(&matched) + columns(&after) <= TEXT_COLUMNS);
        assert!(before.starts_with('…') && after.ends_with('…'));
    }
}
