import * as fs from "node:fs";

import type { Home } from "../home";
import { tryRun } from "../run";
import { places } from "./places";

const tables = ["filter", "nat"] as const;

/** The rules of one table, as `iptables -S` prints them; by the engine's own iptables, which knows how it wrote them. */
async function rules(home: Home, table: string): Promise<string[]> {
  const shown = await tryRun("chroot", [places(home).root, "iptables", "-t", table, "-S"]).catch(() => undefined);
  return shown?.status === 0 ? shown.stdout.split("\n") : [];
}

/** Writes down what dockerd is about to change for good, once: the policy for packets that are passed on. */
export async function rememberFirewall(home: Home): Promise<void> {
  const { before } = places(home);
  if (fs.existsSync(before)) return;
  const forward = (await rules(home, "filter")).find((line) => line.startsWith("-P FORWARD "));
  fs.writeFileSync(before, `${JSON.stringify({ forward })}\n`);
}

/** The deletions that undo those rules which name one of the interfaces or networks. */
export function deletions(lines: readonly string[], names: readonly string[]): string[][] {
  return lines
    .map((line) => line.split(" "))
    .filter(([operation, ...words]) => operation === "-A" && words.some((word) => names.includes(word)))
    .map(([, ...words]) => ["-D", ...words]);
}

/** What undoes Docker's own chains in a table, jumps first: any engine that starts later makes them anew. */
export function chainDeletions(lines: readonly string[]): string[][] {
  const chains = lines.flatMap((line) => /^-N (DOCKER\S*)$/.exec(line)?.slice(1) ?? []);
  const jumps = deletions(lines, chains).filter(([, chain = ""]) => !chains.includes(chain));
  return [...jumps, ...chains.map((chain) => ["-F", chain]), ...chains.map((chain) => ["-X", chain])];
}

/**
 * Takes this engine's rules out of the firewall. Where no other engine runs (`last`), Docker's chains go too, and the policy
 * is what it was.
 */
export async function restoreFirewall(home: Home, network: string | undefined, last: boolean): Promise<void> {
  const { root, bridge, before } = places(home);
  const own = [bridge, ...(network === undefined ? [] : [network])];
  for (const table of tables) {
    const apply = async (lists: string[][]) => {
      for (const list of lists) await tryRun("chroot", [root, "iptables", "-t", table, ...list]).catch(() => undefined);
    };
    await apply(deletions(await rules(home, table), own));
    if (last) await apply(chainDeletions(await rules(home, table)));
  }
  if (!last || !fs.existsSync(before)) return;
  const { forward } = JSON.parse(fs.readFileSync(before, "utf8")) as { forward?: string };
  if (forward !== undefined) await tryRun("chroot", [root, "iptables", ...forward.split(" ")]).catch(() => undefined);
}
