/** A block of code or configuration to copy. */
import { CopyButton } from "./CopyButton";

export function Code({ text, what }: { text: string; what: string }) {
  return (
    <div className="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, also by keyboard */}
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label="Copy" what={what} small />
    </div>
  );
}
