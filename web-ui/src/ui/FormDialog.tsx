/** A dialog around one form and one mutation: fields, the refusal, Cancel and the one action. */
import { type ReactNode, useState } from "react";
import type { ApiProblem } from "../api/problem";
import { Dialog } from "./Dialog";
import { ProblemNotice } from "./ProblemNotice";

interface FormDialogProps {
  title: string;
  description?: ReactNode;
  action: string;
  busyAction: string;
  danger?: boolean;
  busy: boolean;
  problem: ApiProblem | null;
  /** The pointers whose messages stand beside their inputs. */
  fields?: readonly string[];
  onSubmit: (form: FormData) => void;
  onClose: () => void;
  children?: ReactNode;
}

export function FormDialog(props: FormDialogProps) {
  const { busy, danger = false, fields = [], onClose, onSubmit, problem } = props;
  return (
    <Dialog
      title={props.title}
      description={props.description}
      onClose={() => {
        if (!busy) onClose();
      }}
    >
      <form
        noValidate
        autoComplete="off"
        aria-busy={busy}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onSubmit(new FormData(event.currentTarget));
        }}
      >
        {props.children || problem ? (
          <div className="dialog-body">
            {problem ? <ProblemNotice problem={problem} shownFields={fields} /> : null}
            {props.children}
          </div>
        ) : (
          <div className="dialog-body" />
        )}
        <div className="dialog-foot">
          <button type="button" className="button" onClick={onClose} disabled={busy}>
            Cancel
          </button>
          <button
            type="submit"
            className={`button ${danger ? "danger" : "primary"}`}
            disabled={busy}
          >
            {busy ? props.busyAction : props.action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Which row's dialog is open, if any. */
export function useOpenDialog<T>(): {
  open: T | null;
  show: (value: T) => void;
  hide: () => void;
} {
  const [open, setOpen] = useState<T | null>(null);
  return { open, show: (value) => setOpen(() => value), hide: () => setOpen(null) };
}
