//! Commands that are not endpoints: a plain client, sign-in, reports over all accounts.

use std::fs;
use std::path::Path;

use accounts::{ExportClaim, ImportClaim, ShareKind};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tests::mint::{Operator, Tenant};
use tests::{Certs, Cli, Session, Tidegate};
use totp_rs::{Builder, Secret};

const PASSWORD: &str = "correct-horse-battery";

/// What a command says at its end, while another one is given again and again.
async fn meanwhile(cli: &Cli, waiting: &str, again: &str) -> Result<String> {
    let waiting = cli.ok(waiting);
    tokio::pin!(waiting);
    loop {
        tokio::select! {
            said = &mut waiting => return said,
            done = cli.run(again) => { done?; }
        }
    }
}

#[tokio::test]
async fn a_plain_client_tries_out_credentials() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    cli.ok("account create acme").await?;
    let rights = "--allow-pub orders.> --allow-pub _INBOX.> --allow-sub orders.>";
    cli.ok(&format!(
        "user create orders -a acme {rights} --allow-sub _INBOX.> --out o.creds"
    ))
    .await?;
    let publish = "nats pub orders.eu hello -H Kind:new --creds o.creds";
    let heard = meanwhile(&cli, "nats sub orders.> --count 1 --creds o.creds", publish).await?;
    assert_eq!(heard, "[1] orders.eu\nKind: new\nhello\n\n", "{heard:?}");
    let raw = "nats sub orders.* --count 2 --raw --queue q --creds o.creds";
    let heard = meanwhile(&cli, raw, publish).await?;
    assert_eq!(heard, "hello\nhello\n");

    let refused = cli
        .run("nats pub secret x --creds o.creds")
        .await?
        .refused()?;
    assert!(
        refused.contains("Permissions Violation for Publish to \"secret\""),
        "{refused}"
    );
    let refused = cli.run("nats sub secret --creds o.creds").await?;
    assert!(
        refused
            .err
            .contains("Permissions Violation for Subscription"),
        "{refused:?}"
    );
    let silence = "nats request orders.nobody x --creds o.creds --timeout 2";
    let silence = cli.run(silence).await?.refused()?;
    assert!(
        silence.contains("nobody answers on orders.nobody"),
        "{silence}"
    );
    let guest = cli.run("nats pub orders.eu x").await?.refused()?;
    assert!(guest.contains("uthorization"), "{guest}");

    // Who answers gives back what was asked.
    let answering = cli.run("nats reply orders.echo --creds o.creds");
    tokio::pin!(answering);
    let asked = async {
        loop {
            let said = cli
                .run("nats request orders.echo ping --raw --creds o.creds")
                .await?;
            if said.code == Some(0) {
                return anyhow::Ok(said.out);
            }
        }
    };
    tokio::select! {
        said = &mut answering => bail!("it ended with {:?}", said?),
        answer = asked => assert_eq!(answer?, "ping\n"),
    }
    let rtt = cli.ok("nats rtt --count 3 --creds o.creds").await?;
    assert!(rtt.contains("on average") && rtt.contains("of 3"), "{rtt}");
    contexts_of_nats(&tidegate, &cli).await
}

/// The `nats` command line finds server and credentials by the name of a context.
async fn contexts_of_nats(tidegate: &Tidegate, cli: &Cli) -> Result<()> {
    cli.ok("nats context acme --creds o.creds --select").await?;
    let (text, mode) = cli.read(Path::new(".config/nats/context/acme.json"))?;
    assert_eq!(mode, 0o600);
    let context: Value = serde_json::from_str(&text)?;
    assert_eq!(context["url"], tidegate.nats_url());
    let creds = context["creds"].as_str().context("a path")?;
    assert!(
        Path::new(creds).is_absolute() && creds.ends_with("/o.creds"),
        "{creds}"
    );
    let (chosen, _) = cli.read(Path::new(".config/nats/context.txt"))?;
    assert_eq!(chosen, "acme");
    let twice = cli
        .run("nats context acme --creds o.creds")
        .await?
        .refused()?;
    assert!(twice.contains("--force"), "{twice}");
    cli.ok("nats context acme --creds o.creds --force").await?;
    let odd = cli.run("nats context ../x").await?.refused()?;
    assert!(odd.contains("the name of a context"), "{odd}");
    Ok(())
}

