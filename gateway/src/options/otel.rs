//! The `otel` block of `serve`: where traces go.

use std::fmt;
use std::path::PathBuf;

use axum::http::{HeaderName, HeaderValue, Uri};

use super::fields;
use crate::config::{Node, Problem, Value, shorten};

/// Where OTLP over HTTP takes traces, below a collector's base URL.
const TRACES_PATH: &str = "/v1/traces";

/// What the block says; what it leaves out, the environment may say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OtelOptions {
    pub(crate) endpoint: Option<Uri>,
    pub(crate) headers: Option<Headers>,
    /// The share of traces that are exported, of those that begin here.
    pub(crate) sample: Option<f64>,
    pub(crate) service_name: Option<String>,
    /// Of the resource, beside the name.
    pub(crate) attributes: Vec<(String, String)>,
    /// Whose certificates the collector may have; the system's authorities when absent.
    pub(crate) ca_file: Option<PathBuf>,
}

/// Headers for the collector. Their values are mostly keys, so they are not shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers(pub(crate) Vec<(HeaderName, HeaderValue)>);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|it| &it.0))
            .finish()
    }
}

impl Headers {
    /// Adds one, or says what is wrong with it, without its value.
    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<(), String> {
        let shown = shorten(name);
        let known = name.parse::<HeaderName>();
        let known = known.map_err(|_| format!("{shown:?} cannot be the name of a header"))?;
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| format!("the value of the header {shown:?} must be printable ASCII"))?;
        value.set_sensitive(true);
        self.0.push((known, value));
        Ok(())
    }
}

pub(super) fn read(node: &Node) -> Result<OtelOptions, Problem> {
    let mut options = OtelOptions::default();
    for entry in fields::map(node)?.entries() {
        let node = &entry.node;
        match entry.name().as_str() {
            "endpoint" => {
                let uri = base(fields::non_empty(node)?);
                options.endpoint = Some(uri.map_err(|why| node.problem(why))?);
            }
            "headers" => options.headers = Some(headers(node)?),
            "sample" => options.sample = Some(share(node)?),
            "service_name" => options.service_name = Some(fields::non_empty(node)?.to_owned()),
            "attributes" => options.attributes = attributes(node)?,
            "ca_file" => options.ca_file = Some(fields::non_empty(node)?.into()),
            _ if entry.is_variable => {}
            _ => {
                let message = format!(
                    "unknown field {:?} in otel; it has endpoint, headers, sample, service_name, \
                     attributes and ca_file",
                    shorten(&entry.key)
                );
                return Err(Problem::new(entry.key_at.clone(), message));
            }
        }
    }
    Ok(options)
}

fn headers(node: &Node) -> Result<Headers, Problem> {
    let mut headers = Headers::default();
    for entry in fields::map(node)?.entries() {
        let value = fields::text(&entry.node)?;
        let added = headers.add(&entry.key, value);
        added.map_err(|why| Problem::new(entry.key_at.clone(), why))?;
    }
    Ok(headers)
}

fn attributes(node: &Node) -> Result<Vec<(String, String)>, Problem> {
    let entries = fields::map(node)?.entries();
    let attribute = |entry: &crate::config::Entry| {
        Ok((entry.key.clone(), fields::text(&entry.node)?.to_owned()))
    };
    entries.map(attribute).collect()
}

fn share(node: &Node) -> Result<f64, Problem> {
    let share = match &node.value {
        Value::Integer { text, .. } | Value::Float { text, .. } => parse_share(text),
        _ => None,
    };
    share.ok_or_else(|| node.problem("must be a number from 0 (nothing) to 1 (everything)"))
}

/// A share of all.
pub(crate) fn parse_share(text: &str) -> Option<f64> {
    let share = text.parse::<f64>().ok()?;
    (0.0..=1.0).contains(&share).then_some(share)
}

