//! What the environment says of carriers.

use doorstep_adapters::carriers::{EumConfig, Settings};
use doorstep_domain::egress::Reach;
use doorstep_edge::config::Config;

/// The settings of all carriers; a sender uses those of its own.
pub(super) fn settings(config: &Config) -> Settings {
    let urls = config.base_urls.clone();
    Settings {
        receipts: config.receipts_queue_url.clone(),
        sender: config.sns_sender_id.clone(),
        eum: EumConfig {
            origination: config.eum_origination.clone(),
            voice_origination: config.eum_voice_origination.clone(),
            configuration_set: config.eum_configuration_set.clone(),
            max_price_usd: config.max_price_usd.clone(),
            max_price_per_minute_usd: config.max_price_usd.clone(),
            endpoint_url: config.eum_endpoint_url.clone(),
        },
        public_url: config.public_url.clone().unwrap_or_default(),
        twilio_base_url: urls.twilio,
        vonage_base_url: urls.vonage,
        http_carrier_url: urls.http,
        reach: Reach::of_stage(&config.stage),
    }
}
