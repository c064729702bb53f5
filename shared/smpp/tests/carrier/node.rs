//! Runs the SMSC under node, with its packages. Tests of other packages use this file too.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::Value;

use crate::SCRIPTS;

/// Starts it with these options; the process, and the ports that it has. It ends when its standard
/// input does: with the process that started it, at the latest.
pub(crate) fn start(options: &[&str]) -> (Child, Value) {
    let mut process = Command::new("node")
        .arg(scripts().join("smsc.js"))
        .arg("--until-stdin-closes")
        .args(options)
        .env("NODE_PATH", node_modules())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    let stdout = process.stdout.take().unwrap();
    let mut ports = String::new();
    BufReader::new(stdout).read_line(&mut ports).unwrap();
    (process, serde_json::from_str(&ports).unwrap())
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPTS)
}

/// The SMSC's packages as its lock file has them, installed once per lock file into
/// `DOORSTEP_NODE_MODULES` or `~/.cache/doorstep/node/smpp`.
fn node_modules() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let lock = fs::read(scripts().join("package-lock.json")).unwrap();
        let hash = *digest(&SHA256, &lock).as_ref().first_chunk().unwrap();
        let folder = cache().join(format!("{:016x}", u64::from_be_bytes(hash)));
        if !folder.exists() {
            install(&folder);
        }
        folder.join("node_modules")
    })
}

#[expect(clippy::disallowed_methods, reason = "a test has no configuration but its environment")]
fn cache() -> PathBuf {
    let told = env::var("DOORSTEP_NODE_MODULES").map(PathBuf::from);
    told.unwrap_or_else(|_| {
        PathBuf::from(env::var("HOME").expect("a home")).join(".cache/doorstep/node/smpp")
    })
}

/// Installs beside the folder and moves it there, so that nobody ever sees half of it.
fn install(folder: &Path) {
    let beside = folder.with_extension(std::process::id().to_string());
    fs::create_dir_all(&beside).unwrap();
    for file in ["package.json", "package-lock.json"] {
        fs::copy(scripts().join(file), beside.join(file)).unwrap();
    }
    let npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    let done = Command::new("npm").args(npm).current_dir(&beside).status().expect("npm");
    assert!(done.success(), "npm ci");
    if fs::rename(&beside, folder).is_err() {
        assert!(folder.exists(), "{} cannot be made", folder.display());
        fs::remove_dir_all(&beside).unwrap();
    }
}
