//! The audit trail over the API: it can be verified, taken away, and not be changed unnoticed.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Stack, TRACE, on_both_databases};

on_both_databases!(
    every_change_of_the_trail_is_found,
    a_lost_entry_is_found,
    the_trail_can_be_taken_away,
    an_entry_names_the_trace_of_its_request,
);

async fn verdict(stack: &Stack, body: Value) -> Value {
    let answer = stack.post("/audit/verify", body).await;
    answer.expect(StatusCode::OK);
    answer.body
}

/// An account with a short history.
async fn with_history(stack: &Stack) -> String {
    let account = stack.account("acme").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    stack.account("globex").await;
    for name in ["one", "two", "three"] {
        stack.user("acme", json!({ "name": name })).await;
    }
    account
}

/// Edits, how to undo them, and the number of the entry at which they show.
fn edits(id: &str) -> Vec<(Vec<String>, Vec<String>, u32)> {
    let set = |what: &str, position: u32| {
        format!("UPDATE audit SET {what} WHERE chain = '{id}' AND position = {position}")
    };
    let actor = "actor = (SELECT a.actor FROM audit a WHERE a.chain = audit.chain \
                 AND a.position = 1)";
    let flip = set("dry_run = (NOT dry_run)", 3);
    let exchange = vec![
        set("position = 99", 2),
        set("position = 2", 3),
        set("position = 3", 99),
    ];
    let head = |hash: &str| format!("UPDATE audit_heads SET hash = {hash} WHERE chain = '{id}'");
    let other = "(SELECT MAX(h.hash) FROM audit_heads h WHERE h.chain = 'platform')";
    let own = "(SELECT MAX(a.hash) FROM audit a WHERE a.chain = audit_heads.chain \
               AND a.position = audit_heads.position)";
    vec![
        (vec![set("actor = 'nobody'", 2)], vec![set(actor, 2)], 2),
        (vec![flip.clone()], vec![flip], 3),
        (
            vec![set("after = REPLACE(after, 'three', 'gone')", 4)],
            vec![set("after = REPLACE(after, 'gone', 'three')", 4)],
            4,
        ),
        (exchange.clone(), exchange, 2),
        // The head of another chain.
        (vec![head(other)], vec![head(own)], 4),
    ]
}

async fn every_change_of_the_trail_is_found(stack: Stack) {
    let id = with_history(&stack).await;
    let whole = verdict(&stack, json!({})).await;
    assert_eq!(whole["intact"], true, "{whole}");
    assert_eq!(whole["chains"], 3, "acme, globex and the platform: {whole}");
    let one = verdict(&stack, json!({ "chain": id })).await;
    assert_eq!((&one["chains"], &one["entries"]), (&json!(1), &json!(4)));
    for (edits, undo, position) in edits(&id) {
        for edit in &edits {
            stack.tamper(edit).await;
        }
        let found = verdict(&stack, json!({})).await;
        let shown = &found["breaks"][0];
        assert_eq!(found["intact"], false, "{edits:?}");
        assert_eq!(shown["chain"], *id, "{edits:?}: {found}");
        assert_eq!(shown["position"], position, "{edits:?}: {found}");
        for edit in &undo {
            stack.tamper(edit).await;
        }
        let mended = verdict(&stack, json!({})).await;
        assert_eq!(mended["intact"], true, "{undo:?}: {mended}");
    }
    let bad = stack
        .post("/audit/verify", json!({ "chain": "acme" }))
        .await;
    bad.expect_problem(422, "invalid");
}

