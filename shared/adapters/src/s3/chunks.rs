//! The rows of imports, sealed: `imports/{store}/{mode}/{id}/{chunk}`, and `…/errors` beside them.

use aws_sdk_s3::{error::ProvideErrorMetadata, primitives::ByteStream};
use doorstep_domain::{
    Fault,
    consent::{Sale, Wording},
    id::ImportId,
    import::{Person, Row, RowError},
    keys::DataKeys,
    ports::Chunks,
    said::{Said, SaleTold},
    seal::Place,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Bucket;
use crate::{aws::fault, system::SystemChance};

/// What is sealed stands for the whole object.
const ATTRIBUTE: &str = "object";
const CORRUPT: &str = "an object of an import";

#[derive(Serialize, Deserialize)]
struct RowRow {
    n: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<PersonRow>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    e: Vec<ErrorRow>,
}

#[derive(Serialize, Deserialize)]
struct PersonRow {
    phone: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    consents: Vec<SaidRow>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    suppressed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suppressed_at: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct SaidRow {
    purpose: String,
    channel: String,
    granted: bool,
    basis: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wording_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wording: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occurred_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    page_url: Option<String>,
    /// Negotiated only, reference, opt-out offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sale: Option<(bool, String, bool)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
}

/// Row, column, detail.
#[derive(Serialize, Deserialize)]
struct ErrorRow(u32, String, String);

impl Chunks for Bucket {
    async fn keep(
        &self,
        keys: &DataKeys,
        id: ImportId,
        (number, rows): (u32, &[Row]),
    ) -> Result<(), Fault> {
        let rows: Vec<_> = rows.iter().map(row_row).collect();
        self.seal(keys, &key(keys, id, &number.to_string()), &rows).await
    }

    async fn rows(
        &self,
        keys: &DataKeys,
        id: ImportId,
        number: u32,
    ) -> Result<Option<Vec<Row>>, Fault> {
        let rows: Option<Vec<RowRow>> =
            self.open(keys, &key(keys, id, &number.to_string())).await?;
        rows.map(|rows| rows.into_iter().map(row).collect()).transpose()
    }

    async fn forget(&self, keys: &DataKeys, id: ImportId, number: u32) -> Result<(), Fault> {
        let key = key(keys, id, &number.to_string());
        let deleted = self.client.delete_object().bucket(&self.name).key(key).send().await;
        deleted.map(drop).map_err(|e| fault("forget rows of an import", &e))
    }

    async fn keep_errors(
        &self,
        keys: &DataKeys,
        id: ImportId,
        errors: &[RowError],
    ) -> Result<(), Fault> {
        let errors: Vec<_> = errors.iter().map(error_row).collect();
        self.seal(keys, &key(keys, id, "errors"), &errors).await
    }

    async fn errors(&self, keys: &DataKeys, id: ImportId) -> Result<Vec<RowError>, Fault> {
        let errors: Option<Vec<ErrorRow>> = self.open(keys, &key(keys, id, "errors")).await?;
        Ok(errors.unwrap_or_default().into_iter().map(error).collect())
    }
}

impl Bucket {
    /// Seals an object, bound to its name.
    async fn seal(&self, keys: &DataKeys, key: &str, what: &impl Serialize) -> Result<(), Fault> {
        let plain = serde_json::to_vec(what).map_err(|_| Fault::corrupt(CORRUPT))?;
        let sealed = keys.seal(place(key), &plain, &SystemChance);
        let put = self.client.put_object().bucket(&self.name).key(key);
        let put = put.content_type("application/octet-stream").body(ByteStream::from(sealed));
        put.send().await.map(drop).map_err(|e| fault("keep rows of an import", &e))
    }

    /// Opens an object; `None` when there is none.
    async fn open<T: DeserializeOwned>(
        &self,
        keys: &DataKeys,
        key: &str,
    ) -> Result<Option<T>, Fault> {
        let object = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(object) => object,
            Err(e) if e.code() == Some("NoSuchKey") => return Ok(None),
            Err(e) => return Err(fault("read rows of an import", &e)),
        };
        let sealed = object.body.collect().await;
        let sealed = sealed.map_err(|_| Fault::new("read rows of an import", "unreadable"))?;
        let plain = keys.open(place(key), &sealed.into_bytes());
        let plain = plain.map_err(|_| Fault::corrupt(CORRUPT))?;
        serde_json::from_slice(&plain).map(Some).map_err(|_| Fault::corrupt(CORRUPT))
    }
}

const fn place(key: &str) -> Place<'_> {
    Place { item: key, attribute: ATTRIBUTE }
}

