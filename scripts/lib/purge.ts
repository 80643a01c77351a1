import { stackName } from "../../components/services/service";
import { sessionEnvironment } from "./pulumi";
import { run, tryRun } from "./run";
import type { Session } from "./session";

/** Names that a listing command prints. */
async function list(environment: NodeJS.ProcessEnv, args: readonly string[]): Promise<string[]> {
  const { stdout } = await tryRun("docker", args, { env: environment });
  return stdout.split("\n").filter((line) => line !== "");
}

/**
 * Removes what a destroyed stack left on the engine: its volumes and images, on purpose; containers and networks of an update
 * that was interrupted; and, where no other stack needs them (`last`), the base images built for it.
 */
export async function purgeStack(session: Session, last: boolean): Promise<void> {
  const environment = sessionEnvironment(session);
  const own = (names: string[]) => names.filter((name) => belongsTo(session.stack, name));
  const containers = own(await list(environment, ["ps", "--all", "--format", "{{.Names}}"]));
  if (containers.length > 0) await run("docker", ["rm", "--force", "--volumes", ...containers], { env: environment });
  const networks = own(await list(environment, ["network", "ls", "--format", "{{.Name}}"]));
  if (networks.length > 0) await run("docker", ["network", "rm", ...networks], { env: environment });
  const volumes = own(await list(environment, ["volume", "ls", "--format", "{{.Name}}"]));
  if (volumes.length > 0) await run("docker", ["volume", "rm", ...volumes], { env: environment });
  const tags = await list(environment, ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"]);
  const images = tags.filter(
    (tag) =>
      (last && tag.startsWith("linnix-archive/")) ||
      tag === `linnix/cognitod:${session.stack}` ||
      tag === `linnix/llama:${session.stack}`,
  );
  // An image that another stack's container still runs stays.
  for (const tag of images) await tryRun("docker", ["image", "rm", tag], { env: environment });
}

const parts = ["cognitod", "data", "llama", "log", "model", "models", "net", "preflight"];

/** Whether something on the engine is this stack's: by its whole name, since `a` and `a-b` may both be stacks. */
export function belongsTo(stack: string, name: string): boolean {
  return parts.some((part) => name === stackName(stack, part));
}
