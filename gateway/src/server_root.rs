//! A server certificate where none is configured: issued by a root of this data directory, which
//! devices are given beforehand. It has nothing to do with the authorities of devices.
//!
//! `root.pem` is for handing out. `server.pem` is the certificate with its key, in one file so that
//! both change together; it is issued anew when a third of its life is left, or for other names.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use time::{Duration, OffsetDateTime};
use tracing::info;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::data_dir::write_durably;
use crate::options::{CertPair, TlsOptions};

/// Devices out in the field know it: another one would mean a visit to each.
const ROOT_LIFE: Duration = Duration::days(20 * 365);
const LIFE: Duration = Duration::days(90);
/// What is left of it when another one is issued.
const LEFT_MIN: Duration = Duration::days(30);
/// For devices whose clock is behind.
const DATED_BACK: Duration = Duration::days(1);
const PRIVATE_FILE: u32 = 0o600;
const PUBLIC_FILE: u32 = 0o644;

/// The root, and for which names it issues.
#[derive(Debug)]
pub(crate) struct ServerRoot {
    folder: PathBuf,
    names: BTreeSet<String>,
    certificate: CertificateDer<'static>,
    /// One at a time looks whether the certificate is due.
    issuing: Mutex<()>,
}

impl ServerRoot {
    /// Takes the root of this folder, or makes one.
    pub(crate) fn open(folder: &Path, names: BTreeSet<String>) -> anyhow::Result<Self> {
        let path = folder.join("root.pem");
        let certificate = match fs::read(&path) {
            Ok(pem) => CertificateDer::from_pem_slice(&pem).with_context(|| {
                format!("{} is damaged; restore it from a backup", path.display())
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(folder)?,
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        Ok(Self {
            folder: folder.to_owned(),
            names,
            certificate,
            issuing: Mutex::default(),
        })
    }

    /// The root's certificate.
    pub(crate) fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// What a `tls` block with the certificate would say; it is issued anew when it is due.
    pub(crate) fn tls(&self) -> anyhow::Result<TlsOptions> {
        self.refresh(OffsetDateTime::now_utc())?;
        let file = self.file();
        Ok(TlsOptions {
            pairs: vec![CertPair {
                cert: file.clone(),
                key: file,
            }],
            ..TlsOptions::default()
        })
    }

    fn file(&self) -> PathBuf {
        self.folder.join("server.pem")
    }

    fn refresh(&self, now: OffsetDateTime) -> anyhow::Result<()> {
        let _turn = self.issuing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_good(now) {
            return Ok(());
        }
        self.issue(now).with_context(|| {
            let folder = self.folder.display();
            format!(
                "issue a server certificate; restore {folder} from a backup, or move root.pem away \
                 to make another root, which all devices must be told then"
            )
        })?;
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        info!("issued a server certificate for {}", names.join(", "));
        Ok(())
    }

    /// Whether the certificate is there, from this root, for these names and for a while to come.
    fn is_good(&self, now: OffsetDateTime) -> bool {
        let found = fs::read(self.file()).ok();
        let found = found.and_then(|pem| CertificateDer::from_pem_slice(&pem).ok());
        let Some(der) = found else { return false };
        let (Ok((_, leaf)), Ok((_, root))) = (
            X509Certificate::from_der(&der),
            X509Certificate::from_der(&self.certificate),
        ) else {
            return false;
        };
        let until = leaf.validity().not_after.to_datetime();
        until - now > LEFT_MIN
            && names(&leaf) == self.names
            && leaf.verify_signature(Some(root.public_key())).is_ok()
    }

    fn issue(&self, now: OffsetDateTime) -> anyhow::Result<()> {
        let key = fs::read_to_string(self.folder.join("root.key")).context("read root.key")?;
        let key = KeyPair::from_pem(&key).context("root.key is damaged")?;
        let (_, root) = X509Certificate::from_der(&self.certificate).context("read root.pem")?;
        if root.public_key().subject_public_key.data.as_ref() != key.public_key_raw() {
            bail!("root.key is not the key of root.pem");
        }
        let ends = root.validity().not_after.to_datetime();
        if ends - now < LEFT_MIN {
            bail!("the root ends on {}", ends.date());
        }
        let mut params = CertificateParams::new(self.names.iter().cloned().collect::<Vec<_>>())?;
        params.distinguished_name = named("Tidegate server");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(serial()?);
        params.not_before = now - DATED_BACK;
        params.not_after = ends.min(now + LIFE);
        let issuer = Issuer::from_ca_cert_der(&self.certificate, key)?;
        let own = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&own, &issuer)?;
        let both = certificate.pem() + &own.serialize_pem();
        write_durably(&self.file(), both.as_bytes(), PRIVATE_FILE)
    }
}

/// Makes a root. Its certificate is written last: when it is there, so is the key.
fn make(folder: &Path) -> anyhow::Result<CertificateDer<'static>> {
    let now = OffsetDateTime::now_utc();
    let serial = serial()?;
    let mut params = CertificateParams::default();
    // Two installations on one machine are told apart by it.
    let id = data_encoding::HEXLOWER.encode(&serial.to_bytes());
    let id = id.get(..8).unwrap_or_default();
    params.distinguished_name = named(&format!("Tidegate servers {id}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(serial);
    params.not_before = now - DATED_BACK;
    params.not_after = now + ROOT_LIFE;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let certificate = params.self_signed(&key)?;
    let write =
        |name: &str, pem: String, mode| write_durably(&folder.join(name), pem.as_bytes(), mode);
    write("root.key", key.serialize_pem(), PRIVATE_FILE)?;
    write("root.pem", certificate.pem(), PUBLIC_FILE)?;
    info!("made a root for server certificates");
    Ok(certificate.der().clone())
}

fn named(name: &str) -> DistinguishedName {
    let mut found = DistinguishedName::new();
    found.push(DnType::CommonName, name);
    found
}

/// Positive, and of the same length always.
fn serial() -> anyhow::Result<SerialNumber> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("get random bytes")?;
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

/// Hosts and addresses that a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> BTreeSet<String> {
    let found = certificate.subject_alternative_name().ok().flatten();
    let found = found.map_or(&[][..], |found| &found.value.general_names);
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(host) => Some((*host).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let ip = v4.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            Some(ip.ok()?.to_string())
        }
        _ => None,
    };
    found.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn leaf(root: &ServerRoot) -> Vec<u8> {
        let pem = fs::read(root.file()).expect("a certificate");
        let der = CertificateDer::from_pem_slice(&pem).expect("PEM");
        der.to_vec()
    }

    #[test]
    fn a_certificate_is_issued_when_it_is_due_and_not_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = set(&["localhost", "127.0.0.1", "::1"]);
        let root = ServerRoot::open(folder.path(), own.clone()).expect("a root");
        let now = OffsetDateTime::now_utc();
        root.refresh(now).expect("a certificate");
        let first = leaf(&root);
        for file in ["root.key", "server.pem"] {
            let kept = fs::metadata(folder.path().join(file)).expect("a file");
            assert_eq!(kept.permissions().mode() & 0o777, 0o600, "{file}");
        }
        root.refresh(now + Duration::days(59)).expect("no need");
        assert_eq!(leaf(&root), first);
        root.refresh(now + Duration::days(61)).expect("another one");
        let second = leaf(&root);
        assert_ne!(second, first);

        let again = ServerRoot::open(folder.path(), own).expect("the same root");
        assert_eq!(again.certificate(), root.certificate());
        again.refresh(now).expect("no need");
        assert_eq!(leaf(&again), second);
        let names = set(&["devices.example.com", "localhost"]);
        let other = ServerRoot::open(folder.path(), names).expect("the same root");
        other.refresh(now).expect("another one");
        assert_ne!(leaf(&other), second);
    }

    #[test]
    fn what_is_missing_or_does_not_fit_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = ServerRoot::open(folder.path(), set(&["localhost"])).expect("a root");
        let now = OffsetDateTime::now_utc();
        let late = root
            .refresh(now + ROOT_LIFE)
            .expect_err("a root that has ended");
        assert!(format!("{late:#}").contains("the root ends on"), "{late:#}");
        let key = folder.path().join("root.key");
        let other = KeyPair::generate().expect("a key").serialize_pem();
        for (text, reason) in [
            (other.as_str(), "is not the key"),
            ("x", "root.key is damaged"),
        ] {
            fs::write(&key, text).expect("a file");
            let told = root.refresh(now).expect_err("no key");
            assert!(format!("{told:#}").contains(reason), "{told:#}");
        }
    }
}
