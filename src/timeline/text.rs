//! Timelines as a table for a terminal.

use super::{Act, Timeline, time};
use std::fmt::Write;

/// Timelines one below the other, each a table and what is to be known of it.
pub fn text(timelines: &[Timeline]) -> String {
    let all: Vec<String> = timelines.iter().map(one).collect();
    all.join("\n")
}

fn one(t: &Timeline) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}.{} in {}: {}, {}", t.app, t.tier, t.namespace, t.kind, t.counted());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let share = match t.split {
        Some("pods") => "new (of pods)",
        Some("requests from outside") => "new (from outside)",
        _ => "new",
    };
    let mut head: Vec<String> = ["begins at", "step", share, "old pods", "new pods"].map(String::from).into();
    head.extend(t.quota.iter().map(|r| format!("{} of {}", r.name, r.show(r.hard))));
    rows.push(head);
    for (number, phase) in t.phases.iter().enumerate() {
        let mut row = vec![
            begins(t, number),
            t.says(phase),
            if t.kind == "rolling" && phase.act == Act::Promote { "grows".into() } else { format!("{}%", phase.share) },
            phase.old.to_string(),
            phase.new.to_string(),
        ];
        row.extend(t.quota.iter().map(|r| {
            let used = r.used(phase.old + phase.new);
            format!("{}{}", r.show(used), if used > r.hard { " !" } else { "" })
        }));
        rows.push(row);
    }
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .map(|column| rows.iter().filter_map(|r| r.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for row in &rows {
        let cells = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| if column == 1 { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(out, "  {}", line.trim_end());
    }
    for note in notes(t) {
        let _ = writeln!(out, "{note}");
    }
    out
}

/// From the start: `+30s`; behind a person `+30s & you`.
pub fn begins(t: &Timeline, number: usize) -> String {
    let (early, _) = t.begins(number);
    match t.people_before(number) {
        0 => format!("+{}", time(early)),
        1 => format!("+{} and a person", time(early)),
        n => format!("+{} and {n} people", time(early)),
    }
}

/// What a reader must know beside the table.
pub fn notes(t: &Timeline) -> Vec<String> {
    let mut all = vec![format!("It {}.", t.ending())];
    let settled = t.phases.iter().map(|p| p.old + p.new).max().unwrap_or(0);
    if t.peak > settled {
        all.push(format!("For a moment there may be {} pods, while some come and others go.", t.peak));
    }
    if let Some((_, most)) = t.scaled {
        all.push(format!("At {most} replicas there may be {} pods.", t.peak_at_most));
    }
    if !t.background.is_empty() {
        all.push(format!("Measured from the first step to the last: {}.", t.background.join(", ")));
    }
    if t.split.is_some() {
        let what = if t.phases.iter().any(|p| matches!(p.act, Act::Verify(_))) || !t.background.is_empty() {
            "Where a measurement fails or the deadline passes"
        } else {
            "Where the deadline passes"
        };
        all.push(format!("{what}, the old version takes everything again."));
    }
    all
}