#[tokio::test]
async fn a_plain_client_speaks_tls() -> Result<()> {
    let certs = Certs::new()?;
    let config = certs.dir().join("tidegate.conf");
    fs::write(&config, certs.block(""))?;
    let config = config.to_str().context("a path in UTF-8")?;
    let tidegate = Tidegate::serve_with(&["--config", config]).await?;
    let cli = tidegate.cli()?;
    cli.ok("account create acme").await?;
    cli.ok("user create orders -a acme --out o.creds").await?;

    let ca = certs.authority_file();
    let known = format!("--creds o.creds --ca {}", ca.display());
    let rtt = cli.ok(&format!("nats rtt --count 1 {known}")).await?;
    assert!(rtt.contains("of 1"), "{rtt}");
    let port = tidegate.nats().port();
    for scheme in ["tls", "nats"] {
        let url = format!("--server {scheme}://localhost:{port}");
        cli.ok(&format!("nats pub orders.eu hello {url} {known}"))
            .await?;
    }
    // A server of somebody else's authority is told nothing.
    let other = Certs::new()?;
    let ca = other.authority_file();
    let stranger = format!("nats rtt --count 1 --creds o.creds --ca {}", ca.display());
    let refused = cli.run(&stranger).await?.refused()?;
    assert!(refused.contains("certificate"), "{refused}");
    Ok(())
}

/// Makes a person of this account.
async fn invite(admin: &Cli, email: &str, account: &str) -> Result<()> {
    let invite = "invitation create --role account_observer";
    let link = format!("{invite} --email {email} --account {account}");
    let link = admin.json(&link).await?;
    let token = link["token"].as_str().context("a token")?;
    let accept = format!("invitation accept --token {token} --name Ada --password {PASSWORD}");
    admin.ok(&accept).await?;
    Ok(())
}

/// The code of the seed, some steps of half a minute away.
fn code(seed: &str, steps: u64) -> Result<String> {
    let secret = Secret::try_from_base32(seed)?;
    let totp = Builder::new().with_secret(secret).build()?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(totp.generate(now.as_secs() + steps * 30).to_string())
}

#[tokio::test]
async fn a_person_signs_in_with_a_second_factor() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let admin = tidegate.cli()?;
    admin.ok("account create acme").await?;
    invite(&admin, "ada@example.org", "acme").await?;
    let url = tidegate.http_url();
    let mut session = Session::begin(&url, "ada@example.org", PASSWORD).await?;
    let seed = session
        .post("/session/totp", &json!({ "password": PASSWORD }))
        .await?;
    let seed = seed["secret"].as_str().context("a seed")?;
    let used = code(seed, 0)?;
    let shown = json!({ "code": used });
    session.post("/session/totp/verify", &shown).await?;

    let cli = Cli::remote()?;
    let login = format!("login work --url {url} --email ada@example.org -a acme");
    let typed = format!("{PASSWORD}\n{used}\n");
    let used = cli.run_with(&login, &typed).await?.refused()?;
    assert!(used.contains("(401 "), "a code is good once: {used}");
    let silent = cli.run_with(&login, &format!("{PASSWORD}\n")).await?;
    let silent = silent.refused()?;
    assert!(silent.contains("Code of your second factor"), "{silent}");
    let lost = cli.run("user ls").await?.refused()?;
    assert!(lost.contains("no context is in use"), "{lost}");
    let typed = format!("{PASSWORD}\n{}\n", code(seed, 1)?);
    let said = cli.run_with(&login, &typed).await?.fine()?;
    assert!(said.contains("signed in as ada@example.org"), "{said}");
    cli.ok("user ls").await?;
    Ok(())
}

#[tokio::test]
async fn a_person_signs_in_for_a_key_and_out_again() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let admin = tidegate.cli()?;
    admin.ok("account create acme").await?;
    admin.ok("user create orders -a acme").await?;
    invite(&admin, "ada@example.org", "acme").await?;

    let cli = Cli::remote()?;
    let login = format!(
        "login work --url {} --email ada@example.org",
        tidegate.http_url()
    );
    let wrong = cli
        .run_with(&login, "something-else-12\n")
        .await?
        .refused()?;
    assert!(wrong.contains("(401 "), "{wrong}");
    let lost = cli.run("user ls -a acme").await?.refused()?;
    assert!(lost.contains("no context is in use"), "{lost}");
    let login = format!("{login} -a acme --days 2");
    let said = cli
        .run_with(&login, &format!("{PASSWORD}\n"))
        .await?
        .fine()?;
    assert!(
        said.contains("signed in as ada@example.org (account_observer)"),
        "{said}"
    );
    assert!(cli.ok("user ls").await?.contains("orders"));
    let refused = cli.run("user create other").await?.refused()?;
    assert!(refused.contains("users:write"), "{refused}");
    let (file, mode) = cli.read(Path::new(".config/tidegate/contexts.json"))?;
    assert_eq!(mode, 0o600);
    assert!(!file.contains(PASSWORD));
    let contexts: Value = serde_json::from_str(&file)?;
    let key = contexts["contexts"]["work"]["token"]
        .as_str()
        .context("a key")?;
    assert!(key.starts_with("tg_pat_"), "{key}");
    // The session that made the key is over; what it made is in the trail.
    let trail = admin.ok("audit list").await?;
    assert!(trail.contains("api_key.create"), "{trail}");

    // Whoever may read only still ends what is their own.
    cli.ok("logout").await?;
    let gone = cli.run("user ls -a acme").await?.refused()?;
    assert!(gone.contains("no context is in use"), "{gone}");
    let add = format!("context add old --url {}", tidegate.http_url());
    cli.run_with(&add, key).await?.fine()?;
    let revoked = cli.run("user ls -a acme").await?.refused()?;
    assert!(revoked.contains("(401 unauthorized)"), "{revoked}");
    let foreign = cli.run("logout").await?.refused()?;
    assert!(foreign.contains("was not made by"), "{foreign}");
    Ok(())
}

