//! Lists: order, filters, search, totals, and cursors that nobody makes up.

use reqwest::StatusCode;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::harness::{Answer, Stack, id_of, on_both_databases};

on_both_databases!(
    a_list_comes_in_the_order_that_was_asked_for,
    filters_and_search_narrow_a_list,
    a_cursor_belongs_to_its_list_and_its_question,
    what_a_list_cannot_do_is_refused,
    users_are_found_by_role_and_by_their_end,
    accounts_are_found_by_state_and_plan,
    a_user_that_is_kept_out_shows_it,
);

const NAMES: [&str; 5] = ["delta", "Alpha", "charlie", "bravo", "alfa"];

async fn add_users(stack: &Stack) {
    stack.account("acme").await;
    for (n, name) in NAMES.iter().enumerate() {
        let seconds = 10_000 - u32::try_from(n).unwrap();
        let body = json!({ "name": name, "bearer": n == 2, "expires_in_seconds": seconds });
        stack
            .post("/accounts/acme/users", body)
            .await
            .expect(StatusCode::CREATED);
    }
}

fn names(answer: &Answer) -> Vec<&str> {
    let data = answer.body["data"].as_array();
    let data = data.unwrap_or_else(|| panic!("{}", answer.text));
    data.iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect()
}

/// All pages of two, one after the other.
async fn all(stack: &Stack, path: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = stack.get(&format!("{path}&limit=2{cursor}")).await;
        page.expect(StatusCode::OK);
        seen.extend(names(&page).into_iter().map(str::to_owned));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
    }
}

async fn a_list_comes_in_the_order_that_was_asked_for(stack: Stack) {
    add_users(&stack).await;
    let list = async |sort: &str| all(&stack, &format!("/accounts/acme/users?sort={sort}")).await;
    assert_eq!(list("created_at").await, NAMES);
    let mut expected = NAMES;
    expected.reverse();
    assert_eq!(list("-created_at").await, expected);
    assert_eq!(list("expires_at").await, expected);
    assert_eq!(list("-expires_at").await, NAMES);
    expected.sort_unstable();
    assert_eq!(
        list("name").await,
        expected,
        "in the order of bytes on every database"
    );
    expected.reverse();
    assert_eq!(list("-name").await, expected);
}

async fn filters_and_search_narrow_a_list(stack: Stack) {
    add_users(&stack).await;
    let users = async |query: &str| stack.get(&format!("/accounts/acme/users?{query}")).await;
    assert_eq!(names(&users("filter[bearer]=true").await), ["charlie"]);
    assert_eq!(
        names(&users("filter%5Bname%5D=bravo&filter[name]=delta").await),
        ["delta", "bravo"]
    );
    assert_eq!(
        names(&users("filter[name]=' OR 1=1 --").await),
        Vec::<&str>::new()
    );
    assert_eq!(names(&users("q=al").await), ["alfa"]);
    assert_eq!(names(&users("q=a&sort=-name").await), ["alfa"]);
    assert_eq!(
        names(&users("q=%25").await),
        Vec::<&str>::new(),
        "no wildcard"
    );
    let total = users("total=true&limit=1").await;
    assert_eq!(
        (&total.body["total"], &total.body["total_capped"]),
        (&json!(5), &json!(false))
    );
    assert_eq!(
        users("limit=1").await.body["total"],
        Value::Null,
        "only when asked for"
    );
    let total = users("total=true&filter[bearer]=false").await;
    assert_eq!(total.body["total"], 4);
    stack.account("globex").await;
    let accounts = stack.get("/accounts?q=glob").await;
    assert_eq!(names(&accounts), ["globex"]);
    let made = stack.get("/audit?filter[action]=account.create").await;
    assert_eq!(made.body["data"].as_array().unwrap().len(), 2);
    let keys = stack.get("/api-keys?sort=-name&q=First&total=true").await;
    assert_eq!(keys.body["total"], 1);
}

async fn a_cursor_belongs_to_its_list_and_its_question(stack: Stack) {
    add_users(&stack).await;
    let users = "/accounts/acme/users?limit=1";
    let first = stack.get(users).await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    stack
        .get(&format!("{users}&cursor={cursor}"))
        .await
        .expect(StatusCode::OK);
    let mut forged = cursor.to_owned();
    let flipped = if cursor.starts_with('A') { "B" } else { "A" };
    forged.replace_range(0..1, flipped);
    for path in [
        format!("{users}&cursor={forged}"),
        format!("{users}&cursor=nonsense"),
        format!("{users}&cursor="),
        format!("{users}&cursor={cursor}&sort=name"),
        format!("{users}&cursor={cursor}&filter[bearer]=true"),
        format!("/accounts?cursor={cursor}"),
    ] {
        stack.get(&path).await.expect_problem(400, "bad_request");
    }
}

async fn what_a_list_cannot_do_is_refused(stack: Stack) {
    stack.account("acme").await;
    for query in [
        "limit=0",
        "limit=501",
        "limit=x",
        "sort=password",
        "sort=name;DROP",
        "filter[state]=active",
        "filter[name",
        "offset=5",
        "total=1",
        "filter[bearer]=1",
        "q=a&sort=expires_at",
        "filter[role]=x&sort=name",
        "filter[expires_before]=soon",
        "filter[expires_before]=2026-01-01T00:00:00Z&sort=name",
        "filter[expires_before]=2026-01-01T00:00:00Z&q=a",
        "filter[expires_before]=2026-01-01T00:00:00Z&filter[expires_before]=2026-01-01T00:00:00Z",
        "q=%00",
    ] {
        let path = format!("/accounts/acme/users?{query}");
        stack.get(&path).await.expect_problem(400, "bad_request");
    }
    stack
        .get("/accounts?filter[state]=deleted")
        .await
        .expect_problem(400, "bad_request");
    stack
        .get("/audit?q=x")
        .await
        .expect_problem(400, "bad_request");
}

