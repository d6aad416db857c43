//! Accounts and users of another operator, in over the API and out again.

use accounts::{
    AccountBody, AccountLimits, Claims, ExportClaim, KeyKind, KeyPair, OperatorBody, PublicKey,
    ShareKind, UserBody, UserPermissionLimits, creds, jwt,
};
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Stack, eventually, on_both_databases};

on_both_databases!(
    accounts_of_another_operator_are_taken_with_their_users,
    what_nobody_vouches_for_is_refused_and_changes_nothing,
    an_account_without_seeds_is_read_only_until_it_is_adopted,
    seeds_leave_only_when_they_are_asked_for,
    an_import_may_be_tried_and_is_carried_out_once,
);

/// An operator that is not ours, an account and a user of it.
struct Foreign {
    operator: KeyPair,
    account: KeyPair,
    user: KeyPair,
}

impl Foreign {
    fn new() -> Self {
        let keys = |kind, byte| KeyPair::from_entropy(kind, [byte; 32]);
        Self {
            operator: keys(KeyKind::Operator, 1),
            account: keys(KeyKind::Account, 2),
            user: keys(KeyKind::User, 3),
        }
    }

    fn operator_jwt(&self) -> String {
        let claims = Claims::new(self.operator.public(), "theirs", 1, OperatorBody::default());
        jwt::encode(&claims, &self.operator).unwrap()
    }

    fn account_jwt(&self) -> String {
        let body = AccountBody {
            limits: AccountLimits {
                conn: 7,
                ..AccountLimits::unlimited()
            },
            exports: vec![ExportClaim::new(ShareKind::Stream, "news.>")],
            description: "carried".to_owned(),
            ..AccountBody::default()
        };
        let claims = Claims::new(self.account.public(), "Their Account", 1, body);
        jwt::encode(&claims, &self.operator).unwrap()
    }

    fn user_jwt(&self) -> String {
        let body = UserBody {
            rights: UserPermissionLimits::unlimited(),
            ..UserBody::default()
        };
        let claims = Claims::new(self.user.public(), "orders", 1, body);
        jwt::encode(&claims, &self.account).unwrap()
    }

    fn tokens(&self) -> [String; 3] {
        [self.user_jwt(), self.account_jwt(), self.operator_jwt()]
    }

    fn creds(&self) -> String {
        creds::format(&self.user_jwt(), &self.user.seed()).to_string()
    }
}

/// The claims of the account as the API has them now.
async fn claims_of(stack: &Stack, account: PublicKey) -> Claims<AccountBody> {
    let export = stack.post("/transfer/export", json!({})).await;
    export.expect(StatusCode::OK);
    let accounts = export.body["accounts"].as_array().unwrap().iter();
    let mut own = accounts.filter(|it| it["public_key"] == account.to_string());
    jwt::decode(own.next().unwrap()["jwt"].as_str().unwrap()).unwrap()
}

async fn accounts_of_another_operator_are_taken_with_their_users(stack: Stack) {
    let foreign = Foreign::new();
    let seeds = [foreign.account.seed().to_string()];
    let body = json!({ "tokens": foreign.tokens(), "seeds": seeds });
    let taken = stack.post("/transfer/import", body.clone()).await;
    taken.expect(StatusCode::OK);
    let account = &taken.body["accounts"][0];
    assert_eq!(account["slug"], "their-account", "{}", taken.text);
    assert_eq!(
        (&account["existing"], &account["users"]),
        (&json!(false), &json!(1))
    );
    eventually("the old creds work", || async {
        stack.connect(&foreign.creds()).await.is_ok()
    })
    .await;

    // A change mints the claims anew, with all that came along.
    stack.user("their-account", json!({ "name": "ours" })).await;
    let deleted = stack.delete("/accounts/their-account/users/ours").await;
    deleted.expect(StatusCode::OK);
    let claims = claims_of(&stack, foreign.account.public()).await;
    assert_eq!(claims.name, "Their Account");
    assert_eq!(claims.nats.description, "carried");
    assert_eq!(claims.nats.exports.len(), 1);
    assert_eq!(claims.nats.limits.conn, 7);
    assert_eq!(claims.nats.revocations.len(), 1);

    let again = stack.post("/transfer/import", body).await;
    assert_eq!(
        again.body["accounts"][0]["existing"], true,
        "{}",
        again.text
    );
    assert_eq!(again.body["accounts"][0]["users"], 0);
    let deleted = stack.delete("/accounts/their-account/users/orders").await;
    deleted.expect(StatusCode::OK);
    eventually("the old creds are out", || async {
        stack.connect(&foreign.creds()).await.is_err()
    })
    .await;
}

