import type { Observation, Usage } from "../../components/health/observation";
import { docker } from "../../components/hosts/local/docker-cli";
import { type ServiceName, serviceNames } from "../../components/services/catalogue";
import { engineName } from "../../components/services/service";

/** By service; those that do not run are left out. */
export type Usages = Partial<Readonly<Record<ServiceName, Usage>>>;

/** A line of `docker stats --format json`. */
interface Stats {
  readonly Name: string;
  readonly CPUPerc: string;
  readonly MemUsage: string;
}

/** Reads what the engine printed: a line of JSON for each container, and name and start of each. Pure. */
export function usagesFrom(stack: string, stats: string, starts: string): Usages {
  const lines = (text: string) => text.split("\n").filter((line) => line !== "");
  const started = new Map(
    lines(starts).map((line): [string, string] => {
      const [name = "", at = ""] = line.split(" ");
      return [name.replace(/^\//, ""), at];
    }),
  );
  const all = lines(stats).map((line) => JSON.parse(line) as Stats);
  return Object.fromEntries(
    serviceNames.flatMap((service) => {
      const name = engineName(stack, service);
      const found = all.find(({ Name }) => Name === name);
      const at = started.get(name);
      if (found === undefined || at === undefined) return [];
      return [[service, { started: at, cpu: found.CPUPerc, memory: found.MemUsage }]];
    }),
  );
}

/** Asks the engine that DOCKER_HOST names, which takes two seconds. What it does not know is left out. */
export async function containerUsages(stack: string): Promise<Usages> {
  // One after the other for each: of a missing container, neither command prints the others.
  const asked = await Promise.all(
    serviceNames.map(async (service) => {
      const name = engineName(stack, service);
      const [stats, starts] = await Promise.all([
        docker(["stats", "--no-stream", "--format", "json", name], 20),
        docker(["container", "inspect", "--format", "{{.Name}} {{.State.StartedAt}}", name]),
      ]);
      return stats.status === 0 && starts.status === 0 ? { stats: stats.stdout, starts: starts.stdout } : undefined;
    }),
  );
  const found = asked.filter((it) => it !== undefined);
  return usagesFrom(stack, found.map((it) => it.stats).join("\n"), found.map((it) => it.starts).join("\n"));
}

/** The observation with what each service uses. Pure. */
export function withUsages(seen: Observation, usages: Usages): Observation {
  const added = serviceNames.flatMap((name) => {
    const [service, usage] = [seen[name], usages[name]];
    return service === undefined || usage === undefined ? [] : [[name, { ...service, usage }]];
  });
  return { ...seen, ...(Object.fromEntries(added) as Partial<Observation>) };
}
