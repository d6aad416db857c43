/** Tabs inside a card: one panel at a time, moved through with the arrow keys. */
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from "react";

export interface Segment {
  key: string;
  label: string;
  panel: ReactNode;
}

export function Segments({ label, segments }: { label: string; segments: readonly Segment[] }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const [chosen, choose] = useState(0);
  const current = segments[chosen];

  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = (chosen + step + segments.length) % segments.length;
    choose(next);
    list.current?.querySelectorAll("button")[next]?.focus();
  };

  return (
    <div className="stack segments-stack">
      <div className="segments" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
        {segments.map((segment, index) => (
          <button
            key={segment.key}
            type="button"
            role="tab"
            id={`${id}-${segment.key}`}
            aria-selected={index === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={index === chosen ? 0 : -1}
            onClick={() => choose(index)}
          >
            {segment.label}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${current?.key}`}>
        {current?.panel}
      </div>
    </div>
  );
}
