//! The report in Markdown.

use super::{Allocations, Instructions, Report, Row, is_ours, name};

/// Returns the whole report.
pub fn whole(report: &Report) -> String {
    let mut text = format!(
        "# sse-proto beside its peers\n\n{}\n\n{}\n",
        origin(report),
        LEGEND
    );
    for (title, table) in [
        ("Decode, MB/s", decode(report)),
        ("Encode, ns for an event", encode(report)),
        (
            "Allocations for an event, decoding",
            allocations(report, false),
        ),
        (
            "Allocations for an event, encoding",
            allocations(report, true),
        ),
        (
            "Instructions for an event, decoding",
            instructions(report, false),
        ),
        (
            "Instructions for an event, encoding",
            instructions(report, true),
        ),
        ("Instructions for a byte, one byte a chunk", linear(report)),
        ("Instructions for a byte that is not UTF-8", invalid(report)),
        ("Figures that do not depend on the machine", gates(report)),
    ] {
        if let Some(table) = table {
            text += &format!("\n## {title}\n\n{table}");
        }
    }
    let differing = differing(report);
    if !differing.is_empty() || !report.left_out.is_empty() {
        text += "\n## Not measured\n\n";
        for line in differing.iter().chain(&report.left_out) {
            text += &format!("- {line}\n");
        }
    }
    text
}

/// Returns the two tables of `docs/benchmarks.md`.
pub fn summary(report: &Report) -> String {
    let mut text = format!("{}\n\n", origin(report));
    for (title, table) in [
        ("Decode, MB/s", decode(report)),
        ("Encode, ns for an event", encode(report)),
    ] {
        text += &format!("{title}:\n\n{}\n", table.unwrap_or_default());
    }
    for line in differing(report) {
        text += &format!("- {line}\n");
    }
    text
}

fn origin(report: &Report) -> String {
    let versions: Vec<_> = (report.versions.iter())
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    format!(
        "{}, {}, one thread, {}, release with fat LTO. Medians of {} interleaved rounds of at least \
         {} ms. {}.",
        report.date,
        report.machine,
        report.rustc,
        report.times.rounds,
        report.times.turn_ms,
        versions.join(", ")
    )
}

const LEGEND: &str = "Streams of 1 MiB: *llm* 182 bytes of JSON in an event, *tiny* one byte, *big* 64 KiB, *multi* 20 \
     lines of 60 bytes with type, ID and reconnection time, *hb* heartbeats, *crlf* llm with CRLF, \
     *utf8* random characters of one to four bytes; after each the size of the chunks. The last \
     columns divide sse-proto's speed by that of the fastest peer and of the two limits, which decode nothing.";

fn decode(report: &Report) -> Option<String> {
    let first = report.times.decode.first()?;
    let limits = ["memcpy", "memchr2_iter"];
    let mut peers: Vec<_> = (first.results.iter())
        .filter(|one| !one.limit)
        .map(|one| one.peer.as_str())
        .collect();
    peers.sort_by_key(|peer| !is_ours(peer));
    let mut table = Table::new(
        [""].into_iter()
            .chain(peers.iter().copied())
            .chain(limits)
            .chain(["x best peer", "x memchr2_iter", "x memcpy"]),
    );
    for row in &report.times.decode {
        let speed = |seconds: f64| number(row.bytes as f64 / seconds / 1e6);
        let mut cells = vec![row.name()];
        for peer in &peers {
            let seconds = (row.results.iter())
                .find(|one| one.peer == *peer)
                .and_then(|one| one.seconds);
            cells.push(bold(peer, seconds.map_or("differs".into(), speed)));
        }
        cells.extend(limits.map(|name| row.limit(name).map_or(String::new(), speed)));
        cells.push(ratio(row.ratio(None, row.best_peer(None))));
        cells.push(ratio(row.ratio(None, row.limit("memchr2_iter"))));
        cells.push(ratio(row.ratio(None, row.limit("memcpy"))));
        table.row(cells);
    }
    Some(table.finish())
}

fn encode(report: &Report) -> Option<String> {
    let first = report.times.encode.first()?;
    let mut columns: Vec<(&str, Option<&str>)> = (first.results.iter())
        .filter(|one| !one.limit)
        .map(|one| (one.peer.as_str(), one.output.as_deref()))
        .collect();
    // A column with the ratio of each output follows its encoders.
    let mut outputs: Vec<_> = columns.iter().map(|(_, output)| *output).collect();
    outputs.dedup();
    columns.extend(outputs.iter().map(|output| ("", *output)));
    columns.sort_by_key(|(name, output)| {
        (
            outputs.iter().position(|one| one == output),
            name.is_empty(),
        )
    });
    let mut titles = vec![String::new(), "memcpy + memchr".into()];
    titles.extend(columns.iter().map(|(name, output)| match *name {
        "" => "x best peer".into(),
        name => format!("{name}, {}", output.unwrap_or_default()),
    }));
    let mut table = Table::new(titles.iter().map(String::as_str));
    for row in &report.times.encode {
        let ns = |seconds: f64| number(seconds * 1e9);
        let limit = row.limit("memcpy + memchr").map_or(String::new(), ns);
        let mut cells = vec![row.workload.clone(), limit];
        for (peer, output) in &columns {
            if peer.is_empty() {
                cells.push(ratio(row.ratio(*output, row.best_peer(*output))));
                continue;
            }
            let one = (row.results.iter())
                .find(|one| one.peer == *peer && one.output.as_deref() == *output);
            let seconds = one.and_then(|one| one.seconds);
            cells.push(bold(peer, seconds.map_or("differs".into(), ns)));
        }
        table.row(cells);
    }
    Some(table.finish())
}

