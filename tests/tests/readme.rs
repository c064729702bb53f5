//! The README's first SMS works as written.

use std::process::Command;

#[test]
fn the_first_sms_of_the_readme_arrives_and_is_verified() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/readme.sh");
    let done = Command::new("bash").arg(script).output().expect("bash runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
