/** Accounts: the queries and mutations that the pages use. */
import {
  infiniteQueryOptions,
  type QueryClient,
  queryOptions,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { answer, api, type Deleted, ifMatch, type Schemas, type Seen } from "./client";
import type { ApiProblem } from "./problem";
import { firstPage, nextCursor, pageParams, rowsOf, whileApplying } from "./queries";

export type Account = Schemas["Account"];
export type NewAccount = Schemas["NewAccountBody"];

export const accountKeys = {
  list: ["accounts", "list"] as const,
  one: (account: string) => ["accounts", "one", account] as const,
};

export const accountsQuery = infiniteQueryOptions({
  queryKey: accountKeys.list,
  initialPageParam: firstPage,
  queryFn: ({ pageParam, signal }) =>
    answer(api.GET("/api/v1/accounts", { params: { query: pageParams(pageParam) }, signal })),
  getNextPageParam: nextCursor,
  refetchInterval: (query) => whileApplying(rowsOf(query.state.data)),
});

export function accountQuery(account: string) {
  return queryOptions({
    queryKey: accountKeys.one(account),
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/accounts/{account}", { params: { path: { account } }, signal })),
    refetchInterval: (query) => whileApplying(query.state.data ? [query.state.data] : []),
  });
}

/** After a change of claims: reads the changed list again, and whether the account is live. */
export async function claimsChanged(
  queries: QueryClient,
  account: string,
  list: readonly string[],
): Promise<void> {
  await Promise.all([
    queries.invalidateQueries({ queryKey: list }),
    queries.invalidateQueries({ queryKey: accountKeys.one(account) }),
  ]);
}

export function useCreateAccount() {
  const queries = useQueryClient();
  return useMutation<Account, ApiProblem, NewAccount>({
    mutationFn: (body) => answer(api.POST("/api/v1/accounts", { body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: accountKeys.list }),
  });
}

export function useDeleteAccount(account: Seen) {
  const queries = useQueryClient();
  return useMutation<Deleted, ApiProblem, void>({
    mutationFn: () =>
      answer(
        api.DELETE("/api/v1/accounts/{account}", {
          params: { path: { account: account.id }, header: ifMatch(account) },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: accountKeys.list }),
  });
}
