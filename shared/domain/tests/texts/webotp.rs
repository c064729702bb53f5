use doorstep_domain::{
    code::Code,
    text::webotp::{Bound, line, parse},
};
use proptest::prelude::*;

/// The examples of the specification, in our words, and what its algorithm says of the edges.
#[test]
fn a_message_is_read_as_browsers_read_it() {
    let shop = |code, embedded| Some(Bound { host: "shop.example", code, embedded });
    for (message, bound) in [
        ("747723 is your Shop code.\n\n@shop.example #747723", shop("747723", None)),
        ("Hi\r\n@shop.example #747723", shop("747723", None)),
        ("Hi\r@shop.example #747723", shop("747723", None)),
        (
            "747723 is your code.\n@shop.example #747723 @pay.example",
            shop("747723", Some("pay.example")),
        ),
        ("@shop.example #747723 @pay.example $new", shop("747723", Some("pay.example"))),
        ("@shop.example #747723 and more", shop("747723", None)),
        ("@shop.example #747723\tmore", shop("747723", None)),
        ("@shop.example #747723 @", shop("747723", None)),
        ("@shop.example #747723 ", shop("747723", None)),
        ("something @shop.example #747723", None),
        ("#747723 @pay.example @shop.example", None),
        ("@shop.example code #747723", None),
        ("@shop.example  #747723", None),
        ("@shop.example\t#747723", None),
        (" @shop.example #747723", None),
        ("@ #747723", None),
        ("@shop.example #", None),
        ("@shop.example # 747723", None),
        ("@shop.example", None),
        ("@shop.example ", None),
        ("@shop.example #747723\n", None),
        ("", None),
    ] {
        assert_eq!(parse(message), bound, "{message:?}");
    }
}

#[test]
fn a_bound_code_does_not_print_itself() {
    let bound = parse("@shop.example #747723").unwrap();
    assert!(!format!("{bound:?}").contains("747723"));
}

proptest! {
    #[test]
    fn the_line_that_we_write_is_read_back(
        text in "\\PC{0,80}",
        host in "[a-z0-9-]{1,20}(\\.[a-z0-9-]{1,20}){1,3}",
        digits in "[0-9]{6}",
    ) {
        let message = format!("{text}\n{}", line(&host, &Code::parse(&digits).unwrap()));
        prop_assert_eq!(parse(&message), Some(Bound { host: &host, code: &digits, embedded: None }));
    }

    #[test]
    fn any_message_may_come(message in "[@# a-z0-9\r\n\\PC]{0,60}") {
        let _ = parse(&message);
    }
}
