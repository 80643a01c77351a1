import type { Machine } from "./machine/machine";
import { stack } from "./releases";

/** The data that must survive every fault: the data volume's file system, model and incidents, and the host's state. */
export type Keepsake = Readonly<Record<string, string>>;

const folder = "/var/lib/linnix";

const script = `
  echo "file system=$(findmnt -no UUID ${folder})"
  echo "model=$(cat ${folder}/models/tiny-*.gguf | sha256sum)"
  echo "incidents=$(sha256sum <${folder}/cognitod/incidents.db)"
  echo "corrupt=$(find /var/lib/linnix-release -name '*.corrupt' -o -name '*.new' | xargs)"
  echo "units=$(ls /etc/systemd/system | grep ^linnix-${stack}- | xargs)"
  echo "state=$(python3 -c 'import json; print(len(json.load(open("/var/lib/linnix-release/state.json"))) > 0)')"`;

/** The machine's owner. host.ts is not imported, because it imports this file. */
interface MachineOwner {
  readonly machine: Machine;
}

/** Writes incidents to cognitod's data folder, because the sample daemon has none and they must not be lost either. */
export async function plantIncidents(host: MachineOwner): Promise<void> {
  const file = `${folder}/cognitod/incidents.db`;
  await host.machine.shell(`[ -e ${file} ] || echo an incident | install -o 65531 -g 65531 /dev/stdin ${file}`);
}

/** Reads everything that a fault could lose. */
export async function keepsake(host: MachineOwner): Promise<Keepsake> {
  const lines = (await host.machine.shell(script)).split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
}

/** Describes the data that is missing or has changed; "nothing" if none has. */
export function lost(before: Keepsake, after: Keepsake): string {
  const names = Object.keys(before).filter((name) => before[name] !== after[name]);
  return names.length === 0 ? "nothing" : names.join(", ");
}
