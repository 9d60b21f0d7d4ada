//! The report as a picture, with a group of bars for each row of the decode table.

use anyhow::Result;
use plotters::prelude::*;

use super::{Report, Row, is_ours};

const WIDTH: u32 = 760;
/// The height of a bar, and of the heading of a group.
const BAR: u32 = 16;
const HEADING: u32 = 40;
/// The height of the title of the picture.
const TITLE: u32 = 50;

const OURS: RGBColor = RGBColor(217, 72, 15);
const PEERS: RGBColor = RGBColor(140, 149, 159);

type Canvas<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Draws decoding. A longer bar is faster, and each group has its own scale.
pub fn decode(report: &Report) -> Result<String> {
    let rows = &report.times.decode;
    let heights: Vec<_> = rows
        .iter()
        .map(|row| HEADING + BAR * speeds(row).len() as u32)
        .collect();
    let mut svg = String::new();
    let size = (WIDTH, TITLE + heights.iter().sum::<u32>());
    let canvas = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    canvas.fill(&WHITE)?;
    let title = "Decoding, MB/s (longer is faster; each group to its own scale)";
    canvas.draw(&Text::new(title, (16, 12), ("sans-serif", 20)))?;
    let origin = format!("{}, {}", report.date, report.machine);
    canvas.draw(&Text::new(origin, (16, 32), ("sans-serif", 14)))?;
    let (_, mut rest) = canvas.split_vertically(TITLE);
    for (row, height) in rows.iter().zip(heights) {
        let (area, below) = rest.split_vertically(height);
        group(row, &area)?;
        rest = below;
    }
    canvas.present()?;
    drop((rest, canvas));
    Ok(svg)
}

/// Draws the bars of one row, this project's on top.
fn group(row: &Row, area: &Canvas<'_>) -> Result<()> {
    let speeds = speeds(row);
    let fastest = speeds
        .iter()
        .fold(0.0, |most: f64, (_, speed)| most.max(*speed));
    let mut chart = ChartBuilder::on(area)
        .caption(row.name(), ("sans-serif", 17))
        .margin_left(16)
        // The rest of the width is for the label of the longest bar.
        .build_cartesian_2d(0.0..fastest * 1.4, speeds.len() as f64..0.0)?;
    for (number, (peer, speed)) in speeds.into_iter().enumerate() {
        let color = if is_ours(peer) { OURS } else { PEERS };
        let (top, bottom) = (number as f64 + 0.1, number as f64 + 0.9);
        let bar = Rectangle::new([(0.0, top), (speed, bottom)], color.filled());
        chart.draw_series([bar])?;
        let label = format!(" {speed:.0} {peer}");
        chart.draw_series([Text::new(label, (speed, top), ("sans-serif", 14))])?;
    }
    Ok(())
}

/// Returns the peers of a row and their speeds, this project's first.
fn speeds(row: &Row) -> Vec<(&str, f64)> {
    let timed = row.results.iter().filter(|one| !one.limit);
    let mut speeds: Vec<_> = timed
        .filter_map(|one| Some((one.peer.as_str(), row.bytes as f64 / one.seconds? / 1e6)))
        .collect();
    speeds.sort_by_key(|(peer, _)| !is_ours(peer));
    speeds
}
