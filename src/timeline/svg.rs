//! Timelines as a picture: shares, pods and quota above one axis, and the phases by number below. Colours follow the reader's scheme.

use super::text::{begins, notes};
use super::{Act, Phase, Timeline, time};
use std::fmt::Write;

const WIDTH: i64 = 1000;
/// Left of the columns, for what a panel shows.
const LEFT: i64 = 132;
/// Right of them, for peaks.
const RIGHT: i64 = 172;
const INNER: i64 = WIDTH - LEFT - RIGHT;
const SHARES: i64 = 116;
const PODS: i64 = 96;
const QUOTA: i64 = 16;
const LINE: i64 = 20;

const STYLE: &str = "
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #24292f }
  .ground { fill: #ffffff } .title { font-weight: 600; font-size: 16px } .small { font-size: 11px; fill: #57606a } .end { text-anchor: end }
  .middle { text-anchor: middle } .old { fill: #c9d1d9 } .new { fill: #3572c6 } .moment { fill: none; stroke: #57606a; stroke-dasharray: 3 3 }
  .line { stroke: #8c959f; stroke-width: 1 } .used { fill: #8d7bb8 } .over { fill: #c93c37 } .room { fill: #eaeef2 } .onnew { fill: #ffffff } .onold { fill: #24292f }
  .person { fill: url(#hatch) } .stripe { stroke: #b8860b; stroke-width: 1.4; stroke-opacity: .45 } .figure { fill: #8a6100 }
  .number { fill: #57606a } .onnumber { fill: #ffffff; font-size: 10px; text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .ground { fill: #0d1117 } .small { fill: #9198a1 } .old { fill: #4d5661 } .new { fill: #4c8fe8 } .onnew { fill: #0d1117 } .onold { fill: #e6edf3 }
    .moment { stroke: #9198a1 } .line { stroke: #656d76 } .used { fill: #8f7fc4 } .over { fill: #f0655d } .room { fill: #21262d }
    .stripe { stroke: #e3b341 } .figure { fill: #e3b341 } .number { fill: #9198a1 } .onnumber { fill: #0d1117 }
  }
";

/// Timelines one below the other, as an SVG document.
pub fn svg(timelines: &[Timeline]) -> String {
    let heights: Vec<i64> = timelines.iter().map(height).collect();
    let height: i64 = heights.iter().sum::<i64>().max(60);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\">"
    );
    let names: Vec<String> = timelines.iter().map(|t| format!("{}.{}: {}, {}", t.app, t.tier, t.kind, t.ending())).collect();
    let _ = writeln!(out, "<title>{}</title>", escaped(&names.join("; ")));
    let _ = writeln!(out, "<style>{STYLE}</style>");
    let _ = writeln!(
        out,
        "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><line class=\"stripe\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\"/></pattern></defs>"
    );
    let _ = writeln!(out, "<rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>");
    let mut top = 0;
    for (t, height) in timelines.iter().zip(heights) {
        one(t, top, &mut out);
        top += height;
    }
    out.push_str("</svg>\n");
    out
}

fn rows(t: &Timeline) -> i64 {
    i64::try_from(t.phases.len().div_ceil(2)).unwrap_or(0)
}

fn height(t: &Timeline) -> i64 {
    let many = |n: usize| i64::try_from(n).unwrap_or(0);
    64 + SHARES + 24 + PODS + 22 + many(t.quota.len()) * (QUOTA + 8) + 34 + rows(t) * LINE + 12 + (many(notes(t).len()) - 1) * LINE + 28
}

/// How wide a phase is: what waits is wider the longer it waits, though not in proportion; what happens at once is narrow.
fn weight(p: &Phase) -> i64 {
    match p.act {
        Act::Person => 150,
        Act::Wait | Act::Verify(_) | Act::Keep => 70 + isqrt(p.shortest.clamp(0, 7200) * 9),
        Act::Before | Act::Done => 60,
        Act::Marked | Act::Mirror(_) | Act::MirrorEnds => 34,
        _ => 44,
    }
}

fn isqrt(n: i64) -> i64 {
    (0..).take_while(|i: &i64| i * i <= n).last().unwrap_or(0)
}

/// The left edges of the phases' columns, and the right edge of the last.
fn edges(t: &Timeline) -> Vec<i64> {
    let total: i64 = t.phases.iter().map(weight).sum::<i64>().max(1);
    let mut sum = 0;
    let mut edges = vec![LEFT];
    for p in &t.phases {
        sum += weight(p);
        edges.push(LEFT + sum * INNER / total);
    }
    edges
}

fn one(t: &Timeline, top: i64, out: &mut String) {
    let edges = edges(t);
    let columns = || t.phases.iter().zip(edges.windows(2)).filter_map(|(p, e)| Some((p, *e.first()?, *e.get(1)?)));
    let right = LEFT + INNER;
    put(out, 20, top + 28, "title", &format!("{}.{}", t.app, t.tier));
    put(out, 20, top + 48, "small", &format!("{} in {}, {}. It {}.", t.kind, t.namespace, t.counted(), t.ending()));

    // Who is waited for, behind everything else.
    let shares = top + 64;
    let pods = shares + SHARES + 24;
    let axis = pods + PODS;
    for (_, left, end) in columns().filter(|(p, ..)| p.act == Act::Person) {
        rect(out, "person", left, shares, end - left, axis - shares);
    }

    put(out, 20, shares + 14, "", "requests");
    for (y, text) in [(shares + 10, "100%"), (shares + SHARES, "0%")] {
        put(out, LEFT - 8, y, "small end", text);
    }
    if t.kind == "rolling" {
        put(out, LEFT + 8, shares + SHARES / 2, "small", "the share follows the pods as they become ready");
    } else {
        // Written last, since a figure may be wider than its column.
        let (mut shown, mut figures) = (0, String::new());
        for (p, left, end) in columns() {
            let up = SHARES * p.share / 100;
            // What is waited for shows through.
            let opaque = if p.act == Act::Person { " fill-opacity=\".55\"" } else { "" };
            let down = t.kind == "recreate" && p.old + p.new == 0;
            let _ = writeln!(out, "<g{opaque}>");
            rect(out, "old", left, shares, end - left, if down { 0 } else { SHARES - up });
            rect(out, "new", left, shares + SHARES - up, end - left, if down { 0 } else { up });
            out.push_str("</g>\n");
            if p.share != shown {
                shown = p.share;
                let inside = up >= 20;
                let y = if inside { shares + SHARES - up + 15 } else { shares + SHARES - up - 5 };
                put(&mut figures, left + 5, y, if inside { "small onnew" } else { "small onold" }, &format!("{}%", p.share));
            }
        }
        out.push_str(&figures);
    }
    for (_, left, end) in columns().filter(|(p, ..)| p.act == Act::Person) {
        let middle = (left + end) / 2;
        let _ = writeln!(
            out,
            "<g class=\"figure\"><circle cx=\"{middle}\" cy=\"{}\" r=\"5\"/><path d=\"M{} {} q8 -15 16 0 z\"/></g>",
            shares + 18,
            middle - 8,
            shares + 38
        );
    }
    line(out, LEFT, shares + SHARES, right);
    times(t, &edges, shares + SHARES + 14, out);
    key(out, right + 14, shares + 14, "old", "old version");
    key(out, right + 14, shares + 34, "new", "new version");

    put(out, 20, pods + 14, "", "pods");
    let most = t.peak.max(1);
    let tall = |n: i64| n * (PODS - 16) / most;
    let mut last = (-1, -1);
    for (p, left, end) in columns() {
        let (old, new) = (tall(p.old), tall(p.new));
        rect(out, "old", left + 1, axis - old, end - left - 2, old);
        rect(out, "new", left + 1, axis - old - new, end - left - 2, new);
        if last != (p.old, p.new) {
            let middle = (left + end) / 2;
            if p.old > 0 && old >= 13 {
                put(out, middle, axis - old / 2 + 4, "small middle onold", &p.old.to_string());
            }
            if p.new > 0 && new >= 13 {
                put(out, middle, axis - old - new / 2 + 4, "small middle onnew", &p.new.to_string());
            }
        }
        last = (p.old, p.new);
    }
    let high = axis - tall(t.peak);
    let _ = writeln!(out, "<path class=\"moment\" d=\"M{LEFT} {high} H{right}\"/>");
    put(out, right + 14, high + 4, "small", &format!("at most {}", t.peak));
    line(out, LEFT, axis, right);

    for (number, (_, left, end)) in columns().enumerate() {
        let middle = (left + end) / 2;
        let _ = writeln!(out, "<circle class=\"number\" cx=\"{middle}\" cy=\"{}\" r=\"8\"/>", axis + 14);
        put(out, middle, axis + 18, "onnumber", &number.to_string());
    }
    let mut y = axis + 30;
    for r in &t.quota {
        put(out, 20, y + 12, "small", &r.name);
        for (p, left, end) in columns() {
            let used = r.used(p.old + p.new);
            let tall =
                if r.hard > 0 { i64::try_from((used * i128::from(QUOTA) / r.hard).min(i128::from(QUOTA))).unwrap_or(QUOTA) } else { QUOTA };
            rect(out, "room", left + 1, y, end - left - 2, QUOTA);
            rect(out, if used > r.hard { "over" } else { "used" }, left + 1, y + QUOTA - tall, end - left - 2, tall);
        }
        let most = t.phases.iter().map(|p| r.used(p.old + p.new)).max().unwrap_or(0).max(r.used(t.peak));
        put(out, right + 14, y + 12, "small", &format!("at most {} of {}", r.show(most), r.show(r.hard)));
        y += QUOTA + 8;
    }
    y += 24;
    let half = rows(t);
    for (number, p) in t.phases.iter().enumerate() {
        let place = i64::try_from(number).unwrap_or(0);
        let (x, y) = (if place < half { 20 } else { 20 + WIDTH / 2 }, y + (place % half.max(1)) * LINE);
        let _ = writeln!(out, "<circle class=\"number\" cx=\"{}\" cy=\"{}\" r=\"8\"/>", x + 8, y - 4);
        put(out, x + 8, y, "onnumber", &number.to_string());
        put(out, x + 26, y, "", &t.says(p));
        put(out, x + 270, y, "small", &begins(t, number));
        if p.longest.is_some_and(|l| l > p.shortest) {
            put(out, x + 400, y, "small", &format!("up to {}", time(p.longest.unwrap_or(0))));
        }
    }
    y += half * LINE + 12;
    // The first says when it ends, which stands at the top.
    for note in notes(t).iter().skip(1) {
        put(out, 20, y, "small", note);
        y += LINE;
    }
}

/// When phases begin at the earliest, where that changes and there is room. Behind a person nobody knows: an ellipsis.
fn times(t: &Timeline, edges: &[i64], y: i64, out: &mut String) {
    let (mut last, mut free) = (None, 0);
    for (number, x) in edges.iter().enumerate().take(t.phases.len()) {
        let (begins, people) = (t.begins(number).0, t.people_before(number));
        if last != Some((begins, people)) && *x >= free {
            let text = format!("+{}{}", time(begins), if people > 0 { "\u{2026}" } else { "" });
            line_up(out, *x, y - 14);
            put(out, x + 4, y, "small", &text);
            last = Some((begins, people));
            free = x + 12 + 7 * i64::try_from(text.chars().count()).unwrap_or(0);
        }
    }
}

fn line_up(out: &mut String, x: i64, y: i64) {
    let _ = writeln!(out, "<path class=\"line\" d=\"M{x}.5 {y} v6\"/>");
}

fn put(out: &mut String, x: i64, y: i64, class: &str, text: &str) {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\"{class}>{}</text>", escaped(text));
}

fn rect(out: &mut String, class: &str, x: i64, y: i64, width: i64, height: i64) {
    if width > 0 && height > 0 {
        let _ = writeln!(out, "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>");
    }
}

fn line(out: &mut String, left: i64, y: i64, right: i64) {
    let _ = writeln!(out, "<path class=\"line\" d=\"M{left} {y}.5 H{right}\"/>");
}

fn key(out: &mut String, x: i64, y: i64, class: &str, text: &str) {
    rect(out, class, x, y - 10, 12, 12);
    put(out, x + 18, y, "small", text);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
