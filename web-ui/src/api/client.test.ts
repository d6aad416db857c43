import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { beginSession, endSession, getSession } from "../session/session";
import { answer, api, ifMatch } from "./client";
import { ApiProblem } from "./problem";
import { whoamiWith } from "./system";

const sent: Request[] = [];

/** Answers every request with this, and keeps the request. */
function serverAnswers(status: number, body: unknown, before?: () => void): void {
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request);
    before?.();
    return new Response(JSON.stringify(body), {
      status,
      headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" },
    });
  });
}

beforeEach(() => {
  sent.length = 0;
  beginSession("tg_current");
});

afterEach(() => {
  endSession("signed-out");
  vi.unstubAllGlobals();
});

test("requests carry the session's token in the header and nowhere else", async () => {
  serverAnswers(200, { data: [], has_more: false });
  await answer(api.GET("/api/v1/accounts", { params: { query: { limit: 5 } } }));
  const request = sent[0];
  expect(request?.headers.get("authorization")).toBe("Bearer tg_current");
  expect(request?.url).toMatch(/\/api\/v1\/accounts\?limit=5$/);
});

test("a refusal is thrown as a problem", async () => {
  serverAnswers(422, {
    title: "Invalid",
    code: "invalid",
    request_id: "req_9",
    errors: [{ pointer: "/name", code: "invalid", message: "must be short" }],
  });
  const refused = answer(api.POST("/api/v1/accounts", { body: { name: "x" } }));
  await expect(refused).rejects.toBeInstanceOf(ApiProblem);
  await expect(refused).rejects.toMatchObject({ status: 422, code: "invalid", requestId: "req_9" });
  expect(getSession().token).toBe("tg_current");
});

test("an answer without a body is a problem, not undefined", async () => {
  vi.stubGlobal("fetch", async () => new Response(null, { status: 204 }));
  await expect(answer(api.GET("/api/v1/whoami"))).rejects.toBeInstanceOf(ApiProblem);
});

test("401 for the session's token ends the session", async () => {
  serverAnswers(401, { title: "Unauthorized" });
  await expect(answer(api.GET("/api/v1/whoami"))).rejects.toMatchObject({ status: 401 });
  expect(getSession()).toEqual({ token: null, ended: "expired" });
});

test("a late 401 for an older token leaves the new session alone", async () => {
  serverAnswers(401, { title: "Unauthorized" }, () => beginSession("tg_newer"));
  await expect(answer(api.GET("/api/v1/whoami"))).rejects.toMatchObject({ status: 401 });
  expect(getSession().token).toBe("tg_newer");
});

test("trying a token at sign-in neither uses nor ends a session", async () => {
  serverAnswers(401, { title: "Unauthorized" });
  await expect(whoamiWith("tg_tried")).rejects.toMatchObject({ status: 401 });
  expect(sent[0]?.headers.get("authorization")).toBe("Bearer tg_tried");
  expect(getSession().token).toBe("tg_current");
});

test("a change names the version of the row that was shown", async () => {
  serverAnswers(200, { id: "acct_1", live: true });
  const header = ifMatch({ id: "acct_1", version: 7 });
  const params = { path: { account: "acct_1" }, header };
  await answer(api.DELETE("/api/v1/accounts/{account}", { params }));
  expect(sent[0]?.headers.get("if-match")).toBe('"7"');
});
