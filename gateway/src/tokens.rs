//! Keys and tokens by themselves, without a server: `tidegate nkey` makes keys, `tidegate describe`
//! shows what a token says and whether it may be believed.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use accounts::jwt::{decode, kind_of};
use accounts::{
    AccountBody, ActivationBody, ClaimBody, ClaimKind, Claims, CurveKeyPair, GenericBody, Issue,
    JwtError, KeyKind, KeyPair, OperatorBody, UserBody,
};
use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use crate::client::{Form, PrivateFile};
use crate::console;
use crate::stores;

/// Nothing that holds a token or a seed is larger.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// `tidegate nkey`.
#[derive(Debug, Args)]
pub(crate) struct NkeyArgs {
    /// What the key is for.
    #[arg(required_unless_present = "public")]
    kind: Option<Purpose>,
    /// Write the seed to this new file, readable by its owner only, and print the public key alone.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the public key of the seed in a file, `-` for stdin.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "out"])]
    public: Option<PathBuf>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Purpose {
    Operator,
    Account,
    User,
    /// Encrypts and never signs: for auth callouts.
    Curve,
}

/// `tidegate describe`.
#[derive(Debug, Args)]
pub(crate) struct DescribeArgs {
    /// A file with a JWT or credentials, `-` for stdin.
    file: PathBuf,
    /// How it is printed.
    #[arg(long, short, default_value = "table", value_parser = ["table", "json", "yaml"])]
    output: String,
}

/// Carries out `tidegate nkey`.
pub(crate) fn nkey(args: &NkeyArgs) -> anyhow::Result<()> {
    if let Some(file) = &args.public {
        console::say(public_key(&read(file)?)?);
        return Ok(());
    }
    // The file comes first: without it there is no place for the seed.
    let out = args.out.as_deref().map(PrivateFile::create).transpose()?;
    let Some(purpose) = args.kind else {
        bail!("say what the key is for");
    };
    let (seed, public) = new_key(purpose)?;
    match out {
        Some(file) => file.fill(seed.as_bytes())?,
        None => console::say(seed.as_str()),
    }
    console::say(public);
    Ok(())
}

/// A seed and its public key.
fn new_key(purpose: Purpose) -> anyhow::Result<(Zeroizing<String>, String)> {
    let mut entropy = Zeroizing::new([0; 32]);
    getrandom::fill(entropy.as_mut_slice()).context("ask the system for randomness")?;
    let kind = match purpose {
        Purpose::Operator => KeyKind::Operator,
        Purpose::Account => KeyKind::Account,
        Purpose::User => KeyKind::User,
        Purpose::Curve => {
            let key = CurveKeyPair::from_entropy(*entropy);
            return Ok((key.seed(), key.public().to_string()));
        }
    };
    let key = KeyPair::from_entropy(kind, *entropy);
    Ok((key.seed(), key.public().to_string()))
}

fn public_key(text: &str) -> anyhow::Result<String> {
    let seed = seed_in(text)?;
    match KeyPair::from_seed(seed) {
        Ok(key) => Ok(key.public().to_string()),
        Err(_) => {
            let key = CurveKeyPair::from_seed(seed).context("read the seed")?;
            Ok(key.public().to_string())
        }
    }
}

/// The line of a file of keys or credentials that looks like a seed.
fn seed_in(text: &str) -> anyhow::Result<&str> {
    let mut lines = text.lines().map(str::trim);
    let seed = lines.find(|line| line.len() == 58 && line.starts_with('S'));
    seed.context("there is no seed (S…) in it")
}

/// The key pair of a user whose seed is in a file.
pub(crate) fn user_key(file: &Path) -> anyhow::Result<KeyPair> {
    let text = read(file)?;
    let shown = file.display();
    let key = seed_in(&text).and_then(|seed| Ok(KeyPair::from_seed(seed)?));
    let key = key.with_context(|| format!("read the seed in {shown}"))?;
    if key.public().kind() != KeyKind::User {
        bail!("the seed in {shown} is not a user's: those begin with SU");
    }
    Ok(key)
}

fn read(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = if file == Path::new("-") {
        io::stdin().take(FILE_BYTES_MAX).read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|it| it.take(FILE_BYTES_MAX).read_to_string(&mut text))
    };
    read.with_context(|| format!("read {}", file.display()))?;
    Ok(text)
}

/// Carries out `tidegate describe`. What is wrong with the token is told and is a failure.
pub(crate) fn describe(args: &DescribeArgs) -> anyhow::Result<()> {
    let text = read(&args.file)?;
    let shown = args.file.display();
    let token = stores::token_in(&text).with_context(|| format!("{shown} holds no JWT"))?;
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let issues = issues(token, i64::try_from(since_1970.as_secs())?)?;
    let (mut said, form) = (payload(token)?, Form::of(&args.output));
    if form == Form::Table {
        for name in ["iat", "nbf", "exp"] {
            if let Some(time) = said.get_mut(name) {
                readable(time);
            }
        }
    }
    crate::client::show(said, form)?;
    for issue in &issues {
        let word = if issue.is_blocking() {
            "invalid"
        } else {
            "note"
        };
        console::complain(format_args!("{word}: {}", issue.text));
    }
    if issues.iter().any(Issue::is_blocking) {
        bail!("servers refuse this token");
    }
    Ok(())
}

/// What is wrong with a token. One whose signature is not its issuer's is none at all.
fn issues(token: &str, now: i64) -> Result<Vec<Issue>, JwtError> {
    Ok(match kind_of(token)? {
        ClaimKind::Operator => decode::<OperatorBody>(token)?.validate(Some(now)),
        ClaimKind::Account => decode::<AccountBody>(token)?.validate(Some(now)),
        ClaimKind::User => decode::<UserBody>(token)?.validate(Some(now)),
        ClaimKind::Activation => signed::<ActivationBody>(token)?,
        _ => signed::<GenericBody>(token)?,
    })
}

fn signed<T: ClaimBody>(token: &str) -> Result<Vec<Issue>, JwtError> {
    let _: Claims<T> = decode(token)?;
    Ok(Vec::new())
}

/// The middle part of a token, which is what it says.
fn payload(token: &str) -> anyhow::Result<Value> {
    let middle = token.split('.').nth(1).unwrap_or_default();
    let bytes = BASE64URL_NOPAD.decode(middle.as_bytes());
    let bytes = bytes.context("the token's middle part is not base64url")?;
    serde_json::from_slice(&bytes).context("the token's middle part is not JSON")
}

/// A time as people read it.
fn readable(time: &mut Value) {
    let at = time.as_i64().map(OffsetDateTime::from_unix_timestamp);
    if let Some(Ok(at)) = at
        && let Ok(text) = at.format(&Rfc3339)
    {
        *time = Value::String(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_keys_are_of_their_kind_and_read_back() {
        for (purpose, seed_begins, key_begins) in [
            (Purpose::Operator, "SO", "O"),
            (Purpose::Account, "SA", "A"),
            (Purpose::User, "SU", "U"),
            (Purpose::Curve, "SX", "X"),
        ] {
            let (seed, public) = new_key(purpose).expect("a key");
            assert!(seed.starts_with(seed_begins) && public.starts_with(key_begins));
            let text = format!("a line\n  {}\n", seed.as_str());
            assert_eq!(public_key(&text).expect("a key"), public);
        }
        assert!(public_key("nothing").is_err());
    }
}
