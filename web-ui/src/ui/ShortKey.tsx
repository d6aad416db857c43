/** A public key, short enough for a table; the whole of it in the tooltip. */
export function ShortKey({ publicKey }: { publicKey: string }) {
  return (
    <code title={publicKey}>
      {publicKey.slice(0, 8)}…{publicKey.slice(-4)}
    </code>
  );
}