async fn a_lost_entry_is_found(stack: Stack) {
    let id = with_history(&stack).await;
    let kept = stack.get("/audit/heads").await;
    let heads = kept.expect(StatusCode::OK).body["data"].clone();
    assert_eq!(heads.as_array().unwrap().len(), 3);
    let lost = format!("DELETE FROM audit WHERE chain = '{id}' AND position = 4");
    // Events refer to their entries: they go too.
    let entry = format!("(SELECT id FROM audit WHERE chain = '{id}' AND position = 4)");
    for table in ["outbox", "events", "feed"] {
        stack
            .tamper(&format!("DELETE FROM {table} WHERE id = {entry}"))
            .await;
    }
    stack.tamper(&lost).await;
    let found = verdict(&stack, json!({})).await;
    assert_eq!(found["breaks"][0]["chain"], *id, "{found}");
    // Whoever moves the head back too is found by a head that was kept elsewhere.
    let back = format!(
        "UPDATE audit_heads SET position = 3, hash = (SELECT hash FROM audit \
         WHERE chain = '{id}' AND position = 3) WHERE chain = '{id}'"
    );
    stack.tamper(&back).await;
    assert_eq!(verdict(&stack, json!({})).await["intact"], true);
    let found = verdict(&stack, json!({ "heads": heads })).await;
    assert_eq!(found["intact"], false, "{found}");
    assert_eq!(found["breaks"][0]["chain"], *id, "{found}");
}

async fn the_trail_can_be_taken_away(stack: Stack) {
    with_history(&stack).await;
    let key = stack.account_key("acme").await;
    let get = async |path: &str| {
        let answer = stack.send_as(&key, reqwest::Method::GET, path, None).await;
        answer.expect(StatusCode::OK);
        answer
    };
    let all = get("/audit?limit=100").await;
    let all = all.body["data"].as_array().unwrap().clone();
    let file = get("/audit.ndjson").await;
    assert_eq!(file.headers["content-type"], "application/x-ndjson");
    let lines = file
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    assert_eq!(lines, all, "the same entries, in the same order");
    assert!(
        lines
            .iter()
            .all(|line| line["hash"].as_str().unwrap().len() == 64)
    );
    let some = get("/audit.ndjson?filter[action]=user.create").await;
    assert_eq!(some.text.lines().count(), 3);
    let table = get("/audit.csv?filter[action]=user.create").await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        table.text.matches("\r\n\"evt_").count(),
        3,
        "{}",
        table.text
    );
    assert!(table.text.starts_with("\"id\",\"at\","));
    let heads = get("/audit/heads").await;
    assert_eq!(
        heads.body["data"].as_array().unwrap().len(),
        1,
        "its own only"
    );
}

async fn an_entry_names_the_trace_of_its_request(stack: Stack) {
    with_history(&stack).await;
    let body = json!({ "name": "traced" });
    let made = stack.post_traced("/accounts/acme/users", &body).await;
    made.expect(StatusCode::CREATED);
    let traced = format!("filter[trace_id]={TRACE}");
    let found = stack.get(&format!("/audit?{traced}")).await;
    let found = found.expect(StatusCode::OK).body["data"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(found[0]["action"], "user.create");
    assert_eq!(found[0]["trace_id"], TRACE);
    let lines = stack.get(&format!("/audit.ndjson?{traced}")).await;
    assert!(lines.text.contains(TRACE), "{}", lines.text);
    let table = stack.get(&format!("/audit.csv?{traced}")).await;
    let mut table = table.text.lines();
    assert!(table.next().unwrap().ends_with(",\"hash\",\"trace_id\""));
    assert!(table.next().unwrap().ends_with(&format!(",\"{TRACE}\"")));
    let others = stack.get("/audit?filter[action]=user.create").await;
    let others = others.body["data"].as_array().unwrap().clone();
    let untraced = others.iter().filter(|it| it.get("trace_id").is_none());
    assert_eq!(untraced.count(), 3, "{others:?}");

    assert_eq!(verdict(&stack, json!({})).await["intact"], true);
    for (edit, undo) in [
        ("NULL".to_owned(), format!("'{TRACE}'")),
        (
            format!("'{}'", TRACE.replace('0', "1")),
            format!("'{TRACE}'"),
        ),
    ] {
        let set = |value: &str| {
            let id = found[0]["id"].as_str().unwrap();
            format!("UPDATE audit SET trace_id = {value} WHERE id = '{id}'")
        };
        stack.tamper(&set(&edit)).await;
        assert_eq!(verdict(&stack, json!({})).await["intact"], false, "{edit}");
        stack.tamper(&set(&undo)).await;
        assert_eq!(verdict(&stack, json!({})).await["intact"], true, "{undo}");
    }
}
