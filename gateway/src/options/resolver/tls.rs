//! `resolver_tls`: how to speak TLS with the server that has the accounts.

use std::path::PathBuf;

use super::{fields, unsupported};
use crate::config::{Node, Problem};

/// What a block says; by default the system's authorities are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResolverTls {
    /// Whose certificates the server may have; the system's authorities when absent.
    pub(crate) ca_file: Option<PathBuf>,
    /// Files of our own certificate, with the chain behind it, and of its key.
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
    /// Whether any certificate will do.
    pub(crate) insecure: bool,
    /// TLS 1.3 and nothing older.
    pub(crate) only_13: bool,
}

pub(crate) fn read(node: &Node) -> Result<ResolverTls, Problem> {
    let mut tls = ResolverTls::default();
    let (mut certificate, mut key) = (None, None);
    for entry in fields::map(node)?.entries() {
        let value = &entry.node;
        let file = || fields::non_empty(value).map(PathBuf::from);
        match entry.name().as_str() {
            "ca_file" => tls.ca_file = Some(file()?),
            "cert_file" => certificate = Some(file()?),
            "key_file" => key = Some(file()?),
            "insecure" => tls.insecure = fields::flag(value)?,
            "min_version" => tls.only_13 = is_13(value)?,
            // For servers; nats-server takes them here and does nothing.
            "verify" => {
                fields::flag(value)?;
            }
            _ if entry.is_variable => {}
            name => return Err(unsupported(&entry.key_at, &format!("resolver_tls.{name}"))),
        }
    }
    tls.certificate = match (certificate, key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some((certificate, key)),
        _ => {
            let message = "resolver_tls needs cert_file and key_file together; add the other one";
            return Err(node.problem(message));
        }
    };
    Ok(tls)
}

fn is_13(node: &Node) -> Result<bool, Problem> {
    match fields::text(node)? {
        "1.2" => Ok(false),
        "1.3" => Ok(true),
        _ => Err(node.problem("min_version must be \"1.2\" or \"1.3\"; older ones are not spoken")),
    }
}
