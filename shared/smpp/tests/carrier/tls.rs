//! TLS: with the authority that the settings name, or not at all.

use std::fs;

use doorstep_domain::carrier::{FailureClass, Outcome};
use doorstep_smpp::Roots;

use crate::smsc::{Smsc, send, sent};

/// A certificate for the SMSC, signed by itself, in PEM; and an SMSC that has it.
fn secure() -> (Smsc, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = std::env::temp_dir().join(format!("doorstep-smsc-{}", made.cert.pem().len()));
    let folder = folder.with_extension(format!("{:?}", std::thread::current().id()));
    fs::create_dir_all(&folder).unwrap();
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    fs::write(&certificate, made.cert.pem()).unwrap();
    let options = ["--key", key.to_str().unwrap(), "--cert", certificate.to_str().unwrap()];
    let smsc = Smsc::start_with(&options);
    fs::remove_dir_all(&folder).unwrap();
    (smsc, made.cert.pem())
}

#[tokio::test]
async fn a_text_goes_out_under_the_carriers_own_authority() {
    let (smsc, authority) = secure();
    let mut settings = smsc.secure_settings();
    settings.roots = Roots::Pem(authority);
    sent(&smsc.transmitter(&settings), "123456").await;
    assert_eq!(smsc.saw("submit_sm").await.len(), 1);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_gets_no_password() {
    let (smsc, _) = secure();
    let another = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    for roots in [Roots::Public, Roots::Pem(another.cert.pem())] {
        let mut settings = smsc.secure_settings();
        settings.roots = roots;
        let outcome = send(&smsc.transmitter(&settings), "123456").await;
        let refused =
            Outcome::Failed { class: FailureClass::Configuration, code: "tls".to_owned() };
        assert_eq!(outcome, refused);
    }
    assert_eq!(smsc.saw("bind_transmitter").await.len(), 0);
}
