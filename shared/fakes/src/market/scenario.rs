//! What is played: a shop's days, and an attack in the midst of them.

/// A shop's traffic.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Its name in the report.
    pub name: &'static str,
    /// Texts of a month.
    pub monthly: f64,
    /// Days that are played; an attack begins on the last one.
    pub days: u32,
    /// The share of shoppers who type the code.
    pub conversion: f64,
    /// An hour of the last day in which ten times as many come.
    pub sale: Option<u32>,
    /// Countries that the store sends to besides Britain; one shopper in twenty is from there.
    pub abroad: &'static [Land],
    /// Whether shoppers' browsers solve what they are asked to.
    pub solving: bool,
    /// Whether the whole run is measured, or the day from the attack's beginning.
    pub whole: bool,
    /// The attack.
    pub attack: Option<Attack>,
}

/// A shop of normal British traffic for a week.
pub const SHOP: Scenario = Scenario {
    name: "a week, 75 % verified",
    monthly: 50_000.0,
    days: 7,
    conversion: 0.75,
    sale: None,
    abroad: &[],
    solving: true,
    whole: true,
    attack: None,
};

/// Numbers of a country: how they begin, and how many digits follow.
#[derive(Debug, Clone, Copy)]
pub struct Land {
    /// ISO 3166-1 alpha-2.
    pub region: &'static str,
    /// E.164, its beginning.
    pub head: &'static str,
    /// Digits that follow.
    pub rest: usize,
}

const fn land(region: &'static str, head: &'static str, rest: usize) -> Land {
    Land { region, head, rest }
}

/// British mobiles.
pub const BRITAIN: &[Land] = &[land("GB", "+447", 9)];
/// What looks British and is dearer, or takes no texts.
pub const LOOKALIKES: &[Land] = &[
    land("JE", "+4477977", 5),
    land("IM", "+4476241", 5),
    land("GG", "+4477811", 5),
    land("GB", "+449098", 6),
    land("GB", "+4470", 8),
];
/// Nine countries, some of which cost twelve times what Britain does.
pub const ABROAD: &[Land] = &[
    land("FR", "+336", 8),
    land("DE", "+49151", 8),
    land("IE", "+35385", 7),
    land("ES", "+346", 8),
    land("PL", "+48512", 6),
    land("NG", "+234803", 7),
    land("PK", "+92300", 7),
    land("LV", "+3712", 7),
    land("BD", "+88017", 8),
];

/// Ten thousand sign-ups to numbers that an attacker earns from, each from an address of its own.
#[derive(Debug, Clone, Copy)]
pub struct Attack {
    /// Sign-ups.
    pub signups: u32,
    /// When on the last day it begins, in hours.
    pub from: f64,
    /// How long it lasts, in hours.
    pub hours: f64,
    /// Where the numbers are.
    pub lands: &'static [Land],
    /// Over how many ranges they are spread, numbers that share all but their last four digits.
    pub ranges: u32,
    /// How often each number is used.
    pub uses: u32,
    /// The share that the attacker verifies.
    pub verified: f64,
    /// Whether challenges are solved.
    pub solving: bool,
    /// How often each text is asked for again.
    pub resends: u32,
}

/// As the promise has it: in one day, over two hundred ranges.
pub const ATTACK: Attack = Attack {
    signups: 10_000,
    from: 9.0,
    hours: 4.0,
    lands: BRITAIN,
    ranges: 200,
    uses: 1,
    verified: 0.0,
    solving: false,
    resends: 0,
};
