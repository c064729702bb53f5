#![doc = include_str!("../README.md")]

mod view;

use std::sync::Arc;

use doorstep_domain::{
    Mode,
    access::Scope,
    code::Code,
    id::StoreId,
    phone::Region,
    ports::{Page, Range, Stores, Templates},
    store::Store,
    template::{
        self, Draft, Identity, Kept, Kind, MAX_TEXTS, RenderError, Stored, System, Template,
        TemplateName, Trouble, Variables,
    },
    text::{locale::Locale, opt_out},
};
use doorstep_edge::{
    Answer, Call, Problem,
    http::Routes,
    page,
    problem::Pointed,
    tour::{self, Tour},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What this function needs of storage.
pub trait Ports: Templates + Stores {}
impl<P: Templates + Stores> Ports for P {}

/// The routes of this function.
pub struct TemplateRoutes<P> {
    /// Storage.
    pub ports: Arc<P>,
}

/// A store, opened for one call.
struct Shop {
    store: Arc<Store>,
    scope: (StoreId, Mode),
}

impl<P: Ports> Routes for TemplateRoutes<P> {
    async fn answer(&self, call: &Call) -> Result<Answer, Problem> {
        match call.route.as_str() {
            "POST /templates" => self.save(call).await,
            "GET /templates" => self.list(call).await,
            "GET /templates/{name}" => self.read(call).await,
            "POST /templates/{name}/preview" => self.preview(call).await,
            "POST /templates/{name}/rollback" => self.rollback(call).await,
            _ => Err(Problem::not_found()),
        }
    }
}

impl<P: Ports> TemplateRoutes<P> {
    async fn save(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call, Scope::TemplatesWrite).await?;
        let mut body = call.json()?;
        let name = body.parsed("name", NAME, |name| name.parse::<TemplateName>().ok());
        let locale = body.parsed("locale", LOCALE, |tag| tag.parse::<Locale>().ok());
        let kind = body.parsed("kind", "otp, transactional or marketing", |k| k.parse().ok());
        let words = body.lines("body");
        for (member, missing) in [
            ("name", name.is_none()),
            ("locale", locale.is_none()),
            ("kind", kind.is_none()),
            ("body", words.is_none()),
        ] {
            body.require(member, missing);
        }
        body.finish()?;
        let (Some(name), Some(locale), Some(kind), Some(words)) = (name, locale, kind, words)
        else {
            return Err(Problem::not_found());
        };
        let checked = template::check(kind, &locale, &words, identity(&shop.store));
        let draft = Draft { name, locale, kind, body: checked.map_err(|all| troubles(&all))?.body };
        match Templates::save(&*self.ports, shop.scope, &draft).await? {
            Kept::Version(version) => {
                let template = draft.version(version);
                Ok(Answer::json(201, view::saved(&template, identity(&shop.store))))
            }
            Kept::Full => {
                let detail = format!("A store keeps {MAX_TEXTS} texts at most; use a name again.");
                Err(Problem::new(409, "conflict", detail))
            }
        }
    }

    async fn list(&self, call: &Call) -> Result<Answer, Problem> {
        let (store, mode) = call.stores(Scope::TemplatesRead)?;
        let (limit, cursor) = (page::limit(call)?, page::cursor(call)?);
        let asked = Range { from: Timestamp::MIN, to: Timestamp::MAX, limit, cursor };
        let mut tour = Tour::new(tour::stores(&*self.ports, store).await?, asked);
        while let Some((store, range)) = tour.visit() {
            let shop = self.shop((store, mode)).await?;
            tour.add(self.texts(&shop, &range).await?);
        }
        let found = tour.page();
        Ok(Answer::json(200, page::body(found.items, found.next.as_deref())))
    }

    /// A store's texts, by name and language.
    async fn texts(&self, shop: &Shop, range: &Range) -> Result<Page<Value>, Problem> {
        let place = |text: &Stored| format!("{}#{}", text.template.name, text.template.locale);
        let mut found = Templates::list(&*self.ports, shop.scope).await?;
        found.retain(|text| range.cursor.as_ref().is_none_or(|after| place(text) > *after));
        let more = found.len() > range.limit;
        found.truncate(range.limit);
        let next = found.last().filter(|_| more).map(place);
        let view = |text: &Stored| {
            let mut view = view::stored(text, identity(&shop.store));
            view["store_id"] = json!(shop.store.id.to_string());
            view
        };
        Ok(Page { items: found.iter().map(view).collect(), next })
    }

    async fn read(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call, Scope::TemplatesRead).await?;
        let name: TemplateName = call.id("name")?;
        let locale = query(call, "locale", LOCALE, |tag| tag.parse::<Locale>().ok())?;
        let version = query(call, "version", VERSION, |n| n.parse().ok().filter(|n| *n > 0))?;
        let locales = match locale {
            Some(locale) => vec![locale],
            None => self.locales(&shop, &name).await?,
        };
        let found = self.first(&shop, &name, &locales, version).await?;
        Ok(Answer::json(200, view::stored(&found, identity(&shop.store))))
    }

    /// What a shopper of this language would read.
    async fn preview(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call, Scope::TemplatesRead).await?;
        let name: TemplateName = call.id("name")?;
        let mut body = call.json()?;
        let locale = body.parsed("locale", LOCALE, |tag| tag.parse::<Locale>().ok());
        let variables = body.pairs("variables", 40, 4_000).unwrap_or_default();
        body.finish()?;
        let locales = shop.fallbacks(locale.as_ref());
        let found = self.first(&shop, &name, &locales, None).await?;
        let text = shop.fill(&found.template, &variables)?;
        let region = shop.store.settings.country.unwrap_or(Region::GB);
        Ok(Answer::json(200, view::preview(&text, region)))
    }

    async fn rollback(&self, call: &Call) -> Result<Answer, Problem> {
        let shop = self.open(call, Scope::TemplatesWrite).await?;
        let name: TemplateName = call.id("name")?;
        let mut body = call.json()?;
        let locale = body.parsed("locale", LOCALE, |tag| tag.parse::<Locale>().ok());
        let version = body.whole("version", 1..=u32::MAX);
        body.require("locale", locale.is_none());
        body.require("version", version.is_none());
        body.finish()?;
        let (Some(locale), Some(version)) = (locale, version) else {
            return Err(Problem::not_found());
        };
        if !self.ports.point(shop.scope, &name, &locale, version).await? {
            return Err(Problem::not_found());
        }
        let found = self.first(&shop, &name, &[locale], Some(version)).await?;
        Ok(Answer::json(200, view::stored(&found, identity(&shop.store))))
    }

    /// In which languages a text may be found: those of the shop, then whichever it is in.
    async fn locales(&self, shop: &Shop, name: &TemplateName) -> Result<Vec<Locale>, Problem> {
        let all = Templates::list(&*self.ports, shop.scope).await?;
        let own = all.into_iter().filter(|text| text.template.name == *name);
        let own = own.map(|text| text.template.locale);
        Ok(shop.fallbacks(None).into_iter().chain(own).collect())
    }

    /// The first of these locales that has the text.
    async fn first(
        &self,
        shop: &Shop,
        name: &TemplateName,
        locales: &[Locale],
        version: Option<u32>,
    ) -> Result<Stored, Problem> {
        for locale in locales {
            let found = Templates::find(&*self.ports, shop.scope, name, locale, version).await?;
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(Problem::not_found())
    }

    async fn open(&self, call: &Call, scope: Scope) -> Result<Shop, Problem> {
        self.shop(call.store(scope)?).await
    }

    async fn shop(&self, scope: (StoreId, Mode)) -> Result<Shop, Problem> {
        let store = Stores::find(&*self.ports, scope.0).await?.ok_or_else(Problem::not_found)?;
        Ok(Shop { store, scope })
    }
}

