//! Sign-ups.

use doorstep_domain::{
    Fault, Mode,
    consent::Linked,
    id::SignupId,
    keys::{DataKeys, ExternalIndex, PhoneIndex},
    ports::{Attempts, Page, Range},
    signup::{Created, RegistrationAttempt, Send, State},
    user::Registration,
    watch::{Noticed, Typed},
};
use jiff::Timestamp;

use super::{Memory, page};

impl Attempts for Memory {
    async fn find(
        &self,
        keys: &DataKeys,
        id: SignupId,
    ) -> Result<Option<RegistrationAttempt>, Fault> {
        self.others_first().await;
        Ok(self.tables().attempts.get(&(keys.scope(), id)).cloned())
    }

    async fn create(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
    ) -> Result<Created, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        if let Some(known) = tables.attempts.get(&(keys.scope(), attempt.id)) {
            return Ok(Created::Exists(Box::new(known.clone())));
        }
        tables.attempts.insert((keys.scope(), attempt.id), attempt.clone());
        tables.events.push(format!("send/{}/0", attempt.route[0].as_str()));
        Ok(Created::New)
    }

    async fn resend(
        &self,
        keys: &DataKeys,
        attempt: &RegistrationAttempt,
        send: &Send,
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let Some(stored) = tables.attempts.get_mut(&(keys.scope(), attempt.id)) else {
            return Ok(false);
        };
        if stored.sends.len() != attempt.sends.len() || stored.state != State::Pending {
            return Ok(false);
        }
        stored.sends.push(send.clone());
        let newest = stored.newest_send();
        let event = format!("send/{}/{newest}", stored.route_of(newest)[0].as_str());
        tables.events.push(event);
        Ok(true)
    }

    async fn expire(&self, keys: &DataKeys, id: SignupId) -> Result<(), Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let pending = tables.attempts.get(&(keys.scope(), id)).map(|a| a.state);
        if pending == Some(State::Pending) && tables.told.insert((keys.scope(), id)) {
            tables.events.push("news/signup.expired".to_owned());
        }
        Ok(())
    }

    async fn lock(&self, keys: &DataKeys, id: SignupId, at: Timestamp) -> Result<(), Fault> {
        self.others_first().await;
        if let Some(stored) = self.tables().attempts.get_mut(&(keys.scope(), id))
            && stored.state == State::Pending
        {
            stored.state = State::Locked { at };
        }
        Ok(())
    }

    async fn register(
        &self,
        keys: &DataKeys,
        registration: &Registration,
        consents: &[Linked],
    ) -> Result<bool, Fault> {
        self.others_first().await;
        let mut tables = self.tables();
        let key = (keys.scope(), registration.signup);
        let fits = tables.fits(keys.scope(), registration.user, consents)
            && !tables.let_go.contains(&(keys.scope(), registration.user));
        let Some(stored) = tables.attempts.get_mut(&key).filter(|_| fits) else {
            return Ok(false);
        };
        if stored.state != State::Pending {
            return Ok(false);
        }
        let Registration { at, user, tries, signup, .. } = *registration;
        stored.state = State::Verified { at, user, tries };
        tables.events.push("news/signup.verified".to_owned());
        if let (Some(carrier), (store, Mode::Live)) = (registration.drawn, keys.scope()) {
            let region = registration.verified.phone().region();
            tables.noticed.push(Noticed::Typed(Typed { store, signup, carrier, region, at }));
        }
        tables.register_user(keys.scope(), registration);
        tables.add_consents(keys.scope(), user, consents);
        if let Some((id, letter)) = &registration.welcome {
            tables.post(keys.scope(), *id, letter);
        }
        Ok(true)
    }

    async fn list(&self, keys: &DataKeys, range: Range) -> Result<Page<SignupId>, Fault> {
        self.others_first().await;
        Ok(self.listed(keys, range, |_| true))
    }

    async fn of_customer(
        &self,
        keys: &DataKeys,
        customer: &ExternalIndex,
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        self.others_first().await;
        Ok(self.listed(keys, range, |attempt| attempt.external_index.as_ref() == Some(customer)))
    }

    async fn of_phone(
        &self,
        keys: &DataKeys,
        phones: &[PhoneIndex],
        range: Range,
    ) -> Result<Page<SignupId>, Fault> {
        self.others_first().await;
        Ok(self.listed(keys, range, |attempt| phones.contains(&attempt.phone_index)))
    }
}

impl Memory {
    fn listed(
        &self,
        keys: &DataKeys,
        range: Range,
        wanted: impl Fn(&RegistrationAttempt) -> bool,
    ) -> Page<SignupId> {
        let tables = self.tables();
        let own = tables.attempts.iter().filter(|((scope, _), attempt)| {
            let in_range = range.from <= attempt.created_at && attempt.created_at < range.to;
            *scope == keys.scope() && in_range && wanted(attempt)
        });
        let mut found: Vec<_> = own.map(|((_, id), attempt)| (attempt.created_at, *id)).collect();
        found.sort_unstable_by(|a, b| b.cmp(a));
        let place = |at: Timestamp, id| format!("{}#{id}", at.as_millisecond());
        let named = found.into_iter().map(|(at, id)| (place(at, id), id));
        page(named.collect(), range.limit, range.cursor)
    }
}
