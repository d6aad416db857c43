/** What this installation is made of, and whether its engines answer. */
import { useQuery } from "@tanstack/react-query";
import { asProblem } from "../../api/problem";
import { type System, systemQuery } from "../../api/system";
import { Page } from "../../shell/Page";
import { Badge } from "../../ui/Badge";
import { CopyButton } from "../../ui/CopyButton";
import { type Column, DataTable } from "../../ui/DataTable";
import { ProblemNotice } from "../../ui/ProblemNotice";
import { Loading } from "../../ui/states";

type Engine = System["engines"][number];

const ENGINE_COLUMNS: readonly Column<Engine>[] = [
  {
    key: "name",
    header: "Engine",
    cell: (engine) => (
      <>
        <span className="cell-main">{engine.name}</span>
        <span className="cell-sub">{engine.kind}</span>
      </>
    ),
  },
  {
    key: "state",
    header: "State",
    wrap: true,
    cell: (engine) =>
      engine.connected ? (
        <Badge tone="success">connected</Badge>
      ) : (
        <>
          <Badge tone="danger">not connected</Badge>
          {engine.error ? <span className="cell-sub">{engine.error}</span> : null}
        </>
      ),
  },
  { key: "accounts", header: "Accounts", cell: (engine) => engine.accounts ?? "not shown" },
  { key: "behind", header: "Claims", cell: (engine) => <Behind engine={engine} /> },
];

function Behind({ engine }: { engine: Engine }) {
  const behind = engine.accounts_behind;
  if (behind === undefined || behind === null) return "not shown";
  if (behind === 0) return <Badge tone="success">all applied</Badge>;
  return (
    <Badge tone="warning" busy>
      {behind} to apply
    </Badge>
  );
}

export function SystemPage() {
  const system = useQuery(systemQuery);
  return (
    <Page title="System" description="This installation and the brokers that it drives.">
      {system.isPending ? <Loading what="the system" /> : null}
      {system.isError ? (
        <ProblemNotice problem={asProblem(system.error)} onRetry={() => system.refetch()} />
      ) : null}
      {system.data ? <SystemFacts system={system.data} /> : null}
    </Page>
  );
}

function SystemFacts({ system }: { system: System }) {
  return (
    <>
      <div className="card padded">
        <dl className="facts">
          <div>
            <dt>Server</dt>
            <dd>{system.server_name}</dd>
          </div>
          <div>
            <dt>Version</dt>
            <dd>{system.version}</dd>
          </div>
          <div>
            <dt>Database</dt>
            <dd>{system.database}</dd>
          </div>
          <div>
            <dt>Operator</dt>
            <dd>
              <code>{system.operator}</code>
              <CopyButton text={system.operator} what="the operator's public key" />
            </dd>
          </div>
          <div>
            <dt>NATS address</dt>
            <dd>
              <code>{system.nats_url}</code>
              <CopyButton text={system.nats_url} what="the NATS address" />
            </dd>
          </div>
        </dl>
      </div>
      <h2>Engines</h2>
      <DataTable
        caption="Engines"
        columns={ENGINE_COLUMNS}
        rows={system.engines}
        rowKey={(engine) => engine.name}
      />
    </>
  );
}
