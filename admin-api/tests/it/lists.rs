//! Lists: order, filters, search, totals, and cursors that nobody makes up.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Answer, Stack, on_both_databases};

on_both_databases!(
    a_list_comes_in_the_order_that_was_asked_for,
    filters_and_search_narrow_a_list,
    a_cursor_belongs_to_its_list_and_its_question,
    what_a_list_cannot_do_is_refused,
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
        "q=%00",
    ] {
        let path = format!("/accounts/acme/users?{query}");
        stack.get(&path).await.expect_problem(400, "bad_request");
    }
    stack
        .get("/audit?q=x")
        .await
        .expect_problem(400, "bad_request");
}
