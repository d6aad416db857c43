//! The syntax of nats-server's command line, which is that of Go's flag package: one or two
//! dashes, the value after `=` or as the next argument, `=false` for a switch. Its error texts too.

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Switch,
    Number,
    Text,
}

/// What a flag was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Switch(bool),
    Number(i64),
    Text(String),
}

/// A command line taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parsed {
    /// In their order; of one that is given twice the last counts.
    pub(super) flags: Vec<(String, Value)>,
    /// The first argument that is no flag, and all after it.
    pub(super) rest: Vec<String>,
}

/// Takes arguments apart; `kind` knows the flags.
pub(super) fn parse(
    args: Vec<String>,
    kind: impl Fn(&str) -> Option<Kind>,
) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            break;
        }
        let Some(flag) = arg.strip_prefix('-').filter(|flag| !flag.is_empty()) else {
            parsed.rest.push(arg);
            break;
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        if flag.starts_with(['-', '=']) {
            return Err(format!("bad flag syntax: {arg}"));
        }
        let (name, inline) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        let Some(kind) = kind(name) else {
            return Err(format!("flag provided but not defined: -{name}"));
        };
        let value = match (kind, inline) {
            (Kind::Switch, inline) => switch(name, inline.as_deref())?,
            (kind, inline) => {
                let text = inline.or_else(|| args.next());
                let text = text.ok_or_else(|| format!("flag needs an argument: -{name}"))?;
                match kind {
                    Kind::Number => number(name, &text)?,
                    _ => Value::Text(text),
                }
            }
        };
        parsed.flags.push((name.to_owned(), value));
    }
    parsed.rest.extend(args);
    Ok(parsed)
}

fn switch(name: &str, text: Option<&str>) -> Result<Value, String> {
    match text {
        None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(Value::Switch(true)),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(Value::Switch(false)),
        Some(text) => Err(format!(
            "invalid boolean value {text:?} for -{name}: parse error"
        )),
    }
}

fn number(name: &str, text: &str) -> Result<Value, String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let prefixes = [("0x", 16), ("0o", 8), ("0b", 2)];
    let lower = unsigned.to_ascii_lowercase();
    let prefixed = prefixes.iter().find_map(|(prefix, radix)| {
        let digits = lower.strip_prefix(prefix)?;
        Some((digits, *radix))
    });
    let (digits, radix) = prefixed.unwrap_or((&lower, 10));
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(format!(
            "invalid value {text:?} for flag -{name}: parse error"
        ));
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{digits}"), radix)
        .map(Value::Number)
        .map_err(|_| format!("invalid value {text:?} for flag -{name}: value out of range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> Option<Kind> {
        match name {
            "s" => Some(Kind::Switch),
            "n" => Some(Kind::Number),
            "t" => Some(Kind::Text),
            _ => None,
        }
    }

    fn parsed(line: &str) -> Result<Parsed, String> {
        parse(line.split_whitespace().map(str::to_owned).collect(), kind)
    }

    #[test]
    fn one_dash_is_as_good_as_two_and_a_value_may_follow_or_be_attached() {
        let expected = vec![
            ("s".to_owned(), Value::Switch(true)),
            ("s".to_owned(), Value::Switch(false)),
            ("n".to_owned(), Value::Number(-1)),
            ("n".to_owned(), Value::Number(16)),
            ("t".to_owned(), Value::Text("a=b".to_owned())),
            ("t".to_owned(), Value::Text(String::new())),
            ("t".to_owned(), Value::Text("-s".to_owned())),
        ];
        let found = parsed("-s --s=F -n -1 --n=0x10 -t=a=b --t= -t -s").expect("flags");
        assert_eq!(found.flags, expected);
        assert!(found.rest.is_empty());
    }

    #[test]
    fn flags_end_at_the_first_word_that_is_none() {
        assert_eq!(parsed("-s word -s").expect("flags").rest, ["word", "-s"]);
        assert_eq!(parsed("-s -- -s").expect("flags").rest, ["-s"]);
        assert_eq!(parsed("- -s").expect("flags").rest, ["-", "-s"]);
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_the_original() {
        for (line, text) in [
            ("-x", "flag provided but not defined: -x"),
            ("--x=1", "flag provided but not defined: -x"),
            ("---s", "bad flag syntax: ---s"),
            ("-=s", "bad flag syntax: -=s"),
            ("-n", "flag needs an argument: -n"),
            ("-n x", "invalid value \"x\" for flag -n: parse error"),
            ("-n 1.5", "invalid value \"1.5\" for flag -n: parse error"),
            (
                "-n 99999999999999999999",
                "invalid value \"99999999999999999999\" for flag -n: value out of range",
            ),
            ("-s=2", "invalid boolean value \"2\" for -s: parse error"),
        ] {
            assert_eq!(parsed(line), Err(text.to_owned()), "{line}");
        }
    }
}
