/** The CloudWatch agent's configuration: logs only, since the host puts its few metrics itself. Pure. */
import { shippedServices } from "./environment";
import type { UserDataOptions } from "./user-data";

/** `/etc/linnix/cloudwatch-agent.json`. */
export function cloudwatchAgent(options: Pick<UserDataOptions, "stack" | "region" | "prefix">): string {
  const log = (file: string, group: string, stream = "{instance_id}") => ({
    file_path: file,
    log_group_name: `${options.prefix}/${group}`,
    log_stream_name: stream,
  });
  const files = [
    // Links that `linnix-release log-link` keeps, to files that only root may read.
    ...shippedServices.map((name) => log(`/var/log/linnix/linnix-${options.stack}-${name}.log`, name)),
    log("/var/log/linnix/system.log", "system"),
    log("/var/log/cloud-init-output.log", "system", "{instance_id}/cloud-init"),
  ];
  const document = {
    agent: { region: options.region, run_as_user: "root" },
    logs: { logs_collected: { files: { collect_list: files } } },
  };
  return `${JSON.stringify(document)}\n`;
}
