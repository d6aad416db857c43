//! `INFO`: what the server says about itself and about the connection.

use serde::{Deserialize, Serialize};

/// The object of an `INFO` line. Fields at their default are left out where nats-server leaves
/// them out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerInfo {
    /// The server's public key.
    pub server_id: String,
    /// The server's name.
    pub server_name: String,
    /// The version clients compare to know what the server can do.
    pub version: String,
    /// Protocol level between servers; 1.
    pub proto: i32,
    /// Revision of the build.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub git_commit: String,
    /// nats-server's toolchain version; some clients insist on the field.
    pub go: String,
    /// The address clients are told.
    pub host: String,
    /// The port clients are told.
    pub port: u16,
    /// Headers are supported.
    pub headers: bool,
    /// A `CONNECT` with credentials is needed.
    #[serde(skip_serializing_if = "is_false")]
    pub auth_required: bool,
    /// TLS has to follow this line.
    #[serde(skip_serializing_if = "is_false")]
    pub tls_required: bool,
    /// A client certificate is asked for.
    #[serde(skip_serializing_if = "is_false")]
    pub tls_verify: bool,
    /// TLS may follow this line.
    #[serde(skip_serializing_if = "is_false")]
    pub tls_available: bool,
    /// Most bytes of headers and body that this connection may publish at once.
    pub max_payload: i64,
    /// JetStream is on.
    #[serde(skip_serializing_if = "is_false")]
    pub jetstream: bool,
    /// JetStream domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The connection's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<u64>,
    /// The address the client comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ip: Option<String>,
    /// What the client has to sign, when keys are in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Name of the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Other addresses for clients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connect_urls: Vec<String>,
    /// Lame duck mode: the server will close the connection before long.
    #[serde(skip_serializing_if = "is_false")]
    pub ldm: bool,
    /// The server's curve key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub xkey: Option<String>,
    /// JetStream API level.
    #[serde(skip_serializing_if = "is_zero")]
    pub api_lvl: i32,
    /// True on the `INFO` after the first `PING`, which carries the next two.
    #[serde(skip_serializing_if = "is_false")]
    pub connect_info: bool,
    /// The account the connection is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remote_account: Option<String>,
    /// That account is the system account.
    #[serde(skip_serializing_if = "is_false")]
    pub acc_is_sys: bool,
}

impl ServerInfo {
    /// Appends `INFO {json}` and CRLF.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"INFO ");
        serde_json::to_writer(&mut *out, self)
            .expect("strings, numbers and booleans always encode, and a Vec takes every write");
        out.extend_from_slice(b"\r\n");
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(value: &i32) -> bool {
    *value == 0
}