fn key(keys: &DataKeys, id: ImportId, what: &str) -> String {
    let (store, mode) = keys.scope();
    format!("imports/{store}/{mode}/{id}/{what}")
}

fn time(millis: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_millisecond(millis).map_err(|_| Fault::corrupt(CORRUPT))
}

fn row_row(row: &Row) -> RowRow {
    let errors = |errors: &Vec<RowError>| errors.iter().map(error_row).collect();
    RowRow {
        n: row.number,
        p: row.read.as_ref().ok().map(person_row),
        e: row.read.as_ref().err().map(errors).unwrap_or_default(),
    }
}

fn row(row: RowRow) -> Result<Row, Fault> {
    let read = match row.p {
        Some(person) => Ok(self::person(person)?),
        None => Err(row.e.into_iter().map(error).collect()),
    };
    Ok(Row { number: row.n, read })
}

fn person_row(person: &Person) -> PersonRow {
    PersonRow {
        phone: person.phone.clone(),
        external_id: person.external_id.clone(),
        consents: person.consents.iter().map(said_row).collect(),
        suppressed: person.suppressed,
        suppressed_at: person.suppressed_at.map(Timestamp::as_millisecond),
    }
}

fn person(row: PersonRow) -> Result<Person, Fault> {
    Ok(Person {
        phone: row.phone,
        external_id: row.external_id,
        consents: row.consents.into_iter().map(said).collect::<Result<_, _>>()?,
        suppressed: row.suppressed,
        suppressed_at: row.suppressed_at.map(time).transpose()?,
    })
}

fn said_row(said: &Said) -> SaidRow {
    let sale = |told: &SaleTold| {
        (told.sale.negotiation, told.sale.reference.clone(), told.opt_out_offered)
    };
    SaidRow {
        purpose: said.purpose.clone(),
        channel: said.channel.clone(),
        granted: said.granted,
        basis: said.basis.as_str().to_owned(),
        wording_version: said.wording_version.clone(),
        wording: said.wording.as_ref().map(|wording| wording.0.clone()),
        occurred_at: said.occurred_at.map(Timestamp::as_millisecond),
        page_url: said.page_url.clone(),
        sale: said.sale.as_ref().map(sale),
        method: said.method.clone(),
    }
}

fn said(row: SaidRow) -> Result<Said, Fault> {
    let sale = |(negotiation, reference, opt_out_offered)| SaleTold {
        sale: Sale { negotiation, reference },
        opt_out_offered,
    };
    Ok(Said {
        purpose: row.purpose,
        channel: row.channel,
        granted: row.granted,
        basis: row.basis.parse().map_err(|_| Fault::corrupt(CORRUPT))?,
        wording_version: row.wording_version,
        wording: row.wording.map(Wording),
        occurred_at: row.occurred_at.map(time).transpose()?,
        page_url: row.page_url,
        sale: row.sale.map(sale),
        method: row.method,
    })
}

fn error_row(error: &RowError) -> ErrorRow {
    ErrorRow(error.row, error.column.clone(), error.detail.clone())
}

fn error(ErrorRow(row, column, detail): ErrorRow) -> RowError {
    RowError { row, column, detail }
}

#[cfg(test)]
mod tests {
    use doorstep_domain::consent::Basis;

    use super::*;

    fn said() -> Said {
        let some = |text: &str| Some(text.to_owned());
        let sale = Sale { negotiation: true, reference: "basket-7".to_owned() };
        Said {
            purpose: "offers".to_owned(),
            channel: "sms".to_owned(),
            granted: true,
            basis: Basis::SoftOptIn,
            wording_version: some("v1"),
            wording: Some(Wording("Tŷ: yes, text me.".to_owned())),
            occurred_at: Some(Timestamp::from_second(1_798_804_800).unwrap()),
            page_url: some("https://shop.example/join"),
            sale: Some(SaleTold { sale, opt_out_offered: true }),
            method: some("checkout"),
        }
    }

    #[test]
    fn a_row_reads_back_as_it_was() {
        let bare = Said { granted: false, wording: None, sale: None, method: None, ..said() };
        let person = Person {
            phone: "+447400123456".to_owned(),
            external_id: Some("c-1".to_owned()),
            consents: vec![said(), bare],
            suppressed: true,
            suppressed_at: said().occurred_at,
        };
        let wrong = vec![RowError::new(3, "phone", "is required"), RowError::new(3, "", "")];
        for read in [Ok(person), Err(wrong)] {
            let row = Row { number: 3, read };
            let json = serde_json::to_vec(&row_row(&row)).unwrap();
            let back: RowRow = serde_json::from_slice(&json).unwrap();
            assert_eq!(self::row(back).unwrap(), row);
        }
    }
}
