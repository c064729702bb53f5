use doorstep_domain::{
    code::Code,
    template::{
        Body, Identity, Kind, MAX_BODY, MAX_VALUE, RenderError, SyntaxError, System, Template,
        TemplateName, Variables, otp, render,
    },
};
use proptest::prelude::*;

fn template(kind: Kind, body: &str) -> Template {
    let body = Body::parse(body).unwrap();
    let (name, locale) = ("welcome".parse().unwrap(), "en-GB".parse().unwrap());
    Template { name, locale, version: 1, kind, body }
}

fn rendered(body: &str, values: &[(&str, &str)]) -> Result<String, RenderError> {
    render(&template(Kind::Transactional, body), &Variables::given(values.iter().copied())?)
}

#[test]
fn placeholders_are_filled() {
    let text = rendered("Hi {{ name }}, {{name}}! {{n}}", &[("name", "Ada"), ("n", "3")]);
    assert_eq!(text.unwrap(), "Hi Ada, Ada! 3");
}

#[test]
fn a_missing_value_is_an_error_that_names_it() {
    assert_eq!(rendered("Hi {{ name }}", &[]), Err(RenderError::Missing("name".into())));
}

#[test]
fn a_value_without_a_placeholder_is_an_error_that_names_it() {
    let error = rendered("Hi", &[("nmae", "Ada")]).unwrap_err();
    assert_eq!(error, RenderError::Unknown("nmae".into()));
    assert_eq!(error.to_string(), "the template has no placeholder nmae");
}

#[test]
fn a_caller_cannot_fill_what_doorstep_fills() {
    for name in System::ALL {
        let given = Variables::given([(name.as_str(), "x")]);
        assert_eq!(given, Err(RenderError::Reserved(name.as_str().into())));
    }
}

#[test]
fn doorsteps_own_values_may_go_unused() {
    let variables = Variables::default().with(System::Store, "Corner Shop");
    assert_eq!(render(&template(Kind::Marketing, "Hi"), &variables).unwrap(), "Hi");
}

#[test]
fn a_value_is_never_read_as_a_template() {
    let text = rendered("{{ a }}{{ b }}", &[("a", "{{ b }} {{"), ("b", "\\{{ a }}")]);
    assert_eq!(text.unwrap(), "{{ b }} {{\\{{ a }}");
}

#[test]
fn a_value_has_one_line_and_cannot_turn_the_text_around() {
    let name = "A\u{202e}d\u{0}a\r\nBo\u{2028}b\u{2067}\u{200f} ";
    assert_eq!(rendered("Hi {{ name }}!", &[("name", name)]).unwrap(), "Hi Ada  Bo b!");
}

#[test]
fn a_value_cannot_make_the_last_line_a_bound_code() {
    let body = "Your order is here.\n{{ note }}";
    let error = rendered(body, &[("note", "@evil.example #123456")]);
    assert_eq!(error, Err(RenderError::Bound));
}

#[test]
fn a_long_value_is_refused_by_name() {
    let longest = "é".repeat(MAX_VALUE);
    assert_eq!(rendered("{{ x }}", &[("x", &longest)]).unwrap(), longest);
    let error = rendered("{{ x }}", &[("x", &format!("{longest}e"))]);
    assert_eq!(error, Err(RenderError::TooLong("x".into())));
}

#[test]
fn braces_can_be_written() {
    for (body, text) in [
        ("a { b } c", "a { b } c"),
        ("}} {", "}} {"),
        (r"\{{ name }}", "{{ name }}"),
        (r"\\{{ x }}", r"\X"),
        (r"C:\temp {{ x }}", r"C:\temp X"),
        (r"\{{ {{ x }}", "{{ X"),
    ] {
        let values: &[_] = if text.contains('X') { &[("x", "X")] } else { &[] };
        assert_eq!(rendered(body, values).unwrap(), text);
    }
}

