/** A modal dialog on the browser's own `<dialog>`: focus trap and Escape come with it. */
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";

interface DialogProps {
  title: string;
  description?: ReactNode;
  wide?: boolean;
  /** Asked when the user wants to leave by Escape. The owner unmounts the dialog, or keeps it. */
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ title, description, wide = false, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();

  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null) return;
    if (!dialog.open) dialog.showModal();
    // Closing before removal gives the focus back to the element that opened the dialog.
    return () => dialog.close();
  }, []);

  return (
    <dialog
      ref={ref}
      className={wide ? "wide" : undefined}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={(event) => {
        // The browser may close on a second Escape without asking; ours only ever unmounts.
        if (event.target === ref.current && !ref.current.open) onClose();
      }}
    >
      <div className="dialog-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {description ? <p id={`${id}-description`}>{description}</p> : null}
      </div>
      {children}
    </dialog>
  );
}
