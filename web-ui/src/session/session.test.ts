import { beforeEach, expect, test, vi } from "vitest";
import { beginSession, endSession, getSession, subscribe } from "./session";

beforeEach(() => {
  beginSession("tg_reset");
  endSession("signed-out");
});

test("the token is kept in sessionStorage and nowhere else", () => {
  beginSession("tg_secret");
  expect(getSession().token).toBe("tg_secret");
  expect(Object.values({ ...sessionStorage })).toEqual(["tg_secret"]);
  expect(Object.values({ ...localStorage })).toEqual([]);
  expect(document.cookie).toBe("");
});

test("ending a session forgets the token and tells the reason", () => {
  beginSession("tg_secret");
  const listener = vi.fn();
  const stop = subscribe(listener);
  endSession("expired");
  stop();
  expect(getSession()).toEqual({ token: null, ended: "expired" });
  expect(sessionStorage.length).toBe(0);
  expect(listener).toHaveBeenCalledTimes(1);
});

test("a session that has ended keeps its first reason", () => {
  beginSession("tg_secret");
  endSession("signed-out");
  endSession("expired");
  expect(getSession().ended).toBe("signed-out");
});
