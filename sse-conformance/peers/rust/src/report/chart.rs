//! Reports as pictures: a group of bars for each row of a table.

use anyhow::Result;
use plotters::prelude::*;

use super::{Measured, Report, Row, is_ours};

const WIDTH: u32 = 760;
/// The height of a bar, and of the heading of a group.
const BAR: u32 = 16;
const HEADING: u32 = 40;
/// The height of the title of the picture.
const TITLE: u32 = 50;

const OURS: RGBColor = RGBColor(217, 72, 15);
const PEERS: RGBColor = RGBColor(140, 149, 159);

type Canvas<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Bars that are compared with one another.
#[derive(Debug)]
pub struct Group {
    pub name: String,
    pub bars: Vec<Bar>,
}

/// A value and its label.
#[derive(Debug)]
pub struct Bar {
    pub label: String,
    pub value: f64,
    pub is_ours: bool,
}

/// Draws decoding. A longer bar is faster.
pub fn decode(report: &Report) -> Result<String> {
    let title = "Decoding, MB/s (longer is faster; each group to its own scale)";
    let origin = format!("{}, {}", report.date, report.machine);
    let groups = report.times.decode.iter().map(|row| Group {
        name: row.name(),
        bars: speeds(row),
    });
    draw(title, &origin, &groups.collect::<Vec<_>>())
}

/// Draws groups of bars, each to its own scale.
pub fn draw(title: &str, origin: &str, groups: &[Group]) -> Result<String> {
    let height = |group: &Group| HEADING + BAR * group.bars.len() as u32;
    let mut svg = String::new();
    let size = (WIDTH, TITLE + groups.iter().map(height).sum::<u32>());
    let canvas = SVGBackend::with_string(&mut svg, size).into_drawing_area();
    canvas.fill(&WHITE)?;
    canvas.draw(&Text::new(title, (16, 12), ("sans-serif", 20)))?;
    canvas.draw(&Text::new(origin, (16, 32), ("sans-serif", 14)))?;
    let (_, mut rest) = canvas.split_vertically(TITLE);
    for group in groups {
        let (area, below) = rest.split_vertically(height(group));
        draw_group(group, &area)?;
        rest = below;
    }
    canvas.present()?;
    drop((rest, canvas));
    Ok(svg)
}

fn draw_group(group: &Group, area: &Canvas<'_>) -> Result<()> {
    let values = group.bars.iter().map(|bar| bar.value);
    let longest = values.fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(&group.name, ("sans-serif", 17))
        .margin_left(16)
        // The rest of the width is for the label of the longest bar.
        .build_cartesian_2d(0.0..longest * 1.4, group.bars.len() as f64..0.0)?;
    for (number, bar) in group.bars.iter().enumerate() {
        let color = if bar.is_ours { OURS } else { PEERS };
        let (top, bottom) = (number as f64 + 0.1, number as f64 + 0.9);
        let rectangle = Rectangle::new([(0.0, top), (bar.value, bottom)], color.filled());
        chart.draw_series([rectangle])?;
        let label = Text::new(bar.label.clone(), (bar.value, top), ("sans-serif", 14));
        chart.draw_series([label])?;
    }
    Ok(())
}

/// Returns the speeds of a row, this project's first.
fn speeds(row: &Row) -> Vec<Bar> {
    let timed = row.results.iter().filter(|one| !one.limit);
    let bar = |one: &Measured| {
        let speed = row.bytes as f64 / one.seconds? / 1e6;
        Some(Bar {
            label: format!(" {speed:.0} {}", one.peer),
            value: speed,
            is_ours: is_ours(&one.peer),
        })
    };
    let mut speeds: Vec<_> = timed.filter_map(bar).collect();
    speeds.sort_by_key(|bar| !bar.is_ours);
    speeds
}
