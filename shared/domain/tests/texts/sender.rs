use doorstep_domain::{
    phone::Region,
    text::sender::{
        Level::{self, Refuse, Warn},
        PROTECTED, check,
    },
};
use proptest::prelude::*;

fn found(id: &str, region: &str) -> Vec<(&'static str, Level)> {
    let findings = check(id, Region::parse(region).unwrap(), PROTECTED);
    findings.iter().map(|finding| (finding.code, finding.level)).collect()
}

#[test]
fn a_shops_own_name_passes() {
    for id in [
        "CornerShop",
        "Corner-Shop",
        "Ada",
        "Shop24you",
        "B2B",
        "Paymore",
        "Codex",
        "Dpdesigns",
        "ElevenChars",
    ] {
        assert_eq!(found(id, "GB"), [], "{id}");
    }
}

#[test]
fn a_name_that_networks_block_is_refused() {
    for (id, code) in [
        ("", "length"),
        ("Ad", "length"),
        ("TwelveLetter", "length"),
        ("Shop+More", "characters"),
        ("Café", "characters"),
        ("Shop@Home", "characters"),
        (" Shop", "characters"),
        ("---", "no_letter"),
        ("12-34", "no_letter"),
        ("Verify", "generic"),
        ("OTP", "generic"),
        ("info", "generic"),
        ("V E R I F Y", "generic"),
        ("_verify_", "generic"),
        (".Verify.", "generic"),
        ("2FA", "generic"),
        ("V3RIFY", "generic_variation"),
        ("VERIF1Y", "generic_variation"),
        ("Uerify", "generic_variation"),
        ("1nf0", "generic_variation"),
        ("A1ert", "generic_variation"),
    ] {
        assert!(found(id, "GB").contains(&(code, Refuse)), "{id:?}: {:?}", found(id, "GB"));
    }
}

#[test]
fn a_name_that_some_may_refuse_is_warned_of() {
    for (id, code) in [
        ("Corner Shop", "characters"),
        ("Shop_24", "characters"),
        ("A&B Shoes", "characters"),
        ("Ada-Verify", "generic_part"),
        ("Bank24", "generic_part"),
        ("HMRC", "protected_brand"),
        ("Royal-Mail", "protected_brand"),
        ("PayPa1", "protected_brand"),
        ("MyAmazonUK", "protected_brand"),
        ("Sh0peasy", "look_alike"),
    ] {
        assert!(found(id, "GB").contains(&(code, Warn)), "{id:?}: {:?}", found(id, "GB"));
        assert!(!found(id, "GB").iter().any(|(_, level)| *level == Refuse), "{id:?}");
    }
}

#[test]
fn a_number_must_be_british_or_a_short_code() {
    for id in ["447700900000", "+447700900000", "07700900000", "60006", "78123", "80800"] {
        assert_eq!(found(id, "GB"), [], "{id}");
    }
    for id in ["+33612345678", "12345", "600066", "4420794600", "1"] {
        assert_eq!(found(id, "GB"), [("numeric_sender", Refuse)], "{id}");
    }
    assert_eq!(found("+33612345678", "FR"), []);
}

#[test]
fn names_do_not_work_where_only_numbers_do() {
    assert_eq!(found("CornerShop", "US"), [("not_supported", Refuse)]);
    assert_eq!(found("+12025550123", "US"), []);
}

#[test]
fn generic_names_are_a_british_rule() {
    assert_eq!(found("Verify", "FR"), []);
}

#[test]
fn the_list_of_brands_is_the_deployments() {
    assert_eq!(check("Corner-Sh0p", Region::GB, &["CornerShop"])[0].code, "protected_brand");
    assert!(check("HMRC", Region::GB, &[]).is_empty());
}

#[test]
fn a_finding_says_what_to_do() {
    let sentence = |id: &str| check(id, Region::GB, PROTECTED)[0].sentence.clone();
    assert_eq!(
        sentence("Verify"),
        "British networks block \"Verify\", since anybody could be meant: use the shop's name"
    );
    assert_eq!(sentence("Ad"), "use 3 to 11 characters: this name has 2");
}

proptest! {
    #[test]
    fn any_name_may_come(id in "\\PC{0,20}") {
        let _ = check(&id, Region::GB, PROTECTED);
    }

    #[test]
    fn what_passes_is_what_every_carrier_takes(id in "[A-Za-z0-9 .&_é+-]{0,13}") {
        if !found(&id, "GB").iter().any(|(_, level)| *level == Refuse) {
            prop_assert!((3..=14).contains(&id.len()) && id.is_ascii());
        }
    }
}
