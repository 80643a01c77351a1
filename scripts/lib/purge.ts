import { sessionEnvironment } from "./pulumi";
import { run, tryRun } from "./run";
import type { Session } from "./session";

/** Names that a listing command prints. */
async function list(environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<string[]> {
  const { stdout } = await tryRun("docker", args, { env: environment });
  return stdout.split("\n").filter((line) => line !== "");
}

/** Removes what a destroyed stack left on the engine on purpose: its volumes and images, and the base images built for it. */
export async function purgeStack(session: Session): Promise<void> {
  const environment = sessionEnvironment(session);
  const volumes = (await list(environment, ["volume", "ls", "--format", "{{.Name}}"])).filter((name) =>
    name.startsWith(`linnix-${session.stack}-`),
  );
  if (volumes.length > 0) await run("docker", ["volume", "rm", ...volumes], { env: environment });
  const tags = await list(environment, ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
  const own = tags.filter(
    (tag) =>
      tag.startsWith("linnix-archive/") ||
      tag === `linnix/cognitod:${session.stack}` ||
      tag === `linnix/llama:${session.stack}`,
  );
  // An image that another stack's container still runs stays.
  for (const tag of own) await tryRun("docker", ["image", "rm", tag], { env: environment });
}
