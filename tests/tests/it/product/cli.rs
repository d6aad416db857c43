//! The command line against a running server: everything over the API, nothing in a local store.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::{Cli, Tidegate};
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::clients::{connect, next};
use super::on_both_databases;

on_both_databases![
    tenants_are_made_shared_and_removed_by_commands,
    mistakes_are_told_with_their_place,
    a_command_that_is_repeated_is_carried_out_once,
    a_lost_answer_is_asked_for_again_and_nothing_is_made_twice,
    a_change_is_made_to_what_was_seen,
    lists_are_filtered_and_sorted_by_flags,
];

async fn tenants_are_made_shared_and_removed_by_commands(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    let made = cli.json("account create acme").await?;
    assert_eq!(
        (&made["slug"], &made["live"]),
        (&"acme".into(), &true.into())
    );
    cli.ok("account add globex --limits.connections 10 --limits.bearer-users=false")
        .await?;
    let shown = cli.json("account show globex").await?;
    assert_eq!(shown["limits"]["connections"], 10);
    assert_eq!(shown["limits"]["bearer_users"], false);
    let table = cli.ok("account ls").await?;
    let names: Vec<&str> = table
        .lines()
        .filter_map(|it| it.split_whitespace().next())
        .collect();
    assert_eq!(names, ["NAME", "acme", "globex"]);

    cli.ok("user create orders -a acme --allow-pub orders.> --allow-pub _INBOX.> --out o.creds")
        .await?;
    let (creds, mode) = cli.read(Path::new("o.creds"))?;
    assert_eq!(mode, 0o600);
    let taken = cli
        .run("user create other -a acme --out o.creds")
        .await?
        .refused()?;
    assert!(taken.contains("o.creds"), "{taken}");
    let users = cli.json("user list -a acme").await?;
    assert_eq!(
        users.as_array().map(Vec::len),
        Some(1),
        "nobody was made: {users}"
    );
    assert_eq!(users[0]["permissions"]["publish"]["allow"][0], "orders.>");

    cli.ok("export create -a acme --subject orders.> --kind stream --visibility public")
        .await?;
    cli.ok("import create -a globex --from acme --subject orders.> --kind stream")
        .await?;
    let shop = cli.json("user create shop -a globex").await?;
    let shop = connect(
        &tidegate.nats_url(),
        shop["creds"].as_str().context("creds")?,
    )
    .await?;
    let mut heard = shop.subscribe("orders.>").await?;
    shop.flush().await?;
    let orders = connect(&tidegate.nats_url(), &creds).await?;
    let publish = async || -> Result<()> {
        orders.publish("orders.eu", "x".into()).await?;
        Ok(orders.flush().await?)
    };
    tests::wait::eventually("the import works", async || {
        publish().await?;
        Ok(next(&mut heard).await.ok())
    })
    .await?;
    cli.ok("account rm globex").await?;
    let gone = cli.run("account get globex").await?.refused()?;
    assert!(
        gone.contains("There is no such thing (404 not_found)"),
        "{gone}"
    );
    let trail = cli.ok("audit list").await?;
    assert!(trail.contains("account.delete"), "{trail}");
    globex_comes_back(&tidegate, &cli).await
}

/// A deleted account is restored, and the servers that it is on are looked after.
async fn globex_comes_back(tidegate: &Tidegate, cli: &Cli) -> Result<()> {
    assert_eq!(count(cli, "account list-deleted").await?, 1);
    cli.ok("account undelete globex").await?;
    cli.ok("account update-settings globex --description back")
        .await?;
    let shown = cli.ok("account settings globex").await?;
    assert!(shown.contains("back"), "{shown}");
    cli.ok("system creds --out system.creds").await?;
    let (creds, _) = cli.read(Path::new("system.creds"))?;
    let system = connect(&tidegate.nats_url(), &creds).await?;
    system
        .request("$SYS.REQ.SERVER.PING", "".into())
        .await
        .context("servers answer")?;
    Ok(())
}

async fn mistakes_are_told_with_their_place(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    let refused = cli.run("account create ***").await?.refused()?;
    assert!(refused.contains("(422 invalid)"), "{refused}");
    assert!(refused.contains("/slug: "), "{refused}");
    let refused = cli.run("user ls").await?.refused()?;
    assert!(refused.contains("say which account"), "{refused}");
    for line in [
        "account fly",
        "nothing",
        "account create",
        "user ls --limit many",
    ] {
        let said = cli.run(line).await?;
        assert_eq!(said.code, Some(2), "{line}: {said:?}");
        assert!(said.err.contains("error: "), "{line}: {said:?}");
    }
    let help = cli.run("user create --help").await?.fine()?;
    assert!(help.contains("--permissions.publish.allow"), "{help}");
    Ok(())
}

