//! What a user agreed to, and what the store tells of it.

use std::collections::HashMap;

use doorstep_domain::{
    access::Scope,
    consent::{self, Door, Linked, Wording, WordingHash, intact},
    id::UserId,
    ports::{KeyRing, Users},
    said::Scribe,
    tell::{Held, TellError, ended, may_be_used, tell},
    user::User,
};
use doorstep_edge::{Answer, Call, Problem, problem::Pointed, said::said};
use serde_json::{Value, json};

use crate::{Ports, Shop, UserRoutes, view};

/// How many purposes and channels one call may tell of.
const AT_ONCE: usize = 20;

impl<P: Ports, K: KeyRing> UserRoutes<P, K> {
    /// The ICO's five questions, by one call: of somebody who was erased, too.
    pub(crate) async fn consents(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call.store(Scope::ConsentsRead)?).await?;
        let id: UserId = call.id("id")?;
        let user = Users::find(&*self.ports, &shop.keys, id).await?;
        let held = if let Some(user) = &user {
            self.held(&shop, user).await?
        } else {
            let ended = ended(&*self.ports, &shop.keys, id).await?;
            ended.ok_or_else(Problem::not_found)?
        };
        let words = self.words(&shop, &held).await?;
        let who = view::who(id, user.as_ref(), call.key(Scope::UsersRead).is_ok());
        let named = |linked: &Linked| linked.entry.told.as_ref()?.wording.clone();
        let history = held.entries.iter().map(|linked| {
            let words = named(linked).and_then(|hash| words.get(&hash));
            let entry = view::entry(linked, &held.entries, (&who, words));
            if user.is_some() { entry } else { view::evidence(entry) }
        });
        // Words that are gone, or others by now, are no evidence.
        let kept = held.entries.iter().filter_map(named).all(|hash| words.contains_key(&hash));
        let intact = kept && intact(&shop.keys, &held.entries);
        let body = json!({
            "user_id": id.to_string(),
            "consents": held.standings.iter().map(view::standing).collect::<Value>(),
            "history": history.collect::<Value>(),
            "chain": {"intact": intact, "entries": held.entries.len()},
        });
        Ok(Answer::json(200, body))
    }

    /// Hears what the store tells.
    pub(crate) async fn tell(&self, call: &Call) -> Result<Answer, Problem> {
        let scope = call.store(Scope::ConsentsWrite)?;
        let mut body = call.json()?;
        let listed = body.objects("consents", AT_ONCE, said);
        body.require("consents", listed.is_empty());
        let reason = body.text("reason", 500);
        body.finish()?;
        let shop = self.open(scope).await?;
        let user = self.user(call, &shop).await?;
        let actor = call.caller.as_ref().map(|caller| caller.key.id.to_string());
        let scribe = Scribe {
            keys: &shop.keys,
            store: &shop.store,
            door: Door::Api,
            now: self.ports.now(),
            actor: actor.as_deref(),
            reason: reason.as_deref(),
        };
        tell(&*self.ports, &scribe, &user, (&listed, &call.trace)).await.map_err(refusal)?;
        let held = self.held(&shop, &user).await?;
        let consents = held.standings.iter().map(view::standing).collect::<Value>();
        let body = json!({"user_id": user.id.to_string(), "consents": consents});
        Ok(Answer::json(200, body))
    }

    pub(crate) async fn held(&self, shop: &Shop, user: &User) -> Result<Held, Problem> {
        Ok(may_be_used(&*self.ports, &shop.keys, user).await?)
    }

    /// The very words of the entries.
    async fn words(
        &self,
        shop: &Shop,
        held: &Held,
    ) -> Result<HashMap<WordingHash, Wording>, Problem> {
        let mut words = HashMap::new();
        let told = held.entries.iter().filter_map(|linked| linked.entry.told.as_ref());
        for hash in told.filter_map(|told| told.wording.as_ref()) {
            if words.contains_key(hash) {
                continue;
            }
            if let Some(wording) = consent::words(&*self.ports, &shop.keys, hash).await? {
                words.insert(hash.clone(), wording);
            }
        }
        Ok(words)
    }
}

fn refusal(error: TellError) -> Problem {
    match error {
        TellError::Wrong(wrong) => {
            let detail = "Correct the members named in `errors`.";
            let mut problem = Problem::new(400, "invalid_member", detail);
            problem.errors = wrong
                .into_iter()
                .map(|(index, wrong)| Pointed {
                    pointer: format!("/consents/{index}/{}", pointer(wrong.member)),
                    detail: wrong.detail.to_owned(),
                })
                .collect();
            problem
        }
        TellError::SaidNo(all) => {
            let detail = "The shopper said no to what `errors` names, and a store cannot say yes for \
                          them: ask them in a new sign-up, or send them the link of POST \
                          /users/{id}/preference-link. Where this call says no, that is written down.";
            let mut problem = Problem::new(409, "conflict", detail);
            let pointed = |index| Pointed {
                pointer: format!("/consents/{index}/granted"),
                detail: "can only be granted by the shopper".to_owned(),
            };
            problem.errors = all.into_iter().map(pointed).collect();
            problem
        }
        TellError::Fault(fault) => fault.into(),
    }
}

/// Where a member stands in the entry of the list.
const fn pointer(member: &'static str) -> &'static str {
    match member.as_bytes() {
        b"opt_out_offered" => "sale/opt_out_offered",
        _ => member,
    }
}
