//! Where a person is reached: an address or a telephone number.

use super::notification::Method;
use super::{EmailAddress, PhoneNumber, TextError};

/// An email address or a telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// By email.
    Email(EmailAddress),
    /// By text message.
    Phone(PhoneNumber),
}

impl Contact {
    /// Reads a contact that is kept as text beside its method.
    ///
    /// # Errors
    /// The text is not of the form that the method has.
    pub fn parse(method: Method, text: &str) -> Result<Self, TextError> {
        match method {
            Method::Email => EmailAddress::parse(text).map(Self::Email),
            Method::Sms => PhoneNumber::parse(text).map(Self::Phone),
        }
    }

    /// How a message reaches it.
    pub fn method(&self) -> Method {
        match self {
            Self::Email(_) => Method::Email,
            Self::Phone(_) => Method::Sms,
        }
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Phone(phone) => phone.as_str(),
        }
    }

    /// The form two contacts are compared in.
    pub fn key(&self) -> String {
        match self {
            Self::Email(email) => email.folded(),
            Self::Phone(phone) => phone.as_str().to_owned(),
        }
    }

    /// Enough for its owner to recognise it, not enough for others to learn it.
    pub fn masked(&self) -> String {
        match self {
            Self::Email(email) => email.masked(),
            Self::Phone(phone) => phone.masked(),
        }
    }
}

impl From<EmailAddress> for Contact {
    fn from(email: EmailAddress) -> Self {
        Self::Email(email)
    }
}

impl From<PhoneNumber> for Contact {
    fn from(phone: PhoneNumber) -> Self {
        Self::Phone(phone)
    }
}
