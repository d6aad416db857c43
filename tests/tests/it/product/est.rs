//! EST with the clients that people have: Debian's strongSwan (`pki`), and curl with openssl. What
//! they enrol connects with stock NATS clients.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::wait::{eventually, within};
use tests::{Tidegate, scripts};
use tokio::process::Command;

/// Commands that the scripts here use.
const PRELUDE: &str = r#"
pki() { /usr/bin/pki "$@" 2> >(grep -v '^plugin ' >&2); }
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
# request KEY: for a name that nobody reads
request() { openssl req -new -key "$1" -subj /CN=wished; }
est() { curl -sS --cacert "$ROOT" "$@"; }
post() { est -H 'Content-Type: application/pkcs10' "$@"; }
certificate() { base64 -d | openssl pkcs7 -inform DER -print_certs | openssl x509; }
"#;

/// An account whose role `sensor` may have devices, and a directory to work in.
struct Fleet {
    tidegate: Tidegate,
    dir: TempDir,
}

impl Fleet {
    async fn new() -> Result<Self> {
        let tidegate = Tidegate::serve().await?;
        let api = tidegate.api();
        api.make_account("acme").await?;
        api.post("/accounts/acme/roles", &json!({ "name": "sensor" }))
            .await?;
        let dir = tempfile::tempdir()?;
        Ok(Self { tidegate, dir })
    }

    async fn token(&self, more: &Value) -> Result<String> {
        let mut body = json!({ "role": "sensor", "device_name": "pump-*" });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let path = "/accounts/acme/enrolment-tokens";
        let made = self.tidegate.api().post(path, &body).await?;
        Ok(made["token"].as_str().context("a token")?.to_owned())
    }

