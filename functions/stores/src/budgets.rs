//! Budgets: hard stops in pounds, and what is left of them.

use doorstep_domain::{
    Mode,
    access::Scope,
    guard::{Book, Budget, Subject, Window, book_key, budgets_of},
    id::StoreId,
    money::Money,
    phone::Region,
    ports::{Backlog, KeyRing, Roots},
};
use doorstep_edge::{Answer, Call, Problem, audit, json::Object, page, views};
use serde_json::{Value, json};

use crate::{Ports, StoreRoutes, levers::whose};

/// How many budgets a store may have in each mode.
const ROOM: usize = 40;

impl<P: Ports, R: Roots + KeyRing, B: Backlog> StoreRoutes<P, R, B> {
    /// Replaces the budgets; the usual ones hold where none is set.
    pub(crate) async fn put_budgets(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, scope) = whose(call, Scope::BudgetsWrite)?;
        let mut body = call.json()?;
        body.require("budgets", !body.has_value("budgets"));
        let budgets = body.objects("budgets", ROOM, |it| budget(it, scope));
        body.finish()?;
        let budgets: Vec<_> = budgets.into_iter().flatten().collect();
        audit::done(&*self.ports, call, Some(store), "").await?;
        self.pull(store, |own| {
            let all = own.budgets.get_or_insert_default();
            all.retain(|known| known.scope != scope);
            all.extend(budgets.iter().cloned());
            Ok(())
        })
        .await?;
        let text = match budgets.as_slice() {
            [] => "the usual ones hold".to_owned(),
            some => some.iter().map(told).collect::<Vec<_>>().join(", "),
        };
        self.noted((store, scope), ("budget", "set", text), self.ports.now()).await?;
        self.budgets_view(store, scope).await
    }

    pub(crate) async fn budgets(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = whose(call, Scope::BudgetsRead)?;
        self.budgets_view(store, mode).await
    }

    async fn budgets_view(&self, id: StoreId, mode: Mode) -> Result<Answer, Problem> {
        let store = self.store_or_all(id).await?;
        let (_, slates) = self.ports.look(None, &[book_key((id, mode))]).await?;
        let book = slates.first().map(|slate| Book::parse(&slate.bytes)).transpose()?;
        let (book, now) = (book.unwrap_or_default(), self.ports.now());
        let data = budgets_of(&store, mode).into_iter().map(|budget| {
            let used = book.used(&budget.counter(), now);
            let mut view = view(&budget);
            let used = Money::pounds(i64::try_from(used).unwrap_or(i64::MAX));
            view["set_aside"] = views::money(used);
            view["resets_at"] = json!(budget.window.end(now).to_string());
            view
        });
        Ok(Answer::json(200, page::body(data, None)))
    }
}

fn budget(body: &mut Object, scope: Mode) -> Option<Budget> {
    let window = body.parsed("window", "\"hour\", \"day\" or \"month\"", Window::parse);
    let amount = body.parsed("amount", "pounds as a text, such as \"25.00\"", |text| {
        Money::parse(text, "GBP").ok().filter(|amount| amount.nanos() >= 0)
    });
    body.parsed("currency", "\"GBP\"", |currency| (currency == "GBP").then_some(()));
    let country = body.parsed("country", "two upper-case letters", Region::parse);
    let prefix = body.parsed("prefix", "the first digits of a number, such as +4474", prefix);
    let voice = body.parsed("channel", "\"voice\"", |channel| (channel == "voice").then_some(()));
    body.require("window", window.is_none());
    body.require("amount", amount.is_none());
    let subject = match (country, prefix, voice) {
        (None, None, None) => Subject::All,
        (Some(country), None, None) => Subject::Country(country),
        (None, Some(prefix), None) => Subject::Prefix(prefix),
        (None, None, Some(())) => Subject::Voice,
        _ => {
            body.wrong("country", "send at most one of `country`, `prefix` and `channel`");
            return None;
        }
    };
    Some(Budget { scope, subject, window: window?, amount: amount? })
}

fn prefix(text: &str) -> Option<String> {
    let digits = text.strip_prefix('+')?;
    let good = (1..=14).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    good.then(|| text.to_owned())
}

fn view(budget: &Budget) -> Value {
    let mut view = json!({
        "window": budget.window.as_str(),
        "amount": budget.amount.amount(),
        "currency": "GBP",
    });
    match &budget.subject {
        Subject::All => {}
        Subject::Country(region) => view["country"] = json!(region.as_str()),
        Subject::Prefix(digits) => view["prefix"] = json!(digits),
        Subject::Voice => view["channel"] = json!("voice"),
    }
    view
}

fn told(budget: &Budget) -> String {
    let (subject, window) = (budget.subject.counter(), budget.window.as_str());
    format!("{subject} {} a {window}", budget.amount)
}
