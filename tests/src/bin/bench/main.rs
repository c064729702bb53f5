//! The performance table: `make bench`, or `bench --release` with `.build/release`.
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
}

fn starts(release: bool) {
    let (profile, folder) = if release { ("release", "release") } else { ("fast", "lambda") };
    let bootstrap =
        |package| stack().root.join(".build").join(folder).join(package).join("bootstrap");
    let binaries = [
        ("hello world", hello(profile)),
        ("signup", bootstrap("signup")),
        ("verify", bootstrap("verify")),
    ];
    println!(
        "Spawn to first poll, and memory by then ({profile} profile, {RUNS} runs each, medians)\n"
    );
    start::print(&start::measure(&binaries, RUNS));
}

/// Builds the function that does nothing, in the profile of those it is compared with.
fn hello(profile: &str) -> PathBuf {
    let build =
        ["build", "--quiet", "--profile", profile, "-p", "doorstep-tests", "--bin", "hello"];
    let done = Command::new("cargo").args(build).current_dir(env!("CARGO_MANIFEST_DIR")).status();
    assert!(done.is_ok_and(|status| status.success()), "hello world does not build");
    let this = env::current_exe().expect("a program has a place");
    let target = this.ancestors().nth(2).expect("<target>/<profile>/bench");
    target.join(profile).join("hello")
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
