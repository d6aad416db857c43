//! Distinguished names: of certificates, and as users are called after them (RFC 4514).

use x509_parser::x509::X509Name;

/// The attributes that have short names. Those before [`DOMAIN_COMPONENT`] are in the order in
/// which Go's library writes a subject.
const TYPES: [(&str, &str); 10] = [
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.3", "CN"),
    ("2.5.4.17", "POSTALCODE"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.8", "ST"),
    ("2.5.4.7", "L"),
    ("2.5.4.11", "OU"),
    ("2.5.4.10", "O"),
    ("2.5.4.6", "C"),
    DOMAIN_COMPONENT,
];
const DOMAIN_COMPONENT: (&str, &str) = ("0.9.2342.19200300.100.1.25", "DC");
/// What has to be escaped wherever it stands.
const SPECIAL: &[char] = &[',', '+', '"', '\\', '<', '>', ';'];

/// A type in capitals and a value.
type Attribute = (String, String);

/// The parts of a name, the most specific one first. A part has its attributes sorted: their order
/// says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DistinguishedName(Vec<Vec<Attribute>>);

impl DistinguishedName {
    /// A certificate's. `None` when an attribute has no short name or is no text.
    pub(super) fn of(name: &X509Name<'_>) -> Option<Self> {
        let mut parts = Vec::new();
        for part in name.iter_rdn() {
            let attribute = |(id, value): (String, Option<&str>)| {
                let (_, short) = TYPES.iter().find(|(known, _)| *known == id)?;
                Some(((*short).to_owned(), value?.to_owned()))
            };
            let attributes = part
                .iter()
                .map(|it| attribute((it.attr_type().to_id_string(), it.as_str().ok())));
            let mut attributes = attributes.collect::<Option<Vec<_>>>()?;
            if !attributes.is_empty() {
                attributes.sort();
                parts.push(attributes);
            }
        }
        parts.reverse();
        Some(Self(parts))
    }

    /// Reads a text such as `CN=alice,OU=eu+O=acme`. `None` when it is no such name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = vec![Vec::new()];
        let mut reader = Reader(text.as_bytes());
        loop {
            let (kind, end) = reader.token(b"=,+")?;
            // A value in raw DER is not supported, as in nats-server.
            if end != Some(b'=') || kind.is_empty() || reader.0.first() == Some(&b'#') {
                return None;
            }
            let (value, end) = reader.token(b",+")?;
            parts.last_mut()?.push((kind.to_ascii_uppercase(), value));
            match end {
                Some(b',') => parts.push(Vec::new()),
                Some(_) => {}
                None => break,
            }
        }
        parts.iter_mut().for_each(|part| part.sort());
        Some(Self(parts))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it has the same parts, in whatever order.
    pub(super) fn has_same_parts(&self, other: &Self) -> bool {
        let sorted = |name: &Self| {
            let mut parts = name.0.clone();
            parts.sort();
            parts
        };
        sorted(self) == sorted(other)
    }
}

/// What is left of a text.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    /// Reads up to one of `ends`, which is returned, or to the end. Escapes are resolved; blanks
    /// around it do not count unless they are escaped. `None` for an escape that is none.
    fn token(&mut self, ends: &[u8]) -> Option<(String, Option<u8>)> {
        let (mut token, mut kept) = (Vec::new(), 0);
        let mut end = None;
        while let Some((first, rest)) = self.0.split_first() {
            self.0 = rest;
            match first {
                b'\\' => {
                    token.push(self.escaped()?);
                    kept = token.len();
                }
                byte if ends.contains(byte) => {
                    end = Some(*byte);
                    break;
                }
                b' ' if token.is_empty() => {}
                byte => {
                    token.push(*byte);
                    if *byte != b' ' {
                        kept = token.len();
                    }
                }
            }
        }
        token.truncate(kept);
        Some((String::from_utf8(token).ok()?, end))
    }

    /// What follows a backslash: a character that would mean something, or two hexadecimal digits.
    fn escaped(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if b" \"#+,;<=>\\".contains(first) {
            self.0 = rest;
            return Some(*first);
        }
        let (digits, rest) = self.0.split_at_checked(2)?;
        self.0 = rest;
        let byte = data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()?;
        byte.first().copied()
    }
}

/// A subject as Go's library writes it: known attributes by type, then with its domain components.
/// Longest first; nothing for a subject without any.
pub(super) fn texts(name: &X509Name<'_>) -> Vec<String> {
    let values = |id: &str| {
        let attributes = name.iter_attributes();
        let named = attributes.filter(|it| it.attr_type().to_id_string() == id);
        named
            .filter_map(|it| it.as_str().ok().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mut parts = Vec::new();
    for (id, short) in TYPES.iter().filter(|it| **it != DOMAIN_COMPONENT) {
        let of_type: Vec<_> = values(id)
            .iter()
            .map(|value| format!("{short}={}", escape(value)))
            .collect();
        if !of_type.is_empty() {
            parts.push(of_type.join("+"));
        }
    }
    let text = parts.join(",");
    let domain: Vec<_> = values(DOMAIN_COMPONENT.0)
        .iter()
        .map(|value| format!("DC={value}"))
        .collect();
    let mut texts = Vec::new();
    if !domain.is_empty() {
        texts.push(format!("{text},{}", domain.join(",")));
    }
    if !text.is_empty() {
        texts.push(text);
    }
    texts
}

fn escape(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::new();
    for (at, c) in value.chars().enumerate() {
        let at_the_edge = (c == ' ' && (at == 0 || at == last)) || (c == '#' && at == 0);
        if at_the_edge || SPECIAL.contains(&c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}
