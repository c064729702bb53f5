//! The fake keeps the promises that the real adapters keep, so that stories told with it are true.

use std::sync::Arc;

use doorstep_fakes::{Memory, contract};

#[tokio::test]
async fn memory_keeps_attempts_as_promised() {
    contract::attempts(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_phones_as_promised() {
    contract::phones(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_messages_as_promised() {
    contract::messages(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_links_as_promised() {
    contract::links(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_health_as_promised() {
    contract::health_book(&Memory::default()).await;
}

#[tokio::test]
async fn memory_allows_calls_as_promised() {
    contract::calls(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_wordings_as_promised() {
    contract::wordings(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_stores_as_promised() {
    contract::stores(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_api_keys_as_promised() {
    contract::api_keys(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_records_of_guards_as_promised() {
    contract::slates(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_lags_as_promised() {
    let memory = Arc::new(Memory::default());
    contract::lags(async || Arc::clone(&memory)).await;
}

#[tokio::test]
async fn memory_keeps_answers_as_promised() {
    contract::replays(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_templates_as_promised() {
    contract::templates(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_users_as_promised() {
    contract::users(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_claims_as_promised() {
    contract::claims(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_confirmations_as_promised() {
    contract::confirmations(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_leases_as_promised() {
    contract::leases(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_texts_as_promised() {
    contract::texted(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_the_ledger_as_promised() {
    contract::ledger(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_links_to_preferences_as_promised() {
    contract::preference_links(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_proofs_as_promised() {
    contract::proofs(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_signing_keys_as_promised() {
    contract::signing_keys(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_nonces_as_promised() {
    contract::nonces(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_the_audit_log_as_promised() {
    contract::audit_log(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_the_chain_as_promised() {
    contract::chain(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_complaints_as_promised() {
    contract::complaints(&Memory::default()).await;
}

#[tokio::test]
async fn memory_finds_and_forgets_people_as_promised() {
    contract::subjects(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_exports_and_erasures_as_promised() {
    contract::rights(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_people_as_promised() {
    contract::people(&Memory::default()).await;
}

#[tokio::test]
async fn memory_keeps_imports_as_promised() {
    contract::imports(&Memory::default()).await;
    contract::import_chunks(&Memory::default()).await;
}
