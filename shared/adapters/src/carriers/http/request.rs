//! The request of a shape: how a text is sent.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_domain::carrier::FailureClass;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{
    members::{At, ShapeError},
    template::{Document, Template},
};
use crate::carriers::http_settings::form_body;

type Read<T> = Result<T, ShapeError>;
type Find<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What stays as it is in a value that stands in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How a text is sent, and how the answer is read.
#[derive(Debug, Clone)]
pub(super) struct Send {
    method: Method,
    path: Template,
    headers: Vec<(String, Template)>,
    body: Body,
    auth: Option<Auth>,
    pub(super) accepted: Accepted,
    /// Where the carrier's id is; without it our own message id counts.
    pub(super) id: Option<String>,
    /// Where the error's code is.
    pub(super) code: Option<String>,
    /// What the codes mean.
    pub(super) classes: BTreeMap<String, FailureClass>,
}

#[derive(Debug, Clone)]
enum Body {
    Form(Vec<(String, Template)>),
    Json(Document),
}

#[derive(Debug, Clone)]
enum Auth {
    Basic(Template, Template),
    Bearer(Template),
    Header(String, Template),
}

/// What an accepted text looks like.
#[derive(Debug, Clone)]
pub(super) struct Accepted {
    /// The HTTP statuses.
    pub(super) status: Vec<u16>,
    /// A pointer, and the values that may be there.
    pub(super) value: Option<(String, Vec<String>)>,
}

impl Send {
    pub(super) fn read(at: At<'_>) -> Read<Self> {
        let known = [
            "method", "path", "headers", "form", "json", "auth", "accepted", "id", "code",
            "classes",
        ];
        let at = at.object(&known)?;
        let methods = [("POST", 0), ("PUT", 1)];
        let method = at.find("method").map(|at| at.one_of(&methods)).transpose()?;
        let path = at.need("path")?;
        if !path.text()?.starts_with('/') {
            return path.wrong("must begin with a slash: the host is not the shape's");
        }
        let pointer = |name| at.find(name).map(|at| At::pointer(&at)).transpose();
        Ok(Self {
            method: if method == Some(1) { Method::PUT } else { Method::POST },
            path: Template::read(&path)?,
            headers: at.find("headers").map(|at| headers(&at)).transpose()?.unwrap_or_default(),
            body: body(&at)?,
            auth: at.find("auth").map(auth).transpose()?,
            accepted: accepted(at.need("accepted")?)?,
            id: pointer("id")?,
            code: pointer("code")?,
            classes: at.find("classes").map(|at| classes(&at)).transpose()?.unwrap_or_default(),
        })
    }

    /// Which placeholders it has.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        let mut names: BTreeSet<_> = self.path.names().collect();
        names.extend(self.headers.iter().flat_map(|(_, value)| value.names()));
        match &self.body {
            Body::Form(pairs) => names.extend(pairs.iter().flat_map(|(_, value)| value.names())),
            Body::Json(document) => names.extend(document.names()),
        }
        match &self.auth {
            Some(Auth::Basic(user, password)) => names.extend(user.names().chain(password.names())),
            Some(Auth::Bearer(value) | Auth::Header(_, value)) => names.extend(value.names()),
            None => {}
        }
        names
    }

    /// Leaves out the headers and the members of the body that have one of these placeholders.
    pub(super) fn leave_out(&mut self, names: &[&str]) {
        let stays = |value: &Template| !value.names().any(|name| names.contains(&name));
        self.headers.retain(|(_, value)| stays(value));
        match &mut self.body {
            Body::Form(pairs) => pairs.retain(|(_, value)| stays(value)),
            Body::Json(document) => document.leave_out(names),
        }
    }

    /// The request for one text; `None` when a placeholder has no value.
    pub(super) fn fill(&self, find: Find<'_>) -> Option<Ready> {
        let pairs = |pairs: &[(String, Template)]| {
            let pairs = pairs.iter().map(|(name, value)| Some((name.clone(), value.fill(find)?)));
            pairs.collect::<Option<Vec<_>>>()
        };
        let encoded = |name: &str| Some(utf8_percent_encode(&find(name)?, PATH).to_string());
        let mut headers = pairs(&self.headers)?;
        let mut basic = None;
        match &self.auth {
            Some(Auth::Basic(user, password)) => {
                basic = Some((user.fill(find)?, password.fill(find)?));
            }
            Some(Auth::Bearer(token)) => {
                headers.push(("authorization".to_owned(), format!("Bearer {}", token.fill(find)?)));
            }
            Some(Auth::Header(name, value)) => headers.push((name.clone(), value.fill(find)?)),
            None => {}
        }
        let body = match &self.body {
            Body::Form(form) => Filled::Form(pairs(form)?),
            Body::Json(document) => Filled::Json(document.fill(find)?),
        };
        let path = self.path.fill(&encoded)?;
        Some(Ready { method: self.method.clone(), path, headers, basic, body })
    }
}

