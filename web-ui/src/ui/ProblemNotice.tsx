/** An API refusal in full: title, detail, the fields that no input shows, and the request id. */
import type { ApiProblem } from "../api/problem";

interface ProblemNoticeProps {
  problem: ApiProblem;
  shownFields?: readonly string[];
  onRetry?: () => void;
}

export function ProblemNotice({ problem, shownFields = [], onRetry }: ProblemNoticeProps) {
  const fields = problem.otherFields(shownFields);
  return (
    <div className="notice danger" role="alert">
      <strong>{problem.title}</strong>
      {problem.detail ? <span>{problem.detail}</span> : null}
      {fields.length > 0 ? (
        <ul>
          {fields.map((field) => (
            <li key={`${field.pointer}${field.message}`}>
              {field.pointer ? <code>{field.pointer}</code> : null} {field.message}
            </li>
          ))}
        </ul>
      ) : null}
      {problem.requestId ? (
        <span className="request-id">
          Request id <code>{problem.requestId}</code>
        </span>
      ) : null}
      {onRetry ? (
        <div>
          <button type="button" className="button small" onClick={onRetry}>
            Try again
          </button>
        </div>
      ) : null}
    </div>
  );
}
