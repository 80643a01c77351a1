/** The CloudWatch agent's configuration: logs only, since linnix-release puts the host's few metrics. Pure. */
import { serviceNames } from "../../../services/catalogue";
import { type LogPart, logGroup } from "../stack";
import type { BundleFacts } from "./facts";

/**
 * What upstream's cognitod prints at every event of a process, at any log level. CloudWatch bills each GB, and two lines for a
 * process make several of them a day on a busy host. They stay in the container's log on the host. The engine's log files have
 * a JSON object a line.
 */
const perEvent = String.raw`^\{"log":"\[(event\]|[^\]]* INFO +linnix_ai_ebpf_ebpf)`;

/** `/etc/linnix/cloudwatch-agent.json` on the host. */
export function cloudwatchAgent({ stack, region }: Pick<BundleFacts, "stack" | "region">): string {
  const log = (file: string, part: LogPart, stream = "{instance_id}") => ({
    file_path: file,
    log_group_name: logGroup(stack, part),
    log_stream_name: stream,
  });
  const files = [
    // The engine keeps a service's output out of the journal. These are links to files that only root may read;
    // `linnix-release log-link` maintains them.
    ...serviceNames.map((name) => ({
      ...log(`/var/log/linnix/linnix-${stack}-${name}.log`, name),
      ...(name === "cognitod" ? { filters: [{ type: "exclude", expression: perEvent }] } : {}),
    })),
    log("/var/log/linnix/system.log", "system"),
    log("/var/log/cloud-init-output.log", "system", "{instance_id}/cloud-init"),
  ];
  const document = {
    agent: { region, run_as_user: "root" },
    logs: { logs_collected: { files: { collect_list: files } } },
  };
  return `${JSON.stringify(document)}\n`;
}
