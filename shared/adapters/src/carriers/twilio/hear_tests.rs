//! The vectors are those of Twilio's own libraries: twilio-php's `RequestValidatorTest` and its
//! sisters, token `12345`.

use std::collections::BTreeMap;

use doorstep_domain::{
    carrier::CarrierName,
    id::{MessageId, StoreId},
};
use jiff::Timestamp;

use super::*;

const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const FORM: &str = "Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309\
                    &CallSid=CA1234567890ABCDE";

fn account(token: &str) -> Account {
    let fields = BTreeMap::from([("auth_token".to_owned(), token.to_owned())]);
    Account::new(CarrierName::Twilio, "AC1".to_owned(), StoreId::from_bits(7), fields)
}

/// A request to `url` with this signature, looked at by `look`.
fn with<T>(
    (url, signature, body): (&str, &str, &str),
    look: impl Fn(&Account, &Callback<'_>) -> T,
) -> T {
    let (_, query) = url.split_once('?').unwrap_or_default();
    let (query, headers) =
        (form(query.as_bytes()), [("x-twilio-signature".to_owned(), signature.to_owned())]);
    let callback = Callback {
        url,
        method: "POST",
        query: &query,
        headers: &headers,
        body: body.as_bytes(),
        inbound: url.contains("/inbound"),
        now: Timestamp::UNIX_EPOCH,
    };
    look(&account("12345"), &callback)
}

fn proven(url: &str, signature: &str, body: &str) -> bool {
    with((url, signature, body), |account, callback| prove(account, callback).is_ok())
}

#[test]
fn twilios_own_vectors_are_proven() {
    let ported = URL.replace(".com", ".com:1234");
    let plain = URL.replace("https", "http");
    for (url, signature) in [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (&ported, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (&ported.replace("https", "http"), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        (&plain, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "CukzLTc1tT5dXEDIHm/tKBanW10="),
        ("https://user@mycompany.com/myapp.php?foo=1&bar=2", "2YRLlVAflCqxaNicjMpJcSTgzSs="),
        ("https://user:pass@mycompany.com/myapp.php?foo=1&bar=2", "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
    ] {
        assert!(proven(url, signature, FORM), "{url} {signature}");
    }
}

#[test]
fn a_repeated_parameter_counts_once_for_each_value() {
    let body = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    assert!(proven(URL, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", body));
}

#[test]
fn a_json_body_is_proven_by_its_hash() {
    let body = r#"{"property": "value", "boolean": true}"#;
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let url = format!("{URL}&bodySHA256={hash}");
    assert!(proven(&url, "a9nBmqA0ju/hNViExpshrM61xv4=", body));
    assert!(!proven(&url, "a9nBmqA0ju/hNViExpshrM61xv4=", &body.replace("true", "false")));
}

#[test]
fn a_query_may_have_been_spelled_anew() {
    let spelled = "https://mycompany.com/myapp.php?name=O%27Brien%20%28x%29";
    assert!(
        spellings(spelled)
            .contains(&"https://mycompany.com/myapp.php?name=O'Brien%20(x)".to_owned())
    );
}

#[test]
fn whatever_is_changed_is_not_proven() {
    let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    assert!(!proven(URL, signature, &FORM.replace("1234&", "9999&")));
    assert!(!proven(URL, signature, &format!("{FORM}&More=1")));
    assert!(!proven(&format!("{URL}&more=1"), signature, FORM));
    assert!(!proven(URL, "", FORM));
    assert!(!proven(URL, "FAIL", FORM));
    with((URL, signature, FORM), |_, callback| {
        assert_eq!(prove(&account("54321"), callback), Err(NotHeard::Unproven));
        assert_eq!(prove(&account(""), callback), Err(NotHeard::Unproven));
        let bare = Callback { headers: &[], ..*callback };
        assert_eq!(prove(&account("12345"), &bare), Err(NotHeard::Unproven));
    });
}

#[test]
fn what_nobody_signed_makes_no_other_proof() {
    let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    let first = with((URL, signature, FORM), prove).unwrap();
    with((URL, signature, FORM), |account, callback| {
        for (name, value) in [("x-signature", "1"), ("authorization", "1"), ("webhook-id", "1")] {
            let junk = (name.to_owned(), value.to_owned());
            let headers = [callback.headers, &[junk]].concat();
            let junked = Callback { headers: &headers, ..*callback };
            assert_eq!(prove(account, &junked).as_ref(), Ok(&first), "{name}");
        }
    });
    let turned: Vec<_> = FORM.split('&').rev().collect();
    assert_eq!(
        with((URL, signature, &turned.join("&")), prove),
        Ok(first.clone()),
        "unsigned order"
    );
    let other = with((URL, "kvajT1Ptam85bY51eRf/AJRuM3w=", FORM), prove).unwrap();
    assert_ne!(other, first, "another spelling was signed");
}

/// What is heard when Twilio itself signs this body.
fn heard(path: &str, body: &str) -> Result<Vec<Heard>, NotHeard> {
    let (store, message) = (StoreId::from_bits(7), MessageId::from_bits(9));
    let url = format!("https://shop.example/{path}?store={store}&message={message}");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"12345");
    let data = format!("{url}{}", sorted(&form(body.as_bytes())));
    let signature = {
        use base64::{Engine, engine::general_purpose::STANDARD};
        STANDARD.encode(hmac::sign(&key, data.as_bytes()))
    };
    with((&url, &signature, body), hear).map(|proved| proved.says)
}

fn receipt_of(body: &str) -> CarrierReceipt {
    match heard("receipts", body).unwrap().remove(0) {
        Heard::Receipt(receipt) => receipt,
        Heard::Text(_) => panic!("that was a text"),
    }
}

#[test]
fn a_receipt_tells_which_message_and_why() {
    let receipt = receipt_of(
        "MessageSid=SM1&SmsSid=SM1&MessageStatus=undelivered&SmsStatus=undelivered\
         &To=%2B447400123456&AccountSid=AC1&ErrorCode=30003&RawDlrDoneDate=2611221210",
    );
    assert_eq!(receipt.carrier_message_id.as_deref(), Some("SM1"));
    let named = (Some(StoreId::from_bits(7)), MessageId::from_bits(9));
    assert_eq!(receipt.message, Some(named));
    assert_eq!(receipt.status, MessageStatus::Undelivered);
    assert_eq!(receipt.class, Some(FailureClass::HandsetAbsent));
    assert_eq!(receipt.code.as_deref(), Some("30003"));
}

#[test]
fn a_text_whose_validity_ended_is_expired() {
    let receipt = receipt_of("MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30036");
    assert_eq!(receipt.status, MessageStatus::Expired);
}

#[test]
fn a_call_that_nobody_took_found_the_handset_absent() {
    let receipt = receipt_of("CallSid=CA1&CallStatus=no-answer&AccountSid=AC1");
    assert_eq!(receipt.carrier_message_id.as_deref(), Some("CA1"));
    assert_eq!(receipt.class, Some(FailureClass::HandsetAbsent));
}

#[test]
fn another_accounts_receipt_is_refused() {
    let body = "MessageSid=SM1&MessageStatus=delivered&AccountSid=AC2";
    assert_eq!(heard("receipts", body), Err(NotHeard::Malformed));
}

#[test]
fn a_status_that_means_nothing_is_heard_as_nothing() {
    assert_eq!(heard("receipts", "MessageSid=SM1&MessageStatus=dreaming"), Ok(Vec::new()));
}

#[test]
fn a_shoppers_text_is_heard() {
    let body = "MessageSid=SM2&From=%2B447400123456&To=%2B447400654321&Body=STOP+please";
    let heard_texts = heard("inbound", body).unwrap();
    let [Heard::Text(text)] = &heard_texts[..] else { panic!("no text") };
    assert_eq!((text.id.as_str(), text.text.as_str()), ("SM2", "STOP please"));
    assert_eq!(text.from, "+447400123456");
    assert_eq!(heard("inbound", "MessageSid=SM2"), Err(NotHeard::Malformed));
}
