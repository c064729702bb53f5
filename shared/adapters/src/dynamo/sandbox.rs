//! `POST /sandbox/reset`: a store's test state is forgotten.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use doorstep_domain::{
    Fault, Mode,
    id::{MessageId, SignupId, UserId},
    keys::DataKeys,
    message::About,
    ports::{Attempts, Clock, Messages, Range, Rights, Sandbox},
    signup::{RESENDS_IN_TESTS, State},
    write::AHEAD,
};
use futures::future::try_join_all;
use jiff::SignedDuration;

use super::{
    Table, attempt_row, complaints,
    item::{key, pk},
    listing::id_of,
    message_row::letters_of_day,
};
use crate::aws::fault;

/// A little longer than a test-mode sign-up is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);
/// What DynamoDB deletes in one call.
const BATCH: usize = 25;

impl Sandbox for Table {
    async fn forget(&self, keys: &DataKeys) -> Result<(), Fault> {
        if keys.scope().1 != Mode::Test {
            return Err(Fault::new("only test state can be forgotten", "live"));
        }
        let complaints = self.listed(complaints::list(keys.scope())).await?;
        let of = |place: &String| complaints::pk_of(keys.scope(), place);
        self.delete(&complaints.iter().map(of).collect::<Vec<_>>()).await?;
        let now = self.now();
        let to = now + SignedDuration::from_hours(1);
        let mut range = Range { from: now - KEPT, to, limit: 50, cursor: None };
        loop {
            let page = Attempts::list(self, keys, range.clone()).await?;
            for id in &page.items {
                self.delete(&self.belongings(keys, *id).await?).await?;
            }
            match page.next {
                Some(next) => range.cursor = Some(next),
                None => return self.forget_letters(keys).await,
            }
        }
    }
}

impl Table {
    /// Letters go to numbers that may never have signed up.
    async fn forget_letters(&self, keys: &DataKeys) -> Result<(), Fault> {
        let now = self.now();
        let days = (0..=(KEPT + AHEAD).as_hours() / 24).map(|day| {
            let day = attempt_row::day(now - SignedDuration::from_hours(24 * day));
            self.listed(letters_of_day(keys.scope(), &day))
        });
        let ids = try_join_all(days).await?.concat();
        for ids in ids.chunks(BATCH) {
            let ids: Result<Vec<MessageId>, _> = ids.iter().map(|sk| id_of(sk)).collect();
            let found = Messages::find(self, keys, &ids?).await?;
            let mut items = BTreeSet::new();
            for message in &found {
                items.insert(pk(keys.scope(), "MSG", message.id));
                let About::Letter(letter) = &message.about else { continue };
                let phone = keys.phone_index(&letter.to);
                items.insert(pk(keys.scope(), "PH", phone.as_text()));
                if let Some(user) = letter.user {
                    items.extend(self.of_user(keys, user).await?);
                }
            }
            self.delete(&items.into_iter().collect::<Vec<_>>()).await?;
        }
        Ok(())
    }

    /// The items of a user: itself, and what they were exported.
    async fn of_user(&self, keys: &DataKeys, user: UserId) -> Result<Vec<String>, Fault> {
        let exports = self.exports_of(keys, user).await?;
        let exports = exports.into_iter().map(|id| pk(keys.scope(), "EXP", id));
        Ok(exports.chain([pk(keys.scope(), "USR", user)]).collect())
    }

    /// The items of a sign-up: itself, its messages, its phone, its user, what guards counted.
    async fn belongings(&self, keys: &DataKeys, id: SignupId) -> Result<Vec<String>, Fault> {
        let scope = keys.scope();
        let Some(attempt) = Attempts::find(self, keys, id).await? else { return Ok(Vec::new()) };
        let mut items = BTreeSet::from([
            pk(scope, "PH", attempt.phone_index.as_text()),
            pk(scope, "PFX", keys.prefix_index(&attempt.phone).as_text()),
            pk(scope, "BKS", "-"),
        ]);
        items.extend(attempt.source.iter().map(|ip| pk(scope, "IP", ip.as_text())));
        let session = attempt.context.session_id.as_deref();
        items.extend(session.map(|id| pk(scope, "SES", keys.session_index(id).as_text())));
        let sends = u8::try_from(RESENDS_IN_TESTS.min(attempt.sends.len())).unwrap_or(u8::MAX);
        items.extend((0..=sends).map(|send| pk(scope, "MSG", id.message(send))));
        if let State::Verified { user, .. } = attempt.state {
            items.extend(self.of_user(keys, user).await?);
        }
        // Last, so that a reset that broke off finds the rest again.
        Ok(items.into_iter().chain([pk(scope, "SGN", id)]).collect())
    }

    pub(super) async fn delete(&self, pks: &[String]) -> Result<(), Fault> {
        for chunk in pks.chunks(BATCH) {
            let mut wanted: HashMap<_, Vec<_>> = HashMap::new();
            for pk in chunk {
                let request = DeleteRequest::builder().set_key(Some(key(pk))).build();
                let request = request.map_err(|_| Fault::corrupt("a batch of deletes"))?;
                let request = WriteRequest::builder().delete_request(request).build();
                wanted.entry(self.state.clone()).or_default().push(request);
            }
            while !wanted.is_empty() {
                let call = self.db.batch_write_item().set_request_items(Some(wanted));
                let answer = call.send().await.map_err(|e| fault("forget test state", &e))?;
                wanted = answer.unprocessed_items.unwrap_or_default();
            }
        }
        Ok(())
    }
}
