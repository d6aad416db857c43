/** Signs in with an API token. The token is checked before it is kept. */
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiProblem, asProblem } from "../api/problem";
import { type Whoami, whoamiWith } from "../api/system";
import { useDocumentTitle } from "../shell/Page";
import { Field, textOf } from "../ui/Field";
import { ProblemNotice } from "../ui/ProblemNotice";
import { safeNext } from "./next";
import { beginSession, useSession } from "./session";

const route = getRouteApi("/sign-in");

/** What an HTTP header can carry; a token never holds anything else. */
const SENDABLE = /^[\x21-\x7e]+$/;

export function SignInPage() {
  useDocumentTitle("Sign in");
  const { next } = route.useSearch();
  const navigate = useNavigate();
  const { token, ended } = useSession();
  const [missing, setMissing] = useState(false);

  const signIn = useMutation<Whoami, unknown, string>({
    gcTime: 0,
    mutationFn: (given) => {
      if (!SENDABLE.test(given)) throw refusedToken();
      return whoamiWith(given);
    },
    onSuccess: (_whoami, given) => beginSession(given),
  });

  useEffect(() => {
    if (token !== null) void navigate({ to: safeNext(next), replace: true });
  }, [token, next, navigate]);

  const submit = (form: FormData) => {
    const given = textOf(form, "token");
    setMissing(given === undefined);
    if (given !== undefined && !signIn.isPending) signIn.mutate(given);
  };

  return (
    <main className="sign-in">
      <form
        className="sign-in-card"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <span className="brand">
          <img src="/favicon.svg" alt="" />
          Tidegate
        </span>
        <div>
          <h1>Sign in</h1>
          <p className="muted">Use an API token. The first one is printed when Tidegate starts.</p>
        </div>
        {ended === "expired" && signIn.isIdle ? (
          <p className="notice warning" role="status">
            Your session ended: the token expired or was revoked. Sign in again.
          </p>
        ) : null}
        {signIn.isError ? <ProblemNotice problem={signInProblem(signIn.error)} /> : null}
        <Field
          label="API token"
          hint={
            <>
              On the server it is in <code>run/admin.token</code> of the data directory.
            </>
          }
          error={missing ? "Enter the token." : undefined}
        >
          {(control) => (
            <input
              {...control}
              name="token"
              type="password"
              className="mono"
              autoComplete="off"
              spellCheck={false}
              // biome-ignore lint/a11y/noAutofocus: the only field of the page
              autoFocus
            />
          )}
        </Field>
        <button type="submit" className="button primary" disabled={signIn.isPending}>
          {signIn.isPending ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

function refusedToken(): ApiProblem {
  return new ApiProblem({ status: 401, code: "unauthorized", title: "" });
}

/** A refusal at sign-in means this token, whatever general words the API has for it. */
function signInProblem(error: unknown): ApiProblem {
  const problem = asProblem(error);
  if (problem.status !== 401) return problem;
  return new ApiProblem({
    status: 401,
    code: problem.code,
    title: "That token is not valid",
    detail: "It may be mistyped, expired or revoked. The first token works for 24 hours.",
    requestId: problem.requestId,
  });
}
