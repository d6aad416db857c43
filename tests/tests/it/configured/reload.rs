//! Accounts and users that change while clients are connected.

use anyhow::Result;
use rustix::process::Signal;
use tests::wait::eventually;
use tests::{Broker, Frame, Which};

use super::{login, password, refusal};
use crate::both::on_both;

on_both![
    who_has_no_user_any_more_is_closed,
    who_moves_to_another_account_is_closed_without_an_error,
    permissions_change_under_a_client,
    imports_change_under_clients,
    a_password_may_be_hashed_under_a_client,
    what_is_wrong_changes_nothing,
];

const TAKEN: &str = "Reloaded server configuration";
const REFUSED: &str = "Failed to reload server configuration";

/// Puts this into the place of what was configured before, and waits for `outcome` in the log.
async fn reload(broker: &mut Broker, extra: &str, outcome: &str) -> Result<()> {
    let text = format!("host: 127.0.0.1\nport: -1\nserver_name: tested\n{extra}\n");
    std::fs::write(broker.dir().join("broker.conf"), text)?;
    let daemon = broker.daemon();
    let count = |output: String| output.matches(outcome).count();
    let before = count(daemon.output());
    daemon.signal(Signal::HUP);
    eventually("a reload", async || {
        Ok((count(daemon.output()) > before).then_some(()))
    })
    .await
}

fn users(list: &str) -> String {
    format!("authorization {{ users: [ {list} ] }}")
}

async fn who_has_no_user_any_more_is_closed(which: Which) -> Result<()> {
    let all = "{user: a, password: a} {user: b, password: b} {user: c, password: c}";
    let mut broker = Broker::start(which, &users(&all.replace("} {", "}\n{")))?;
    let mut a = login(&broker, "a").await?;
    let mut b = login(&broker, "b").await?;
    let mut c = login(&broker, "c").await?;
    c.subscribe("x", "1").await?;
    let fewer = users("{user: b, password: other}\n{user: c, password: c}");
    reload(&mut broker, &fewer, TAKEN).await?;
    assert_eq!(a.errors_until_closed().await?, Vec::<String>::new());
    assert_eq!(b.errors_until_closed().await?, ["Authorization Violation"]);
    c.publish("x", "still here").await?;
    assert_eq!(c.message().await?.brief(), ("x", "still here".into()));
    assert!(refusal(&broker, &password("a", "a")).await?.is_some());
    assert!(refusal(&broker, &password("b", "other")).await?.is_none());
    Ok(())
}

async fn who_moves_to_another_account_is_closed_without_an_error(which: Which) -> Result<()> {
    let accounts = |of_a: &str, of_b: &str| {
        format!("accounts {{ A {{ users: [ {of_a} ] }}, B {{ users: [ {of_b} ] }} }}")
    };
    let (a, b) = ("{user: a, password: a}", "{user: b, password: b}");
    let mut broker = Broker::start(which, &accounts(a, b))?;
    let mut moved = login(&broker, "a").await?;
    let mut other = login(&broker, "b").await?;
    other.subscribe("x", "1").await?;
    let together = accounts("", &format!("{a}\n{b}"));
    reload(&mut broker, &together, TAKEN).await?;
    assert_eq!(moved.errors_until_closed().await?, Vec::<String>::new());
    let mut moved = login(&broker, "a").await?;
    moved.publish("x", "here").await?;
    assert_eq!(other.message().await?.brief(), ("x", "here".into()));
    Ok(())
}

async fn permissions_change_under_a_client(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, &users("{user: a, password: a}"))?;
    let mut a = login(&broker, "a").await?;
    a.subscribe("x", "1").await?;
    a.subscribe("y", "2").await?;
    let narrowed = "{user: a, password: a, permissions: {subscribe: y, publish: {deny: z}}}";
    reload(&mut broker, &users(narrowed), TAKEN).await?;
    let expected = "Permissions Violation for Subscription to \"x\"";
    assert!(a.error().await?.starts_with(expected));
    for subject in ["x", "y"] {
        a.publish(subject, "").await?;
    }
    assert_eq!(a.messages().await?, [("y".to_owned(), String::new())]);
    a.publish("z", "").await?;
    assert_eq!(
        a.error().await?,
        "Permissions Violation for Publish to \"z\""
    );
    Ok(())
}

async fn imports_change_under_clients(which: Which) -> Result<()> {
    let accounts = |imports: &str| {
        format!(
            "accounts {{
                A {{ users: [ {{user: a, password: a}} ], exports: [ {{stream: x}} ] }}
                B {{ users: [ {{user: b, password: b}} ], imports: [ {imports} ] }} }}"
        )
    };
    let mut broker = Broker::start(which, &accounts(""))?;
    let [mut a, mut b] = [login(&broker, "a").await?, login(&broker, "b").await?];
    b.subscribe(">", "1").await?;
    let import = "{stream: {account: A, subject: x}, prefix: from}";
    for (imports, expected) in [(import, 1), ("", 0), (import, 1)] {
        reload(&mut broker, &accounts(imports), TAKEN).await?;
        a.publish("x", "").await?;
        a.sync().await?;
        assert_eq!(b.messages().await?.len(), expected, "{imports:?}");
    }
    Ok(())
}

async fn a_password_may_be_hashed_under_a_client(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, &users("{user: a, password: a}"))?;
    let mut a = login(&broker, "a").await?;
    let hash = bcrypt::hash("a", 4)?;
    let hashed = users(&format!("{{user: a, password: \"{hash}\"}}"));
    reload(&mut broker, &hashed, TAKEN).await?;
    a.subscribe("x", "1").await?;
    a.publish("x", "").await?;
    a.message().await?;
    login(&broker, "a").await.map(drop)
}

async fn what_is_wrong_changes_nothing(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, &users("{user: a, password: a}"))?;
    let mut a = login(&broker, "a").await?;
    let twice = users("{user: b, password: b}\n{user: b, password: c}");
    reload(&mut broker, &twice, REFUSED).await?;
    assert_eq!(a.sync().await?, Vec::<Frame>::new());
    login(&broker, "a").await.map(drop)
}