    /// Runs a script with `$EST`, `$ROOT` and `$TOKEN`.
    async fn run(&self, token: &str, script: &str) -> Result<String> {
        let mut command = Command::new("bash");
        let est = format!(
            "https://localhost:{}",
            self.tidegate.place("onboarding")?.port()
        );
        command
            .args(["-euo", "pipefail", "-c", &format!("{PRELUDE}{script}")])
            .env("EST", est)
            .env("ROOT", self.tidegate.data("tls/root.pem"))
            .env("TOKEN", token)
            .current_dir(self.dir.path());
        scripts::finish(command, "the script").await
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Exchanges messages by three stock clients that have nothing but this certificate.
    async fn talks(&self, cert: &str, key: &str) -> Result<()> {
        let port = self.tidegate.place("devices")?.port();
        let url = format!("tls://localhost:{port}");
        let root = self.tidegate.data("tls/root.pem");
        let (cert, key) = (self.file(cert), self.file(key));
        let text = |path: &Path| path.display().to_string();
        let files = [text(&root), text(&cert), text(&key)];
        let arguments = [&url, &files[0], "info", &files[1], &files[2]];
        for said in [
            scripts::python("tls.py", &arguments).await?,
            scripts::node("tls.mjs", &arguments).await?,
        ] {
            ensure!(said.contains("all as expected"), "{said}");
        }
        let options = async_nats::ConnectOptions::new()
            .add_root_certificates(root)
            .add_client_certificate(cert, key)
            .require_tls(true);
        let client = within("a login", options.connect(url)).await??;
        let mut orders = client.subscribe("orders.*").await?;
        client.publish("orders.new", "1".into()).await?;
        let message = within("a message", orders.next()).await?;
        assert_eq!(&message.context("a message")?.payload[..], b"1");
        Ok(())
    }
}

#[tokio::test]
async fn strongswan_enrols_renews_and_its_device_talks() -> Result<()> {
    let fleet = Fleet::new().await?;
    let script = r#"
pki --estca --url "$EST/acme" --cacert "$ROOT" --caout ca.pem --outform pem
cmp ca-root-2.pem "$ROOT"
pki --gen --type ecdsa --size 256 --outform pem > old.key
pki --req --in old.key --type ecdsa --dn CN=wished --outform pem > old.req
pki --est --url "$EST" --cacert "$ROOT" --cacert ca.pem --in old.req \
    --userpass "pump-7:$TOKEN" --outform pem > old.pem
for n in 2 3; do
    echo "libtls { version_max = 1.$n }" > libtls.conf
    key new$n.key
    request new$n.key > new$n.req
    STRONGSWAN_CONF=$PWD/libtls.conf pki --est --url "$EST/acme" --cacert "$ROOT" \
        --cacert ca.pem --in new$n.req --cert old.pem --key old.key --outform pem > new$n.pem
    openssl x509 -in new$n.pem -noout -ext subjectAltName
    openssl verify -CAfile ca.pem new$n.pem
    mv new$n.pem old.pem
    mv new$n.key old.key
done
"#;
    let token = fleet.token(&json!({})).await?;
    let said = fleet.run(&token, script).await?;
    let account = fleet.tidegate.api().get("/accounts/acme").await?;
    let account = account["public_key"].as_str().context("an nkey")?;
    let uri = format!("URI:tidegate://{account}/pump-7");
    assert_eq!(said.matches(&uri).count(), 2, "{said}");
    fleet.talks("old.pem", "old.key").await
}

#[tokio::test]
async fn curl_and_openssl_enrol_and_renew_on_every_path() -> Result<()> {
    let fleet = Fleet::new().await?;
    let script = r#"
n=0
for at in .well-known/est .well-known/est/acme acme/.well-known/est; do
    n=$((n + 1))
    key old.key
    request old.key > old.req
    openssl req -in old.req -outform DER | base64 -w0 > old.b64
    post -fu "pump-$n:$TOKEN" --data-binary @old.b64 -D head "$EST/$at/simpleenroll" > got
    [ "$(wc -l < got)" = 0 ]
    certificate < got > old.pem
    # An answer that was lost is given again.
    post -fu "pump-$n:$TOKEN" --data-binary @old.req "$EST/$at/simpleenroll" | cmp - got
    key new.key
    request new.key > new.req
    for version in 1.2 1.3; do
        post -f --tls-max $version --cert old.pem --key old.key --data-binary @new.req \
            "$EST/$at/simplereenroll" | certificate > new.pem
        openssl x509 -in new.pem -noout -subject
    done
    est -f "$EST/$at/csrattrs" | base64 -d | openssl asn1parse -inform DER
    est -f "$EST/$at/cacerts" | base64 -d | openssl pkcs7 -inform DER -print_certs -noout
done
cat head
"#;
    let token = fleet.token(&json!({ "reusable": true })).await?;
    let said = fleet.run(&token, script).await?;
    let count = |what: &str| said.matches(what).count();
    assert_eq!(count("subject=CN = pump-"), 6, "{said}");
    assert_eq!(count("prime256v1"), 3, "{said}");
    assert_eq!(count("ecdsa-with-SHA256"), 3, "{said}");
    assert_eq!(count("subject=CN = Tidegate servers"), 3, "{said}");
    assert_eq!(count("subject=CN = Tidegate devices"), 2, "{said}");
    let head = said.to_ascii_lowercase();
    for line in [
        "content-type: application/pkcs7-mime; smime-type=certs-only",
        "content-transfer-encoding: base64",
        "cache-control: no-store",
    ] {
        ensure!(head.contains(line), "{said}");
    }
    fleet.talks("new.pem", "new.key").await
}

#[tokio::test]
async fn a_key_is_made_for_a_device_where_the_role_allows_it() -> Result<()> {
    let fleet = Fleet::new().await?;
    let script = r#"
key any.key
request any.key > any.req
at=$EST/.well-known/est/serverkeygen
post -w '%{http_code}\n' -u "pump-7:$TOKEN" --data-binary @any.req "$at"
"#;
    let token = fleet.token(&json!({})).await?;
    let said = fleet.run(&token, script).await?;
    ensure!(
        said.contains("server_key_refused") && said.ends_with("403\n"),
        "{said}"
    );
    let path = "/accounts/acme/roles/sensor/device-policy";
    let policy = json!({ "server_keys": true });
    fleet.tidegate.api().patch(path, &policy).await?;
    let script = r#"
key any.key
request any.key > any.req
at=$EST/.well-known/est/serverkeygen
post -fu "pump-7:$TOKEN" --data-binary @any.req -D head "$at" | tr -d '\r' > got
grep -i '^content-type: multipart/mixed; boundary=' head
part() { awk -v want="Content-Type: $1" '$0 ~ want {on=1} on && /^$/ {body=1; next}
    /^--/ {on=0; body=0} body' got; }
part application/pkcs8 | base64 -d | openssl pkey -inform DER -out device.key
part application/pkcs7-mime | certificate > device.pem
"#;
    fleet.run(&token, script).await?;
    fleet.talks("device.pem", "device.key").await?;
    // What waits for approval has nobody to keep its key meanwhile.
    let token = fleet.token(&json!({ "approval": true })).await?;
    let error = fleet
        .run(&token, script)
        .await
        .err()
        .context("a key was made")?;
    ensure!(format!("{error:#}").contains("403"), "{error:#}");
    Ok(())
}

#[tokio::test]
async fn a_device_waits_until_it_is_approved() -> Result<()> {
    let fleet = Fleet::new().await?;
    let token = fleet.token(&json!({ "approval": true })).await?;
    let script = r#"
key device.key
request device.key > device.req
post -fu "pump-7:$TOKEN" --data-binary @device.req -D head "$EST/.well-known/est/simpleenroll"
cat head
"#;
    let said = fleet.run(&token, script).await?.to_ascii_lowercase();
    ensure!(
        said.contains("http/1.1 202") && said.contains("retry-after: 30"),
        "{said}"
    );
    let polling = r#"
pki --est --url "$EST" --cacert "$ROOT" --in device.req --userpass "pump-7:$TOKEN" \
    --interval 1 --maxpolltime 60 --outform pem > device.pem
"#;
    let api = fleet.tidegate.api();
    let approving = async {
        eventually("the device waits", async || {
            let device = api.get("/accounts/acme/devices/pump-7").await?;
            Ok((device["state"] == "pending").then_some(()))
        })
        .await?;
        api.post("/accounts/acme/devices/pump-7/approve", &json!({}))
            .await
    };
    let (polled, approved) = tokio::join!(fleet.run(&token, polling), approving);
    approved?;
    polled?;
    fleet.talks("device.pem", "device.key").await
}

#[tokio::test]
async fn a_certificate_from_elsewhere_gets_one_of_ours() -> Result<()> {
    let fleet = Fleet::new().await?;
    let api = fleet.tidegate.api();
    let script = r#"
key factory.key
openssl req -x509 -new -key factory.key -subj /CN=factory -days 30 -out factory.pem \
    -addext keyUsage=critical,keyCertSign
signed() { # signed KEY NAME
    key "$1.key"
    openssl req -new -key "$1.key" -subj "/CN=$2" | openssl x509 -req -CA factory.pem \
        -CAkey factory.key -days 10 -out "$1.pem" -extfile <(echo "
            basicConstraints=critical,CA:false
            keyUsage=critical,digitalSignature
            extendedKeyUsage=clientAuth") 2> /dev/null
}
"#;
    fleet.run("", &format!("{script} cat factory.pem")).await?;
    let factory = std::fs::read_to_string(fleet.file("factory.pem"))?;
    let path = "/accounts/acme/enrolment-authorities";
    let body = json!({ "name": "factory", "role": "sensor", "certificate": factory });
    let made = api.post(path, &body).await?;
    let (id, challenge) = (made["id"].as_str(), made["challenge"].as_str());
    let (id, challenge) = (id.context("an id")?, challenge.context("a challenge")?);
    let script = script
        .replace("key factory.key\n", "")
        .replace("openssl req -x509 -new -key factory.key", "true");
    let prove = format!("{script}\nsigned proof {challenge}\nsigned born serial-1234");
    fleet.run("", &prove).await?;
    let proof = std::fs::read_to_string(fleet.file("proof.pem"))?;
    let proof = json!({ "certificate": proof });
    api.post(&format!("{path}/{id}/prove"), &proof).await?;
    let enrol = r#"
[ -f device.key ] || key device.key
request device.key > device.req
at=${AT:-.well-known/est/acme}
post --cert born.pem --key born.key --data-binary @device.req -o got -w '%{http_code}\n' \
    "$EST/$at/simpleenroll"
cat got
"#;
    let said = fleet.run("", enrol).await?;
    ensure!(said.starts_with("202"), "{said}");
    let devices = api.get("/accounts/acme/devices").await?;
    let name = devices["data"][0]["name"].as_str().context("a device")?;
    api.post(
        &format!("/accounts/acme/devices/{name}/approve"),
        &json!({}),
    )
    .await?;
    let done = format!("{enrol}\ncertificate < got > device.pem");
    let said = fleet.run("", &done).await?;
    ensure!(said.starts_with("200"), "{said}");
    let nowhere = enrol.replace(".well-known/est/acme", ".well-known/est");
    let said = fleet.run("", &nowhere).await?;
    ensure!(
        said.starts_with("401") && said.contains("names no account"),
        "{said}"
    );
    fleet.talks("device.pem", "device.key").await
}

#[tokio::test]
async fn revocations_outlive_a_kill_and_grace_is_a_matter_of_policy() -> Result<()> {
    let mut fleet = Fleet::new().await?;
    let policy = "/accounts/acme/roles/sensor/device-policy";
    let short = json!({ "certificate_seconds": 3600 });
    fleet.tidegate.api().patch(policy, &short).await?;
    let token = fleet.token(&json!({ "reusable": true })).await?;
    let enrol = r#"
for name in late gone; do
    key $name.key
    request $name.key | post -f -u "pump-$name:$TOKEN" --data-binary @- "$EST/simpleenroll" \
        | certificate > $name.pem
done
"#;
    fleet
        .run(&token, &enrol.replace("$EST/", "$EST/.well-known/est/"))
        .await?;
    let gone = "/accounts/acme/devices/pump-gone";
    fleet.tidegate.api().delete(gone).await?;
    fleet.tidegate.kill_and_restart().await?;
    fleet.talks("late.pem", "late.key").await?;
    assert!(fleet.talks("gone.pem", "gone.key").await.is_err());

    // Two hours later.
    let clock = super::agent::clock()?;
    let clock = clock.to_str().context("a path in UTF-8")?;
    let later = [("LD_PRELOAD", clock), ("FAKETIME", "+2h")];
    fleet.tidegate.kill_and_restart_in(&later).await?;
    let renew = r#"
key next.key
request next.key | post --cert late.pem --key late.key --data-binary @- \
    "$EST/.well-known/est/simplereenroll"
"#;
    let said = fleet.run(&token, renew).await?;
    ensure!(said.contains("certificate_expired"), "{said}");
    let grace = json!({ "grace_seconds": 86_400 });
    fleet.tidegate.api().patch(policy, &grace).await?;
    let script = format!("{renew} | certificate | openssl x509 -noout -ext subjectAltName");
    let script = script.replace("simplereenroll\"\n", "simplereenroll\"");
    let said = fleet.run(&token, &script).await?;
    ensure!(said.contains("/pump-late"), "{said}");
    Ok(())
}

#[tokio::test]
async fn errors_are_text_that_says_what_to_do() -> Result<()> {
    let fleet = Fleet::new().await?;
    fleet.tidegate.api().make_account("globex").await?;
    let token = fleet.token(&json!({})).await?;
    let script = r#"
key device.key
request device.key > device.req
at=$EST/.well-known/est
say() {
    echo "== $1"
    shift
    "$@" -w '%{http_code} %header{www-authenticate} %{content_type}\n'
}
say nothing   post --data-binary @device.req "$at/simpleenroll"
say unknown   post -u "pump-7:tg_enr_none" --data-binary @device.req "$at/simpleenroll"
say elsewhere post -u "pump-7:$TOKEN" --data-binary @device.req "$at/globex/simpleenroll"
say type      est -u "pump-7:$TOKEN" --data-binary @device.req "$at/simpleenroll"
say body      post -u "pump-7:$TOKEN" --data-binary hello "$at/simpleenroll"
head -c 20000 /dev/zero | tr '\0' A > large
say large     post -u "pump-7:$TOKEN" --data-binary @large "$at/simpleenroll"
say name      post -u "valve-7:$TOKEN" --data-binary @device.req "$at/simpleenroll"
say method    est "$at/simpleenroll"
say operation est "$at/fullcmc"
say renewal   post --data-binary @device.req "$at/simplereenroll"
post -fu "pump-7:$TOKEN" --data-binary @device.req "$at/simpleenroll" | certificate > device.pem
key other.key
request other.key > other.req
say used      post -u "pump-8:$TOKEN" --data-binary @other.req "$at/simpleenroll"
say account   post --cert device.pem --key device.key --data-binary @other.req \
    "$at/globex/simplereenroll"
say foreign   post --cert device.pem --key device.key --data-binary @other.req \
    "$at/acme/simpleenroll"
echo "== end"
"#;
    let said = fleet.run(&token, script).await?;
    let basic = "Basic realm=\"enrolment\"";
    for (what, status, text) in [
        ("nothing", "401", "the enrolment token as the password"),
        ("unknown", "401", "unknown_token"),
        ("elsewhere", "401", "unknown_token"),
        ("type", "415", "application/pkcs10"),
        ("body", "422", "send PKCS #10"),
        ("large", "413", "16 KiB"),
        ("name", "422", "pump-*"),
        ("method", "405", "Allow"),
        ("operation", "404", "Devices enrol here"),
        ("renewal", "401", "needs the device's certificate"),
        ("used", "403", "token_used"),
        ("account", "401", "other_account"),
        ("foreign", "401", "of no authority that this account takes"),
    ] {
        let (_, answer) = said
            .split_once(&format!("== {what}\n"))
            .context("an answer")?;
        let (answer, _) = answer.split_once("\n== ").context("an end")?;
        let (told, line) = answer.rsplit_once('\n').context("two lines")?;
        ensure!(
            told.contains(text) && told.contains("request req_"),
            "{what}: {answer}"
        );
        let login = if status == "401" { basic } else { "" };
        let expected = format!("{status} {login} text/plain; charset=utf-8");
        assert_eq!(line, expected, "{what}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn who_guesses_is_not_listened_to_for_a_while() -> Result<()> {
    let fleet = Fleet::new().await?;
    let token = fleet.token(&json!({})).await?;
    let script = r#"
key device.key
request device.key > device.req
at=$EST/.well-known/est/simpleenroll
for i in $(seq 700); do printf 'url = "%s"\noutput = /dev/null\n' "$at"; done > many
post -K many --data-binary @device.req -u x:y -w '%{http_code}\n' | sort | uniq -c
"#;
    let said = fleet.run(&token, script).await?;
    ensure!(said.contains(" 401") && said.contains(" 429"), "{said}");
    // It is not for ever.
    let enrol = r#"
post -fu "pump-7:$TOKEN" --data-binary @device.req "$EST/.well-known/est/simpleenroll" > got
"#;
    eventually("it is heard again", async || {
        Ok(fleet.run(&token, enrol).await.ok())
    })
    .await
    .map(drop)
}
