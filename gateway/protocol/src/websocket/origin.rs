//! Where a web page comes from.

/// A scheme, a host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    is_tls: bool,
    host: String,
    port: String,
}

impl Origin {
    /// Reads `https://host:port`; without a port it is the scheme's. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = rest.split(['/', '?', '#']).next()?;
        (!host.is_empty() && !host.contains('@')).then(|| Self::of_host(host, is_tls))
    }

    /// The origin of what a host serves.
    #[must_use]
    pub fn of_host(host: &str, is_tls: bool) -> Self {
        // The colons of an IPv6 address are in brackets.
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.contains(']') => (name, port),
            _ => (host, if is_tls { "443" } else { "80" }),
        };
        let name = name
            .strip_prefix('[')
            .and_then(|it| it.strip_suffix(']'))
            .unwrap_or(name);
        Self {
            is_tls,
            host: name.to_ascii_lowercase(),
            port: port.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_place_is_the_same_origin() {
        let same = [
            ("http://A.test", "a.test:80", false),
            ("https://a.test/", "a.test", true),
            ("https://a.test:8443", "A.TEST:8443", true),
            ("http://[::1]:99", "[::1]:99", false),
            ("http://[::1]", "[::1]", false),
        ];
        for (origin, host, is_tls) in same {
            assert_eq!(
                Origin::parse(origin),
                Some(Origin::of_host(host, is_tls)),
                "{origin}"
            );
        }
        let others = [
            ("http://a.test", "a.test", true),
            ("http://a.test:81", "a.test", false),
            ("http://b.test", "a.test", false),
        ];
        for (origin, host, is_tls) in others {
            assert_ne!(
                Origin::parse(origin),
                Some(Origin::of_host(host, is_tls)),
                "{origin}"
            );
        }
        for text in ["null", "a.test", "ftp://a", "http://", "http://a@b", ""] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }
}
