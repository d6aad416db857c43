/** Where to go after signing in: a path of this console, never another site. */
const HOME = "/accounts";

export function safeNext(next: string | undefined): string {
  if (next === undefined || !next.startsWith("/")) return HOME;
  const url = new URL(next, "http://console.invalid");
  const ours = url.host === "console.invalid" && !url.pathname.startsWith("/sign-in");
  return ours && !url.pathname.startsWith("//") ? url.pathname + url.search : HOME;
}
