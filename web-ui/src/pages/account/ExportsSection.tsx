/** What other accounts may import from this one. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rowsOf } from "../../api/queries";
import { type Export, exportsQuery, useDeleteExport } from "../../api/sharing";
import { Badge, LiveBadge } from "../../ui/Badge";
import type { Column } from "../../ui/DataTable";
import { FormDialog } from "../../ui/FormDialog";
import { toastChange } from "../../ui/toasts";
import { CreateExportDialog } from "./CreateExportDialog";
import { ShareSection } from "./ShareSection";

type Open = { dialog: "create" } | { dialog: "delete"; row: Export };

function columns(onDelete: (row: Export) => void): readonly Column<Export>[] {
  return [
    {
      key: "subject",
      header: "Subject",
      wrap: true,
      cell: (row) => (
        <>
          <code className="cell-main">{row.subject}</code>
          {row.name && row.name !== row.subject ? (
            <span className="cell-sub">{row.name}</span>
          ) : null}
        </>
      ),
    },
    { key: "kind", header: "Kind", cell: (row) => row.kind },
    { key: "visibility", header: "Open to", wrap: true, cell: (row) => openTo(row) },
    { key: "live", header: "State", cell: (row) => <LiveBadge live={row.live} /> },
    {
      key: "actions",
      header: "Actions",
      actions: true,
      cell: (row) => (
        <button
          type="button"
          className="button quiet small"
          aria-label={`Delete export ${row.subject}`}
          onClick={() => onDelete(row)}
        >
          Delete
        </button>
      ),
    },
  ];
}

function openTo(row: Export) {
  if (row.visibility === "public") return <Badge tone="info">every account</Badge>;
  if (row.allow.length === 0) return <Badge>nobody yet</Badge>;
  return <span className="mono">{row.allow.join(", ")}</span>;
}

export function ExportsSection({ account }: { account: string }) {
  const exports = useInfiniteQuery(exportsQuery(account));
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <ShareSection
        what="exports"
        title="Exports"
        description="Subjects of this account that other accounts may import."
        empty={{
          title: "Nothing is exported",
          text: "Export a subject to let other accounts receive its messages or call its service.",
        }}
        create={
          <button type="button" className="button" onClick={() => setOpen({ dialog: "create" })}>
            Create export
          </button>
        }
        query={exports}
        rows={rowsOf(exports.data)}
        columns={columns((row) => setOpen({ dialog: "delete", row }))}
        rowKey={(row) => row.id}
      />
      {open?.dialog === "create" ? <CreateExportDialog account={account} onClose={close} /> : null}
      {open?.dialog === "delete" ? (
        <DeleteExportDialog account={account} row={open.row} onClose={close} />
      ) : null}
    </>
  );
}

interface DeleteExportDialogProps {
  account: string;
  row: Export;
  onClose: () => void;
}

function DeleteExportDialog({ account, row, onClose }: DeleteExportDialogProps) {
  const remove = useDeleteExport(account);
  return (
    <FormDialog
      title={`Stop exporting ${row.subject}?`}
      description="Accounts that import it stop receiving at once."
      action="Delete export"
      busyAction="Deleting…"
      danger
      busy={remove.isPending}
      problem={remove.error}
      onSubmit={() =>
        remove.mutate(row, {
          onSuccess: ({ live }) => {
            onClose();
            toastChange(`Export ${row.subject} deleted`, live);
          },
        })
      }
      onClose={onClose}
    />
  );
}