impl Shop {
    /// Where to look for a text of this language; without one, in the shop's own.
    fn fallbacks(&self, wanted: Option<&Locale>) -> Vec<Locale> {
        self.store.settings.fallbacks(wanted)
    }

    /// The text with these values, and with likely ones for what Doorstep fills.
    fn fill(&self, template: &Template, variables: &[(String, String)]) -> Result<String, Problem> {
        let own = identity(&self.store);
        let wrong = |error: &RenderError| Problem::invalid(&error.pointer(), error.to_string());
        let given = Variables::given(variables.iter().map(|(n, v)| (n.clone(), v)))
            .map_err(|error| wrong(&error))?;
        if template.kind == Kind::Otp {
            if let Some((name, _)) = variables.first() {
                return Err(wrong(&RenderError::Unknown(name.clone())));
            }
            let sample = Code::parse("123456").ok_or_else(Problem::not_found)?;
            return template::otp(&template.body, own, &sample).map_err(|error| wrong(&error));
        }
        let settings = &self.store.settings;
        let inbound = settings.inbound_number.as_deref();
        let number = inbound.unwrap_or("+447700900000");
        let page = format!("https://{}/help", own.host);
        let link = format!("https://{}/p/{}", own.host, "x".repeat(22));
        let given = given
            .with(System::Store, own.store)
            .with(System::InboundNumber, number)
            .with(System::OptOut, &opt_out::ways(&template.locale, inbound, &link))
            .with(System::HelpUrl, settings.help_url.as_deref().unwrap_or(&page));
        template::render(template, &given).map_err(|error| wrong(&error))
    }
}

const NAME: &str = "1 to 40 lower-case letters, digits, - and _";
const LOCALE: &str = "a language tag such as en-GB";
const VERSION: &str = "a number from 1";

/// The shop as its texts name it; what is not set yet is measured by a stand-in.
fn identity(store: &Store) -> Identity<'_> {
    let settings = &store.settings;
    Identity {
        store: settings.name.as_deref().unwrap_or("Your Shop"),
        host: settings.domain.as_deref().unwrap_or("shop.example"),
    }
}

fn query<T>(
    call: &Call,
    name: &str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = call.query.get(name) else { return Ok(None) };
    let wrong = || Problem::invalid(&format!("?{name}"), format!("must be {expected}"));
    parse(text).map(Some).ok_or_else(wrong)
}

fn troubles(all: &[Trouble]) -> Problem {
    let mut problem = Problem::new(400, "invalid_member", "Correct the text as `errors` say.");
    let pointed = |t: &Trouble| Pointed { pointer: t.pointer().to_owned(), detail: t.to_string() };
    problem.errors = all.iter().map(pointed).collect();
    problem
}
