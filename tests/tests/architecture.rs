//! The arrows: `functions/*/main.rs → adapters → domain`; `functions/*/lib.rs → edge → domain`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

const LONGEST_FILE: usize = 400;
const LONGEST_MAIN: usize = 30;

fn workspace() -> Metadata {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut command = MetadataCommand::new();
    command.manifest_path(manifest).no_deps().other_options(["--offline".to_owned()]);
    command.exec().expect("cargo metadata")
}

fn root(workspace: &Metadata) -> PathBuf {
    workspace.workspace_root.clone().into_std_path_buf()
}

fn package<'a>(workspace: &'a Metadata, name: &str) -> &'a Package {
    let found = workspace.packages.iter().find(|package| package.name.as_str() == name);
    found.unwrap_or_else(|| panic!("no package {name}"))
}

fn folder(package: &Package) -> PathBuf {
    let folder = package.manifest_path.parent().expect("a manifest is in a folder");
    folder.as_std_path().to_owned()
}

fn functions(workspace: &Metadata) -> Vec<&Package> {
    let functions = root(workspace).join("functions");
    let is_function = |package: &&Package| folder(package).starts_with(&functions);
    workspace.packages.iter().filter(is_function).collect()
}

/// What a package's own code may name: its dependencies, those of its tests left out.
fn needs(package: &Package) -> Vec<&str> {
    let normal =
        |dependency: &&cargo_metadata::Dependency| dependency.kind == DependencyKind::Normal;
    package.dependencies.iter().filter(normal).map(|dependency| dependency.name.as_str()).collect()
}

fn ours(package: &Package) -> Vec<&str> {
    let mut ours = needs(package);
    ours.retain(|name| name.starts_with("doorstep-"));
    ours
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|file| file.extension().is_some_and(|e| e == "rs")).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let hidden = name.to_string_lossy().starts_with('.') || name == "target";
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !hidden => found.extend(files(&path)),
            Ok(kind) if kind.is_file() => found.push(path),
            _ => {}
        }
    }
    found
}

