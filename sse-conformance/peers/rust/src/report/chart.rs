//! The report as a picture: one group of bars a row of the decode table.

use super::{Report, Row, is_ours};

const WIDTH: f64 = 760.0;
/// Where bars begin, and how long the longest of a group is.
const LEFT: f64 = 190.0;
const LONGEST: f64 = 480.0;
/// From bar to bar, and from group to group.
const BAR: f64 = 15.0;
const GAP: f64 = 28.0;
const TOP: f64 = 64.0;

/// Decoding: longer is faster, and each group has its own scale.
pub fn decode(report: &Report) -> String {
    let mut bars = String::new();
    let mut y = TOP;
    for row in &report.times.decode {
        y += group(row, y, &mut bars);
    }
    let title = "Decoding server-sent events, MB/s (longer is faster; each group to its own scale)";
    let origin = escaped(&format!("{}, {}", report.date, report.machine));
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" aria-label="{title}">
<style>
text {{ font: 11px system-ui, sans-serif; fill: #24292f; }}
.title {{ font-size: 14px; font-weight: 600; }}
.row {{ font-weight: 600; }}
.peer {{ text-anchor: end; }}
.bar {{ fill: #8c959f; }}
.ours {{ fill: #d9480f; }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #e6edf3; }}
.bar {{ fill: #6e7681; }}
.ours {{ fill: #ff8a4c; }}
}}
</style>
<text class="title" x="16" y="24">{title}</text>
<text x="16" y="42">{origin}</text>
{bars}</svg>
"#
    )
}

/// Draws one group and returns how high it is.
fn group(row: &Row, top: f64, bars: &mut String) -> f64 {
    let mut timed: Vec<_> = (row.results.iter())
        .filter(|one| !one.limit)
        .filter_map(|one| Some((one.peer.as_str(), row.bytes as f64 / one.seconds? / 1e6)))
        .collect();
    timed.sort_by_key(|(peer, _)| !is_ours(peer));
    let fastest = timed
        .iter()
        .fold(0.0, |most: f64, (_, speed)| most.max(*speed));
    let name = escaped(&row.name());
    *bars += &format!(
        "<text class=\"row\" x=\"16\" y=\"{}\">{name}</text>\n",
        top + 11.0
    );
    for (place, (peer, speed)) in timed.iter().enumerate() {
        let y = top + place as f64 * BAR;
        let class = if is_ours(peer) { "bar ours" } else { "bar" };
        let length = (LONGEST * speed / fastest).max(1.0);
        let (text, end) = (y + 10.0, LEFT + length + 6.0);
        *bars += &format!(
            "<text class=\"peer\" x=\"{}\" y=\"{text}\">{}</text>\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\"/>\
             <text x=\"{end:.1}\" y=\"{text}\">{speed:.0}</text>\n",
            LEFT - 6.0,
            escaped(peer),
            BAR - 3.0,
        );
    }
    timed.len() as f64 * BAR + GAP - BAR
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
