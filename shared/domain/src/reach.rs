//! Whether a store may send to a number.

use crate::{
    Mode,
    carrier::Channel,
    phone::{NumberType, PhoneError, PhoneNumber, Region},
    store::Settings,
};

/// Why a number is not sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotReached {
    /// Not a phone number of this mode.
    #[error(transparent)]
    Phone(#[from] PhoneError),
    /// The store does not send to this country.
    #[error("the store does not send to this country")]
    Country(Region),
    /// Not a number that takes texts.
    #[error("this kind of number does not take texts")]
    NumberType(NumberType),
}

impl NotReached {
    /// Its stable code, as answers and histories have it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Phone(_) => "phone_invalid",
            Self::Country(_) => "country_not_allowed",
            Self::NumberType(_) => "number_type_not_allowed",
        }
    }
}

/// Reads a number as somebody typed it, national ones as of `country` or the store's own, and
/// checks that the store may send to it.
///
/// # Errors
/// See [`NotReached`].
pub fn number(
    settings: &Settings,
    (text, country): (&str, Option<Region>),
    mode: Mode,
    channel: Channel,
) -> Result<PhoneNumber, NotReached> {
    let phone = PhoneNumber::parse(text, country.or(settings.country), mode)?;
    check(settings, &phone, channel)?;
    Ok(phone)
}

/// Checks that the store may send to this number by this channel.
///
/// # Errors
/// See [`NotReached`].
pub fn check(settings: &Settings, phone: &PhoneNumber, channel: Channel) -> Result<(), NotReached> {
    if !settings.allows(phone.region()) {
        return Err(NotReached::Country(phone.region()));
    }
    // A landline takes calls, and nothing else.
    let fits = match phone.kind() {
        NumberType::Mobile => true,
        NumberType::FixedLine => channel == Channel::Voice,
        NumberType::Other => false,
    };
    if fits { Ok(()) } else { Err(NotReached::NumberType(phone.kind())) }
}
