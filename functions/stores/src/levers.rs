//! Levers: limits, the kill switch, the allow-list. They take effect in ten seconds, leave a line in
//! the log, and a limit or an exemption reverts by itself. A test key pulls those of test mode.

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::Scope,
    decisions::Line,
    guard::{Effect, Exempt, Lever, Levers, Pause, Rule},
    id::StoreId,
    keys::DataKeys,
    open_store::{OpenStoreError, change},
    phone::PhoneNumber,
    ports::{Backlog, KeyRing, Roots},
    store::{Settings, Store},
};
use doorstep_edge::{Answer, Call, Problem, audit, call::ALL, json::Object, page};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{Ports, StoreRoutes, refusal};

/// The longest that a lever may hold.
const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);
/// How long somebody is exempt who does not say.
const EXEMPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many levers, and how many exemptions, a store may have at once.
const ROOM: usize = 100;

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    pub(crate) async fn put_limit(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = whose(call, Scope::LeversWrite)?;
        let now = self.ports.now();
        let lever = lever(call.json()?, mode, now)?;
        audit::done(&*self.ports, call, Some(store), lever.rule.as_str()).await?;
        let put = |own: &mut Settings| {
            let levers = own.levers.get_or_insert_default();
            levers.retain(|known| now < known.until && !known.overlaps(&lever));
            levers.push(lever.clone());
            has_room(levers.len())
        };
        self.pull(store, put).await?;
        let text = format!("{} is {}", lever.rule.as_str(), told(&lever));
        self.noted((store, mode), ("limit", lever.rule.as_str(), text), now).await?;
        Ok(Answer::json(200, limit_view(&lever)))
    }

    /// Every rule as it stands, with the lever that changed it.
    pub(crate) async fn limits(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = whose(call, Scope::StoresRead)?;
        let (now, store) = (self.ports.now(), self.store_or_all(store).await?);
        let levers = Levers::of(&store, mode);
        let data = Rule::ALL.iter().map(|rule| {
            let standing = levers.standing(*rule, now);
            let mut view = json!({
                "rule": rule.as_str(),
                "value": standing.value,
                "mode": standing.effect.as_str(),
                "window_seconds": rule.window().seconds(),
                "usual": rule.usual(),
            });
            if let Some(until) = levers.until(*rule, now) {
                view["until"] = json!(until.to_string());
            }
            view
        });
        Ok(Answer::json(200, page::body(data, None)))
    }

    pub(crate) async fn put_kill_switch(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, scope) = whose(call, Scope::LeversWrite)?;
        let mut body = call.json()?;
        let on = body.boolean("on");
        body.require("on", on.is_none());
        let reason = body.text("reason", 200);
        body.require("reason", on == Some(true) && reason.is_none());
        body.finish()?;
        let (on, since) = (on.unwrap_or_default(), self.ports.now());
        let reason = reason.unwrap_or_default();
        audit::done(&*self.ports, call, Some(store), if on { "on" } else { "off" }).await?;
        self.pull(store, |own| {
            let pauses = own.pauses.get_or_insert_default();
            let known = pauses.iter().find(|known| known.scope == scope).cloned();
            pauses.retain(|known| known.scope != scope);
            if on {
                let since = known.map_or(since, |known| known.since);
                pauses.push(Pause { scope, reason: reason.clone(), since });
            }
            Ok(())
        })
        .await?;
        let text =
            format!("{} mode {}: {reason}", scope.as_str(), if on { "paused" } else { "goes on" });
        self.noted((store, scope), ("kill-switch", if on { "on" } else { "off" }, text), since)
            .await?;
        self.kill_switch_of(store, scope).await
    }

    pub(crate) async fn kill_switch(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = whose(call, Scope::StoresRead)?;
        self.kill_switch_of(store, mode).await
    }

    async fn kill_switch_of(&self, store: StoreId, mode: Mode) -> Result<Answer, Problem> {
        let store = self.store_or_all(store).await?;
        let body = match store.settings.pause(mode) {
            Some(pause) => {
                json!({"on": true, "reason": pause.reason, "since": pause.since.to_string()})
            }
            None => json!({"on": false}),
        };
        Ok(Answer::json(200, body))
    }

    pub(crate) async fn put_exempt(&self, call: &Call) -> Result<Answer, Problem> {
        let (id, scope) = whose(call, Scope::LeversWrite)?;
        if id == Store::DEPLOYMENT {
            return Err(store_required());
        }
        let now = self.ports.now();
        let store = self.find(id).await?;
        let keys = self.kms.data(&store, scope).await?;
        let exempt = exempt(call.json()?, (&store.settings, &keys), now)?;
        audit::done(&*self.ports, call, Some(id), &exempt.kind).await?;
        self.pull(id, |own| {
            let all = own.exempt.get_or_insert_default();
            all.retain(|known| {
                let same = known.kind == exempt.kind && known.index == exempt.index;
                now < known.until && !(same && known.scope == scope)
            });
            if now < exempt.until {
                all.push(exempt.clone());
            }
            has_room(all.len())
        })
        .await?;
        let text =
            format!("{} {} until {}: {}", exempt.kind, exempt.label, exempt.until, exempt.reason);
        self.noted((id, scope), ("allow-list", exempt.kind.as_str(), text), now).await?;
        Ok(Answer::json(200, exempt_view(&exempt)))
    }

    pub(crate) async fn exempts(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = whose(call, Scope::StoresRead)?;
        let (now, store) = (self.ports.now(), self.store_or_all(store).await?);
        let live = store.settings.exempt.iter().flatten();
        let live = live.filter(|it| it.scope == mode && now < it.until);
        Ok(Answer::json(200, page::body(live.map(exempt_view), None)))
    }

    /// Changes the settings, once more if somebody else was faster.
    pub(crate) async fn pull(
        &self,
        id: StoreId,
        put: impl Fn(&mut Settings) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        for last in [false, true] {
            self.ports.forget(id);
            let store = doorstep_domain::ports::Stores::find(&*self.ports, id).await?;
            if store.is_none() && id != Store::DEPLOYMENT {
                return Err(Problem::not_found());
            }
            let mut own = store.map(|store| store.own.clone()).unwrap_or_default();
            put(&mut own)?;
            match change(&*self.ports, id, own).await {
                Err(OpenStoreError::Conflict) if !last => {}
                changed => return changed.map(drop).map_err(refusal),
            }
        }
        Ok(())
    }

    pub(crate) async fn noted(
        &self,
        scope: (StoreId, Mode),
        (kind, reason, text): (&str, &str, String),
        at: Timestamp,
    ) -> Result<(), Problem> {
        Ok(self.ports.log(&Line::of_lever(scope, (kind, reason, text), at)).await?)
    }

    /// A store, or the deployment, before anybody set anything too.
    pub(crate) async fn store_or_all(&self, id: StoreId) -> Result<Arc<Store>, Problem> {
        self.ports.forget(id);
        let store = doorstep_domain::ports::Stores::find(&*self.ports, id).await?;
        match store {
            None if id == Store::DEPLOYMENT => Ok(Arc::new(Store::nothing_set())),
            store => store.ok_or_else(Problem::not_found),
        }
    }
}

