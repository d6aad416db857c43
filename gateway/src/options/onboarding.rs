//! The `onboarding` block of `serve`: where devices enrol, and where they connect.

use rustls::pki_types::ServerName;

use super::{Endpoint, TlsOptions, fields, tls};
use crate::config::{Node, Problem, shorten};

/// What the block says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OnboardingOptions {
    pub(crate) is_off: bool,
    pub(crate) listen: Option<Endpoint>,
    /// Where devices connect over NATS with TLS, beside the listener for everybody.
    pub(crate) nats: Option<Endpoint>,
    /// The certificates that devices see; absent, they come from a root of our own.
    pub(crate) tls: Option<TlsOptions>,
    /// What devices are told instead of the address.
    pub(crate) url: Option<String>,
    /// The same of the address where they connect.
    pub(crate) nats_url: Option<String>,
    /// Names that it answers to, and that our own certificate is for.
    pub(crate) allowed_hosts: Vec<String>,
}

pub(super) fn read(node: &Node) -> Result<OnboardingOptions, Problem> {
    let mut options = OnboardingOptions::default();
    for entry in fields::map(node)?.entries() {
        let node = &entry.node;
        match entry.name().as_str() {
            "enabled" => options.is_off = !fields::flag(node)?,
            "listen" => options.listen = Some(fields::endpoint(node)?),
            "nats" => options.nats = Some(fields::endpoint(node)?),
            "tls" => options.tls = Some(for_devices(node)?),
            "url" => options.url = Some(url(node, "https://")?),
            "nats_url" => options.nats_url = Some(url(node, "tls://")?),
            "allowed_hosts" => {
                let names = fields::one_or_more(node).iter().map(host);
                options.allowed_hosts = names.collect::<Result<_, _>>()?;
            }
            _ if entry.is_variable => {}
            _ => {
                let message = format!(
                    "unknown field {:?} in onboarding; it has enabled, listen, nats, tls, url, \
                     nats_url and allowed_hosts",
                    shorten(&entry.key)
                );
                return Err(Problem::new(entry.key_at.clone(), message));
            }
        }
    }
    Ok(options)
}

/// Devices are asked for their certificate anyway.
fn for_devices(node: &Node) -> Result<TlsOptions, Problem> {
    let options = tls::read(node)?;
    match options.verify {
        true => Err(node.problem(
            "devices that enrol have no certificate yet, and later one of their account: remove \
             verify",
        )),
        false => Ok(options),
    }
}

/// A name that a certificate can be for.
fn host(node: &Node) -> Result<String, Problem> {
    let text = fields::non_empty(node)?;
    match ServerName::try_from(text) {
        Ok(_) => Ok(text.to_ascii_lowercase()),
        Err(_) => Err(node.problem("must be a host name like devices.example.com, or an address")),
    }
}

/// An address without a path; devices put theirs behind it.
fn url(node: &Node, scheme: &str) -> Result<String, Problem> {
    let text = fields::non_empty(node)?.trim_end_matches('/');
    let rest = text.strip_prefix(scheme).unwrap_or_default();
    let is_fine =
        |host: &str| ServerName::try_from(host).is_ok() && !rest.contains(['/', '?', '#', '@']);
    match host_of(text) {
        Some(host) if !rest.is_empty() && is_fine(host) => Ok(text.to_owned()),
        _ => {
            let message = format!("must be like {scheme}devices.example.com:8443, without a path");
            Err(node.problem(message))
        }
    }
}

/// The host in a URL: `https://[::1]:8443` has `::1`.
pub(crate) fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let rest = rest.split('/').next()?;
    match rest.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => rest.split(':').next(),
    }
}
