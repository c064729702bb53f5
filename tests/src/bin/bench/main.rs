//! The performance table: `make bench`. With `--release` the starts are those of release builds,
//! which take some minutes to make.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]
#![expect(clippy::disallowed_methods, reason = "a benchmark has a clock")]

mod latency;
mod prices;
mod start;
mod table;
mod usage;

use std::{env, path::PathBuf, process::Command};

use doorstep_tests::{process, stack};

/// Registrations that are measured.
const RUNS: usize = 30;
/// Registrations before, so that keys and connections are warm.
const WARM: usize = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let release = env::args().any(|argument| argument == "--release");
    starts(release);
    let since = latency::drive(WARM, RUNS).await;
    memory();
    usage::print(since).await;
    usage::print_guarded(latency::guarded(WARM, RUNS).await).await;
}

/// The functions as they are deployed, or, with `--release`, as AWS would run them here.
fn starts(release: bool) {
    let profile = if release { "release" } else { "fast" };
    let mut packages = vec!["-p", "doorstep-tests", "--bin", "hello"];
    if release {
        packages.extend(["-p", "signup", "--bin", "signup", "-p", "verify", "--bin", "verify"]);
    }
    let built = build(profile, &packages);
    let binary =
        |package: &str| if release { built.join(package) } else { stack().binary(package) };
    let binaries = [
        ("hello world", built.join("hello")),
        ("signup", binary("signup")),
        ("verify", binary("verify")),
    ];
    println!(
        "Spawn to first poll, and memory by then ({profile} profile, {RUNS} runs each, medians)\n"
    );
    start::print(&start::measure(&binaries, RUNS));
}

/// Builds in a profile, and tells where the programs are.
fn build(profile: &str, packages: &[&str]) -> PathBuf {
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--profile", profile]).args(packages);
    let done = command.current_dir(env!("CARGO_MANIFEST_DIR")).status();
    assert!(done.is_ok_and(|status| status.success()), "{packages:?} do not build");
    let this = env::current_exe().expect("a program has a place");
    let target = this.ancestors().nth(2).expect("<target>/<profile>/bench");
    target.join(profile)
}

/// The most memory that the deployed functions had while they served.
fn memory() {
    println!("\nPeak memory while serving (to reach: 40 MB)\n");
    for name in ["Signup", "Verify", "Messages", "Relay", "SendSandbox", "Ingest"] {
        let function = stack().text(&format!("/functions/{name}"));
        let processes = process::of_function(function);
        let peak = processes.iter().filter_map(|pid| process::peak_memory(*pid)).max();
        if let Some(peak) = peak {
            println!("  {name:<12} {:>6.1} MB", table::megabytes(peak));
        }
    }
}
