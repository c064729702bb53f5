//! What the deployment's bucket holds.

use crate::{Answer, aws::signed, get, stack};

/// The names of all objects under a prefix.
pub async fn names(prefix: &str) -> Vec<String> {
    let (bucket, emulator) = (stack().text("/bucket"), stack().text("/emulator_url"));
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let query = format!("list-type=2&prefix={prefix}&start-after={after}");
        let page = signed(get(&format!("{emulator}/{bucket}?{query}")), "s3").send().await.is(200);
        let found: Vec<_> = page.text.split("<Key>").skip(1).filter_map(named).collect();
        let Some(last) = found.last() else { return names };
        after.clone_from(last);
        names.extend(found);
    }
}

fn named(text: &str) -> Option<String> {
    text.split_once("</Key>").map(|(name, _)| name.to_owned())
}

/// An object.
pub async fn object(name: &str) -> Answer {
    let (bucket, emulator) = (stack().text("/bucket"), stack().text("/emulator_url"));
    signed(get(&format!("{emulator}/{bucket}/{name}")), "s3").send().await
}
