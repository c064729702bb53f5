//! Where a deployment may connect to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use doorstep_domain::egress::{NotOutside, Outside, Reach, is_public};
use proptest::prelude::*;

/// IANA's IPv4 special-purpose address registry without what is globally reachable, then multicast
/// (RFC 5771) and the reserved rest (RFC 1112); 192.88.99.0/24 was 6to4's (RFC 7526).
const INSIDE_V4: [(&str, u32); 17] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
    ("255.255.255.255", 32),
    ("169.254.169.254", 32),
];

/// The same of IPv6, and all that is not global unicast, `2000::/3` (RFC 4291).
const INSIDE_V6: [(&str, u32); 20] = [
    ("::", 128),
    ("::1", 128),
    ("::", 96),
    ("::ffff:0:0", 96),
    ("::ffff:0:0:0", 96),
    ("64:ff9b:1::", 48),
    ("100::", 64),
    ("100:0:0:1::", 64),
    ("2001::", 32),
    ("2001:2::", 48),
    ("2001:10::", 28),
    ("2001:20::", 28),
    ("2001:db8::", 32),
    ("2002::", 16),
    ("3fff::", 20),
    ("5f00::", 16),
    ("fc00::", 7),
    ("fe80::", 10),
    ("fec0::", 10),
    ("ff00::", 8),
];

fn v4() -> impl Iterator<Item = (u32, u32)> {
    INSIDE_V4.iter().map(|(block, bits)| {
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        (u32::from(block.parse::<Ipv4Addr>().unwrap()), mask)
    })
}

fn v6() -> impl Iterator<Item = (u128, u128)> {
    INSIDE_V6.iter().map(|(block, bits)| {
        let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
        (u128::from(block.parse::<Ipv6Addr>().unwrap()), mask)
    })
}

fn is_inside_v4(address: u32) -> bool {
    v4().any(|(block, mask)| address & mask == block & mask)
}

proptest! {
    #[test]
    fn an_ipv4_address_is_public_unless_a_registry_has_it(address: u32) {
        let public = is_public(Ipv4Addr::from(address).into());
        prop_assert_eq!(public, !is_inside_v4(address));
    }

    #[test]
    fn no_address_of_a_registered_block_is_public(short: u32, low: u128) {
        for (block, mask) in v4() {
            let address = Ipv4Addr::from((block & mask) | (short & !mask));
            prop_assert!(!is_public(address.into()), "{}", address);
        }
        for (block, mask) in v6() {
            let address = Ipv6Addr::from((block & mask) | (low & !mask));
            prop_assert!(!is_public(address.into()), "{}", address);
        }
    }

    #[test]
    fn an_ipv6_address_that_carries_an_inside_one_is_inside(octets: [u8; 4], host: u64) {
        let inside = u32::from_be_bytes(octets);
        let carried = u128::from(inside);
        let nat64 = Ipv6Addr::from((0x64_ff9b_u128 << 96) | carried);
        prop_assert_eq!(is_public(nat64.into()), !is_inside_v4(inside));
        let six_to_four = Ipv6Addr::from((0x2002_u128 << 112) | (carried << 80) | u128::from(host));
        let teredo = Ipv6Addr::from((0x2001_u128 << 112) | carried);
        for tunnel in [six_to_four, teredo, Ipv4Addr::from(inside).to_ipv6_mapped()] {
            prop_assert!(!is_public(tunnel.into()), "{}", tunnel);
        }
    }

    #[test]
    fn a_url_with_an_address_is_outside_if_the_address_is_public(octets: [u8; 4], segments: [u16; 8]) {
        let (four, six) = (Ipv4Addr::from(octets), Ipv6Addr::from(segments));
        let number = u32::from(four);
        for url in [
            format!("https://{four}/a"),
            format!("https://{number}"),
            format!("https://0x{number:x}/"),
            format!("https://0{:o}.{}/", octets[0], number & 0x00FF_FFFF),
        ] {
            let outside = Outside::parse(&url, Reach::Internet).is_ok();
            prop_assert_eq!(outside, is_public(four.into()), "{}", url);
        }
        let outside = Outside::parse(&format!("https://[{six}]/"), Reach::Internet).is_ok();
        prop_assert_eq!(outside, is_public(IpAddr::V6(six)), "{}", six);
    }

    #[test]
    fn whatever_is_read_is_https_to_a_host_and_reads_the_same_again(text in ".{0,80}") {
        for text in [text.clone(), format!("https://{text}"), format!("https://a.example{text}")] {
            if let Ok(outside) = Outside::parse(&text, Reach::Internet) {
                prop_assert!(outside.expose().starts_with("https://"));
                prop_assert!(outside.host().contains('.') || outside.host().starts_with('['));
                prop_assert_eq!(&Outside::parse(outside.expose(), Reach::Internet), &Ok(outside));
            }
        }
    }
}

