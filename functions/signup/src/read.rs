//! Reading, listing and finding sign-ups.

use doorstep_domain::{
    access::Scope,
    id::SignupId,
    phone::PhoneNumber,
    ports::{Attempts, Challenges, KeyRing, Messages, Page, Range, Stores},
    read::{Overview, lines, read, timeline},
    retention::Kind,
    start,
};
use doorstep_edge::{
    Answer, Call, Problem,
    page::{self, Walk},
    tour::{self, Tour},
};
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
        let lines = lines(&*self.ports, &shop.keys, &overview.attempt).await?;
        let events = timeline(&overview, lines, self.ports.now());
        Ok(Answer::json(200, page::body(events.iter().map(view::event), None)))
    }

    pub(crate) async fn list(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = call.stores(Scope::SignupsRead)?;
        not_in_browsers(call)?;
        let now = self.ports.now();
        let asked = page::whole(call, now)?;
        let mut tour = Tour::new(tour::stores(&*self.ports, store).await?, asked);
        while let Some((store, range)) = tour.visit() {
            let shop = self.open((store, mode)).await?;
            let walk = Walk::new(range).kept(Kind::Signups.longest(mode), now);
            let found = Attempts::list(&*self.ports, &shop.keys, walk.range.clone()).await?;
            let items = self.views(call, &shop, &found.items).await?;
            tour.add(Page { items, next: walk.next(found.next) });
        }
        let found = tour.page();
        Ok(Answer::json(200, page::body(found.items, found.next.as_deref())))
    }

    pub(crate) async fn search(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::SignupsRead)?;
        not_in_browsers(call)?;
        let mut body = call.json()?;
        let phone = body.text("phone", 8_192);
        let external_id = body.text("external_id", 64);
        body.finish()?;
        let range = page::kept(call, self.ports.now(), Kind::Signups.longest(scope.1))?;
        let shop = self.open(scope).await?;
        let found = match (phone, external_id) {
            (Some(phone), None) => self.of_phone(&shop, &phone, range).await?,
            (None, Some(id)) => {
                let index = shop.keys.external_index(&id);
                self.ports.of_customer(&shop.keys, &index, range).await?
            }
            _ => return Err(Problem::invalid("/phone", "send either `phone` or `external_id`")),
        };
        let data = self.views(call, &shop, &found.items).await?;
        Ok(Answer::json(200, page::body(data, found.next.as_deref())))
    }

    /// The sign-ups of a number, newest first; none for what is no number.
    async fn of_phone(
        &self,
        shop: &Shop,
        phone: &str,
        range: Range,
    ) -> Result<Page<SignupId>, Problem> {
        let country = shop.store.settings.country;
        let Ok(phone) = PhoneNumber::parse(phone, country, shop.mode) else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let indexes = shop.keys.phone_indexes(&phone);
        Ok(self.ports.of_phone(&shop.keys, &indexes, range).await?)
    }

    async fn views(
        &self,
        call: &Call,
        shop: &Shop,
        ids: &[SignupId],
    ) -> Result<Vec<Value>, Problem> {
        let mut views = Vec::new();
        for id in ids {
            if let Some(overview) = read(&*self.ports, (&shop.store, &shop.keys), *id).await? {
                views.push(self.view(call, &overview));
            }
        }
        Ok(views)
    }

    async fn overview<'a>(&self, call: &Call, shop: &'a Shop) -> Result<Overview<'a>, Problem> {
        let id: SignupId = call.id("id")?;
        let found = read(&*self.ports, (&shop.store, &shop.keys), id).await?;
        let overview = found.ok_or_else(Problem::not_found)?;
        call.holds(&shop.keys.attempt_secret(id, &overview.attempt.seed))?;
        Ok(overview)
    }

    fn view(&self, call: &Call, overview: &Overview<'_>) -> Value {
        view::overview(overview, call.key(Scope::UsersRead).is_ok(), self.ports.now())
    }
}

fn not_in_browsers(call: &Call) -> Result<(), Problem> {
    if call.is_publishable() {
        return Err(Problem::forbidden("Use a secret key, on a server, for this call."));
    }
    Ok(())
}
