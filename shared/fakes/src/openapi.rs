//! What `infra/openapi.yaml` says of access: which function answers an operation, which scope it
//! asks for, and whether a browser may call it.
//!
//! The document is laid out alike throughout, so that lines are enough to read it: paths at two
//! spaces, methods at four, what an operation says of itself at six.

use doorstep_domain::access::Scope;

const DOCUMENT: &str = include_str!("../../../infra/openapi.yaml");

/// An operation of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Method and path pattern, such as `POST /signups/{id}/verify`.
    pub route: String,
    /// The function that answers it.
    pub function: String,
    /// The scopes of which it asks for one; none on open routes.
    pub scopes: Vec<Scope>,
    /// Whether publishable keys may call it.
    pub publishable: bool,
}

impl Operation {
    /// `GET`, `POST` and so on.
    #[must_use]
    pub fn method(&self) -> &str {
        self.route.split(' ').next().unwrap_or_default()
    }

    /// The path with its patterns.
    #[must_use]
    pub fn path(&self) -> &str {
        self.route.split(' ').nth(1).unwrap_or_default()
    }
}

impl Operation {
    /// Whether a refusal's detail says that the key lacks what this operation asks for.
    #[must_use]
    pub fn is_lacking(&self, detail: &str) -> bool {
        let names =
            |scope: &Scope| detail.contains(&format!("lacks the scope `{}`", scope.as_str()));
        self.scopes.iter().any(names)
    }
}

/// Every operation but preflights. Each that is not open names its scope, or this panics.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let paths = DOCUMENT.split_once("\npaths:\n").unwrap().1;
    let paths = paths.split_once("\ncomponents:\n").unwrap().0;
    let (mut path, mut found) = (String::new(), Vec::new());
    let mut open: Option<(Operation, bool)> = None;
    for line in paths.lines().chain(["  /"]) {
        let depth = line.len() - line.trim_start().len();
        let text = line.trim();
        if depth > 0 && depth <= 4 {
            found.extend(open.take().map(checked));
        }
        match (depth, text.split_once(':').unwrap_or((text, ""))) {
            (2, (name, _)) => name.clone_into(&mut path),
            (4, (method @ ("get" | "post" | "put" | "patch" | "delete"), _)) => {
                open = Some((operation(method, &path), false));
            }
            (6, said) => {
                if let Some(open) = &mut open {
                    note(open, said);
                }
            }
            _ => {}
        }
    }
    assert!(found.len() > 40, "only {} operations were found", found.len());
    found
}

/// The operations that this function answers, open ones left out.
#[must_use]
pub fn guarded(function: &str) -> Vec<Operation> {
    let own = |it: &Operation| it.function == function && !it.scopes.is_empty();
    operations().into_iter().filter(own).collect()
}

fn operation(method: &str, path: &str) -> Operation {
    Operation {
        route: format!("{} {path}", method.to_uppercase()),
        function: String::new(),
        scopes: Vec::new(),
        publishable: false,
    }
}

fn note((operation, is_open): &mut (Operation, bool), (name, value): (&str, &str)) {
    let value = value.trim();
    match name {
        "security" => *is_open = value == "[]",
        "x-publishable" => operation.publishable = value == "true",
        "x-scope" => {
            let known =
                |name: &str| name.parse().unwrap_or_else(|_| panic!("no such scope: {name}"));
            operation.scopes = value.split(' ').map(known).collect();
        }
        "x-amazon-apigateway-integration" => {
            let name = value.rsplit('/').next().unwrap_or_default();
            name.trim_end_matches(['"', '}']).clone_into(&mut operation.function);
        }
        _ => {}
    }
}

fn checked((operation, is_open): (Operation, bool)) -> Operation {
    let route = &operation.route;
    assert_eq!(operation.scopes.is_empty(), is_open, "{route} needs `x-scope`, or is open");
    assert!(!operation.function.is_empty(), "{route} has no function");
    operation
}
