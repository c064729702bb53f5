//! What a body may be, and what is told of one that is wrong.

use proptest::prelude::*;

use super::*;

fn code(body: &str) -> &'static str {
    let read = Object::parse(body.as_bytes()).and_then(|mut object| {
        object.text("name", 10);
        object.object("inner", |inner| inner.boolean("flag").unwrap_or_default());
        object.finish()
    });
    read.map_or_else(|problem| problem.code, |()| "ok")
}

#[test]
fn what_is_wrong_has_a_code() {
    for (body, expected) in [
        (r#"{"name":"Ada","inner":{"flag":true}}"#, "ok"),
        (r#"{"name":null}"#, "ok"),
        ("", "malformed_json"),
        ("[]", "malformed_json"),
        ("{} {}", "malformed_json"),
        (r#"{"name":"a","name":"b"}"#, "malformed_json"),
        (r#"{"inner":{"flag":true,"flag":true}}"#, "malformed_json"),
        (r#"{"name":[[[[[[[[[]]]]]]]]]}"#, "malformed_json"),
        (r#"{"name":7}"#, "invalid_member"),
        (r#"{"name":""}"#, "invalid_member"),
        ("{\"name\":\"a\u{202e}b\"}", "invalid_member"),
        (r#"{"name":"12345678901"}"#, "invalid_member"),
        (r#"{"inner":{"flag":"yes"}}"#, "invalid_member"),
        (r#"{"nick":"Ada"}"#, "unknown_member"),
        (r#"{"inner":{"nick":"Ada"}}"#, "unknown_member"),
    ] {
        assert_eq!(code(body), expected, "{body}");
    }
    assert_eq!(Object::parse(&vec![b' '; MAX_BODY + 1]).unwrap_err().code, "malformed_json");
}

#[test]
fn everything_wrong_is_told_at_once_with_pointers() {
    let mut object = Object::parse(br#"{"a":1,"list":[{"b":2}],"x~/y":3}"#).unwrap();
    object.required_text("name", 10);
    object.text("a", 10);
    object.objects("list", 5, |entry| entry.text("b", 10));
    let pointers: Vec<_> =
        object.finish().unwrap_err().errors.into_iter().map(|e| e.pointer).collect();
    assert_eq!(pointers, ["/name", "/a", "/list/0/b", "/x~0~1y"]);
}

#[test]
fn a_pasted_name_loses_what_cannot_be_seen_and_is_not_refused() {
    let body = "{\"name\":\"\u{202e}Ada\\n\u{200f}\",\"bare\":\"\u{200e}\"}";
    let mut object = Object::parse(body.as_bytes()).unwrap();
    assert_eq!(object.name("name", 10).as_deref(), Some("Ada"));
    assert_eq!(object.name("bare", 10), None);
    assert_eq!(object.finish().unwrap_err().errors[0].pointer, "/bare");
}

proptest! {
    #[test]
    fn no_body_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Object::parse(&body);
    }
}
