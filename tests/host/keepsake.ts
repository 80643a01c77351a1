import type { Host } from "./host";
import { stack } from "./releases";

/** What no fault may take away: the data volume's file system, the model, the incidents, and what the host knows. */
export type Keepsake = Readonly<Record<string, string>>;

const folder = "/var/lib/linnix";

const script = `
  echo "file system=$(findmnt -no UUID ${folder})"
  echo "model=$(sha256sum <${folder}/models/tiny.gguf)"
  echo "incidents=$(sha256sum <${folder}/cognitod/incidents.db)"
  echo "corrupt=$(find /var/lib/linnix-release -name '*.corrupt' -o -name '*.new' | xargs)"
  echo "units=$(ls /etc/systemd/system | grep ^linnix-${stack}- | xargs)"
  echo "state=$(python3 -c 'import json; print(len(json.load(open("/var/lib/linnix-release/state.json"))) > 0)')"`;

/** Puts incidents where cognitod keeps them: the sample daemon has none, and they are not to be lost either. */
export async function plantIncidents(host: Host): Promise<void> {
  const file = `${folder}/cognitod/incidents.db`;
  await host.machine.shell(`[ -e ${file} ] || echo an incident | install -o 65531 -g 65531 /dev/stdin ${file}`);
}

/** Looks at what there is to lose. */
export async function keepsake(host: Host): Promise<Keepsake> {
  const lines = (await host.machine.shell(script)).split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
}

/** What is there no more, or not as it was; "nothing" is what it should be. */
export function lost(before: Keepsake, after: Keepsake): string {
  const names = Object.keys(before).filter((name) => before[name] !== after[name]);
  return names.length === 0 ? "nothing" : names.join(", ");
}
