/** Exports and imports of one account: the queries and mutations that the pages use. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { claimsChanged } from "./accounts";
import { answer, api, type Deleted, ifMatch, type Schemas, type Seen } from "./client";
import type { ApiProblem } from "./problem";
import { firstPage, nextCursor, pageParams, rowsOf, whileApplying } from "./queries";

export type Export = Schemas["Export"];
export type NewExport = Schemas["NewExport"];
export type Import = Schemas["Import"];
export type NewImport = Schemas["NewImport"];
export type ShareKind = Export["kind"];

const exportsKey = (account: string) => ["exports", account] as const;
const importsKey = (account: string) => ["imports", account] as const;

export function exportsQuery(account: string) {
  return infiniteQueryOptions({
    queryKey: exportsKey(account),
    initialPageParam: firstPage,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/accounts/{account}/exports", {
          params: { path: { account }, query: pageParams(pageParam) },
          signal,
        }),
      ),
    getNextPageParam: nextCursor,
    refetchInterval: (query) => whileApplying(rowsOf(query.state.data)),
  });
}

export function importsQuery(account: string) {
  return infiniteQueryOptions({
    queryKey: importsKey(account),
    initialPageParam: firstPage,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/accounts/{account}/imports", {
          params: { path: { account }, query: pageParams(pageParam) },
          signal,
        }),
      ),
    getNextPageParam: nextCursor,
    refetchInterval: (query) => whileApplying(rowsOf(query.state.data)),
  });
}

export function useCreateExport(account: string) {
  const queries = useQueryClient();
  return useMutation<Export, ApiProblem, NewExport>({
    mutationFn: (body) =>
      answer(
        api.POST("/api/v1/accounts/{account}/exports", { params: { path: { account } }, body }),
      ),
    onSuccess: () => claimsChanged(queries, account, exportsKey(account)),
  });
}

export function useCreateImport(account: string) {
  const queries = useQueryClient();
  return useMutation<Import, ApiProblem, NewImport>({
    mutationFn: (body) =>
      answer(
        api.POST("/api/v1/accounts/{account}/imports", { params: { path: { account } }, body }),
      ),
    onSuccess: () => claimsChanged(queries, account, importsKey(account)),
  });
}

export function useDeleteExport(account: string) {
  const queries = useQueryClient();
  return useMutation<Deleted, ApiProblem, Seen>({
    mutationFn: (row) =>
      answer(
        api.DELETE("/api/v1/accounts/{account}/exports/{export}", {
          params: { path: { account, export: row.id }, header: ifMatch(row) },
        }),
      ),
    onSuccess: () => claimsChanged(queries, account, exportsKey(account)),
  });
}

export function useDeleteImport(account: string) {
  const queries = useQueryClient();
  return useMutation<Deleted, ApiProblem, Seen>({
    mutationFn: (row) =>
      answer(
        api.DELETE("/api/v1/accounts/{account}/imports/{import}", {
          params: { path: { account, import: row.id }, header: ifMatch(row) },
        }),
      ),
    onSuccess: () => claimsChanged(queries, account, importsKey(account)),
  });
}
