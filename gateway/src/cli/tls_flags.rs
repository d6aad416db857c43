//! `--tls` and its companions, which replace the `tls` block of the file.

use std::path::PathBuf;

use crate::options::{CertPair, Options, TlsOptions};

/// What the flags say about TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TlsFlags {
    pub(super) tls: Option<bool>,
    pub(super) verify: Option<bool>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    authorities: Option<PathBuf>,
}

impl TlsFlags {
    pub(super) fn file(&mut self, flag: &str, path: String) {
        let place = match flag {
            "tlscert" => &mut self.cert,
            "tlskey" => &mut self.key,
            _ => &mut self.authorities,
        };
        *place = Some(path.into());
    }

    /// Whether they go together.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_on = self.tls != Some(false) && *self != Self::default();
        if is_on && self.cert.is_none() {
            let text = "TLS Server certificate must be present and valid; name it with --tlscert";
            return Err(text.to_owned());
        }
        if is_on && self.key.is_none() {
            let text = "TLS Server private key must be present and valid; name it with --tlskey";
            return Err(text.to_owned());
        }
        Ok(())
    }

    /// Puts the flags over what the file says: any of them over all of its block.
    pub(super) fn apply(&self, options: &mut Options) {
        if self.tls == Some(false) {
            options.tls = None;
        } else if let (Some(cert), Some(key)) = (&self.cert, &self.key) {
            let (cert, key) = (cert.clone(), key.clone());
            options.tls = Some(TlsOptions {
                pairs: vec![CertPair { cert, key }],
                ca_file: self.authorities.clone(),
                verify: self.verify.unwrap_or(false),
                ..TlsOptions::default()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(tls: Option<bool>, files: &[(&str, &str)]) -> TlsFlags {
        let mut flags = TlsFlags {
            tls,
            ..TlsFlags::default()
        };
        for (flag, path) in files {
            flags.file(flag, (*path).to_owned());
        }
        flags
    }

    #[test]
    fn any_of_them_replaces_the_block() {
        let block = || Options {
            tls: Some(TlsOptions {
                map: true,
                ..TlsOptions::default()
            }),
            ..Options::default()
        };
        let mut options = block();
        let both = [("tlscert", "c"), ("tlskey", "k")];
        flags(None, &both).apply(&mut options);
        let tls = options.tls.expect("TLS");
        assert!(!tls.map && tls.pairs[0].cert.as_os_str() == "c");

        let mut options = block();
        flags(None, &[]).apply(&mut options);
        assert!(options.tls.is_some_and(|tls| tls.map));

        let mut options = block();
        flags(Some(false), &both).apply(&mut options);
        assert!(options.tls.is_none());
    }

    #[test]
    fn half_a_pair_is_refused() {
        for (files, part) in [(vec![("tlscert", "c")], "--tlskey"), (vec![], "--tlscert")] {
            let text = flags(Some(true), &files).check().expect_err("half a pair");
            assert!(text.contains(part), "{text}");
        }
    }
}
