import { cleanup, render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { ApiProblem } from "../api/problem";
import { ProblemNotice } from "./ProblemNotice";

afterEach(cleanup);

const problem = new ApiProblem({
  status: 422,
  code: "invalid",
  title: "The request is not valid",
  detail: "Two fields are wrong.",
  requestId: "req_7",
  fields: [
    { pointer: "/name", code: "invalid", message: "must be short" },
    { pointer: "/permissions/publish/allow/0", code: "invalid", message: "is no subject" },
  ],
});

test("title, detail, request id and the fields that no input shows are read out", () => {
  render(<ProblemNotice problem={problem} shownFields={["/name"]} />);
  const alert = screen.getByRole("alert").textContent ?? "";
  expect(alert).toContain("The request is not valid");
  expect(alert).toContain("Two fields are wrong.");
  expect(alert).toContain("/permissions/publish/allow/0 is no subject");
  expect(alert).not.toContain("must be short");
  expect(alert).toContain("req_7");
});

test("trying again is offered only where it makes sense", async () => {
  const retry = vi.fn();
  const { rerender } = render(<ProblemNotice problem={problem} />);
  expect(screen.queryByRole("button")).toBeNull();
  rerender(<ProblemNotice problem={problem} onRetry={retry} />);
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(retry).toHaveBeenCalledOnce();
});
