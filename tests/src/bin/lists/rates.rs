//! Counts changes a second over the API: credentials that are issued, policies that change.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::json;
use tests::Api;
use tokio::task::JoinSet;

use crate::{Options, say};

/// Callers at a time, each with a key and an account of its own.
const CALLERS: usize = 16;
/// Users of one batch.
const BATCH: usize = 100;

pub(crate) async fn measure(api: &Api, options: &Options) -> Result<Vec<Rate>> {
    let mut callers = Vec::new();
    for n in 0..CALLERS {
        let name = format!("busy-{n}");
        api.make_account(&name).await?;
        let path = format!("/accounts/{name}/roles");
        let role = api.post(&path, &json!({ "name": "r" })).await?["id"]
            .as_str()
            .context("a role has an id")?
            .to_owned();
        let key = json!({ "name": "k", "account": name });
        let key = api.post("/api-keys", &key).await?;
        let token = key["token"].as_str().context("a key has a token")?;
        callers.push((api.with_token(token), name, role));
    }
    let time = Duration::from_secs(options.seconds);
    let credentials = count(&callers, time, |(api, account, _): Caller, n| async move {
        let body = json!({ "name": format!("one-{n}") });
        api.post(&format!("/accounts/{account}/users"), &body)
            .await?;
        Ok(1)
    });
    let credentials = credentials.await?;
    let batches = count(&callers, time, |(api, account, _): Caller, n| async move {
        let users = (0..BATCH).map(|user| json!({ "name": format!("batch-{n}-{user}") }));
        let body = json!({ "users": users.collect::<Vec<_>>() });
        api.post(&format!("/accounts/{account}/user-batches"), &body)
            .await?;
        Ok(BATCH as u64)
    });
    let batches = batches.await?;
    let policies = count(
        &callers,
        time,
        |(api, account, role): Caller, n| async move {
            let body = json!({ "permissions": { "publish": { "allow": [format!("a.{n}")] } } });
            api.patch(&format!("/accounts/{account}/roles/{role}"), &body)
                .await?;
            Ok(1)
        },
    );
    let policies = policies.await?;
    let rate = |what, a_second, wanted| Rate {
        what,
        a_second,
        wanted,
    };
    let rates = vec![
        rate("credentials issued, one a request", credentials, 500.0),
        rate("credentials issued, 100 a request", batches, 500.0),
        rate(
            "a role's permissions changed, live on the broker",
            policies,
            0.0,
        ),
    ];
    for rate in &rates {
        say(&format!("{}: {rate}", rate.what))?;
    }
    Ok(rates)
}

/// How often something was done a second, and how often is wanted.
pub(crate) struct Rate {
    pub(crate) what: &'static str,
    a_second: f64,
    wanted: f64,
}

impl Rate {
    pub(crate) fn is_too_low(&self) -> bool {
        self.a_second < self.wanted
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} a second", self.a_second)
    }
}

type Caller = (Api, String, String);

/// Lets every caller do `change` again and again, and counts what they did a second.
async fn count<F, Fut>(callers: &[Caller], time: Duration, change: F) -> Result<f64>
where
    F: Fn(Caller, u64) -> Fut + Copy + Send + 'static,
    Fut: Future<Output = Result<u64>> + Send + 'static,
{
    static DONE: AtomicU64 = AtomicU64::new(0);
    DONE.store(0, Ordering::Relaxed);
    let begun = Instant::now();
    let mut work = JoinSet::new();
    for caller in callers {
        let caller = caller.clone();
        work.spawn(async move {
            for n in 0.. {
                if begun.elapsed() >= time {
                    break;
                }
                let done = change(caller.clone(), n).await?;
                DONE.fetch_add(done, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = work.join_next().await {
        done??;
    }
    Ok(DONE.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64())
}
