/**
 * Everything that can go wrong with a request, as one error type. The API answers every failure
 * with `application/problem+json`; what did not come from the API is put into the same shape.
 */

export interface FieldProblem {
  /** JSON pointer into the request body, such as `/name`. */
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
}

export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  /** HTTP status, or 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly fields: readonly FieldProblem[];

  constructor(init: {
    status: number;
    code: string;
    title: string;
    detail?: string;
    requestId?: string | null;
    fields?: readonly FieldProblem[];
  }) {
    super(init.title);
    this.status = init.status;
    this.code = init.code;
    this.title = init.title;
    this.detail = init.detail ?? "";
    this.requestId = init.requestId ?? null;
    this.fields = init.fields ?? [];
  }

  /** The message for one field of the form, if the API named that field. */
  field(pointer: string): string | undefined {
    return this.fields.find((field) => field.pointer === pointer)?.message;
  }

  /** Field messages that no input of the form shows. */
  otherFields(shown: readonly string[]): readonly FieldProblem[] {
    return this.fields.filter((field) => !shown.includes(field.pointer));
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function fieldsOf(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    if (typeof entry !== "object" || entry === null) return [];
    const { pointer, code, message } = entry as Record<string, unknown>;
    const shown = text(message);
    return shown ? [{ pointer: text(pointer) ?? "", code: text(code) ?? "", message: shown }] : [];
  });
}

/** Reads a refused response. `body` is the parsed JSON body, or anything else. */
export function problemOf(response: Response, body: unknown): ApiProblem {
  const given = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const requestId = text(given.request_id) ?? response.headers.get("x-request-id");
  return new ApiProblem({
    status: response.status,
    code: text(given.code) ?? "unexpected_answer",
    title: text(given.title) ?? `The server answered ${response.status}`,
    detail: text(given.detail) ?? "",
    requestId,
    fields: fieldsOf(given.errors),
  });
}

/** Any thrown value as an `ApiProblem`; `fetch` throws a TypeError when no answer came. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof TypeError) {
    return new ApiProblem({
      status: 0,
      code: "unreachable",
      title: "Tidegate can't be reached",
      detail: "Check that the server is running and that you are online, then try again.",
    });
  }
  return new ApiProblem({
    status: 0,
    code: "console_fault",
    title: "The console met an unexpected fault",
    detail: error instanceof Error ? error.message : String(error),
  });
}
