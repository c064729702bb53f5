//! `make attack`: honest shoppers first, then an attacker among them, by the real rules, and what
//! came of it. With the name of a scenario, or a part of it, only that one is played.
#![expect(clippy::print_stdout, reason = "the report is what it is for")]

use std::collections::BTreeMap;

use doorstep_fakes::market::{
    ABROAD, ATTACK, Attack, LOOKALIKES, Outcome, Party, RATIOS, SHOP, Scenario, play,
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let wanted = std::env::args().nth(1).unwrap_or_default();
    let chosen = |all: Vec<Scenario>| all.into_iter().filter(|it| it.name.contains(&wanted));
    for scenario in chosen(honest()) {
        honestly(&scenario, &play(&scenario, 1).await);
    }
    for scenario in chosen(attacks()) {
        attacked(&scenario, &play(&scenario, 1).await);
    }
}

/// Days without an attack.
fn honest() -> Vec<Scenario> {
    let first = Scenario { days: 1, ..SHOP };
    vec![
        SHOP,
        Scenario { name: "a week, 72 % verified", conversion: 0.72, ..SHOP },
        Scenario { name: "a week, 65 % verified", conversion: 0.65, ..SHOP },
        Scenario { name: "a new shop's first day", ..first },
        Scenario { name: "a new shop, 2,000 texts a month", monthly: 2_000.0, ..SHOP },
        Scenario {
            name: "a large shop, 300,000 texts a month",
            monthly: 300_000.0,
            days: 2,
            ..SHOP
        },
        Scenario { name: "a flash sale", sale: Some(20), days: 3, ..SHOP },
        Scenario {
            name: "a flash sale, 72 % verified",
            sale: Some(12),
            days: 3,
            conversion: 0.72,
            ..SHOP
        },
        Scenario { name: "a flash sale on the first day", sale: Some(12), ..first },
        Scenario { name: "ten countries", abroad: ABROAD, ..SHOP },
    ]
}

fn under(name: &'static str, attack: Attack) -> Scenario {
    Scenario { name, days: 4, whole: false, attack: Some(attack), ..SHOP }
}

/// A day with an attack in it, after three without.
fn attacks() -> Vec<Scenario> {
    let solving = Attack { solving: true, ..ATTACK };
    let paying = Attack { verified: 0.2, ..ATTACK };
    vec![
        under("attack: 200 ranges in 4 h", ATTACK),
        under("attack: in 1 h", Attack { hours: 1.0, ..ATTACK }),
        under("attack: in 24 h", Attack { hours: 24.0, from: 0.0, ..ATTACK }),
        under("attack: by night", Attack { from: 1.0, ..ATTACK }),
        under("attack: 20 ranges", Attack { ranges: 20, ..ATTACK }),
        under("attack: 2,000 ranges", Attack { ranges: 2_000, ..ATTACK }),
        under("attack: 5 sign-ups a number", Attack { uses: 5, ..ATTACK }),
        under("attack: each text asked for again twice", Attack { resends: 2, ..ATTACK }),
        under("attack: Jersey, Man, 09, 070", Attack { lands: LOOKALIKES, ..ATTACK }),
        under("attack: foreign countries", Attack { lands: ABROAD, ..ATTACK }),
        Scenario {
            abroad: ABROAD,
            ..under("attack: foreign countries, allowed", Attack { lands: ABROAD, ..ATTACK })
        },
        Scenario { solving: false, ..under("attack: nobody solves", ATTACK) },
        under("attack: 20 % verified", paying),
        under("attack: 20 % verified, 2,000 ranges", Attack { ranges: 2_000, ..paying }),
        under(
            "attack: 20 % verified, 20 ranges, again",
            Attack { ranges: 20, resends: 2, ..paying },
        ),
        under("attack: solving, 20 ranges", Attack { ranges: 20, ..solving }),
        under("attack: solving, 200 ranges", solving),
        under("attack: solving, 2,000 ranges", Attack { ranges: 2_000, ..solving }),
        under("attack: solving, 20 % verified", Attack { verified: 0.2, ..solving }),
        under("attack: solving, all verified", Attack { verified: 1.0, ..solving }),
    ]
}

fn honestly(scenario: &Scenario, outcome: &Outcome) {
    let shoppers = outcome.of(Party::Shopper);
    let (asked, refused) = (shoppers.challenged_percent(), shoppers.refused_percent());
    println!(
        "{:45} {:7} shoppers, {asked:5.2} % challenged {}, {refused:5.2} % refused {}, {} resends refused, {} texts, {} verified",
        scenario.name,
        shoppers.signups,
        rules(&shoppers.challenged),
        rules(&shoppers.refused),
        shoppers.resends_refused,
        shoppers.texts,
        shoppers.verified
    );
    for (ratio, percent) in RATIOS.iter().zip(outcome.ratios.refused_percent()) {
        println!("    {percent:5.2} % of texts over {}", ratio.name);
    }
}

fn attacked(scenario: &Scenario, outcome: &Outcome) {
    let (shoppers, raiders) = (outcome.of(Party::Shopper), outcome.of(Party::Attacker));
    let (asked, refused) = (shoppers.challenged_percent(), shoppers.refused_percent());
    println!(
        "{:45} £{} for {} texts, {} verified; challenged {}, refused {}",
        scenario.name,
        raiders.cost().amount(),
        raiders.texts,
        raiders.verified,
        rules(&raiders.challenged),
        rules(&raiders.refused)
    );
    println!(
        "    {} shoppers, {asked:.2} % challenged {}, {refused:.2} % refused {}",
        shoppers.signups,
        rules(&shoppers.challenged),
        rules(&shoppers.refused)
    );
}

/// What each rule did.
fn rules(by: &BTreeMap<String, u32>) -> String {
    let all: Vec<_> = by.iter().map(|(rule, many)| format!("{rule} {many}")).collect();
    format!("[{}]", all.join(", "))
}
