//! Texts of the shops' own: an item for each version, and for each name and locale one that points
//! to the live version and repeats its words, so that a sender reads one item.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, ReturnConsumedCapacity, TransactWriteItem},
};
use doorstep_domain::{
    Fault, Mode,
    id::StoreId,
    ports::Templates,
    template::{Body, Draft, Kept, MAX_TEXTS, Stored, Template, TemplateName},
    text::locale::Locale,
};
use serde::{Deserialize, Serialize};

use super::{
    Item, Table,
    item::{self, number, parse, pk, text},
};
use crate::aws::fault;

const CORRUPT: &str = "a template in `state`";
/// How often a save that others overtake is begun again.
const ROUNDS: usize = 16;
/// What DynamoDB reads in one call.
const BATCH: usize = 100;

/// A version; as a pointer it has `live` and `newest` too, and the words of the live one.
#[derive(Serialize, Deserialize)]
struct Row {
    pk: String,
    sk: String,
    version: u32,
    kind: String,
    body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest: Option<u32>,
}

type Scope = (StoreId, Mode);

impl Templates for Table {
    async fn current(
        &self,
        scope: Scope,
        name: &TemplateName,
        locales: &[Locale],
    ) -> Result<Option<Arc<Template>>, Fault> {
        let key = (scope, name.clone(), locales.to_vec());
        if let Some(template) = self.templates.get(&key) {
            return Ok(Some(template));
        }
        let pks: Vec<_> = locales.iter().map(|locale| pointer(scope, name, locale)).collect();
        let mut found = self.stored(&pks).await?;
        found.sort_by_key(|text| locales.iter().position(|l| *l == text.template.locale));
        let best = found.into_iter().next().map(|text| Arc::new(text.template));
        if let Some(best) = &best {
            self.templates.put(key, Arc::clone(best));
        }
        Ok(best)
    }

    async fn find(
        &self,
        scope: Scope,
        name: &TemplateName,
        locale: &Locale,
        version: Option<u32>,
    ) -> Result<Option<Stored>, Fault> {
        let pk = pointer(scope, name, locale);
        let Some(live) = self.get(&pk).await?.map(stored).transpose()? else { return Ok(None) };
        match version {
            Some(version) if version != live.live => {
                let item = self.get(&format!("{pk}#{version}")).await?;
                let template = item.map(|item| template(&item::from_item(item, CORRUPT)?));
                Ok(template.transpose()?.map(|template| Stored { template, ..live }))
            }
            _ => Ok(Some(live)),
        }
    }

    async fn save(&self, scope: Scope, draft: &Draft) -> Result<Kept, Fault> {
        if !self.enlist(scope, draft).await? {
            return Ok(Kept::Full);
        }
        let Draft { name, locale, .. } = draft;
        for _ in 0..ROUNDS {
            let known = self.find(scope, name, locale, None).await?;
            let (live, newest) = known.as_ref().map_or((0, 0), |known| (known.live, known.newest));
            if known.is_some_and(|known| known.template == draft.version(live)) {
                return Ok(Kept::Version(live));
            }
            let last = self.find(scope, name, locale, Some(newest)).await?;
            if newest != live && last.is_some_and(|last| last.template == draft.version(newest)) {
                self.point(scope, name, locale, newest).await?;
                return Ok(Kept::Version(newest));
            }
            if self.add(scope, draft, newest).await? {
                return Ok(Kept::Version(newest + 1));
            }
        }
        Err(Fault::new("save a template", "contended"))
    }

    async fn point(
        &self,
        scope: Scope,
        name: &TemplateName,
        locale: &Locale,
        version: u32,
    ) -> Result<bool, Fault> {
        let Some(found) = self.find(scope, name, locale, Some(version)).await? else {
            return Ok(false);
        };
        let Template { kind, body, .. } = found.template;
        let pointed = self
            .update(&pointer(scope, name, locale))
            .update_expression("SET version = :version, kind = :kind, body = :body")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":version", number(version))
            .expression_attribute_values(":kind", text(kind.as_str()))
            .expression_attribute_values(":body", text(body.source()));
        self.change("point to a template", pointed).await
    }

    async fn list(&self, scope: Scope) -> Result<Vec<Stored>, Fault> {
        let index = self.get(&names(scope)).await?.unwrap_or_default();
        let Some(AttributeValue::Ss(names)) = index.get("names") else { return Ok(Vec::new()) };
        let pks: Vec<_> = names.iter().map(|name| pk(scope, "TPL", name)).collect();
        let mut found = Vec::new();
        for pks in pks.chunks(BATCH) {
            found.extend(self.stored(pks).await?);
        }
        let key = |text: &Stored| (text.template.name.clone(), text.template.locale.clone());
        found.sort_by_key(key);
        Ok(found)
    }
}