async fn users_are_found_by_role_and_by_their_end(stack: Stack) {
    add_users(&stack).await;
    let role = id_of(&stack, "/accounts/acme/roles", json!({ "name": "sensor" })).await;
    for name in ["s1", "s2", "s3"] {
        let body = json!({ "name": name, "role": "sensor" });
        let made = stack.post("/accounts/acme/users", body).await;
        made.expect(StatusCode::CREATED);
    }
    let never = json!({ "name": "never", "never_expires": true });
    let never = stack.post("/accounts/acme/users", never).await;
    never.expect(StatusCode::CREATED);
    let of_role = format!("/accounts/acme/users?filter[role]={role}");
    assert_eq!(all(&stack, &of_role).await, ["s1", "s2", "s3"]);
    let path = format!("{of_role}&sort=-created_at");
    assert_eq!(all(&stack, &path).await, ["s3", "s2", "s1"]);
    stack
        .delete("/accounts/acme/users/s2")
        .await
        .expect(StatusCode::OK);
    assert_eq!(all(&stack, &of_role).await, ["s1", "s3"]);

    // Who ends within a day, the next one first; who never ends is not among them.
    let soon = (OffsetDateTime::now_utc() + Duration::DAY).format(&Rfc3339);
    let soon = format!(
        "/accounts/acme/users?filter[expires_before]={}",
        soon.unwrap()
    );
    let mut expected = NAMES;
    expected.reverse();
    assert_eq!(all(&stack, &soon).await, expected);
    let path = format!("{soon}&sort=-expires_at&filter[bearer]=false");
    let last_first = ["delta", "Alpha", "bravo", "alfa"];
    assert_eq!(all(&stack, &path).await, last_first);
    let total = stack.get(&format!("{soon}&total=true&limit=1")).await;
    assert_eq!(total.body["total"], 5);
}

async fn accounts_are_found_by_state_and_plan(stack: Stack) {
    let limits = json!({ "connections": 5 });
    let plan = json!({ "slug": "small", "name": "Small", "limits": limits });
    let plan = id_of(&stack, "/plans", plan).await;
    for name in ["acme", "globex", "initech"] {
        let body = json!({ "name": name, "plan": "small" });
        stack
            .post("/accounts", body)
            .await
            .expect(StatusCode::CREATED);
    }
    stack.account("without").await;
    let suspended = stack
        .post("/accounts/globex/suspend", json!({ "reason": "unpaid" }))
        .await;
    suspended.expect(StatusCode::OK);
    let list = async |query: &str| all(&stack, &format!("/accounts?{query}")).await;
    let active = list("filter[state]=active").await;
    assert_eq!(active, ["acme", "initech", "without"]);
    assert_eq!(list("filter[state]=suspended").await, ["globex"]);
    let both = list("filter[state]=suspended&filter[state]=active").await;
    assert_eq!(both, ["acme", "globex", "initech", "without"]);
    let path = format!("filter[plan]={plan}&sort=-created_at");
    assert_eq!(list(&path).await, ["initech", "globex", "acme"]);
    let path = format!("filter[plan]={plan}&filter[state]=active");
    assert_eq!(list(&path).await, ["acme", "initech"]);
    let refused = stack.get("/accounts?filter[state]=active&sort=name").await;
    refused.expect_problem(400, "bad_request");
}

async fn a_user_that_is_kept_out_shows_it(stack: Stack) {
    stack.account("acme").await;
    for name in ["orders", "shop"] {
        stack.user("acme", json!({ "name": name })).await;
    }
    let field = async |user: &str, field: &str| {
        let list = stack.get("/accounts/acme/users?sort=name").await;
        let rows = list.body["data"].as_array().unwrap();
        let row = rows.iter().find(|row| row["name"] == user).unwrap();
        let one = stack.get(&format!("/accounts/acme/users/{user}")).await;
        assert_eq!(one.body, *row);
        row[field].clone()
    };
    assert_eq!(field("orders", "revoked_at").await, Value::Null);
    let post = async |path: &str, body: Value| {
        let answer = stack.post(&format!("/accounts/acme/{path}"), body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        answer
    };
    let revoked = post("users/orders/revoke", json!({})).await;
    let at = field("orders", "revoked_at").await;
    assert_eq!(at, revoked.body["issued_until"]);
    assert_eq!(field("shop", "revoked_at").await, Value::Null);
    post("users/orders/rotate", json!({})).await;
    assert_eq!(field("orders", "revoked_at").await, Value::Null);

    let block = json!({ "block_for_seconds": 60 });
    post("users/shop/kick", block).await;
    assert!(field("shop", "blocked_until").await.is_string());
    assert_eq!(field("shop", "revoked_at").await, Value::Null);
    post("revoke", json!({})).await;
    assert!(field("shop", "revoked_at").await.is_string());
    assert!(field("orders", "revoked_at").await.is_string());
    post("users/shop/rotate", json!({})).await;
    assert_eq!(field("shop", "revoked_at").await, Value::Null);
    assert_eq!(field("shop", "blocked_until").await, Value::Null);
}
