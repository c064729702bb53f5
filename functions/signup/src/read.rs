//! Reading, listing and finding sign-ups.

use doorstep_domain::{
    Mode,
    access::Scope,
    guard::signups_of,
    id::SignupId,
    phone::PhoneNumber,
    ports::{Attempts, Challenges, KeyRing, Messages, Phones, Stores},
    read::{Overview, read, timeline},
    start,
};
use doorstep_edge::{Answer, Call, Problem, page};
use serde_json::Value;

use crate::{Shop, Signup, view};

impl<P, K, C> Signup<P, K, C>
where
    P: start::Ports + Messages + Stores,
    K: KeyRing,
    C: Challenges,
{
    pub(crate) async fn read(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call.store(Scope::SignupsRead)?).await?;
        let overview = self.overview(call, &shop).await?;
        Ok(Answer::json(200, self.view(call, &overview)))
    }

    pub(crate) async fn timeline(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::SignupsRead)?;
        not_in_browsers(call)?;
        let shop = self.open(scope).await?;
        let overview = self.overview(call, &shop).await?;
        let events = timeline(&overview);
        Ok(Answer::json(200, page::body(events.iter().map(view::event), None)))
    }

    pub(crate) async fn list(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::SignupsRead)?;
        not_in_browsers(call)?;
        let shop = self.open(scope).await?;
        let range = page::range(call, self.ports.now())?;
        let found = Attempts::list(&*self.ports, &shop.keys, range).await?;
        let data = self.views(call, &shop, &found.items).await?;
        Ok(Answer::json(200, page::body(data, found.next.as_deref())))
    }

    pub(crate) async fn search(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::SignupsRead)?;
        not_in_browsers(call)?;
        let (limit, _) = (page::limit(call)?, page::cursor(call)?);
        let mut body = call.json()?;
        let phone = body.text("phone", 8_192);
        let external_id = body.text("external_id", 64);
        body.finish()?;
        let shop = self.open(scope).await?;
        let ids = match (phone, external_id) {
            (Some(phone), None) => self.of_phone(&shop, &phone).await?,
            (None, Some(id)) => {
                let index = shop.keys.external_index(&id);
                self.ports.of_customer(&shop.keys, &index).await?
            }
            _ => return Err(Problem::invalid("/phone", "send either `phone` or `external_id`")),
        };
        let ids = &ids[..ids.len().min(limit)];
        let data = self.views(call, &shop, ids).await?;
        Ok(Answer::json(200, page::body(data, None)))
    }

    /// The newest sign-ups of a number, newest first; none for what is no number.
    async fn of_phone(&self, shop: &Shop, phone: &str) -> Result<Vec<SignupId>, Problem> {
        let country = shop.store.settings.country;
        let Ok(phone) = PhoneNumber::parse(phone, country, shop.mode) else {
            return Ok(Vec::new());
        };
        if shop.mode == Mode::Live {
            let whole = self.whole((shop.store.id, shop.mode)).await?;
            return Ok(signups_of(&*self.ports, &whole.shared, &phone).await?);
        }
        let index = shop.keys.phone_index(&phone);
        let mut record = Phones::find(&*self.ports, &shop.keys, &index).await?;
        record.signups.reverse();
        Ok(record.signups)
    }

    async fn views(
        &self,
        call: &Call,
        shop: &Shop,
        ids: &[SignupId],
    ) -> Result<Vec<Value>, Problem> {
        let mut views = Vec::new();
        for id in ids {
            if let Some(overview) = read(&*self.ports, &shop.keys, *id).await? {
                views.push(self.view(call, &overview));
            }
        }
        Ok(views)
    }

    async fn overview(&self, call: &Call, shop: &Shop) -> Result<Overview, Problem> {
        let id: SignupId = call.id("id")?;
        let found = read(&*self.ports, &shop.keys, id).await?;
        let overview = found.ok_or_else(Problem::not_found)?;
        call.holds(&shop.keys.attempt_secret(id, &overview.attempt.seed))?;
        Ok(overview)
    }

    fn view(&self, call: &Call, overview: &Overview) -> Value {
        view::overview(overview, call.key(Scope::UsersRead).is_ok(), self.ports.now())
    }
}

fn not_in_browsers(call: &Call) -> Result<(), Problem> {
    if call.is_publishable() {
        return Err(Problem::forbidden("Use a secret key, on a server, for this call."));
    }
    Ok(())
}