/// Whose levers: the key's store, the one that a key of the deployment names, or with
/// `Doorstep-Store: all` the deployment's, which hold for every store. Who only looks need not say
/// `all`.
pub(crate) fn whose(call: &Call, scope: Scope) -> Result<(StoreId, Mode), Problem> {
    let key = call.key(scope)?;
    let named = call.header("doorstep-store");
    let all = named == Some(ALL) || (named.is_none() && call.route.starts_with("GET "));
    if key.store.is_none() && all {
        return Ok((Store::DEPLOYMENT, key.mode));
    }
    let store = call.named_store(key)?.filter(|store| *store != Store::DEPLOYMENT);
    Ok((store.ok_or_else(store_required)?, key.mode))
}

fn store_required() -> Problem {
    let detail =
        "Name the store by the header `Doorstep-Store`, or `all` for levers of all stores.";
    Problem::new(400, "store_required", detail)
}

fn has_room(entries: usize) -> Result<(), Problem> {
    if entries <= ROOM {
        return Ok(());
    }
    let detail = format!("There are {ROOM} already. Let some end first.");
    Err(Problem::new(409, "conflict", detail))
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn lever(mut body: Object, scope: Mode, now: Timestamp) -> Result<Lever, Problem> {
    let names: Vec<_> = Rule::ALL.iter().map(|rule| rule.as_str()).collect();
    let rule = body.parsed("rule", &format!("one of {}", names.join(", ")), |it| it.parse().ok());
    let value = body.whole("value", 0..=10_000_000);
    let effect = body.parsed("mode", "\"enforce\" or \"observe\"", Effect::parse);
    let from = body.time("from");
    let until = body.time("until");
    body.require("rule", rule.is_none());
    body.require("until", until.is_none());
    let in_time = until.is_none_or(|until| now < until && until <= now + LONGEST);
    if !in_time || from.zip(until).is_some_and(|(from, until)| until <= from) {
        body.wrong("until", "must be after `from`, and in the next 366 days");
    }
    body.finish()?;
    let rule = rule.ok_or_else(|| Problem::invalid("/rule", "is required"))?;
    let until = whole(until.unwrap_or(now));
    Ok(Lever {
        scope,
        rule,
        value,
        effect: effect.unwrap_or_default(),
        from: from.map(whole),
        until,
    })
}

fn told(lever: &Lever) -> String {
    let value = lever.value.unwrap_or(lever.rule.usual());
    let from = lever.from.map(|from| format!(" from {from}")).unwrap_or_default();
    format!("{value} ({}){from} until {}", lever.effect.as_str(), lever.until)
}

fn limit_view(lever: &Lever) -> Value {
    let mut view = json!({
        "rule": lever.rule.as_str(),
        "value": lever.value.unwrap_or(lever.rule.usual()),
        "mode": lever.effect.as_str(),
        "until": lever.until.to_string(),
    });
    if let Some(from) = lever.from {
        view["from"] = json!(from.to_string());
    }
    view
}

/// One of a number, its range, an address or a session; only its keyed index is kept.
fn exempt(
    mut body: Object,
    (settings, keys): (&Settings, &DataKeys),
    now: Timestamp,
) -> Result<Exempt, Problem> {
    let mode = keys.scope().1;
    let number = |text: &str| PhoneNumber::parse(text, settings.country, mode).ok();
    let wanted = "a phone number of this mode";
    let phone = body.parsed("phone", wanted, number);
    let prefix = body.parsed("prefix", "a phone number of the range", number);
    let ip: Option<std::net::IpAddr> = body.parsed("ip", "an IP address", |ip| ip.parse().ok());
    let session = body.text("session_id", 64);
    let (reason, until) = (body.text("reason", 200), body.time("until"));
    if until.is_some_and(|until| until > now + LONGEST) {
        body.wrong("until", "must be in the next 366 days");
    }
    let named = [phone.is_some(), prefix.is_some(), ip.is_some(), session.is_some()];
    if named.into_iter().filter(|named| *named).count() != 1 {
        body.wrong("phone", "send one of `phone`, `prefix`, `ip` and `session_id`");
    }
    body.finish()?;
    let (kind, index, label) = match (phone, prefix, ip, session) {
        (Some(phone), ..) => ("phone", keys.phone_index(&phone).as_text(), phone.masked()),
        (_, Some(phone), ..) => ("prefix", keys.prefix_index(&phone).as_text(), phone.masked()),
        (.., Some(ip), _) => ("ip", keys.source_index(ip).as_text(), "an address".to_owned()),
        (.., session) => {
            let session = session.unwrap_or_default();
            ("session", keys.session_index(&session).as_text(), "a session".to_owned())
        }
    };
    let until = whole(until.unwrap_or(now + EXEMPT));
    let (kind, reason) = (kind.to_owned(), reason.unwrap_or_default());
    Ok(Exempt { scope: mode, kind, index, label, reason, until })
}

fn exempt_view(exempt: &Exempt) -> Value {
    json!({
        "kind": exempt.kind,
        "label": exempt.label,
        "reason": exempt.reason,
        "until": exempt.until.to_string(),
    })
}
