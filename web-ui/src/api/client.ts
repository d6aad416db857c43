/**
 * The typed API client. It adds the session's token, turns every refusal into an `ApiProblem`, and
 * ends the session when the API says that the token no longer counts.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { endSession, getSession } from "../session/session";
import { problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Deleted = Schemas["Deleted"];

const CSRF = "x-csrf-token";

/** Wrong passwords and codes are answered 401 too; they say nothing of the session. */
const NOT_THE_SESSION = /\/api\/v1\/(session|invitations|password-resets)\b/;

const authorize: Middleware = {
  onRequest({ request }) {
    const { token, cookie } = getSession();
    if (token === null || request.headers.has("authorization")) return request;
    if (cookie !== true) {
      request.headers.set("authorization", `Bearer ${token}`);
      return request;
    }
    request.headers.set(CSRF, token);
    return new Request(request, { credentials: "same-origin" });
  },
  onResponse({ request, response }) {
    if (response.status !== 401 || NOT_THE_SESSION.test(new URL(request.url).pathname)) return;
    // Only the session's own token ends the session: a late answer to an older one does not.
    const { token, cookie } = getSession();
    const sent = request.headers.get(cookie === true ? CSRF : "authorization");
    if (sent === (cookie === true ? token : `Bearer ${token}`)) endSession("expired");
  },
};

/** Answers are never kept: some carry secrets, and all of them age within seconds. */
export const api = createClient<paths>({
  baseUrl: globalThis.location.origin,
  cache: "no-store",
  credentials: "omit",
  fetch: (request) => globalThis.fetch(request),
});
api.use(authorize);

/** A row as it was shown: what a change of it names, so that nobody undoes what they did not see. */
export interface Seen {
  readonly id: string;
  readonly version: number;
}

/** The header parameters of a change to a row that was seen. */
export function ifMatch({ version }: Seen): { "If-Match": string } {
  return { "If-Match": `"${version}"` };
}

/** What openapi-fetch resolves to: either data or error, and always the response. */
interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Unwraps an answer: its data, or an `ApiProblem` thrown. */
export async function answer<T>(outcome: Promise<Outcome<T>>): Promise<NonNullable<T>> {
  const { data, error, response } = await outcome;
  if (!response.ok) throw problemOf(response, error);
  if (data === undefined || data === null) throw problemOf(response, null);
  return data;
}
