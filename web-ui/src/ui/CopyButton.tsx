/** Copies a text and says so on the button itself. */
import { useEffect, useState } from "react";
import { CheckIcon, CopyIcon } from "./icons";

const SAID_FOR_MS = 2_000;

interface CopyButtonProps {
  text: string;
  label?: string;
  /** What is copied, for screen readers, when the label alone does not tell. */
  what?: string;
  primary?: boolean;
  small?: boolean;
  onCopied?: () => void;
}

type Said = "nothing" | "copied" | "refused";

export function CopyButton({ text, label, what, primary, small, onCopied }: CopyButtonProps) {
  const [said, say] = useState<Said>("nothing");

  useEffect(() => {
    if (said === "nothing") return;
    const timer = setTimeout(() => say("nothing"), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [said]);

  const copy = async () => {
    const copied = await copyText(text);
    say(copied ? "copied" : "refused");
    if (copied) onCopied?.();
  };

  const classes = [
    "button",
    primary ? "primary" : label ? "" : "quiet",
    small || !label ? "small" : "",
  ];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(" ")}
      aria-label={what ? `Copy ${what}` : undefined}
      onClick={copy}
    >
      {said === "copied" ? <CheckIcon /> : <CopyIcon />}
      {label ? (said === "copied" ? "Copied" : label) : null}
      {said === "refused" ? "Copying was refused" : null}
      <span className="visually-hidden" aria-live="polite">
        {said === "copied" ? "Copied" : ""}
      </span>
    </button>
  );
}

/** The clipboard API exists only on https and localhost; elsewhere the old command still works. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  // A modal dialog makes everything outside it inert, so the selection has to be inside.
  const parent = document.querySelector("dialog[open]") ?? document.body;
  const focused = document.activeElement;
  parent.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
