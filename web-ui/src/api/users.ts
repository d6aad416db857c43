/** Users of one account: the queries and mutations that the pages use. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { claimsChanged } from "./accounts";
import { answer, api, type Deleted, ifMatch, type Schemas, type Seen } from "./client";
import type { ApiProblem } from "./problem";
import { firstPage, nextCursor, pageParams } from "./queries";

export type User = Schemas["User"];
export type NewUser = Schemas["NewUser"];
export type CreatedUser = Schemas["CreatedUser"];

const usersKey = (account: string) => ["users", account] as const;

export function usersQuery(account: string) {
  return infiniteQueryOptions({
    queryKey: usersKey(account),
    initialPageParam: firstPage,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/accounts/{account}/users", {
          params: { path: { account }, query: pageParams(pageParam) },
          signal,
        }),
      ),
    getNextPageParam: nextCursor,
  });
}

/** The answer carries the credentials: it is kept by the dialog that shows them, never cached. */
export function useCreateUser(account: string) {
  const queries = useQueryClient();
  return useMutation<CreatedUser, ApiProblem, NewUser>({
    gcTime: 0,
    mutationFn: (body) =>
      answer(api.POST("/api/v1/accounts/{account}/users", { params: { path: { account } }, body })),
    onSuccess: () => {
      // Not awaited: nothing may stand between the answer and the dialog that shows it.
      void queries.invalidateQueries({ queryKey: usersKey(account) });
    },
  });
}

export function useDeleteUser(account: string) {
  const queries = useQueryClient();
  return useMutation<Deleted, ApiProblem, Seen>({
    mutationFn: (user) =>
      answer(
        api.DELETE("/api/v1/accounts/{account}/users/{user}", {
          params: { path: { account, user: user.id }, header: ifMatch(user) },
        }),
      ),
    onSuccess: () => claimsChanged(queries, account, usersKey(account)),
  });
}
