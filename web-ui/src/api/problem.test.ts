import { expect, test } from "vitest";
import { ApiProblem, asProblem, problemOf } from "./problem";

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

test("a problem document becomes title, detail, fields and request id", () => {
  const problem = problemOf(answer(422), {
    type: "https://tidegate.dev/problems/invalid",
    title: "Invalid request",
    status: 422,
    detail: "One field is wrong.",
    code: "invalid",
    request_id: "req_1",
    errors: [{ pointer: "/name", code: "taken", message: "is taken" }],
  });
  expect(problem).toMatchObject({
    status: 422,
    code: "invalid",
    title: "Invalid request",
    detail: "One field is wrong.",
    requestId: "req_1",
  });
  expect(problem.field("/name")).toBe("is taken");
  expect(problem.field("/slug")).toBeUndefined();
  expect(problem.otherFields(["/name"])).toEqual([]);
  expect(problem.otherFields([])).toHaveLength(1);
});

test.each([undefined, null, "<html>", 42, { errors: "no" }, { errors: [null, 3, {}] }])(
  "an answer that is no problem document still says its status: %j",
  (body) => {
    const problem = problemOf(answer(502, { "x-request-id": "req_2" }), body);
    expect(problem.title).toBe("The server answered 502");
    expect(problem.requestId).toBe("req_2");
    expect(problem.fields).toEqual([]);
  },
);

test("a failed fetch reads as an unreachable server", () => {
  expect(asProblem(new TypeError("Failed to fetch")).code).toBe("unreachable");
});

test("other faults keep their message, and problems stay themselves", () => {
  expect(asProblem(new Error("boom")).detail).toBe("boom");
  expect(asProblem("odd").detail).toBe("odd");
  const problem = new ApiProblem({ status: 404, code: "not_found", title: "Not found" });
  expect(asProblem(problem)).toBe(problem);
});