#[test]
fn a_body_that_cannot_be_read_says_where() {
    for (body, error) in [
        ("", SyntaxError::Empty),
        (" \n", SyntaxError::Empty),
        ("é {{ name", SyntaxError::Open { at: 3 }),
        ("{{ }}", SyntaxError::Name { at: 1 }),
        ("Hi {{ Name }}", SyntaxError::Name { at: 4 }),
        ("{{ first name }}", SyntaxError::Name { at: 1 }),
        ("{{ 1st }}", SyntaxError::Name { at: 1 }),
        ("{{ name | upcase }}", SyntaxError::Name { at: 1 }),
        ("{{{ name }}}", SyntaxError::Name { at: 1 }),
        ("{{ a.b }}", SyntaxError::Name { at: 1 }),
        ("ab\u{202e}c", SyntaxError::Invisible { at: 3 }),
        ("ab\tc", SyntaxError::Invisible { at: 3 }),
    ] {
        assert_eq!(Body::parse(body), Err(error), "{body:?}");
    }
    assert_eq!(Body::parse(&"x".repeat(MAX_BODY + 1)), Err(SyntaxError::TooLong));
    let long = format!("{{{{ {} }}}}", "n".repeat(41));
    assert_eq!(Body::parse(&long), Err(SyntaxError::Name { at: 1 }));
}

#[test]
fn placeholders_are_told_once_each_in_their_order() {
    let body = Body::parse("{{ b }} {{a}} {{b}}").unwrap();
    assert_eq!(body.placeholders(), ["b", "a"]);
    assert_eq!(body.source(), "{{ b }} {{a}} {{b}}");
}

#[test]
fn values_do_not_print_themselves() {
    let variables = Variables::given([("name", "Ada")]).unwrap().with(System::Code, "123456");
    assert_eq!(format!("{variables:?}"), r#"{"code", "name"}"#);
}

#[test]
fn a_shops_own_code_text_ends_with_the_line_that_binds_it() {
    let body = Body::parse("{{ code }}: welcome to {{ store }}!").unwrap();
    let identity = Identity { store: "Shop {{ code }}\n@evil.example #1", host: "shop.example" };
    let text = otp(&body, identity, &Code::parse("012345").unwrap()).unwrap();
    assert_eq!(text, "012345: welcome to Shop {{ code }} @evil.example #1!\n@shop.example #012345");
}

#[test]
fn a_code_is_only_in_texts_that_carry_codes() {
    let template = template(Kind::Otp, "{{ code }} {{ store }}");
    let variables = Variables::default().with(System::Store, "Shop");
    assert_eq!(render(&template, &variables), Err(RenderError::Missing("code".into())));
    let body = Body::parse("{{ code }} {{ name }}").unwrap();
    let identity = Identity { store: "Shop", host: "shop.example" };
    let text = otp(&body, identity, &Code::parse("012345").unwrap());
    assert_eq!(text, Err(RenderError::Missing("name".into())));
}

#[test]
fn a_templates_name_is_short_and_plain() {
    for name in ["otp", "order-shipped_2", &"n".repeat(40)] {
        assert_eq!(name.parse::<TemplateName>().unwrap().as_str(), name);
    }
    for name in ["", "Otp", "a b", "é", "a/b", &"n".repeat(41)] {
        assert!(name.parse::<TemplateName>().is_err(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_body_may_come(source in "[{}\\\\a-z \\PC]{0,60}") {
        if let Ok(body) = Body::parse(&source) {
            let names: Vec<String> = body.placeholders().into_iter().map(str::to_owned).collect();
            let values = names.iter().filter(|name| name.parse::<System>().is_err());
            let given = Variables::given(values.map(|name| (name.clone(), "v"))).unwrap();
            let all = System::ALL.iter().fold(given, |given, name| given.with(*name, "v"));
            prop_assert!(body.render(&all).is_ok());
        }
    }

    #[test]
    fn words_without_placeholders_stay_as_they_are(words in "[a-zé€{} \n]{1,60}") {
        prop_assume!(!words.contains("{{") && !words.trim().is_empty());
        prop_assert_eq!(rendered(&words, &[]).unwrap(), words);
    }

    #[test]
    fn a_value_is_in_the_text_as_it_was_given(value in "[!-~]{1,60}") {
        prop_assert_eq!(rendered("<{{ v }}>", &[("v", &value)]).unwrap(), format!("<{value}>"));
    }

    #[test]
    fn no_value_brings_a_line_or_an_invisible_character(value in any::<String>()) {
        prop_assume!(value.chars().count() <= MAX_VALUE);
        let text = rendered("<{{ v }}>", &[("v", &value)]).unwrap();
        let unseen = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        prop_assert!(!text.contains(unseen));
    }
}
