//! A report as one page of HTML that needs nothing else.

use super::escaped;
use crate::suite::{Case, Report};

/// A report as one page of HTML: what fell short first, with what was given, expected and seen.
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
         <h1>{title}</h1>\n<p>{}. Seed {}. sse-conformance {}.</p>\n\
         <h2>What fell short</h2>\n{}\n<h2>The rest</h2>\n<table>\n{}</table>\n</body>\n</html>\n",
        report.counts(),
        report.seed(),
        env!("CARGO_PKG_VERSION"),
        if short.is_empty() {
            "<p>Nothing.</p>".to_owned()
        } else {
            short.into_iter().map(section).collect()
        },
        rest.into_iter().map(row).collect::<String>(),
        title = escaped(&title),
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
        ("so", Some(&failure.what)),
        ("waived", case.waiver.as_ref()),
        ("again", case.reproduce.as_ref()),
    ];
    rows.retain(|(_, text)| text.is_some());
    let rows: String = rows
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
        .map(|(name, text)| {
            format!(
                "<tr><th>{name}</th><td><code>{}</code></td></tr>\n",
                escaped(text)
            )
        })
        .collect();
    format!(
        "<section id=\"{id}\">\n<h3><a href=\"#{id}\">{id}</a> {}</h3>\n<p>{} {} ({})</p>\n\
         <table>\n{rows}</table>\n</section>\n",
        badge(case),
        escaped(&case.rule.text),
        source(case),
        case.rule.level,
        id = escaped(case.id()),
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

/// Where the rule can be read.
fn source(case: &Case) -> String {
    let clause = &case.rule.clause;
    format!(
        "[<a href=\"{}\">{}</a>]",
        escaped(&clause.url),
        escaped(&clause.title)
    )
}

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-top: 1px solid #8884 }
th { font-weight: 600; width: 6rem }
code { font-size: .9em; white-space: pre-wrap; overflow-wrap: anywhere }
h3 a { color: inherit; text-decoration: none }
.pass, .fail, .warn, .info, .waived, .unsupported { font-size: .8rem; padding: .1rem .5rem; border-radius: .6rem; color: #fff; background: #666 }
.pass { background: #17723a } .fail { background: #b3261e } .warn { background: #8a5a00 } .info { background: #1a5fb4 }
";