#[tokio::test]
async fn bodies_come_from_files_too_and_answers_in_yaml() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    cli.write(
        "acme.yaml",
        "name: Acme Inc.\nslug: acme\nlimits:\n  connections: 5\n",
    )?;
    cli.ok("account create -f acme.yaml --limits.payload-bytes 1024")
        .await?;
    let shown = cli.ok("account get acme -o yaml").await?;
    for line in [
        "name: Acme Inc.",
        "  connections: 5",
        "  payload_bytes: 1024",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line} in {shown}");
    }
    let made = cli
        .run_with("account create -f -", "{\"name\": \"beta\"}")
        .await?
        .fine()?;
    assert!(made.contains("beta"), "{made}");
    let config = cli.ok("system conf").await?;
    assert!(config.starts_with("operator: "), "{config}");
    Ok(())
}

#[tokio::test]
async fn contexts_remember_where_and_who() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    tidegate.api().make_account("acme").await?;
    tidegate.api().make_user("acme", "orders").await?;
    let cli = Cli::remote()?;
    let lost = cli.run("account ls").await?.refused()?;
    assert!(lost.contains("tidegate context add"), "{lost}");
    let url = tidegate.http_url();
    let add = format!("context add home --url {url}");
    cli.run_with(&add, tidegate.token()).await?.fine()?;
    let (file, mode) = cli.read(Path::new(".config/tidegate/contexts.json"))?;
    assert_eq!(mode, 0o600);
    assert!(file.contains(tidegate.token()));
    assert!(cli.ok("account ls").await?.contains("acme"));
    cli.ok("context use --account acme").await?;
    assert!(cli.ok("user ls").await?.contains("orders"));
    let listed = cli.ok("context ls").await?;
    assert!(
        listed.contains("home") && !listed.contains(tidegate.token()),
        "{listed}"
    );

    cli.run_with(&format!("context add other --url {url}"), "tg_svc_wrong")
        .await?
        .fine()?;
    let refused = cli.run("account ls").await?.refused()?;
    assert!(refused.contains("(401 unauthorized)"), "{refused}");
    assert!(cli.ok("account ls --context home").await?.contains("acme"));
    let open = cli
        .run_with("context add far --url http://192.0.2.1:8080", "x")
        .await?
        .refused()?;
    assert!(open.contains("is not encrypted"), "{open}");
    cli.ok("context rm other").await?;
    let none = cli.run("account ls --context other").await?.refused()?;
    assert!(none.contains("there are home"), "{none}");
    Ok(())
}

#[tokio::test]
async fn shells_can_complete_commands() -> Result<()> {
    let cli = Cli::remote()?;
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = cli.ok(&format!("completion {shell}")).await?;
        assert!(script.contains("account"), "{shell}: {script}");
        assert!(script.contains("permissions.publish.allow"), "{shell}");
    }
    Ok(())
}

/// How many rows a list has.
async fn count(cli: &Cli, line: &str) -> Result<usize> {
    let rows = cli.json(line).await?;
    Ok(rows.as_array().context("a list")?.len())
}

async fn a_command_that_is_repeated_is_carried_out_once(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    cli.ok("account create acme").await?;
    let make = "user create orders -a acme --idempotency-key night-run-7";
    let first = cli.json(make).await?;
    let again = cli.json(make).await?;
    assert_eq!(first, again, "the same answer, secrets too");
    let other = cli.run("user create other -a acme --idempotency-key night-run-7");
    let other = other.await?.refused()?;
    assert!(other.contains("(422 idempotency_key_reused)"), "{other}");
    assert_eq!(count(&cli, "user ls -a acme").await?, 1);
    Ok(())
}

/// Lets the first request through and closes the connection when its answer comes.
async fn lose_an_answer(listener: TcpListener, server: SocketAddr) -> Result<()> {
    let (mut client, _) = listener.accept().await?;
    let mut upstream = TcpStream::connect(server).await?;
    let (mut to_read, mut to_write) = upstream.split();
    let mut first_byte = [0];
    let (mut asks, mut answers) = client.split();
    tokio::select! {
        copied = tokio::io::copy(&mut asks, &mut to_write) => { copied?; }
        read = to_read.read(&mut first_byte) => { ensure!(read? == 1, "there is an answer"); }
    }
    tokio::io::AsyncWriteExt::shutdown(&mut answers).await?;
    drop(client);
    loop {
        let (mut client, _) = listener.accept().await?;
        let mut upstream = TcpStream::connect(server).await?;
        tokio::spawn(async move { copy_bidirectional(&mut client, &mut upstream).await });
    }
}

async fn a_lost_answer_is_asked_for_again_and_nothing_is_made_twice(
    tidegate: Tidegate,
) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tidegate.http_url();
    let server = server.trim_start_matches("http://").parse()?;
    let proxy = tokio::spawn(lose_an_answer(listener, server));
    let cli = Cli::remote()?;
    let add = format!("context add shaky --url {url}");
    cli.run_with(&add, tidegate.token()).await?.fine()?;
    // Names of keys are not unique: without an Idempotency-Key there were two now.
    let made = cli.json("key create deploy").await?;
    assert!(made["token"].is_string(), "{made}");
    assert_eq!(count(&cli, "key ls --name deploy").await?, 1);
    proxy.abort();
    Ok(())
}