/// A request with its values.
pub(super) struct Ready {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    basic: Option<(String, String)>,
    body: Filled,
}

enum Filled {
    Form(Vec<(String, String)>),
    Json(Value),
}

impl Ready {
    /// Where it goes, below this URL.
    pub(super) fn below(&self, base_url: &str) -> String {
        format!("{base_url}{}", self.path)
    }

    pub(super) fn method(&self) -> Method {
        self.method.clone()
    }

    /// Puts headers and body into a request that has method and URL already.
    pub(super) fn build(&self, mut request: RequestBuilder) -> RequestBuilder {
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some((user, password)) = &self.basic {
            request = request.basic_auth(user, Some(password));
        }
        match &self.body {
            Filled::Form(form) => form_body(request, form),
            Filled::Json(value) => {
                request.header("content-type", "application/json").body(value.to_string())
            }
        }
    }
}

fn headers(at: &At<'_>) -> Read<Vec<(String, Template)>> {
    let members = at.members()?.into_iter();
    members.map(|(name, member)| Ok((name.to_owned(), Template::read(&member)?))).collect()
}

fn body(at: &At<'_>) -> Read<Body> {
    match (at.find("form"), at.find("json")) {
        (Some(form), None) => Ok(Body::Form(headers(&form)?)),
        (None, Some(json)) => Ok(Body::Json(Document::read(&json)?)),
        _ => at.wrong("must have either form or json"),
    }
}

fn auth(at: At<'_>) -> Read<Auth> {
    let at = at.object(&["basic", "bearer", "header"])?;
    let (basic, bearer, header) = (at.find("basic"), at.find("bearer"), at.find("header"));
    match (basic, bearer, header) {
        (Some(basic), None, None) => {
            let basic = basic.object(&["user", "password"])?;
            let user = Template::read(&basic.need("user")?)?;
            Ok(Auth::Basic(user, Template::read_secret(&basic.need("password")?)?))
        }
        (None, Some(token), None) => Ok(Auth::Bearer(Template::read_secret(&token)?)),
        (None, None, Some(header)) => {
            let header = header.object(&["name", "value"])?;
            let name = header.need("name")?.text()?.to_owned();
            Ok(Auth::Header(name, Template::read_secret(&header.need("value")?)?))
        }
        _ => at.wrong("must have one of basic, bearer and header"),
    }
}

fn accepted(at: At<'_>) -> Read<Accepted> {
    let at = at.object(&["status", "pointer", "equals"])?;
    let status = |at: &At<'_>| match at.json().as_u64().and_then(|n| u16::try_from(n).ok()) {
        Some(status) if (200..300).contains(&status) => Ok(status),
        _ => at.wrong("must be an HTTP status from 200 to 299"),
    };
    let statuses = at.need("status")?.items()?.iter().map(status).collect::<Read<_>>()?;
    let value = match (at.find("pointer"), at.find("equals")) {
        (None, None) => None,
        (Some(pointer), Some(equals)) => {
            let texts = equals.items()?;
            let texts = texts.iter().map(|at| Ok(at.text()?.to_owned()));
            Some((pointer.pointer()?, texts.collect::<Read<_>>()?))
        }
        _ => return at.wrong("must have both pointer and equals, or neither"),
    };
    Ok(Accepted { status: statuses, value })
}

/// A table of codes and classes.
pub(super) fn classes(at: &At<'_>) -> Read<BTreeMap<String, FailureClass>> {
    let known: Vec<_> = FailureClass::ALL.iter().map(|class| (class.as_str(), *class)).collect();
    at.table(|at| at.one_of(&known))
}
