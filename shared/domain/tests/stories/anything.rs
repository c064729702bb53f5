//! Whatever shoppers and strangers do, in whatever order, the limits hold.

use std::collections::BTreeMap;

use doorstep_domain::{
    id::{SignupId, UserId},
    ports::Clock,
    verify::{Done, VerifyError},
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::shop::Shop;

/// One thing that somebody does; numbers pick one of the phones or of the sign-ups so far.
#[derive(Debug, Clone)]
enum Deed {
    Start(usize),
    Resend(usize),
    Right(usize),
    Wrong(usize),
    Pass(i64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        3 => (0..3_usize).prop_map(Deed::Start),
        1 => any::<usize>().prop_map(Deed::Resend),
        2 => any::<usize>().prop_map(Deed::Right),
        12 => any::<usize>().prop_map(Deed::Wrong),
        2 => (1..200_i64).prop_map(Deed::Pass),
        1 => (3600..40_000_i64).prop_map(Deed::Pass),
    ];
    prop::collection::vec(deed, 1..250)
}

/// What is known of a sign-up from what its callers were told.
struct Known {
    id: SignupId,
    phone: usize,
    ends: Timestamp,
    failures: usize,
    compared_after: usize,
    user: Option<UserId>,
}

#[derive(Default)]
struct World {
    signups: Vec<Known>,
    failures: BTreeMap<usize, Vec<Timestamp>>,
    users: BTreeMap<usize, UserId>,
}

const PHONES: [&str; 3] = ["+447700900001", "+447700900002", "+447700900003"];

impl World {
    /// One of the newest eight sign-ups, as older ones have mostly ended.
    fn pick(&self, number: usize) -> Option<usize> {
        let newest = self.signups.len().min(8);
        (newest > 0).then(|| self.signups.len() - 1 - number % newest)
    }

    async fn happens(&mut self, shop: &Shop, deed: &Deed) {
        // No two tries in one millisecond.
        shop.pass(jiff::SignedDuration::from_millis(1));
        match *deed {
            Deed::Pass(seconds) => shop.pass_seconds(seconds),
            Deed::Start(phone) => self.starts(shop, phone).await,
            Deed::Resend(number) => {
                if let Some(at) = self.pick(number) {
                    let key = format!("{}", shop.memory.now());
                    let _ = shop.resends(self.signups[at].id, &key).await;
                }
            }
            Deed::Right(number) => {
                if let Some(at) = self.pick(number) {
                    let answer = shop.types_right(self.signups[at].id).await;
                    self.hears(at, answer, shop.memory.now());
                }
            }
            Deed::Wrong(number) => {
                if let Some(at) = self.pick(number) {
                    let answer = shop.types_wrong(self.signups[at].id).await;
                    assert!(answer.is_err(), "a wrong code verified");
                    self.hears(at, answer, shop.memory.now());
                }
            }
        }
    }

    async fn starts(&mut self, shop: &Shop, phone: usize) {
        let id = shop.signs_up(PHONES[phone], &self.signups.len().to_string()).await;
        let ends = shop.attempt(id).await.expires_at;
        let (failures, compared_after, user) = (0, 0, None);
        self.signups.push(Known { id, phone, ends, failures, compared_after, user });
    }

    /// Takes down what an answer tells; panics where it breaks a promise.
    fn hears(&mut self, at: usize, answer: Result<Done, VerifyError>, now: Timestamp) {
        let known = &mut self.signups[at];
        let was_verified = known.user.is_some();
        match answer {
            Ok(done) => {
                assert!(now < known.ends, "verified after its end");
                assert_eq!(*known.user.get_or_insert(done.user), done.user, "two users");
                let users = self.users.entry(known.phone).or_insert(done.user);
                assert_eq!(*users, done.user, "one phone, one user");
            }
            Err(VerifyError::Incorrect { .. }) => {
                assert!(now < known.ends, "compared after its end");
                known.failures += usize::from(!was_verified);
                self.failures.entry(known.phone).or_default().push(now);
            }
            Err(VerifyError::Exhausted(_) | VerifyError::Expired) => return,
            Err(broken) => panic!("{broken}"),
        }
        known.compared_after += usize::from(was_verified);
        assert!(known.failures <= 5, "more than five for a pending sign-up");
        assert!(known.compared_after <= 5, "more than five for a verified sign-up");
    }

    async fn keeps_its_promises(&self, shop: &Shop) {
        for failures in self.failures.values() {
            for (number, last) in failures.iter().enumerate() {
                let day = failures[..=number].iter();
                let day = day.filter(|at| last.duration_since(**at).as_hours() < 24).count();
                assert!(day <= 14, "{day} failures compared in a day");
            }
        }
        for known in &self.signups {
            assert_eq!(shop.attempt(known.id).await.expires_at, known.ends, "an end moved");
        }
        let verified = self.signups.iter().filter(|known| known.user.is_some()).count();
        assert_eq!(shop.memory.ledger().len(), verified, "one consent per verified sign-up");
        assert_eq!(shop.memory.users(), self.users.len(), "one user per phone");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_limits_hold(deeds in deeds()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (shop, mut world) = (Shop::open(), World::default());
            for deed in &deeds {
                world.happens(&shop, deed).await;
            }
            world.keeps_its_promises(&shop).await;
        });
    }
}
