/** Who is signed in, and what the installation says about itself. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "./client";

/** Who is signed in: an API key, or a person. */
export type Whoami = Schemas["Identity"];
export type System = Schemas["System"];

const SYSTEM_REFETCH_MS = 10_000;

export const whoamiQuery = queryOptions({
  queryKey: ["whoami"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/whoami", { signal })),
  staleTime: 60_000,
});

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/system", { signal })),
  refetchInterval: SYSTEM_REFETCH_MS,
});

/** Asks who a token belongs to, before it becomes the session's. Refusals are thrown. */
export function whoamiWith(token: string): Promise<Whoami> {
  return answer(api.GET("/api/v1/whoami", { headers: { authorization: `Bearer ${token}` } }));
}