impl Table {
    async fn stored(&self, pks: &[String]) -> Result<Vec<Stored>, Fault> {
        self.get_many(pks).await?.into_iter().map(stored).collect()
    }

    /// Notes name and locale in the store's one list of them; `false` when that is full.
    async fn enlist(&self, scope: Scope, draft: &Draft) -> Result<bool, Fault> {
        let name = format!("{}#{}", draft.name, draft.locale);
        let noted = self
            .update(&names(scope))
            .update_expression("ADD #names :names")
            .condition_expression(
                "attribute_not_exists(#names) OR contains(#names, :name) OR size(#names) < :most",
            )
            .expression_attribute_names("#names", "names")
            .expression_attribute_values(":names", AttributeValue::Ss(vec![name.clone()]))
            .expression_attribute_values(":name", text(name))
            .expression_attribute_values(":most", number(MAX_TEXTS));
        self.change("note a template", noted).await
    }

    /// One transaction: the version after `newest`, and the pointer to it. `false` when another
    /// save was faster.
    async fn add(&self, scope: Scope, draft: &Draft, newest: u32) -> Result<bool, Fault> {
        let pk = pointer(scope, &draft.name, &draft.locale);
        let version = newest + 1;
        let row = |pk, newest| Row {
            pk,
            sk: item::SK.to_owned(),
            version,
            kind: draft.kind.as_str().to_owned(),
            body: draft.body.source().to_owned(),
            newest,
        };
        let new = self
            .template_put(&row(format!("{pk}#{version}"), None))?
            .condition_expression("attribute_not_exists(pk)");
        let pointer = self.template_put(&row(pk, Some(version)))?;
        let pointer = match newest {
            0 => pointer.condition_expression("attribute_not_exists(pk)"),
            _ => pointer
                .condition_expression("newest = :before")
                .expression_attribute_values(":before", number(newest)),
        };
        let mut call = self.db.transact_write_items();
        for put in [new, pointer] {
            let put = put.build().map_err(|_| Fault::corrupt("a write of a transaction"))?;
            call = call.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match call.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await {
            Ok(answer) => {
                for used in answer.consumed_capacity() {
                    self.wrote("dynamodb.TransactWriteItems", Some(used));
                }
                Ok(true)
            }
            Err(e) => match e.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(_)) => Ok(false),
                _ => Err(fault("save a template", &e)),
            },
        }
    }

    fn template_put(
        &self,
        row: &Row,
    ) -> Result<aws_sdk_dynamodb::types::builders::PutBuilder, Fault> {
        Ok(Put::builder().table_name(&self.state).set_item(Some(item::to_item(row)?)))
    }
}

fn pointer(scope: Scope, name: &TemplateName, locale: &Locale) -> String {
    pk(scope, "TPL", format!("{name}#{locale}"))
}

/// The store's list of names and locales.
fn names(scope: Scope) -> String {
    pk(scope, "TPN", "all")
}

/// The live version of a pointer.
fn stored(item: Item) -> Result<Stored, Fault> {
    let row: Row = item::from_item(item, CORRUPT)?;
    let newest = row.newest.ok_or_else(|| Fault::corrupt(CORRUPT))?;
    Ok(Stored { live: row.version, newest, template: template(&row)? })
}

/// The version of an item, whose key is `{store}#{mode}#TPL#{name}#{locale}` and its number.
fn template(row: &Row) -> Result<Template, Fault> {
    let mut key = row.pk.split('#').skip(3);
    let mut part = || key.next().unwrap_or_default();
    Ok(Template {
        name: parse(part(), CORRUPT)?,
        locale: parse(part(), CORRUPT)?,
        version: row.version,
        kind: parse(&row.kind, CORRUPT)?,
        body: Body::parse(&row.body).map_err(|_| Fault::corrupt(CORRUPT))?,
    })
}