async fn what_nobody_vouches_for_is_refused_and_changes_nothing(stack: Stack) {
    let foreign = Foreign::new();
    let without_operator = json!({ "tokens": [foreign.account_jwt()] });
    let refused = stack.post("/transfer/import", without_operator).await;
    refused.expect_problem(422, "invalid");
    assert!(
        refused.text.contains("give its operator's JWT too"),
        "{}",
        refused.text
    );
    for (body, pointer) in [
        (json!({ "tokens": ["a.b.c"] }), "/tokens/0"),
        (json!({ "tokens": [], "seeds": ["SU"] }), "/seeds/0"),
        (
            json!({ "tokens": [], "seeds": [foreign.user.seed().as_str()] }),
            "/seeds/0",
        ),
        (json!({ "tokens": [], "org": "nobody" }), "/org"),
    ] {
        let refused = stack.post("/transfer/import", body).await;
        refused.expect_problem(422, "invalid");
        assert_eq!(
            refused.body["errors"][0]["pointer"], pointer,
            "{}",
            refused.text
        );
    }
    let accounts = stack.get("/accounts").await;
    assert_eq!(accounts.body["data"], json!([]));
}

async fn an_account_without_seeds_is_read_only_until_it_is_adopted(stack: Stack) {
    let foreign = Foreign::new();
    let taken = stack
        .post("/transfer/import", json!({ "tokens": foreign.tokens() }))
        .await;
    taken.expect(StatusCode::OK);
    assert_eq!(taken.body["accounts"][0]["read_only"], true);
    let body = json!({ "name": "ours" });
    let refused = stack
        .post("/accounts/their-account/users", body.clone())
        .await;
    refused.expect_problem(409, "account_read_only");
    // What the operator signs still holds.
    let limits = json!({ "limits": { "connections": 1 } });
    let changed = stack
        .send(
            reqwest::Method::PATCH,
            "/accounts/their-account",
            Some(limits),
        )
        .await;
    changed.expect(StatusCode::OK);

    let again = json!({ "tokens": foreign.tokens(), "adopt": true });
    let adopted = stack.post("/transfer/import", again).await;
    adopted.expect(StatusCode::OK);
    assert_eq!(
        adopted.body["accounts"][0]["read_only"], false,
        "{}",
        adopted.text
    );
    let made = stack.post("/accounts/their-account/users", body).await;
    made.expect(StatusCode::CREATED);
    eventually("old creds and new ones work", || async {
        stack.connect(&foreign.creds()).await.is_ok()
    })
    .await;
}

async fn seeds_leave_only_when_they_are_asked_for(stack: Stack) {
    stack.account("acme").await;
    let creds = stack.user("acme", json!({ "name": "orders" })).await;
    let plain = stack.post("/transfer/export", json!({})).await;
    plain.expect(StatusCode::OK);
    assert!(
        plain.body.get("seeds").is_none() && !plain.text.contains("\"S"),
        "{}",
        plain.text
    );
    assert_eq!(plain.headers["cache-control"], "no-store");
    let accounts = plain.body["accounts"].as_array().unwrap();
    let acme = accounts.iter().find(|it| it["name"] == "acme").unwrap();
    let token = creds::parse(&creds).unwrap().jwt;
    assert_eq!(
        acme["users"][0]["jwt"], token,
        "the same token, to the byte"
    );
    let full = stack
        .post("/transfer/export", json!({ "seeds": true }))
        .await;
    let seeds = full.body["seeds"].as_array().unwrap();
    // The operator's, and two of each account.
    assert_eq!(seeds.len(), 5, "{}", full.text);
    let audit = stack.get("/audit").await;
    assert_eq!(
        audit.body["data"][0]["action"], "transfer.export",
        "{}",
        audit.text
    );
}

async fn an_import_may_be_tried_and_is_carried_out_once(stack: Stack) {
    let foreign = Foreign::new();
    // A store may be larger than other bodies.
    let mut tokens = vec![foreign.user_jwt(); 4000];
    tokens.extend(foreign.tokens());
    let body = json!({ "tokens": tokens, "seeds": [foreign.account.seed().as_str()] });
    assert!(body.to_string().len() > 2 << 20);

    let tried = stack
        .post("/transfer/import?dry_run=true", body.clone())
        .await;
    tried.expect(StatusCode::OK);
    assert_eq!(tried.headers["dry-run"], "true");
    assert_eq!(tried.body["accounts"][0]["users"], 1, "{}", tried.text);
    assert_eq!(tried.body["impact"]["connections_closed"], 0);
    assert_eq!(stack.get("/accounts").await.body["data"], json!([]));

    let taken = stack.post_once("store", "/transfer/import", &body).await;
    taken.expect(StatusCode::OK);
    assert_eq!(taken.body["accounts"][0]["existing"], false);
    let again = stack.post_once("store", "/transfer/import", &body).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.body, taken.body);

    // What changes nothing cannot be tried, and seeds are replayed for a while only.
    let tried = stack.post("/transfer/export?dry_run=true", json!({})).await;
    tried.expect_problem(400, "bad_request");
    let seeds = json!({ "seeds": true });
    let first = stack.post_once("seeds", "/transfer/export", &seeds).await;
    first.expect(StatusCode::OK);
    stack.alter("idempotency", "answer_until = 1").await;
    let late = stack.post_once("seeds", "/transfer/export", &seeds).await;
    assert_eq!(late.body["withheld"], json!(["seeds"]));
    assert!(late.body.get("seeds").is_none());
}
