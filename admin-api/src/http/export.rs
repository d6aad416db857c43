//! `/audit.ndjson` and `/audit.csv`: the trail for taking away, as it is read, page after page.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, header};
use futures_util::stream;

use super::audit::AuditEntry;
use super::page::PageRequest;
use crate::app::App;
use crate::auth::{Caller, May, may};
use crate::problem::{Problem, ProblemBody};
use crate::store;
use crate::store::audit::AuditRow;
use crate::store::list::Conditions;

/// Rows that are read at a time.
const ROWS: i64 = 500;

/// What a file of the trail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Ndjson,
    Csv,
}

const COLUMNS: [&str; 15] = [
    "id",
    "at",
    "org",
    "account",
    "actor",
    "credential",
    "action",
    "target",
    "dry_run",
    "request_id",
    "client_ip",
    "before",
    "after",
    "hash",
    "trace_id",
];

type File = ([(HeaderName, &'static str); 3], Body);

/// The changes that the key may see, one JSON object a line, newest first.
#[utoipa::path(get, path = "/audit.ndjson", operation_id = "export_audit_ndjson", tag = "audit",
    params(May<may::ReadAudit>, PageRequest<AuditRow>),
    responses((status = 200, body = String, content_type = "application/x-ndjson",
                  headers(("Cache-Control" = String))),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn ndjson(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAudit>,
    asked: PageRequest<AuditRow>,
) -> Result<File, Problem> {
    file(app, &caller, asked, Format::Ndjson).await
}

/// The changes that the key may see, as a table, newest first.
#[utoipa::path(get, path = "/audit.csv", operation_id = "export_audit_csv", tag = "audit",
    params(May<may::ReadAudit>, PageRequest<AuditRow>),
    responses((status = 200, body = String, content_type = "text/csv",
                  headers(("Cache-Control" = String))),
              (status = "4XX", body = ProblemBody)))]
pub(super) async fn csv(
    State(app): State<Arc<App>>,
    May { caller, .. }: May<may::ReadAudit>,
    asked: PageRequest<AuditRow>,
) -> Result<File, Problem> {
    file(app, &caller, asked, Format::Csv).await
}

/// A file that is being written.
struct Export {
    app: Arc<App>,
    reached: Conditions,
    asked: PageRequest<AuditRow>,
    format: Format,
    /// What is still to be written before the next page is read.
    ready: Option<Vec<u8>>,
    ended: bool,
}

async fn file(
    app: Arc<App>,
    caller: &Caller,
    asked: PageRequest<AuditRow>,
    format: Format,
) -> Result<File, Problem> {
    let (kind, name) = match format {
        Format::Ndjson => (
            "application/x-ndjson",
            "attachment; filename=\"audit.ndjson\"",
        ),
        Format::Csv => (
            "text/csv; charset=utf-8",
            "attachment; filename=\"audit.csv\"",
        ),
    };
    let mut export = Export {
        app,
        reached: store::audit::within(&caller.scope),
        asked: asked.of(ROWS),
        format,
        ready: (format == Format::Csv).then(|| line(&COLUMNS.map(str::to_owned))),
        ended: false,
    };
    // The first page is read before the answer begins: what fails then is a proper error.
    let first = export.next().await?;
    let begun = first.into_iter().map(Ok);
    let rest = stream::unfold(export, |mut export| async move {
        match export.next().await {
            Ok(bytes) => bytes.map(|bytes| (Ok(bytes), export)),
            Err(_) => {
                // An aborted answer, so that nobody takes half of a file for the whole.
                export.ended = true;
                Some((Err(io::Error::other("the database is away")), export))
            }
        }
    });
    let body = futures_util::StreamExt::chain(stream::iter(begun), rest);
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)))
}

impl Export {
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.ended {
            return Ok(None);
        }
        let mut bytes = self.ready.take().unwrap_or_default();
        let mut tx = self.app.db.read().await?;
        let (mut rows, _) = self.asked.rows(&mut tx, self.reached.clone()).await?;
        drop(tx);
        let limit = usize::try_from(ROWS).unwrap_or(usize::MAX);
        self.ended = rows.len() <= limit;
        rows.truncate(limit);
        if let Some(last) = rows.last() {
            self.asked.go_on_after(last);
        }
        for row in rows {
            self.write(&mut bytes, row);
        }
        Ok(Some(Bytes::from(bytes)))
    }

    fn write(&self, bytes: &mut Vec<u8>, row: AuditRow) {
        match self.format {
            Format::Ndjson => {
                let entry = serde_json::to_vec(&AuditEntry::from(row)).unwrap_or_default();
                bytes.extend_from_slice(&entry);
                bytes.push(b'\n');
            }
            Format::Csv => bytes.extend_from_slice(&line(&cells(row))),
        }
    }
}

fn cells(row: AuditRow) -> [String; 15] {
    let text = Option::unwrap_or_default;
    [
        row.id,
        crate::clock::rfc3339(row.at),
        text(row.org_id),
        text(row.account_id),
        row.actor,
        text(row.credential_id),
        row.action,
        row.target,
        row.dry_run.to_string(),
        text(row.request_id),
        text(row.client_ip),
        text(row.before),
        text(row.after),
        row.hash,
        text(row.trace_id),
    ]
}

/// A line of RFC 4180. Every cell is quoted, and none begins with what spreadsheets take for a
/// formula.
fn line(cells: &[String]) -> Vec<u8> {
    let quoted = cells.iter().map(|cell| {
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            "'"
        } else {
            ""
        };
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    });
    let mut line = quoted.collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line.into_bytes()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_holds_anything() {
        let cells = ["a", "say \"hi\",\nthere", "=1+1", ""].map(str::to_owned);
        let line = String::from_utf8(super::line(&cells)).unwrap();
        assert_eq!(line, "\"a\",\"say \"\"hi\"\",\nthere\",\"'=1+1\",\"\"\r\n");
    }
}
