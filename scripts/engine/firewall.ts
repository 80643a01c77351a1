import * as fs from "node:fs";

import type { Home } from "../lib/home";
import { tryRun } from "../lib/run";
import { places } from "./places";

const tables = ["filter", "nat"] as const;

type Table = (typeof tables)[number];

/** The switch that dockerd turns on, and never off. */
const forwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

/** What was there before the engine's first start. Earlier versions recorded the forwarding policy only. */
interface Before {
  readonly forward?: string | undefined;
  readonly ipForward?: string | undefined;
  readonly rules?: Readonly<Record<Table, readonly string[]>>;
}

/** The rules of one table, as `iptables -S` prints them. Uses the engine's own iptables, which wrote them. */
async function rules(home: Home, table: string): Promise<string[]> {
  const shown = await tryRun("chroot", [places(home).root, "iptables", "-t", table, "-S"]).catch(() => undefined);
  return shown?.status === 0 ? shown.stdout.split("\n").filter((line) => line !== "") : [];
}

/** Records, once, what dockerd changes and does not restore. */
export async function rememberFirewall(home: Home): Promise<void> {
  const { before } = places(home);
  if (fs.existsSync(before)) return;
  const [filter, nat] = [await rules(home, "filter"), await rules(home, "nat")];
  const forward = filter.find((line) => line.startsWith("-P FORWARD "));
  const ipForward = fs.existsSync(forwardingSwitch) ? fs.readFileSync(forwardingSwitch, "utf8").trim() : undefined;
  fs.writeFileSync(before, `${JSON.stringify({ forward, ipForward, rules: { filter, nat } } satisfies Before)}\n`);
}

/** The chain for an administrator's own rules, which Docker creates with nothing but a return. */
const administrators = "DOCKER-USER";
const dockersReturn = `-A ${administrators} -j RETURN`;

/** The chains in which Docker writes rules about a bridge or its network. */
const written = (chain: string): boolean =>
  /^(FORWARD|PREROUTING|POSTROUTING|OUTPUT|DOCKER\S*)$/.test(chain) && chain !== administrators;

const asDeletion = (line: string): string[] => ["-D", ...line.split(" ").slice(1)];

/**
 * The arguments that delete the rules which dockerd wrote about one of the interfaces or networks.
 *
 * @param before the table's rules before the engine's first start: they stay.
 */
export function deletions(
  lines: readonly string[],
  names: readonly string[],
  before: readonly string[] = [],
): string[][] {
  return lines
    .filter((line) => {
      const [operation, chain = "", ...words] = line.split(" ");
      return (
        operation === "-A" && written(chain) && !before.includes(line) && words.some((word) => names.includes(word))
      );
    })
    .map(asDeletion);
}

/**
 * The arguments that delete Docker's own chains in a table, jumps first. An engine that starts later creates them again.
 * A chain that existed before stays, and so does the administrator's while it has a rule of theirs; then the jump to it
 * stays, too, because the rule would have no effect without.
 */
export function chainDeletions(lines: readonly string[], before: readonly string[] = []): string[][] {
  const existed = new Set(before.filter((line) => line.startsWith("-N ")));
  const usesAdministrators = lines.some((line) => line.startsWith(`-A ${administrators} `) && line !== dockersReturn);
  const chains = lines
    .filter((line) => /^-N DOCKER\S*$/.test(line) && !existed.has(line))
    .map((line) => line.slice("-N ".length))
    .filter((chain) => chain !== administrators || !usesAdministrators);
  const jumps = lines.filter((line) => {
    const [operation, chain = "", ...words] = line.split(" ");
    const isJump = words.some((word, index) => words[index - 1] === "-j" && chains.includes(word));
    return operation === "-A" && isJump && !chains.includes(chain) && !before.includes(line);
  });
  return [...jumps.map(asDeletion), ...chains.map((chain) => ["-F", chain]), ...chains.map((chain) => ["-X", chain])];
}

function readBefore(file: string): Before {
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Before) : {};
}

/**
 * Removes this engine's rules from the firewall. If no other engine runs (`last`), also removes Docker's chains and restores
 * the forwarding policy and the kernel's switch for forwarding.
 */
export async function restoreFirewall(
  home: Home,
  network: string | undefined,
  last: boolean,
  switchFile = forwardingSwitch,
): Promise<void> {
  const { root, bridge, before: file } = places(home);
  const before = readBefore(file);
  const own = [bridge, ...(network === undefined ? [] : [network])];
  for (const table of tables) {
    const earlier = before.rules?.[table] ?? [];
    const apply = async (lists: string[][]) => {
      for (const list of lists) await tryRun("chroot", [root, "iptables", "-t", table, ...list]).catch(() => undefined);
    };
    await apply(deletions(await rules(home, table), own, earlier));
    if (last) await apply(chainDeletions(await rules(home, table), earlier));
  }
  if (!last) return;
  const { forward, ipForward } = before;
  if (forward !== undefined) await tryRun("chroot", [root, "iptables", ...forward.split(" ")]).catch(() => undefined);
  if (ipForward === "0") fs.writeFileSync(switchFile, "0\n");
}
