//! Certificates: what a client's calls it, and which user that is (`verify_and_map`); whether a
//! chain leads to an anchor ([`chain`]).
//!
//! For `verify_and_map` the TLS layer says whether a certificate is genuine; here it is only read.
//! The order in which names count, and how subjects are compared, are nats-server's
//! (`server/auth.go`).

pub mod chain;
mod dn;
#[cfg(test)]
mod tests;

use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use dn::DistinguishedName;

/// The certificate cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the certificate cannot be read: {0}")]
pub struct CertificateError(String);

/// Seconds since 1970 until which a certificate in DER form is good.
///
/// # Errors
/// When it is no certificate.
pub fn expiry(der: &[u8]) -> Result<i64, CertificateError> {
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|error| CertificateError(error.to_string()))?;
    Ok(certificate.validity().not_after.timestamp())
}

/// The names in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateNames {
    /// E-mail addresses, hosts and URIs, in this order: alternative names in full.
    alternatives: Vec<String>,
    /// `None` when it is empty, or has an attribute that no user's name can have.
    subject: Option<DistinguishedName>,
    /// The subject as Go's library writes it, with domain components and without: what users are
    /// called in older configurations.
    texts: Vec<String>,
}

impl CertificateNames {
    /// Reads the names of a certificate in DER form.
    ///
    /// # Errors
    /// When it is no certificate.
    pub fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let told = |error: &dyn std::fmt::Display| CertificateError(error.to_string());
        let (_, certificate) = X509Certificate::from_der(der).map_err(|error| told(&error))?;
        let names = certificate
            .subject_alternative_name()
            .map_err(|error| told(&error))?;
        let names = names.map_or(&[][..], |found| &found.value.general_names);
        let (mut emails, mut hosts, mut uris) = (Vec::new(), Vec::new(), Vec::new());
        for name in names {
            match name {
                GeneralName::RFC822Name(email) => emails.push((*email).to_owned()),
                GeneralName::DNSName(host) => hosts.push((*host).to_owned()),
                GeneralName::URI(uri) => uris.push((*uri).to_owned()),
                _ => {}
            }
        }
        let subject = certificate.subject();
        let parsed = DistinguishedName::of(subject);
        Ok(Self {
            alternatives: [emails, hosts, uris].concat(),
            subject: parsed.filter(|subject| !subject.is_empty()),
            texts: dn::texts(subject),
        })
    }

    /// What a user may be called whose certificate it is, what counts most first: alternative names
    /// as they stand; then those of the `users` that are called like the subject, part by part, in
    /// the same order and then in any; then the subject's text.
    #[must_use]
    pub fn candidates<'a>(&self, users: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut candidates = self.alternatives.clone();
        if let Some(subject) = &self.subject {
            let parsed = users.filter_map(|user| Some((user, DistinguishedName::parse(user)?)));
            let same: Vec<_> = parsed
                .filter(|(_, name)| name.has_same_parts(subject))
                .collect();
            let (exact, other): (Vec<_>, Vec<_>) =
                same.into_iter().partition(|(_, name)| name == subject);
            let both = exact.into_iter().chain(other);
            candidates.extend(both.map(|(user, _)| user.to_owned()));
        }
        candidates.extend(self.texts.iter().cloned());
        candidates
    }

    /// The whole subject as Go's library writes it; `None` when it is empty.
    pub fn subject(&self) -> Option<&str> {
        self.texts.first().map(String::as_str)
    }

    /// For the log: all that it could have been called.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let names = self.alternatives.iter().chain(&self.texts);
        names.map(String::as_str)
    }
}
