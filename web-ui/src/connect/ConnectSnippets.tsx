/** The connect snippets as tabs, with this installation's address filled in. */
import { useQuery } from "@tanstack/react-query";
import { systemQuery } from "../api/system";
import { Code } from "../ui/Code";
import { Segments } from "../ui/Segments";
import { snippets } from "./snippets";

/** Where the broker most likely is, until the API has told. */
function likelyUrl(): string {
  return `nats://${window.location.hostname}:4222`;
}

export function ConnectSnippets({ credsFile }: { credsFile: string }) {
  const system = useQuery(systemQuery);
  const url = system.data?.nats_url ?? likelyUrl();
  return (
    <Segments
      label="Client"
      segments={snippets({ url, credsFile }).map((snippet) => ({
        key: snippet.key,
        label: snippet.label,
        panel: (
          <div className="stack">
            <Code text={snippet.install} what={`the install command for ${snippet.label}`} />
            <Code text={snippet.code} what={`the ${snippet.label} program`} />
          </div>
        ),
      }))}
    />
  );
}
