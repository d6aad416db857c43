//! Accounts and users that change while clients are connected.

use anyhow::Result;
use serde_json::json;
use tests::broker::{NOT_RELOADED, RELOADED};
use tests::mint::Tenant;
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
    guests_and_callouts_change_at_a_restart,
    a_guest_may_go_with_its_user,
    a_user_may_come_to_need_a_proxy,
];

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
    broker.reload(&fewer, RELOADED).await?;
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
    broker.reload(&together, RELOADED).await?;
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
    broker.reload(&users(narrowed), RELOADED).await?;
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
        broker.reload(&accounts(imports), RELOADED).await?;
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
    broker.reload(&hashed, RELOADED).await?;
    a.subscribe("x", "1").await?;
    a.publish("x", "").await?;
    a.message().await?;
    login(&broker, "a").await.map(drop)
}

async fn what_is_wrong_changes_nothing(which: Which) -> Result<()> {
    let mut broker = Broker::start(which, &users("{user: a, password: a}"))?;
    let mut a = login(&broker, "a").await?;
    let twice = users("{user: b, password: b}\n{user: b, password: c}");
    broker.reload(&twice, NOT_RELOADED).await?;
    assert_eq!(a.sync().await?, Vec::<Frame>::new());
    login(&broker, "a").await.map(drop)
}

async fn guests_and_callouts_change_at_a_restart(which: Which) -> Result<()> {
    let two = users("{user: a, password: a}\n{user: b, password: b}");
    let guest = |name: &str| format!("no_auth_user: {name}\n{two}");
    let issuer = Tenant::new("issuer").public();
    let callout = |more: &str| {
        let asked = format!("auth_callout {{ issuer: {issuer}, auth_users: [ {more} ] }}");
        format!("authorization {{ user: a, password: a, {asked} }}")
    };
    let bound =
        |is: bool| format!("authorization {{ user: a, password: a, proxy_required: {is} }}");
    let web = |password: &str| {
        let login = format!("authorization {{ user: w, password: {password} }}");
        format!("websocket {{ listen: \"127.0.0.1:-1\", no_tls: true, {login} }}")
    };
    let cases = [
        (two.clone(), guest("a"), "NoAuthUser: old=, new=a"),
        (guest("a"), guest("b"), "NoAuthUser: old=a, new=b"),
        (guest("a"), two.clone(), "NoAuthUser: old=a, new="),
        (
            bound(true),
            bound(false),
            "ProxyRequired: old=true, new=false",
        ),
        (callout("a"), callout("a, b"), "AuthCallout"),
        (
            "authorization { user: a, password: a }".to_owned(),
            callout("a"),
            "AuthCallout",
        ),
        (web("one"), web("two"), "Websocket"),
    ];
    for (before, after, what) in cases {
        let mut broker = Broker::start(which, &before)?;
        broker.reload(&after, NOT_RELOADED).await?;
        let told = format!("config reload not supported for {what}");
        let output = broker.output();
        assert!(output.contains(&told), "{what}: {output}");
    }
    Ok(())
}

async fn a_guest_may_go_with_its_user(which: Which) -> Result<()> {
    let [a, b] = ["a", "b"].map(|name| format!("{{user: {name}, password: {name}}}"));
    let before = format!("no_auth_user: a\n{}", users(&format!("{a}\n{b}")));
    let mut broker = Broker::start(which, &before)?;
    assert!(refusal(&broker, &json!({})).await?.is_none());
    broker.reload(&users(&b), RELOADED).await?;
    assert!(refusal(&broker, &json!({})).await?.is_some());
    Ok(())
}

async fn a_user_may_come_to_need_a_proxy(which: Which) -> Result<()> {
    let mut broker = Broker::start(
        which,
        &users("{user: a, password: a}\n{user: b, password: b}"),
    )?;
    let mut a = login(&broker, "a").await?;
    let mut b = login(&broker, "b").await?;
    let bound = users("{user: a, password: a, proxy_required: true}\n{user: b, password: b}");
    broker.reload(&bound, RELOADED).await?;
    assert_eq!(a.errors_until_closed().await?, ["Authorization Violation"]);
    assert!(refusal(&broker, &password("a", "a")).await?.is_some());
    b.sync().await.map(drop)
}
