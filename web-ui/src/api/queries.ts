/** What all queries share: the query client, paging, looking again while a change is applied. */
import { QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

/** Entries asked for at once. The API allows 500. */
export const PAGE_SIZE = 100;
/** How soon a change that is not live everywhere is looked at again. */
const APPLYING_REFETCH_MS = 1_500;
const RETRIES_MAX = 2;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => count < RETRIES_MAX && mayPass(asProblem(error).status),
      },
      mutations: { retry: false },
    },
  });
}

/** Whether the same request may succeed a moment later: no answer, or a server fault. */
function mayPass(status: number): boolean {
  return status === 0 || status >= 500;
}

export interface Page<T> {
  data: T[];
  has_more: boolean;
  next_cursor?: string | null | undefined;
}

export const firstPage: string | undefined = undefined;

export function nextCursor(page: Page<unknown>): string | undefined {
  return page.has_more ? (page.next_cursor ?? undefined) : undefined;
}

/** The query parameters of one page. */
export function pageParams(cursor: string | undefined): { limit: number; cursor?: string } {
  return cursor === undefined ? { limit: PAGE_SIZE } : { limit: PAGE_SIZE, cursor };
}

export function rowsOf<T>(data: { pages: Page<T>[] } | undefined): T[] {
  return data?.pages.flatMap((page) => page.data) ?? [];
}

interface MaybeLive {
  live: boolean;
}

/** Refetch soon while anything shown is not live on every server; otherwise leave it. */
export function whileApplying(objects: readonly MaybeLive[]): number | false {
  return objects.some((object) => !object.live) ? APPLYING_REFETCH_MS : false;
}