fn allocations(report: &Report, encoding: bool) -> Option<String> {
    let of = |one: &Allocations| {
        let row = name(&one.workload, one.chunk);
        (row, title(&one.peer, one.output.as_deref()), one.each)
    };
    let all = report.allocations.iter();
    by_peer(all.filter(|one| one.output.is_some() == encoding).map(of))
}

fn instructions(report: &Report, encoding: bool) -> Option<String> {
    let of = |one: &Instructions| {
        let column = title(&one.peer, one.output.as_deref());
        (one.workload.clone(), column, one.each)
    };
    let all = report.instructions.iter();
    by_peer(all.filter(|one| one.output.is_some() == encoding).map(of))
}

fn title(peer: &str, output: Option<&str>) -> String {
    match output {
        Some(output) => format!("{peer}, {output}"),
        None => peer.to_owned(),
    }
}

/// Returns a table from its cells: row, column, value.
fn by_peer(cells: impl Iterator<Item = (String, String, f64)>) -> Option<String> {
    let cells: Vec<_> = cells.collect();
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    for (row, column, _) in &cells {
        if !rows.contains(row) {
            rows.push(row.clone());
        }
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    rows.first()?;
    let mut table = Table::new([""].into_iter().chain(columns.iter().map(String::as_str)));
    for row in rows {
        let mut line = vec![row.clone()];
        for column in &columns {
            let cell = cells.iter().find(|cell| cell.0 == row && cell.1 == *column);
            let text = cell.map_or(String::new(), |(_, _, value)| number(*value));
            line.push(bold(column.split(',').next().unwrap_or_default(), text));
        }
        table.row(line);
    }
    Some(table.finish())
}

fn linear(report: &Report) -> Option<String> {
    let first = report.linear.first()?;
    let size = |bytes: usize| format!("{} KiB", (bytes + 512) / 1024);
    let (small, large) = (size(first.bytes[0]), size(first.bytes[1]));
    let mut table = Table::new(["", &small, &large, "growth"].into_iter());
    for line in &report.linear {
        let each = line.each.map(|each| format!("{each:.1}"));
        let [small, large] = each;
        table.row(vec![
            line.shape.clone(),
            small,
            large,
            format!("{:.3}", line.growth()),
        ]);
    }
    Some(table.finish())
}

fn invalid(report: &Report) -> Option<String> {
    let first = report.invalid.first()?;
    let mut table = Table::new(["", "each", "times a valid one"].into_iter());
    table.row(vec![
        "valid".into(),
        format!("{:.1}", first.valid),
        "1.0".into(),
    ]);
    for line in &report.invalid {
        let (each, times) = (format!("{:.1}", line.each), format!("{:.1}", line.times()));
        table.row(vec![line.shape.clone(), each, times]);
    }
    Some(table.finish())
}

fn gates(report: &Report) -> Option<String> {
    let mut table = Table::new(["", "is", "at most", "aim", ""].into_iter());
    for gate in report.gates() {
        let verdict = if gate.holds() { "holds" } else { "WORSE" };
        table.row(vec![
            gate.what.clone(),
            number(gate.is),
            number(gate.at_most),
            number(gate.aim),
            verdict.into(),
        ]);
    }
    Some(table.finish())
}

/// Returns the peers that were not timed because they decode differently.
fn differing(report: &Report) -> Vec<String> {
    let of = |verb: &str, row: &Row| {
        let mut lines = Vec::new();
        for one in &row.results {
            if let Some(differs) = &one.differs {
                let who = title(&one.peer, one.output.as_deref());
                lines.push(format!("{verb} {}: {who} differs: {differs}", row.name()));
            }
        }
        lines
    };
    let decode = report.times.decode.iter().flat_map(|row| of("decode", row));
    let encode = report.times.encode.iter().flat_map(|row| of("encode", row));
    decode.chain(encode).collect()
}

/// Returns a number with as many digits as a person reads.
fn number(value: f64) -> String {
    match value {
        _ if value == value.trunc() => format!("{value:.0}"),
        _ if value < 1.0 => format!("{value:.3}"),
        _ if value < 10.0 => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn ratio(value: Option<f64>) -> String {
    value.map_or(String::new(), |value| format!("{value:.2}"))
}

fn bold(peer: &str, text: String) -> String {
    if is_ours(peer) && !text.is_empty() {
        format!("**{text}**")
    } else {
        text
    }
}

/// Returns rows of cells. The first column is text, and the others are numbers.
struct Table(String);

impl Table {
    fn new<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        let titles: Vec<_> = titles.map(str::to_owned).collect();
        let count = titles.len();
        let mut table = Self(String::new());
        table.row(titles);
        let rule = vec!["---:".to_owned(); count];
        table.row(rule);
        table.0 = table.0.replacen("---:", "---", 1);
        table
    }

    fn row(&mut self, cells: Vec<String>) {
        self.0 += &format!("| {} |\n", cells.join(" | "));
    }

    fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_are_read() {
        for (value, text) in [
            (0.0, "0"),
            (0.0514, "0.051"),
            (5.0228, "5.02"),
            (21.66, "21.7"),
            (12923.4, "12923"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn cells_find_their_row_and_column() {
        let cells = [
            ("llm", "a", 1.0),
            ("tiny", "a", 2.0),
            ("llm", "sse-proto", 0.0),
        ];
        let cells = cells.map(|(row, column, value)| (row.into(), column.into(), value));
        assert_eq!(
            by_peer(cells.into_iter()).unwrap(),
            "|  | a | sse-proto |\n| --- | ---: | ---: |\n| llm | 1 | **0** |\n| tiny | 2 |  |\n"
        );
        assert_eq!(by_peer([].into_iter()), None);
    }
}
