//! The directory of a device: what is in it, and how it changes so that nobody finds halves.
//!
//! `device.key`, `device.pem`, `ca.pem` are for clients; `nats.json` and `device.env` name them.
//! A renewal writes `next.key` first, so that an answer that got lost is asked for again with the
//! same key, and `next.pem` when it has the certificate; then both take their places. What a crash
//! leaves between the two is finished by the next command.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use data_encoding::BASE64;
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use x509_parser::prelude::{FromDer, X509Certificate};

use super::absolute;
use crate::data_dir::{create_private_dir, write_durably};

const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// What a device knows about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Memory {
    /// Where it enrols and renews.
    pub(super) url: String,
    pub(super) nats_url: String,
    pub(super) device: String,
    pub(super) name: String,
    pub(super) account: String,
    pub(super) not_after: String,
}

impl Memory {
    /// What the server's answer says.
    pub(super) fn new(url: &str, issued: &Value) -> anyhow::Result<Self> {
        let text = |name: &str| {
            let text = issued[name].as_str().map(str::to_owned);
            text.with_context(|| format!("the server's answer has no {name}"))
        };
        Ok(Self {
            url: url.to_owned(),
            nats_url: text("nats_url")?,
            device: text("device")?,
            name: text("name")?,
            account: text("account")?,
            not_after: text("not_after")?,
        })
    }
}

/// Begin and end of a certificate, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) from: i64,
    pub(super) until: i64,
}

/// The directory.
#[derive(Debug)]
pub(super) struct Home(PathBuf);

impl Home {
    /// Makes the directory when it is missing.
    pub(super) fn make(dir: &Path) -> anyhow::Result<Self> {
        let made = create_private_dir(dir);
        made.with_context(|| format!("make the directory {}", dir.display()))?;
        let home = Self(absolute(dir));
        home.recover()?;
        Ok(home)
    }

    /// Takes the directory of a device that has enrolled.
    pub(super) fn open(dir: &Path) -> anyhow::Result<Self> {
        let home = Self(absolute(dir));
        home.recover()?;
        if !home.has_certificate() {
            bail!(
                "{} has no certificate: enrol first, with `tidegate device enroll`, or name the \
                 directory with --dir",
                home.shown()
            );
        }
        Ok(home)
    }

    pub(super) fn shown(&self) -> impl std::fmt::Display + '_ {
        self.0.display()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn key_file(&self) -> PathBuf {
        self.file("device.key")
    }

    pub(super) fn certificate_file(&self) -> PathBuf {
        self.file("device.pem")
    }

    pub(super) fn roots_file(&self) -> PathBuf {
        self.file("ca.pem")
    }

    pub(super) fn context_file(&self) -> PathBuf {
        self.file("nats.json")
    }

    pub(super) fn environment_file(&self) -> PathBuf {
        self.file("device.env")
    }

    pub(super) fn has_certificate(&self) -> bool {
        self.certificate_file().exists()
    }

    pub(super) fn memory(&self) -> anyhow::Result<Memory> {
        let path = self.file("device.json");
        let shown = path.display();
        let text = fs::read_to_string(&path).with_context(|| format!("read {shown}"))?;
        serde_json::from_str(&text).with_context(|| format!("{shown} is damaged; enrol again"))
    }

    /// How long the certificate is good.
    pub(super) fn life(&self) -> anyhow::Result<Life> {
        let path = self.certificate_file();
        let shown = path.display();
        let der = CertificateDer::from_pem_file(&path).with_context(|| format!("read {shown}"))?;
        let (_, leaf) =
            X509Certificate::from_der(&der).with_context(|| format!("{shown} is damaged"))?;
        let validity = leaf.validity();
        Ok(Life {
            from: validity.not_before.timestamp(),
            until: validity.not_after.timestamp(),
        })
    }

    /// The key to enrol with: the one of a try before, or a new one.
    pub(super) fn first_key(&self) -> anyhow::Result<KeyPair> {
        key_in(&self.key_file())
    }

    /// The key to renew with.
    pub(super) fn next_key(&self, same_key: bool) -> anyhow::Result<KeyPair> {
        match same_key {
            true => key_in(&self.key_file()),
            false => key_in(&self.file("next.key")),
        }
    }

    /// Keeps the authorities of servers, if there are any.
    pub(super) fn keep_roots(&self, roots: &[Vec<u8>]) -> anyhow::Result<()> {
        if roots.is_empty() {
            return Ok(());
        }
        let pem: String = roots.iter().map(|root| pem(root)).collect();
        write_durably(&self.roots_file(), pem.as_bytes(), PUBLIC)
    }

    /// Keeps what came of enrolling. The certificate is written last: when it is there, so is the
    /// rest.
    pub(super) fn keep_first(
        &self,
        issued: &Value,
        memory: &Memory,
        roots: &[Vec<u8>],
    ) -> anyhow::Result<()> {
        self.keep_roots(roots)?;
        self.describe(memory)?;
        let certificate = certificate_of(issued)?;
        write_durably(&self.certificate_file(), certificate.as_bytes(), PUBLIC)
    }

    /// Puts the next certificate in the place of the one before.
    pub(super) fn keep_next(&self, issued: &Value, memory: &Memory) -> anyhow::Result<()> {
        let next = self.file("next.pem");
        write_durably(&next, certificate_of(issued)?.as_bytes(), PUBLIC)?;
        self.recover()?;
        self.describe(memory)
    }