#[test]
fn a_url_inside_is_refused_however_it_is_spelt() {
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "①②⑦.0.0.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "169.254.169.254",
        "0xa9fea9fe",
        "169.254.170.2",
        "100.100.100.200",
        "10.0.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "LocalHost.",
        "metadata",
        "shop.example.",
        "intranet",
    ] {
        let url = format!("https://{host}/path");
        assert_eq!(Outside::parse(&url, Reach::Internet), Err(NotOutside::Host), "{host}");
    }
}

#[test]
fn a_url_says_where_it_leads_and_nothing_else() {
    for (url, why) in [
        ("", NotOutside::NotUrl),
        ("carrier.example", NotOutside::NotUrl),
        ("https://", NotOutside::NotUrl),
        ("https://a b.example", NotOutside::NotUrl),
        ("https://a.example/\nx", NotOutside::NotUrl),
        ("https://a.example\\@b.example", NotOutside::NotUrl),
        ("https://a.example/#part", NotOutside::NotUrl),
        ("https://[fe80::1%25eth0]/", NotOutside::NotUrl),
        ("https://a.example:99999/", NotOutside::NotUrl),
        ("https://1.2.3.4.5/", NotOutside::NotUrl),
        ("http://a.example/", NotOutside::NotHttps),
        ("HTTP://127.0.0.1/", NotOutside::NotHttps),
        ("ftp://a.example/", NotOutside::NotHttps),
        ("file:///etc/passwd", NotOutside::NotHttps),
        ("gopher://a.example/", NotOutside::NotHttps),
        ("javascript:alert(1)", NotOutside::NotHttps),
        ("https://user@a.example/", NotOutside::Userinfo),
        ("https://user:pass@a.example/", NotOutside::Userinfo),
        ("https://a.example@127.0.0.1/", NotOutside::Userinfo),
        ("https://a.example:22/", NotOutside::Port),
        ("https://a.example:80/", NotOutside::Port),
        ("https://a.example:0/", NotOutside::Port),
    ] {
        assert_eq!(Outside::parse(url, Reach::Internet), Err(why), "{url}");
    }
    let long = format!("https://a.example/{}", "x".repeat(2_048));
    assert_eq!(Outside::parse(&long, Reach::Internet), Err(NotOutside::NotUrl));
}

#[test]
fn the_outside_is_read_as_browsers_read_it() {
    for (url, normal) in [
        ("https://A.Example", "https://a.example/"),
        ("https://a.example:443/x?y=1", "https://a.example/x?y=1"),
        ("https://a.example:8443/", "https://a.example:8443/"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700::1111]/", "https://[2606:4700::1111]/"),
    ] {
        assert_eq!(Outside::parse(url, Reach::Internet).unwrap().expose(), normal);
    }
}

#[test]
fn only_the_local_stage_reaches_this_machine_and_nothing_beside_it() {
    for url in ["http://127.0.0.1:4601", "http://localhost:4601/a", "http://[::1]:80/"] {
        assert!(Outside::parse(url, Reach::of_stage("local")).is_ok(), "{url}");
        assert!(Outside::parse(url, Reach::of_stage("production")).is_err(), "{url}");
    }
    for url in ["http://a.example/", "https://10.0.0.1/", "https://169.254.169.254/"] {
        assert!(Outside::parse(url, Reach::Loopback).is_err(), "{url}");
    }
}

#[test]
fn a_path_below_stays_at_its_host() {
    let nested = Outside::parse("https://a.example/v1/", Reach::Internet).unwrap();
    assert_eq!(nested.below("/sms").unwrap().expose(), "https://a.example/v1/sms");
    assert_eq!(nested.below("/../../sms").unwrap().host(), "a.example");
    let bare = Outside::parse("https://a.example", Reach::Internet).unwrap();
    for path in ["/@b.example", "//b.example/", "/x?y=https://b.example"] {
        assert_eq!(bare.below(path).unwrap().host(), "a.example", "{path}");
    }
    for path in ["@b.example", ".b.example", ":8443/"] {
        assert!(bare.below(path).is_err(), "{path}");
    }
}

#[test]
fn a_url_is_not_printed() {
    let outside = Outside::parse("https://a.example/token?secret=1", Reach::Internet).unwrap();
    assert_eq!(format!("{outside:?}"), "Outside(a.example)");
}
