/** Signs in: a person with email and password or an identity provider, anybody with an API token. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiProblem, asProblem } from "../api/problem";
import { type Whoami, whoamiWith } from "../api/system";
import { useDocumentTitle } from "../shell/Page";
import { Field, textOf } from "../ui/Field";
import { ProblemNotice } from "../ui/ProblemNotice";
import { Card, SecretField } from "./Card";
import { safeNext } from "./next";
import { cookieOwner, enter, type Identity, offeredProviders, signIn } from "./people";
import { SecondFactor } from "./SecondFactor";
import { beginSession, useSession } from "./session";

const route = getRouteApi("/sign-in");

/** What an HTTP header can carry; a token never holds anything else. */
const SENDABLE = /^[\x21-\x7e]+$/;

const REFUSALS: Record<string, string> = {
  no_membership: "You are known there, but have no role here. Ask whoever administers it.",
  state: "It took too long, or was begun in another browser. Try again.",
};

/** A sign-in that is waiting for a second factor, with the password that it was begun with. */
interface Waiting {
  identity: Identity;
  password: string;
}

export function SignInPage() {
  useDocumentTitle("Sign in");
  const { next, refused } = route.useSearch();
  const navigate = useNavigate();
  const { token, ended } = useSession();
  const [withToken, setWithToken] = useState(false);
  const [waiting, setWaiting] = useState<Waiting | null>(null);

  useEffect(() => {
    if (token !== null) void navigate({ to: safeNext(next), replace: true });
  }, [token, next, navigate]);

  // Another tab may have signed in, or an identity provider just now.
  useEffect(() => {
    if (ended !== null) return;
    const take = (identity: Identity | null) => {
      if (identity === null || enter(identity)) return;
      if (identity.session?.second_factor) setWaiting({ identity, password: "" });
    };
    cookieOwner().then(take, () => undefined);
  }, [ended]);

  if (waiting !== null) return <SecondFactor {...waiting} />;
  return (
    <Card title="Sign in">
      {ended === "expired" ? (
        <p className="notice warning" role="status">
          Your session ended: it expired or was revoked. Sign in again.
        </p>
      ) : null}
      {refused !== undefined ? (
        <p className="notice danger" role="alert">
          {REFUSALS[refused] ?? "The identity provider did not sign you in."}
        </p>
      ) : null}
      {withToken ? <TokenForm /> : <PasswordForm onWaiting={setWaiting} />}
      <button type="button" className="button" onClick={() => setWithToken(!withToken)}>
        {withToken ? "Use email and password" : "Use a token"}
      </button>
      <Providers next={next} />
    </Card>
  );
}

function Providers({ next }: { next: string | undefined }) {
  const offered = useQuery({
    queryKey: ["offered-providers"],
    queryFn: offeredProviders,
    retry: false,
  });
  return offered.data?.data.map(({ id, name }) => {
    const start = `/api/v1/sign-in/providers/${encodeURIComponent(id)}/start`;
    return (
      <a
        key={id}
        className="button"
        href={`${start}?return_to=${encodeURIComponent(safeNext(next))}`}
      >
        Continue with {name}
      </a>
    );
  });
}

function PasswordForm({ onWaiting }: { onWaiting: (waiting: Waiting) => void }) {
  const [missing, setMissing] = useState(false);
  const attempt = useMutation<Identity, unknown, { email: string; password: string }>({
    gcTime: 0,
    mutationFn: ({ email, password }) => signIn(email, password),
    onSuccess: (identity, { password }) => {
      if (!enter(identity)) onWaiting({ identity, password });
    },
  });
  const submit = (form: FormData) => {
    const email = textOf(form, "email");
    const password = form.get("password");
    const complete = email !== undefined && typeof password === "string" && password !== "";
    setMissing(!complete);
    if (complete && !attempt.isPending) attempt.mutate({ email, password });
  };
  return (
    <form
      className="sign-in-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      {attempt.isError ? <ProblemNotice problem={asProblem(attempt.error)} /> : null}
      <Field label="Email" error={missing ? "Enter email and password." : undefined}>
        {(control) => (
          <input
            {...control}
            name="email"
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the first field of the page
            autoFocus
          />
        )}
      </Field>
      <SecretField label="Password" name="password" autoComplete="current-password" />
      <button type="submit" className="button primary" disabled={attempt.isPending}>
        {attempt.isPending ? "Signing in…" : "Sign in"}
      </button>
    </form>
  );
}

function TokenForm() {
  const [missing, setMissing] = useState(false);
  const attempt = useMutation<Whoami, unknown, string>({
    gcTime: 0,
    mutationFn: (given) => {
      if (!SENDABLE.test(given)) throw refusedToken();
      return whoamiWith(given);
    },
    onSuccess: (_whoami, given) => beginSession(given),
  });
  const submit = (form: FormData) => {
    const given = textOf(form, "token");
    setMissing(given === undefined);
    if (given !== undefined && !attempt.isPending) attempt.mutate(given);
  };
  return (
    <form
      className="sign-in-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit(new FormData(event.currentTarget));
      }}
    >
      {attempt.isError ? <ProblemNotice problem={tokenProblem(attempt.error)} /> : null}
      <Field
        label="API token"
        hint={
          <>
            The first one is printed when Tidegate starts. On the server it is in{" "}
            <code>run/admin.token</code> of the data directory.
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
            // biome-ignore lint/a11y/noAutofocus: the only field of the form
            autoFocus
          />
        )}
      </Field>
      <button type="submit" className="button primary" disabled={attempt.isPending}>
        {attempt.isPending ? "Signing in…" : "Sign in"}
      </button>
    </form>
  );
}

function refusedToken(): ApiProblem {
  return new ApiProblem({ status: 401, code: "unauthorized", title: "" });
}

/** A refusal at sign-in means this token, whatever general words the API has for it. */
function tokenProblem(error: unknown): ApiProblem {
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
