//! The pages that shoppers see, in Chromium: axe-core finds no fault with them in light and dark, on
//! a phone and a desk, in three languages; the keyboard alone is enough, without JavaScript; and
//! what looks at them changes nothing.
//!
//! `DOORSTEP_BROWSER` names the npm packages that `package.json` here pins, as `make test` sets it;
//! Chromium is Debian's. Screenshots stay in `.build/screenshots`.
#![expect(
    clippy::disallowed_methods,
    reason = "it stands outside of Doorstep: it has a clock and an environment"
)]

mod shopper;

use std::{
    env, fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use doorstep_tests::{Call, Shop, stack};
use reqwest::Method;
use serde_json::{Value, json};

use crate::shopper::{LOCALES, Shopper};

/// Debian's Chromium, from the package `chromium`.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Asks Chromium.
fn browse(inspect: &[Value], walk: &[Value]) -> Value {
    let packages =
        env::var("DOORSTEP_BROWSER").expect("DOORSTEP_BROWSER is not set: run `make test`");
    assert!(Path::new(CHROMIUM).exists(), "no {CHROMIUM}: apt-get install chromium");
    let screenshots = stack().root.join(".build/screenshots");
    fs::create_dir_all(&screenshots).expect("a folder for screenshots");
    let asked = json!({
        "packages": packages,
        "chromium": CHROMIUM,
        "screenshots": screenshots,
        "inspect": inspect,
        "walk": walk,
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/pages.mjs");
    let mut node = Command::new("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    node.stdin.take().expect("a pipe").write_all(asked.to_string().as_bytes()).expect("it reads");
    let answer = node.wait_with_output().expect("it ends");
    assert!(answer.status.success(), "Chromium or its script failed");
    serde_json::from_slice(&answer.stdout).expect("it prints JSON")
}

/// A page to look at, after this button was pressed.
fn page(name: &str, url: &str, press: Option<&str>) -> Value {
    json!({"name": name, "url": url, "press": press})
}

fn each<'a>(answer: &'a Value, name: &str) -> &'a [Value] {
    answer[name].as_array().expect("a list")
}

/// No fault of axe's, nothing that it could not decide, nothing beside the screen.
fn is_without_fault(answer: &Value, status: u16, pages: usize) {
    let inspected = each(answer, "inspected");
    assert_eq!(inspected.len(), pages * 4, "light and dark, 320 and 1280 pixels");
    for seen in inspected {
        let none = json!([]);
        assert_eq!((&seen["violations"], &seen["undecided"]), (&none, &none), "{seen:#}");
        assert!(seen["passes"].as_u64() > Some(10), "{seen:#}");
        assert_eq!((&seen["status"], &seen["across"]), (&json!(status), &json!(0)), "{seen:#}");
        let dark = seen["ground"] != "rgb(255, 255, 255)";
        assert_eq!(dark, seen["colorScheme"] == "dark", "{seen:#}");
    }
}

#[tokio::test]
async fn the_page_of_preferences_is_without_fault_in_each_language_and_looking_changes_nothing() {
    let mut pages = Vec::new();
    let mut shoppers = Vec::new();
    for locale in LOCALES {
        let shopper = Shopper::of(locale).await;
        pages.push(page(&format!("preferences-{locale}"), &shopper.url, None));
        let before = (shopper.preferences().await, shopper.items().await);
        shoppers.push((before, shopper));
    }
    is_without_fault(&browse(&pages, &[]), 200, pages.len());
    for (before, shopper) in shoppers {
        shopper.is_scanned().await;
        assert_eq!((shopper.preferences().await, shopper.items().await), before);
    }
}

#[tokio::test]
async fn the_keyboard_alone_switches_a_purpose_off_and_stops_everything_without_javascript() {
    let one = Shopper::of("en-GB").await;
    let all = Shopper::of("en-GB").await;
    let press = |shopper: &Shopper, control: &str, key: &str| json!({"url": shopper.url, "press": {"control": control, "key": key}});
    let off = press(&one, "Switch off: Offers (SMS)", "Space");
    let answer = browse(&[], &[off, press(&all, "Stop everything", "Enter")]);
    let [off, stopped] = each(&answer, "walked") else { panic!("{answer:#}") };
    assert!(
        off["told"].as_str().is_some_and(|it| it.starts_with("Switched off: Offers (SMS)")),
        "{off:#}"
    );
    assert_eq!(off["passed"][0], "Stop everything", "it comes first");
    assert!(
        stopped["told"].as_str().is_some_and(|it| it.starts_with("Everything is stopped")),
        "{stopped:#}"
    );
    assert_eq!((&off["outline"], &stopped["outline"]), (&json!("solid"), &json!("solid")));
    assert_eq!(one.on().await, ["surveys"]);
    assert!(all.on().await.is_empty());
}

#[tokio::test]
async fn the_keyboard_alone_stops_everything_in_welsh_and_arabic_too() {
    for (locale, stop) in [("cy-GB", "Stopio popeth"), ("ar", "أوقف كل شيء")] {
        let shopper = Shopper::of(locale).await;
        let press = json!({"url": shopper.url, "press": {"control": stop, "key": "Enter"}});
        let answer = browse(&[], &[press]);
        let [stopped] = each(&answer, "walked") else { panic!("{answer:#}") };
        assert_eq!((&stopped["outline"], &stopped["passed"][0]), (&json!("solid"), &json!(stop)));
        assert!(shopper.on().await.is_empty(), "{locale}");
    }
}

#[tokio::test]
async fn what_was_done_and_what_opens_no_more_is_told_on_pages_without_fault() {
    let mut pages = Vec::new();
    for (locale, switch, stop) in [
        ("en-GB", "Switch on: News (SMS)", "Stop everything"),
        ("cy-GB", "Troi ymlaen: News (SMS)", "Stopio popeth"),
        ("ar", "تفعيل: News (SMS)", "أوقف كل شيء"),
    ] {
        for (name, press) in [("on", switch), ("stopped", stop)] {
            let shopper = Shopper::of(locale).await;
            pages.push(page(&format!("{name}-{locale}"), &shopper.url, Some(press)));
        }
    }
    is_without_fault(&browse(&pages, &[]), 200, pages.len());
    let gone = [page("gone", &here("/p/5KUOUOuzm0p2WFIojw-sRg"), None)];
    is_without_fault(&browse(&gone, &[]), 410, 1);
}

#[tokio::test]
async fn the_page_of_a_link_is_without_fault_in_each_language() {
    let mut pages = Vec::new();
    for locale in LOCALES {
        pages.push(page(&format!("link-{locale}"), &shopper::link(locale).await, None));
    }
    is_without_fault(&browse(&pages, &[]), 200, pages.len());
}

#[tokio::test]
async fn the_form_of_a_complaint_is_without_fault_in_each_language() {
    let shop = Shop::fresh().await;
    let url = here(&format!("/complaints/{}", shop.id));
    let pages = LOCALES
        .map(|locale| json!({"name": format!("complaint-{locale}"), "url": url, "locale": locale}));
    is_without_fault(&browse(&pages, &[]), 200, pages.len());
}

/// A link's path on the address of the stack.
fn here(path: &str) -> String {
    format!("{}{path}", stack().text("/api_url"))
}

/// A call as a scanner makes it, which looks like a browser.
fn scans(method: Method, path: &str) -> Call {
    let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                  Chrome/141.0.0.0 Safari/537.36";
    let call = Call::new(method, path).header("User-Agent", chrome);
    call.header("Accept", "text/html,*/*;q=0.8").header("Sec-Purpose", "prefetch")
}

#[tokio::test]
async fn the_form_of_a_complaint_is_without_fault() {
    let shop = doorstep_tests::Shop::demo();
    let form = here(&format!("/complaints/{}", shop.id));
    is_without_fault(&browse(&[page("complaint", &form, None)], &[]), 200, 1);
}
