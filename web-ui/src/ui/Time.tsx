/** A moment, relative in the text and absolute in the tooltip. */
import { absoluteTime, relativeTime } from "./time";

export function Time({ at }: { at: string }) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <>{at}</>;
  return (
    <time dateTime={at} title={absoluteTime(date)}>
      {relativeTime(date, new Date())}
    </time>
  );
}
