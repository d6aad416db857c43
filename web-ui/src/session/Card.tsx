/** The frame of the pages that nobody has to be signed in for, and their field for secrets. */
import type { ReactNode } from "react";
import { Field } from "../ui/Field";

export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <span className="brand">
          <img src="/favicon.svg" alt="" />
          Tidegate
        </span>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

interface SecretFieldProps {
  label: string;
  name: string;
  autoComplete: "current-password" | "new-password" | "one-time-code";
  hint?: ReactNode;
  error?: string | undefined;
}

export function SecretField({ label, name, autoComplete, hint, error }: SecretFieldProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(control) => (
        <input
          {...control}
          name={name}
          type={autoComplete === "one-time-code" ? "text" : "password"}
          inputMode={autoComplete === "one-time-code" ? "numeric" : undefined}
          autoComplete={autoComplete}
          spellCheck={false}
        />
      )}
    </Field>
  );
}