/// Where a collector at this base URL takes traces.
pub(crate) fn base(text: &str) -> Result<Uri, String> {
    let uri = whole(text)?;
    if uri.query().is_some() {
        return Err("the URL of a collector must not have a `?`: use headers".to_owned());
    }
    let base = text.trim_end_matches('/');
    match base.ends_with(TRACES_PATH) {
        true => Ok(uri),
        false => whole(&format!("{base}{TRACES_PATH}")),
    }
}

/// A URL that takes traces itself. It is not repeated, since a login may be in it.
pub(crate) fn whole(text: &str) -> Result<Uri, String> {
    const FORM: &str = "must be the URL of a collector, like http://127.0.0.1:4318";
    let uri = text.parse::<Uri>().map_err(|_| FORM.to_owned())?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    let authority = uri
        .authority()
        .filter(|it| is_http && !it.host().is_empty());
    let authority = authority.ok_or_else(|| FORM.to_owned())?;
    match authority.as_str().contains('@') {
        true => Err("a login does not belong into the URL of a collector: use headers".to_owned()),
        false => Ok(uri),
    }
}

#[cfg(test)]
mod tests {
    use super::super::directives;
    use super::*;
    use crate::config::parse_text;
    use crate::options::Face;

    fn block(text: &str) -> Result<OtelOptions, String> {
        let text = format!("otel {{ {text} }}");
        let tree = parse_text("test.conf", &text, None, &|_| None).expect("well-formed text");
        match directives::read(&tree, Face::Serve) {
            Ok(options) => Ok(options.otel.expect("a block")),
            Err(problems) => Err(problems[0].to_string()),
        }
    }

    #[test]
    fn a_block_says_where_traces_go() {
        let read = block(
            "endpoint: \"https://c.example/otlp/\", sample: 0.25, service_name: gate, \
             headers { Authorization: \"Bearer geheim\" }, ca_file: ca.pem, \
             attributes { deployment.environment: prod, shard: 7 }",
        )
        .unwrap();
        let endpoint = read.endpoint.as_ref().map(ToString::to_string);
        let expected = "https://c.example/otlp/v1/traces";
        assert_eq!(endpoint.as_deref(), Some(expected));
        assert_eq!(
            block(&format!("endpoint: \"{expected}\""))
                .unwrap()
                .endpoint,
            read.endpoint
        );
        assert_eq!(
            (read.sample, read.service_name.as_deref()),
            (Some(0.25), Some("gate"))
        );
        let attribute = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let expected = [
            attribute("deployment.environment", "prod"),
            attribute("shard", "7"),
        ];
        assert_eq!(read.attributes, expected);
        assert!(!format!("{read:?}").contains("geheim"));
        assert_eq!(read.headers.unwrap().0[0].1, "Bearer geheim");
        assert_eq!(block("sample: 1").unwrap().sample, Some(1.0));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_to_write() {
        for (bad, reason) in [
            ("endpoint: \"localhost:4318\"", "like http://127.0.0.1:4318"),
            ("endpoint: \"grpc://h\"", "like http://127.0.0.1:4318"),
            ("endpoint: \"http://u:geheim@h\"", "use headers"),
            ("endpoint: \"http://h/?geheim=1\"", "use headers"),
            ("sample: 2", "from 0 (nothing) to 1"),
            ("sample: \"10%\"", "from 0 (nothing) to 1"),
            ("headers { \"a b\": geheim }", "cannot be the name"),
            ("headers { a: \"geheim\\n\" }", "printable ASCII"),
            ("token: x", "it has endpoint, headers"),
        ] {
            let said = block(bad).expect_err(bad);
            assert!(said.contains(reason) && !said.contains("geheim"), "{said}");
        }
        let tree = parse_text("test.conf", "otel {}", None, &|_| None).unwrap();
        let problems = directives::read(&tree, Face::Server).unwrap_err();
        assert!(
            problems[0]
                .to_string()
                .contains("for `tidegate serve` only")
        );
    }
}
