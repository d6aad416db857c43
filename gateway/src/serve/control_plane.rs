//! The control plane's life beside the data plane.
//!
//! It waits for an absent database by itself. What it gives up on (a wrong vault key, a foreign
//! database) is tried again here, ever more slowly, and said once per change; meanwhile its address
//! answers that it is closed. Nothing of this touches the data plane.

use std::io;
use std::net::TcpListener;
use std::num::NonZeroU32;
use std::time::Duration;

use admin_api::{AdminApi, Config, Door, Engine, OnOperator, Onboarding, StartError, Storage};
use axum::Router;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use broker::TlsCell;
use ipnet::IpNet;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::http_listener::HttpListener;

const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// What every try to start takes.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) storage: Storage,
    pub(super) operator_jwt: String,
    pub(super) entrance: Entrance,
    pub(super) devices: Option<DeviceEntrance>,
    pub(super) nats_url: String,
    pub(super) engine: Engine,
    pub(super) server_name: String,
    pub(super) on_operator: OnOperator,
}

/// How the admin API and the console are reached, and whom they reach.
#[derive(Debug)]
pub(super) struct Entrance {
    pub(super) socket: TcpListener,
    /// Plain as long as it is empty.
    pub(super) tls: TlsCell,
    pub(super) door: Door,
    pub(super) webhook_networks: Vec<IpNet>,
    pub(super) requests_per_second: NonZeroU32,
}

impl Entrance {
    fn listener(&self) -> io::Result<HttpListener> {
        HttpListener::new(self.socket.try_clone()?, self.tls.clone())
    }
}

/// How devices get in.
#[derive(Debug)]
pub(super) struct DeviceEntrance {
    pub(super) socket: TcpListener,
    pub(super) tls: TlsCell,
    pub(super) url: String,
    pub(super) onboarding: Onboarding,
}

impl DeviceEntrance {
    fn listener(&self) -> io::Result<HttpListener> {
        HttpListener::new(self.socket.try_clone()?, self.tls.clone())
    }
}

/// A control plane that runs, or tries to.
#[derive(Debug)]
pub(super) struct ControlPlane {
    tried: watch::Receiver<bool>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl ControlPlane {
    /// Returns at once. Must run inside a tokio runtime.
    pub(super) fn start(plan: Plan) -> Self {
        let (tell, tried) = watch::channel(false);
        let cancel = CancellationToken::new();
        let task = tokio::spawn(keep_running(plan, tell, cancel.clone()));
        Self {
            tried,
            cancel,
            task,
        }
    }

    /// Returns when the first try has come to an end, well or not, and `at_most` then.
    pub(super) async fn first_try(&mut self, at_most: Duration) {
        // Neither a timeout nor a task that is gone is news here: the log has the reason.
        let _ = tokio::time::timeout(at_most, self.tried.wait_for(|tried| *tried)).await;
    }

    /// Requests in work end, within the bound that the admin API sets.
    pub(super) async fn stop(self) {
        self.cancel.cancel();
        if let Err(failure) = self.task.await {
            error!(error = %failure, "the control plane ended badly");
        }
    }
}

async fn keep_running(plan: Plan, tell: watch::Sender<bool>, cancel: CancellationToken) {
    let mut pause = RETRY_FIRST;
    let mut said = String::new();
    loop {
        let started = tokio::select! {
            () = cancel.cancelled() => return,
            started = try_start(&plan) => started,
        };
        tell.send_replace(true);
        let reason = match started {
            Ok(api) => {
                let is_secure = plan.entrance.door.is_secure;
                let scheme = if is_secure { "https" } else { "http" };
                info!("admin API and console on {scheme}://{}", api.addr());
                if let Some(devices) = &plan.devices {
                    info!("devices enrol at {}", devices.url);
                }
                cancel.cancelled().await;
                return api.shutdown().await;
            }
            Err(failure) => explain(&failure),
        };
        if said != reason {
            error!("the admin API is closed, NATS clients are served: {reason}");
            said.clone_from(&reason);
        }
        let devices = plan.devices.as_ref().map(DeviceEntrance::listener);
        let listeners = [Some(plan.entrance.listener()), devices];
        let stand_ins = listeners.into_iter().flatten();
        let stand_ins: Vec<_> = stand_ins.map(|it| stand_in(it, reason.clone())).collect();
        tokio::select! {
            () = cancel.cancelled() => {}
            () = tokio::time::sleep(pause) => {}
        }
        stand_ins.iter().for_each(JoinHandle::abort);
        pause = (pause * 2).min(RETRY_MAX);
    }
}

async fn try_start(plan: &Plan) -> Result<AdminApi, StartError> {
    let config = Config {
        storage: plan.storage.clone(),
        operator_jwt: plan.operator_jwt.clone(),
        door: plan.entrance.door.clone(),
        requests_per_second: plan.entrance.requests_per_second,
        webhook_networks: plan.entrance.webhook_networks.clone(),
        onboarding_url: plan.devices.as_ref().map(|devices| devices.url.clone()),
        nats_url: plan.nats_url.clone(),
        engine: plan.engine.clone(),
        server_name: plan.server_name.clone(),
        on_operator: plan.on_operator.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let listener = plan.entrance.listener().map_err(StartError::Listen)?;
    let devices = plan.devices.as_ref().map(|devices| {
        let listener = devices.listener().map_err(StartError::Listen)?;
        Ok::<_, StartError>((devices.onboarding.clone(), listener))
    });
    admin_api::start_with_onboarding(config, listener, devices.transpose()?).await
}

fn explain(failure: &dyn std::error::Error) -> String {
    let mut text = failure.to_string();
    let mut cause = failure.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Transparent layers repeat what they wrap.
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Answers in the control plane's place while there is none: the process lives, but is not ready.
fn stand_in(listener: io::Result<HttpListener>, reason: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        let router = Router::new().fallback(move |uri: Uri| {
            let reason = reason.clone();
            async move { closed(&uri, &reason) }
        });
        match listener {
            // It ends by being aborted.
            Ok(listener) => admin_api::serve(listener, router, CancellationToken::new()).await,
            Err(error) => error!(%error, "the address of the admin API cannot be used"),
        }
    })
}

fn closed(uri: &Uri, reason: &str) -> Response {
    if uri.path() == "/healthz" {
        return (StatusCode::OK, "ok\n").into_response();
    }
    // The reason may name files and hosts: it is for the log, not for whoever asks.
    tracing::debug!(reason, "a request found the admin API closed");
    let body = json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "unavailable",
        "detail": "The control plane is not available. The server's log says why.",
    });
    let headers = [
        (header::CONTENT_TYPE, "application/problem+json"),
        (header::CONNECTION, "close"),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, body.to_string()).into_response()
}
