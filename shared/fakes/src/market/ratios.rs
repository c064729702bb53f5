//! How other shares of unverified texts would judge the same traffic.

use doorstep_domain::guard::Traffic;
use jiff::Timestamp;

/// How many texts may stay unverified: so many, and so many percent of what was verified.
#[derive(Debug, Clone, Copy)]
pub struct Ratio {
    /// Its name in the report.
    pub name: &'static str,
    /// Of a day: room, and percent.
    pub day: (u32, u32),
    /// Of an hour.
    pub hour: (u32, u32),
    /// Whether the larger of both holds, or their sum.
    pub larger: bool,
}

/// Those that are compared. Authgear's are those of its documentation.
pub const RATIOS: [Ratio; 4] = [
    Ratio {
        name: "Authgear: 0.30 a day, 0.20 an hour",
        day: (20, 30),
        hour: (3, 20),
        larger: true,
    },
    Ratio { name: "larger of both, 0.45 and 0.35", day: (20, 45), hour: (3, 35), larger: true },
    Ratio { name: "sum of both, 0.45 and 0.35", day: (40, 45), hour: (20, 35), larger: false },
    Ratio {
        name: "sum of both, 0.45 and 0.45: ours",
        day: (40, 45),
        hour: (20, 45),
        larger: false,
    },
];

impl Ratio {
    fn allows(&self, (room, percent): (u32, u32), usual: u32) -> u32 {
        let share = usual.saturating_mul(percent) / 100;
        if self.larger { room.max(share) } else { room + share }
    }

    fn refuses(&self, traffic: &Traffic, at: Timestamp) -> bool {
        let (hour, day, best) = (traffic.last_hour(at), traffic.last_day(at), traffic.best_day(at));
        hour.unverified() >= self.allows(self.hour, hour.verified.max(best / 6))
            || day.unverified() >= self.allows(self.day, day.verified.max(best))
    }
}

/// What each ratio would have said at each text.
#[derive(Debug, Default)]
pub struct Ratios {
    traffic: Traffic,
    texts: u32,
    refused: [u32; RATIOS.len()],
}

impl Ratios {
    pub(super) fn sent(&mut self, at: Timestamp) {
        self.texts += 1;
        for (refused, ratio) in self.refused.iter_mut().zip(&RATIOS) {
            *refused += u32::from(ratio.refuses(&self.traffic, at));
        }
        self.traffic.send(1, at);
    }

    pub(super) fn verified(&mut self, texts: usize, at: Timestamp) {
        for _ in 0..texts {
            self.traffic.verify(at);
        }
    }

    /// The share of texts that each ratio was against, in percent.
    #[must_use]
    pub fn refused_percent(&self) -> [f64; RATIOS.len()] {
        self.refused.map(|refused| f64::from(refused) * 100.0 / f64::from(self.texts.max(1)))
    }
}
