//! Links that open no more.

use doorstep_domain::{Mode, ports::Clock, preference::forget};
use doorstep_edge::http::Routes;
use doorstep_fakes::sample;
use jiff::SignedDuration;

use crate::world::{JSON, World, header, html};

#[tokio::test]
async fn unknown_over_and_erased_look_alike_to_the_byte() {
    let late = World::new().await;
    late.ports().clock.pass(SignedDuration::from_hours(30 * 24));
    let erased = World::new().await;
    let (keys, now) = (sample::data_keys(Mode::Test), erased.ports().now());
    forget(erased.ports(), &keys, erased.user, now).await.unwrap();
    let mut changed = World::new().await;
    changed.token.replace_range(..1, if changed.token.starts_with('A') { "B" } else { "A" });
    let malformed = World { token: "../x".to_owned(), ..World::new().await };
    let mut seen = Vec::new();
    for world in [late, erased, changed, malformed] {
        for answer in [world.looks().await, world.presses("stop_all=true").await] {
            assert_eq!(answer.status, 410);
            assert!(!html(&answer).contains("Corner Shop"), "whose link it was");
            seen.push(format!("{answer:?}"));
        }
        let refused = world.posts(r#"{"stop_all":true}"#).await.unwrap_err();
        assert_eq!((refused.status, refused.code), (410, "link_gone"));
        assert_eq!(world.live().await, ["offers"], "nothing was changed");
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn what_is_wrong_with_a_post_depends_on_the_post_alone() {
    let gone = World { token: "x".to_owned(), ..World::new().await };
    for world in [World::new().await, gone] {
        for (body, pointer) in [
            ("{}", "/consents"),
            (r#"{"stop_all":"yes"}"#, "/stop_all"),
            (r#"{"stop_all":true,"x":1}"#, "/x"),
            (r#"{"consents":[{"purpose":"offers","channel":"sms"}]}"#, "/consents/0/granted"),
            (
                r#"{"stop_all":true,"consents":[{"purpose":"a","channel":"sms","granted":true}]}"#,
                "/consents",
            ),
        ] {
            let refused = world.posts(body).await.unwrap_err();
            assert_eq!(refused.status, 400, "{body}");
            let pointers: Vec<_> = refused.errors.iter().map(|it| it.pointer.as_str()).collect();
            assert!(pointers.contains(&pointer), "{body}: {pointers:?}");
        }
        let text = world.call("POST", &[("content-type", "text/plain")]);
        assert_eq!(world.routes.answer(&text).await.unwrap_err().status, 415);
    }
}

#[tokio::test]
async fn a_link_that_opens_no_more_says_so_in_the_browsers_language() {
    let world = World { token: "x".to_owned(), ..World::new().await };
    for (wished, language) in [("cy-GB,cy;q=0.9", "cy"), ("xx, ar;q=0.5", "ar"), ("", "en")] {
        let call = world.call("GET", &[("accept-language", wished)]);
        let answer = world.routes.answer(&call).await.unwrap();
        assert!(html(&answer).contains(&format!("lang=\"{language}\"")), "{wished}");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
    }
    let call = world.call("HEAD", &[("accept", "text/html")]);
    let answer = world.routes.answer(&call).await.unwrap();
    assert_eq!((answer.status, answer.text), (410, None));
    let call = world.call("GET", &[("accept", JSON)]);
    assert_eq!(world.routes.answer(&call).await.unwrap_err().status, 410);
}