#[tokio::test]
async fn reports_go_through_all_accounts() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    for account in ["acme", "globex"] {
        cli.ok(&format!("account create {account}")).await?;
        cli.ok(&format!("user create year -a {account}")).await?;
        let soon = format!("user create soon -a {account} --expires-in-seconds 86400");
        cli.ok(&soon).await?;
    }
    let ending = async |flags: &str| -> Result<Vec<String>> {
        let rows = cli.json(&format!("expirations {flags}")).await?;
        let rows = rows.as_array().context("a list")?;
        let text = |row: &Value| format!("{}/{}", row["account"], row["name"]).replace('"', "");
        Ok(rows.iter().map(text).collect())
    };
    let mut soon = ending("--within 2d").await?;
    soon.sort();
    assert_eq!(soon, ["acme/soon", "globex/soon"]);
    assert_eq!(ending("--within 2d -a acme").await?, ["acme/soon"]);
    assert_eq!(ending("--within 1h").await?, Vec::<String>::new());
    assert_eq!(ending("--within 60w").await?.len(), 4);
    let odd = cli.run("expirations --within soon").await?;
    assert_eq!(odd.code, Some(2), "{odd:?}");

    let fine = cli.run("validate").await?;
    assert_eq!(fine.code, Some(0), "{fine:?}");
    assert!(fine.err.contains("2 accounts are in order"), "{fine:?}");
    cli.ok("export create -a acme --subject orders.> --kind stream --visibility public")
        .await?;
    cli.ok("import create -a globex --from acme --subject orders.> --kind stream")
        .await?;
    let drawn = cli.ok("sharing graph -a globex -o mermaid").await?;
    assert!(drawn.starts_with("flowchart LR\n  a0[\"acme\"]"), "{drawn}");
    let drawn = cli.ok("sharing whole-graph -o dot").await?;
    assert!(
        drawn.contains("\"acme\" -> \"globex\" [label=\"stream: orders.>\"];"),
        "{drawn}"
    );
    let import = cli.json("import ls -a globex").await?;
    let import = import[0]["id"].as_str().context("an import")?;
    let moved = format!("import edit {import} -a globex --local-subject acme.>");
    assert!(cli.ok(&moved).await?.contains("acme.>"));

    let export = cli.json("export ls -a acme").await?;
    let export = export[0]["id"].as_str().context("an export")?;
    cli.ok(&format!("export rm {export} -a acme")).await?;
    let broken = cli.run("validate").await?;
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.out.contains("globex: error: import"), "{broken:?}");
    assert!(broken.err.contains("1 errors in 2 accounts"), "{broken:?}");
    cli.ok("validate -a acme").await?;

    let jwt = cli.ok("account claims acme -o jwt").await?;
    cli.write("acme.jwt", &jwt)?;
    let described = cli.ok("describe acme.jwt").await?;
    assert!(described.contains("acme"), "{described}");
    Ok(())
}

#[tokio::test]
async fn a_cycle_that_came_in_is_named() -> Result<()> {
    let operator = Operator::default();
    let (mut first, mut second) = (Tenant::new("first"), Tenant::new("second"));
    let takes = |from: &Tenant, subject: &str, local: &str| {
        let mut import = ImportClaim::new(ShareKind::Service, from.public(), subject);
        import.local_subject = local.to_owned();
        import
    };
    let offers = |subject: &str| ExportClaim::new(ShareKind::Service, subject);
    first.body.exports = vec![offers("a")];
    second.body.exports = vec![offers("b")];
    first.body.imports = vec![takes(&second, "b", "a")];
    second.body.imports = vec![takes(&first, "a", "b")];

    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    cli.write("operator.jwt", &operator.jwt())?;
    fs::create_dir(cli.home("jwt"))?;
    for tenant in [&operator.system, &first, &second] {
        let file = format!("jwt/{}.jwt", tenant.public());
        cli.write(&file, &operator.account_jwt(tenant))?;
    }
    cli.ok("import resolver jwt --operator operator.jwt")
        .await?;
    let found = cli.run("validate").await?;
    assert_eq!(found.code, Some(1), "{found:?}");
    let cycles = found.out.matches("its imports form a cycle").count();
    assert_eq!(cycles, 1, "{found:?}");
    let named = |way: &str| found.out.contains(way);
    assert!(
        named("first → second → first") || named("second → first → second"),
        "{found:?}"
    );
    Ok(())
}