async fn a_change_is_made_to_what_was_seen(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    let made = cli.json("account create acme").await?;
    let seen = made["version"].as_i64().context("a version")?;
    let change = format!("account edit acme --limits.connections 5 --if-match {seen}");
    cli.ok(&change).await?;
    let stale = cli.run(&change).await?.refused()?;
    assert!(stale.contains("(412 precondition_failed)"), "{stale}");
    assert!(stale.contains("read it again"), "{stale}");
    // Without it, what is there now is read first.
    let now = cli.json("account edit acme --limits.connections 6").await?;
    assert_eq!(now["limits"]["connections"], 6);
    let tried = cli.json("account rm acme --dry-run").await?;
    assert!(tried["impact"].is_object(), "{tried}");
    assert_eq!(count(&cli, "account ls").await?, 1);
    Ok(())
}

async fn lists_are_filtered_and_sorted_by_flags(tidegate: Tidegate) -> Result<()> {
    let cli = tidegate.cli()?;
    cli.ok("account create acme").await?;
    for name in ["orders", "offers", "shop"] {
        cli.ok(&format!("user create {name} -a acme")).await?;
    }
    let names = async |flags: &str| -> Result<Vec<Value>> {
        let rows = cli.json(&format!("user ls -a acme {flags}")).await?;
        let rows = rows.as_array().context("a list")?.clone();
        Ok(rows.iter().map(|row| row["name"].clone()).collect())
    };
    assert_eq!(names("--search o").await?, ["offers", "orders"]);
    assert_eq!(names("--sort=-name --limit 2").await?, ["shop", "orders"]);
    assert_eq!(names("--name shop --name orders").await?.len(), 2);
    assert!(names("--bearer").await?.is_empty());
    let trail = "audit ls --action user.create --action account.create";
    assert_eq!(count(&cli, trail).await?, 4);
    Ok(())
}

#[tokio::test]
async fn a_user_may_keep_its_seed_to_itself() -> Result<()> {
    let tidegate = Tidegate::serve().await?;
    let cli = tidegate.cli()?;
    cli.ok("account create acme").await?;
    let public = cli.ok("nkey user --out own.nk").await?;
    let (seed, mode) = cli.read(Path::new("own.nk"))?;
    assert_eq!(mode, 0o600);
    assert_eq!(cli.ok("nkey --public own.nk").await?, public);
    assert!(!public.contains(seed.trim()));
    let make = "user create own -a acme --nkey own.nk --out own.creds";
    let made = cli.json(make).await?;
    assert_eq!(made["public_key"], public.trim());
    let (creds, _) = cli.read(Path::new("own.creds"))?;
    assert!(creds.contains(seed.trim()));
    connect(&tidegate.nats_url(), &creds).await?;

    let told = cli.json("describe own.creds").await?;
    assert_eq!(
        (&told["name"], &told["sub"]),
        (&"own".into(), &made["public_key"])
    );
    let broken = creds.replacen("eyJ", "eyK", 2);
    cli.write("broken.creds", &broken)?;
    cli.run("describe broken.creds").await?.refused()?;
    let none = cli.run("describe own.nk").await?.refused()?;
    assert!(none.contains("own.nk holds no JWT"), "{none}");
    cli.ok("nkey account --out account.nk").await?;
    let wrong = cli.run("user create x -a acme --nkey account.nk").await?;
    assert!(wrong.refused()?.contains("is not a user's"));
    Ok(())
}

#[tokio::test]
async fn bash_completes_nouns_verbs_and_flags() -> Result<()> {
    let cli = Cli::remote()?;
    cli.write("completion", &cli.ok("completion bash").await?)?;
    for (words, expected) in [
        (&["tidegate", "acc"][..], "account"),
        (&["tidegate", "user", "rot"], "rotate"),
        (&["tidegate", "import", "ns"], "nsc"),
        (
            &["tidegate", "user", "create", "--perm"],
            "--permissions.publish.allow",
        ),
        (&["tidegate", "account", "ls", "-o", "y"], "yaml"),
    ] {
        let asked = format!(
            "source completion; COMP_WORDS=({}); COMP_CWORD={}; _tidegate tidegate {} {}; \
             echo \"${{COMPREPLY[@]}}\"",
            words.join(" "),
            words.len() - 1,
            words[words.len() - 1],
            words[words.len() - 2],
        );
        let output = Command::new("bash")
            .args(["-c", &asked])
            .current_dir(cli.home("."))
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            said.split_whitespace().any(|it| it == expected),
            "{words:?}: {said} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
