//! A report as one HTML page without other files.

use crate::report::date::rfc3339;
use crate::report::escaped;
use crate::suite::case::Case;
use crate::suite::report::Report;

/// Returns the report as one HTML page. The cases that did not pass come first, each with its wire
/// log.
pub fn html(report: &Report) -> String {
    let (short, rest): (Vec<&Case>, Vec<&Case>) = report
        .cases()
        .iter()
        .partition(|case| case.failure.is_some());
    let testee = report.testee().unwrap_or("an implementation");
    let title = format!("{testee}: {} suite", report.suite());
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{} suite</h1>\n<p><code>{}</code></p>\n<p>{}.</p>\n<p>{}</p>\n\
         <details><summary>Command and options</summary>\n<table>\n{}</table>\n</details>\n\
         <h2>Cases that did not pass</h2>\n{}\n<h2>Other cases</h2>\n<table class=\"rest\">\n{}</table>\n\
         </body>\n</html>\n",
        report.suite(),
        escaped(testee),
        report.counts(),
        circumstances(report),
        options(report),
        if short.is_empty() {
            "<p>Nothing.</p>".to_owned()
        } else {
            short.into_iter().map(section).collect()
        },
        rest.into_iter().map(row).collect::<String>(),
        title = escaped(&title),
    )
}

/// Returns the date, the duration, the version, and the number of cases that were not run.
fn circumstances(report: &Report) -> String {
    let not_run = match report.not_run() {
        0 => String::new(),
        left => format!(" {left} of {} cases were not run.", report.selected()),
    };
    format!(
        "{}, in {:.1} s, by sse-conformance {}.{not_run}",
        rfc3339(report.started()),
        report.duration().as_secs_f64(),
        env!("CARGO_PKG_VERSION"),
    )
}

/// Returns the command and the options.
fn options(report: &Report) -> String {
    let own = [("command", report.command())];
    let own = own
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    let settings = report.settings().iter();
    let settings = settings.map(|(name, value)| (name.as_str(), value.as_str()));
    own.chain(settings)
        .map(|(name, value)| field(name, value))
        .collect()
}

fn field(name: &str, value: &str) -> String {
    format!(
        "<tr><th>{}</th><td><code>{}</code></td></tr>\n",
        escaped(name),
        escaped(value)
    )
}

fn section(case: &Case) -> String {
    let Some(failure) = &case.failure else {
        return String::new();
    };
    let mut rows = vec![
        ("given", Some(&failure.given)),
        ("chunking", failure.chunking.as_ref()),
        ("expected", Some(&failure.expected)),
        ("seen", Some(&failure.seen)),
        ("problem", Some(&failure.what)),
        ("waived", case.waiver.as_ref()),
        ("rerun", case.reproduce.as_ref()),
    ];
    rows.retain(|(_, text)| text.is_some());
    let rows: String = rows
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .map(|(name, text)| field(name, text))
        .collect();
    format!(
        "<section id=\"{id}\">\n<h3><a href=\"#{id}\">{id}</a> {}</h3>\n<p>{} {} ({})</p>\n\
         <table>\n{rows}</table>\n{}{}</section>\n",
        badge(case),
        escaped(&case.rule.text),
        source(case),
        case.rule.level,
        steps(case),
        log(case),
        id = escaped(case.id()),
    )
}

/// Returns the steps of a case and its expectation.
fn steps(case: &Case) -> String {
    let steps = case.rule.steps.iter();
    let steps: String = steps
        .map(|step| format!("<li>{}</li>\n", escaped(step)))
        .collect();
    format!(
        "<details><summary>Steps</summary>\n<ol>\n{steps}</ol>\n<p>Expected: {}</p>\n</details>\n",
        escaped(&case.rule.expects)
    )
}

/// Returns the wire log of a case.
fn log(case: &Case) -> String {
    if case.log.is_empty() {
        return String::new();
    }
    let entries: String = case
        .log
        .iter()
        .map(|entry| {
            let exchange = entry
                .exchange
                .map_or(String::new(), |number| format!("#{number} "));
            format!(
                "<tr class=\"{}\"><td>{:.3} s</td><td><code>{exchange}{} {}</code></td></tr>\n",
                entry.direction.name(),
                entry.at.as_secs_f64(),
                escaped(&entry.direction.sign().to_string()),
                escaped(&entry.text)
            )
        })
        .collect();
    format!(
        "<details><summary>Wire log ({:.1} s)</summary>\n<table class=\"log\">\n{entries}</table>\n</details>\n",
        case.duration.as_secs_f64()
    )
}

fn row(case: &Case) -> String {
    let why = case.unsupported.as_ref().map_or(String::new(), |why| {
        format!("<br>Unsupported: {}.", escaped(why))
    });
    format!(
        "<tr><td>{}</td><td><code>{}</code></td><td>{} {}{why}</td></tr>\n",
        badge(case),
        escaped(case.id()),
        escaped(&case.rule.text),
        source(case),
    )
}

fn badge(case: &Case) -> String {
    let verdict = case.verdict.to_string().to_lowercase();
    format!("<span class=\"{verdict}\">{verdict}</span>")
}

/// Returns a link to the text of the rule.
fn source(case: &Case) -> String {
    let clause = &case.rule.clause;
    format!(
        "[<a href=\"{}\">{}</a>]",
        escaped(&clause.url),
        escaped(&clause.title)
    )
}

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; overflow-wrap: anywhere }
h1 { font-size: 1.6rem; line-height: 1.25 }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-top: 1px solid #8884 }
th { font-weight: 600; width: 6rem }
code { font-size: .9em; white-space: pre-wrap; overflow-wrap: anywhere }
.rest td:first-child, .log td:first-child { white-space: nowrap }
.log { font-size: .9rem }
.log td { padding: 0 .8rem 0 0; border: 0 }
.noted { opacity: .7 }
details { margin: .5rem 0 }
summary { cursor: pointer }
@media (max-width: 40rem) {
  body { margin: 1rem auto }
  tr, td, th { display: block }
  tr { border-top: 1px solid #8884; padding: .2rem 0 }
  td, th { border: 0; padding: 0; width: auto }
}
h3 a { color: inherit; text-decoration: none }
.pass, .fail, .warn, .info, .waived, .unsupported { font-size: .8rem; padding: .1rem .5rem; border-radius: .6rem; color: #fff; background: #666 }
.pass { background: #17723a } .fail { background: #b3261e } .warn { background: #8a5a00 } .info { background: #1a5fb4 }
";
