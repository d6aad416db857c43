/** What this account takes from others. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rowsOf } from "../../api/queries";
import { type Import, importsQuery, useDeleteImport } from "../../api/sharing";
import { Badge, LiveBadge } from "../../ui/Badge";
import type { Column } from "../../ui/DataTable";
import { FormDialog } from "../../ui/FormDialog";
import { toastChange } from "../../ui/toasts";
import { CreateImportDialog } from "./CreateImportDialog";
import { ShareSection } from "./ShareSection";

type Open = { dialog: "create" } | { dialog: "delete"; row: Import };

function columns(onDelete: (row: Import) => void): readonly Column<Import>[] {
  return [
    {
      key: "subject",
      header: "Subject",
      wrap: true,
      cell: (row) => (
        <>
          <code className="cell-main">{row.local_subject}</code>
          {row.local_subject === row.subject ? null : (
            <span className="cell-sub">
              there <code>{row.subject}</code>
            </span>
          )}
        </>
      ),
    },
    { key: "kind", header: "Kind", cell: (row) => row.kind },
    { key: "account", header: "From", cell: (row) => <span className="mono">{row.exporter}</span> },
    { key: "live", header: "State", cell: (row) => <ImportState row={row} /> },
    {
      key: "actions",
      header: "Actions",
      actions: true,
      cell: (row) => (
        <button
          type="button"
          className="button quiet small"
          aria-label={`Delete import ${row.local_subject}`}
          onClick={() => onDelete(row)}
        >
          Delete
        </button>
      ),
    },
  ];
}

function ImportState({ row }: { row: Import }) {
  return row.status === "active" ? (
    <LiveBadge live={row.live} />
  ) : (
    <Badge tone="danger" title="The exporting account does not let it through any more">
      unavailable
    </Badge>
  );
}

export function ImportsSection({ account }: { account: string }) {
  const imports = useInfiniteQuery(importsQuery(account));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <ShareSection
        what="imports"
        title="Imports"
        description="Subjects of other accounts that this account's users can use as their own."
        empty={{
          title: "Nothing is imported",
          text: "Import a subject that another account exports, and its messages appear here.",
        }}
        create={
          <button type="button" className="button" onClick={() => setOpen({ dialog: "create" })}>
            Create import
          </button>
        }
        query={imports}
        rows={rowsOf(imports.data)}
        columns={columns((row) => setOpen({ dialog: "delete", row }))}
        rowKey={(row) => row.id}
      />
      {open?.dialog === "create" ? <CreateImportDialog account={account} onClose={close} /> : null}
      {open?.dialog === "delete" ? (
        <DeleteImportDialog account={account} row={open.row} onClose={close} />
      ) : null}
    </>
  );
}

interface DeleteImportDialogProps {
  account: string;
  row: Import;
  onClose: () => void;
}

function DeleteImportDialog({ account, row, onClose }: DeleteImportDialogProps) {
  const remove = useDeleteImport(account);
  return (
    <FormDialog
      title={`Stop importing ${row.subject}?`}
      description={`Messages from ${row.exporter} stop arriving at once.`}
      action="Delete import"
      busyAction="Deleting…"
      danger
      busy={remove.isPending}
      problem={remove.error}
      onSubmit={() =>
        remove.mutate(row, {
          onSuccess: ({ live }) => {
            onClose();
            toastChange(`Import ${row.subject} deleted`, live);
          },
        })
      }
      onClose={onClose}
    />
  );
}
