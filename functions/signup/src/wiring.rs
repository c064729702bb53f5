//! Whom a deployment asks whether somebody is a person.

use std::sync::Arc;

use doorstep_adapters::{
    Aws,
    secrets::Secret,
    turnstile::{SITEVERIFY, Turnstile},
};
use doorstep_edge::config::Widget;
use signup::People;

/// Turnstile, as it is configured.
pub(crate) fn people(aws: &Aws, widget: Widget) -> People<Turnstile> {
    let url = widget.url.unwrap_or_else(|| SITEVERIFY.to_owned());
    let secret = Secret::new(aws, widget.secret);
    let asks = Turnstile::new(Arc::clone(&aws.meter), url, secret);
    People { asks, site_key: widget.site_key }
}