/// The lines of code of a file, with their numbers; comments are not code.
fn code(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().map(str::trim).enumerate();
    lines
        .filter(|(_, line)| !line.starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}

/// Whether code names a crate or module; not as a part of a longer name, nor inside a text's
/// address.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

fn assert_unnamed(files: &[PathBuf], words: &[&str]) {
    for file in files {
        for (number, line) in code(file) {
            for word in words {
                assert!(!names(&line, word), "{}:{number} names {word}: {line}", file.display());
            }
        }
    }
}

#[test]
fn the_domain_needs_nothing_of_ours_nor_of_aws() {
    let workspace = workspace();
    let domain = package(&workspace, "doorstep-domain");
    assert_eq!(ours(domain), Vec::<&str>::new());
    for name in needs(domain) {
        let foreign =
            ["aws-sdk", "aws-config", "aws-smithy", "lambda", "serde", "http", "reqwest", "tokio"];
        assert!(!foreign.iter().any(|prefix| name.starts_with(prefix)), "domain needs {name}");
    }
    let words = ["serde", "aws_sdk", "http::", "lambda_", "std::env", "tokio", "tracing"];
    assert_unnamed(&rust_files(&folder(domain).join("src")), &words);
}

#[test]
fn adapters_know_the_domain_alone() {
    let workspace = workspace();
    let adapters = package(&workspace, "doorstep-adapters");
    assert_eq!(ours(adapters), ["doorstep-domain"]);
    for name in needs(adapters) {
        assert!(!name.starts_with("lambda"), "adapters need {name}");
    }
    assert_unnamed(&rust_files(&folder(adapters).join("src")), &["doorstep_edge", "lambda_"]);
}

#[test]
fn the_edge_knows_the_domain_alone() {
    let workspace = workspace();
    let edge = package(&workspace, "doorstep-edge");
    assert_eq!(ours(edge), ["doorstep-domain"]);
    for name in needs(edge) {
        assert!(!name.starts_with("aws-sdk") && name != "aws-config", "edge needs {name}");
    }
    let words = ["doorstep_adapters", "aws_sdk", "aws_config"];
    assert_unnamed(&rust_files(&folder(edge).join("src")), &words);
}

#[test]
fn fakes_know_the_domain_alone() {
    let workspace = workspace();
    assert_eq!(ours(package(&workspace, "doorstep-fakes")), ["doorstep-domain"]);
}

#[test]
fn smpp_knows_the_domain_alone() {
    let workspace = workspace();
    let smpp = package(&workspace, "doorstep-smpp");
    assert_eq!(ours(smpp), ["doorstep-domain"]);
    for name in needs(smpp) {
        let foreign = ["aws-sdk", "aws-config", "lambda", "tracing"];
        assert!(!foreign.iter().any(|prefix| name.starts_with(prefix)), "smpp needs {name}");
    }
    let words = ["SystemTime", "Instant", "std::env", "tracing"];
    assert_unnamed(&rust_files(&folder(smpp).join("src")), &words);
}

#[test]
fn no_function_needs_a_function() {
    let workspace = workspace();
    let functions = functions(&workspace);
    assert!(!functions.is_empty());
    let allowed = ["doorstep-domain", "doorstep-edge", "doorstep-adapters", "doorstep-smpp"];
    for function in &functions {
        for name in ours(function) {
            assert!(allowed.contains(&name), "{} needs {name}", function.name);
        }
    }
    let names: Vec<_> = functions.iter().map(|function| function.name.as_str()).collect();
    for package in &workspace.packages {
        let all = package.dependencies.iter().map(|dependency| dependency.name.as_str());
        let wrong: Vec<_> = all.filter(|name| names.contains(name)).collect();
        assert!(wrong.is_empty(), "{} needs {wrong:?}", package.name);
    }
}

#[test]
fn a_function_translates_in_lib_and_wires_in_main() {
    let workspace = workspace();
    for function in functions(&workspace) {
        let source = folder(function).join("src");
        let main = source.join("main.rs");
        let lines = fs::read_to_string(&main).unwrap_or_default().lines().count();
        assert!(lines < LONGEST_MAIN, "{} has {lines} lines", main.display());
        assert!(lines > 0, "{} is missing", main.display());
        let mut rest = rust_files(&source);
        // Where `main` would be too long, it has a module for the settings of its adapters.
        rest.retain(|file| *file != main && *file != source.join("wiring.rs"));
        assert!(!rest.is_empty(), "{} has nothing but main", function.name);
        // `aws_lambda_events` is Lambda's own shapes, no client.
        let words = ["doorstep_adapters", "aws_sdk", "aws_config", "aws_smithy"];
        assert_unnamed(&rest, &words);
    }
}

#[test]
fn no_source_file_is_longer_than_a_person_reads() {
    let root = root(&workspace());
    let sources = ["functions", "shared", "tests", "infra"];
    for file in sources.iter().flat_map(|part| files(&root.join(part))) {
        let source = file.extension().is_some_and(|end| end == "rs" || end == "py");
        let lines = fs::read_to_string(&file).unwrap_or_default().lines().count();
        assert!(!source || lines <= LONGEST_FILE, "{} has {lines} lines", file.display());
    }
}

#[test]
fn every_package_keeps_the_house_lints() {
    for package in workspace().packages {
        let manifest = fs::read_to_string(&package.manifest_path).unwrap_or_default();
        let kept = manifest.contains("[lints]\nworkspace = true");
        assert!(kept, "{} does not", package.name);
    }
}

/// A filter that no line meets would keep its alarm silent.
#[test]
fn what_a_metric_filter_counts_is_what_the_log_says() {
    let root = root(&workspace());
    let said = ["telemetry.rs", "http.rs"].map(|file| root.join("shared/edge/src").join(file));
    let said: String =
        said.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect();
    let template = fs::read_to_string(root.join("template.yaml")).unwrap_or_default();
    let patterns = template.lines().filter_map(|line| line.trim().strip_prefix("FilterPattern: "));
    let mut counted = 0;
    for pattern in patterns {
        let words: Vec<_> = pattern.trim_matches(['\'', '{', '}', ' ']).splitn(3, ' ').collect();
        let word = if words[0] == "$.message" { words[2] } else { &words[0][2..] };
        assert!(said.contains(word), "nothing says {pattern}");
        counted += 1;
    }
    assert!(counted > 0, "the template has no metric filter");
}