    /// Finishes what a renewal had begun.
    fn recover(&self) -> anyhow::Result<()> {
        let (key, next_key) = (self.key_file(), self.file("next.key"));
        let (certificate, next) = (self.certificate_file(), self.file("next.pem"));
        let move_to = |from: &Path, to: &Path| {
            fs::rename(from, to).with_context(|| format!("write {}", to.display()))
        };
        if next.exists() {
            // For the same key, only the certificate changes.
            if !belong(&next, &key) && !belong(&next, &next_key) {
                return fs::remove_file(&next).context("remove a certificate without its key");
            }
            move_to(&next, &certificate)?;
        }
        if next_key.exists() && belong(&certificate, &next_key) {
            move_to(&next_key, &key)?;
        }
        Ok(())
    }

    /// Writes what tells clients where everything is.
    fn describe(&self, memory: &Memory) -> anyhow::Result<()> {
        let mut context = json!({
            "description": format!("{}, a device of Tidegate", memory.name),
            "url": memory.nats_url,
            "cert": self.certificate_file(),
            "key": self.key_file(),
        });
        if self.roots_file().exists() {
            context["ca"] = json!(self.roots_file());
        }
        let environment: String = self
            .environment(memory)
            .iter()
            .map(|(name, value)| format!("export {name}='{}'\n", value.replace('\'', "'\\''")))
            .collect();
        let pretty = |value: &Value| format!("{value:#}\n");
        let memory = serde_json::to_value(memory)?;
        write_durably(
            &self.file("device.json"),
            pretty(&memory).as_bytes(),
            PRIVATE,
        )?;
        write_durably(&self.context_file(), pretty(&context).as_bytes(), PUBLIC)?;
        write_durably(&self.environment_file(), environment.as_bytes(), PUBLIC)
    }

    /// What the `nats` command and many programs read.
    pub(super) fn environment(&self, memory: &Memory) -> Vec<(&'static str, String)> {
        let text = |path: PathBuf| path.display().to_string();
        let mut all = vec![
            ("NATS_URL", memory.nats_url.clone()),
            ("NATS_CERT", text(self.certificate_file())),
            ("NATS_KEY", text(self.key_file())),
        ];
        if self.roots_file().exists() {
            all.push(("NATS_CA", text(self.roots_file())));
        }
        all
    }
}

/// The key in a file, or a new one in it.
fn key_in(path: &Path) -> anyhow::Result<KeyPair> {
    match fs::read_to_string(path) {
        Ok(pem) => KeyPair::from_pem(&pem)
            .with_context(|| format!("{} holds no key that can be used", path.display())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
            write_durably(path, key.serialize_pem().as_bytes(), PRIVATE)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// A request for a certificate; names are given by the server.
pub(super) fn request(key: &KeyPair) -> anyhow::Result<String> {
    Ok(CertificateParams::default().serialize_request(key)?.pem()?)
}

fn certificate_of(issued: &Value) -> anyhow::Result<&str> {
    let text = issued["certificate"].as_str();
    text.context("the server's answer has no certificate")
}

/// Whether a certificate is for a key.
fn belong(certificate: &Path, key: &Path) -> bool {
    let (Ok(der), Ok(pem)) = (
        CertificateDer::from_pem_file(certificate),
        fs::read_to_string(key),
    ) else {
        return false;
    };
    let (Ok((_, leaf)), Ok(key)) = (X509Certificate::from_der(&der), KeyPair::from_pem(&pem))
    else {
        return false;
    };
    leaf.public_key().raw == key.subject_public_key_info()
}

fn pem(der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let lines: Vec<_> = base64
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let lines = lines.join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(key: &KeyPair) -> Value {
        let params = CertificateParams::default();
        let certificate = params.self_signed(key).expect("a certificate");
        json!({ "certificate": certificate.pem() })
    }

    #[test]
    fn what_a_crash_leaves_is_finished() {
        let dir = tempfile::tempdir().expect("a directory");
        let home = Home::make(dir.path()).expect("a home");
        let memory = Memory {
            url: "https://a".to_owned(),
            nats_url: "tls://a".to_owned(),
            device: "d".to_owned(),
            name: "it's".to_owned(),
            account: "A".to_owned(),
            not_after: "then".to_owned(),
        };
        let first = home.first_key().expect("a key");
        home.keep_first(&issued(&first), &memory, &[])
            .expect("kept");
        let fits = || belong(&home.certificate_file(), &home.key_file());
        assert!(fits());
        let asked = home.next_key(false).expect("a key");
        let again = home.next_key(false).expect("the same key");
        assert_eq!(asked.serialize_pem(), again.serialize_pem());
        // Before both have moved, and between the two.
        let next = issued(&asked);
        let text = next["certificate"].as_str().expect("PEM");
        fs::write(home.file("next.pem"), text).expect("a file");
        Home::open(dir.path()).expect("a home");
        assert!(fits() && !home.file("next.key").exists());
        let asked = home.next_key(false).expect("a key");
        let next = issued(&asked);
        fs::write(
            home.certificate_file(),
            next["certificate"].as_str().expect("PEM"),
        )
        .expect("");
        Home::open(dir.path()).expect("a home");
        assert!(fits() && !home.file("next.key").exists());
        // A certificate of nobody's key is thrown away; with the same key only it changes.
        let other = issued(&KeyPair::generate().expect("a key"));
        home.keep_next(&other, &memory).expect("ignored");
        assert!(fits());
        let same = home.next_key(true).expect("the key");
        home.keep_next(&issued(&same), &memory).expect("kept");
        assert!(fits());
        let environment = fs::read_to_string(home.environment_file()).expect("a file");
        assert!(
            environment.contains("export NATS_URL='tls://a'"),
            "{environment}"
        );
    }
}
