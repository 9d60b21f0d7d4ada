//! The floors of sse-tower: which of its modules may import which.

/// The modules from the bottom up. A module imports only from its own floor and the floors below it. On the top
/// floor, modules do not import from each other.
const FLOORS: [&[&str]; 4] = [
    &[
        "ending",
        "error",
        "event",
        "foreign",
        "frame",
        "last_event_id",
        "list",
        "query",
        "redis",
        "registry",
        "tls",
    ],
    &["rt"],
    &["drain"],
    &[
        "client",
        "connection",
        "cors",
        "hub",
        "runs",
        "server",
        "testing",
    ],
];

/// Adds the imports of a file that break the rule. A module that is on no floor breaks it as well.
pub(crate) fn check(name: &str, text: &str, broken: &mut Vec<String>) {
    let Some(path) = name.strip_prefix("sse-tower/src/") else {
        return;
    };
    let module = path.split(['/', '.']).next().unwrap_or_default();
    // The root re-exports, and the guide shows how to use everything.
    if ["lib", "guide"].contains(&module) {
        return;
    }
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    for import in imports(&code) {
        let may_import = import == module
            || matches!((floor_of(import), floor_of(module)), (Some(import), Some(module))
                if import < module || import == module && module + 1 < FLOORS.len());
        if !may_import {
            broken.push(format!(
                "{name}: `{module}` must not import from `{import}`"
            ));
        }
    }
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Returns the modules of the crate's root that the code names after `crate::`.
fn imports(code: &str) -> Vec<&str> {
    let mut modules = Vec::new();
    for path in code.split("crate::").skip(1) {
        let Some(list) = path.strip_prefix('{') else {
            modules.push(first_name(path));
            continue;
        };
        let (mut depth, mut start) = (0, 0);
        for (at, character) in list.char_indices() {
            match character {
                '{' => depth += 1,
                ',' if depth == 0 => {
                    modules.push(first_name(&list[start..at]));
                    start = at + 1;
                }
                '}' if depth == 0 => {
                    modules.push(first_name(&list[start..at]));
                    break;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    modules.retain(|module| !module.is_empty());
    modules
}

fn first_name(path: &str) -> &str {
    let path = path.trim_start();
    let end = path.find(|next: char| !next.is_alphanumeric() && next != '_');
    &path[..end.unwrap_or(path.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_down_only() {
        for (name, text, expected) in [
            ("server/a.rs", "use crate::{rt::{a, b}, drain::c};", 0),
            (
                "server/a.rs",
                "use crate::{\n    rt::{a, b},\n    hub::c,\n};",
                1,
            ),
            ("server/a.rs", "use crate::server::b;", 0),
            ("hub/mod.rs", "fn a() { crate::server::b() }", 1),
            ("drain/mod.rs", "use crate::{rt::a, cors::b, hub::c};", 2),
            ("frame.rs", "use crate::error::A;", 0),
            ("frame.rs", "use crate::rt::A;", 1),
            ("frame.rs", "//! [`A`](crate::server::A)", 0),
            ("frame.rs", "#[cfg(test)]\nuse crate::server::A;", 0),
            ("new.rs", "use crate::error::A;", 1),
            ("lib.rs", "use crate::server::A;", 0),
        ] {
            let mut broken = Vec::new();
            check(&format!("sse-tower/src/{name}"), text, &mut broken);
            assert_eq!(broken.len(), expected, "{name} {text}: {broken:?}");
        }
    }
}
