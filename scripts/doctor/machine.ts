/** What a start needs of this machine. Starts and installs nothing. */
import * as fs from "node:fs";
import * as os from "node:os";

import { satisfies } from "semver";

import { engines } from "../../package.json";
import { engineProblem } from "../../components/hosts/local/engine-check";
import { services } from "../../components/services/catalogue";
import type { Settings } from "../../components/settings/types";
import { engineFacts, engineVersion } from "../engine/docker";
import { engineEnvironment, findEngine } from "../engine/engine";
import { clientEnvironment, places } from "../engine/places";
import { isMountedByMachine, isOpen, openCommand, opensTraceEvents } from "../engine/trace-events";
import { type Home } from "../lib/home";
import { modes } from "../lib/modes";
import { fullDisk, freeBytes, neededBytes, unsupportedSystem } from "../start/preconditions";
import { bytesOf, partsOf, readable } from "../prune/files";
import { installedTools } from "../toolchain/toolchain";
import { type Finding, finding, ofFaults } from "./finding";

/** Files of the kernel; tests replace them. */
const kernelFiles = {
  btf: "/sys/kernel/btf/vmlinux",
  events: "/sys/kernel/tracing/events",
  filesystems: "/proc/filesystems",
};

/** Node's version, against package.json. */
export function nodeFinding(version = process.version): Finding {
  return satisfies(version, engines.node)
    ? finding("node", "ok", `Node.js ${version.slice(1)}`)
    : finding(
        "node",
        "problem",
        `Node.js ${version.slice(1)} is not ${engines.node}`,
        `install Node.js ${engines.node}`,
      );
}

/** The operating system. */
export const systemFindings = (system?: string): Finding[] =>
  ofFaults(
    "system",
    unsupportedSystem(system),
    `${os.type()} ${os.release()}, ${os.arch()}, ${os.availableParallelism()} CPUs`,
  );

/** An engine for the checks after it: how it is reached, and whether its machine is this one. */
export interface FoundEngine {
  readonly environment: NodeJS.ProcessEnv;
  /** `elsewhere`: on another machine, or in a virtual one. */
  readonly kind: "existing" | "embedded" | "elsewhere";
  /** Bytes of its machine's memory. */
  readonly memory: number | undefined;
  /** Whether it runs containers under a profile of AppArmor. */
  readonly apparmor: boolean;
  readonly findings: readonly Finding[];
}

/**
 * Finds the engine that a start would use.
 *
 * @param shell the environment of the stack's session, else this shell's.
 * @throws Failure if there is none.
 */
export async function engineFindings(home: Home, shell: NodeJS.ProcessEnv): Promise<FoundEngine> {
  const engine = await findEngine({ home, mode: modes().engine, environment: shell });
  const environment = engine === undefined ? clientEnvironment(home, shell) : engineEnvironment(engine, shell);
  const kind = engine === undefined ? "embedded" : engine.host.startsWith("unix://") ? "existing" : "elsewhere";
  const version = engine?.version ?? (fs.existsSync(home.engine) ? await engineVersion(environment) : undefined);
  if (version === undefined) {
    const text = "no engine answers; npm start brings an embedded one up";
    return { environment, kind, memory: undefined, apparmor: false, findings: [finding("engine", "ok", text)] };
  }
  const facts = (await engineFacts(environment)) ?? {};
  const cgroup = `cgroup v${facts.CgroupVersion ?? " unknown"}, driver ${facts.CgroupDriver ?? "unknown"}`;
  const where = engine === undefined ? "embedded" : engine.host;
  const problem = engineProblem(facts);
  const answers = finding("engine", "ok", `Docker ${version}, ${where}, ${cgroup}`);
  return {
    environment,
    kind,
    memory: facts.MemTotal,
    apparmor: (facts.SecurityOptions ?? []).includes("name=apparmor"),
    findings: problem === undefined ? [answers] : [answers, finding("engine", "problem", problem)],
  };
}

/** Free space where images and state are kept. */
export function diskFindings(home: Home, startedBefore: boolean): Finding[] {
  const needed = neededBytes(startedBefore);
  const need = needed === 0 ? "" : `; a first start needs ${readable(needed)}`;
  return ofFaults(
    "disk",
    fullDisk(home.root, needed),
    `${readable(freeBytes(home.root))} free for ${home.root}${need}`,
  );
}

/** Memory of the engine's machine, against the limits of the services. Less does not stop a start. */
export function memoryFinding(settings: Settings, engineBytes: number | undefined): Finding {
  const limits = settings.services.map((service) => settings[service].memoryMiB * 2 ** 20);
  const needed = limits.reduce((sum, bytes) => sum + bytes, 0);
  const total = engineBytes ?? os.totalmem();
  const text = `${readable(total)}; the services may take ${readable(needed)} together`;
  return total >= needed
    ? finding("memory", "ok", text)
    : finding("memory", "note", text, "a smaller linnix:model with a smaller linnix:llamaMemory, or linnix:llm none");
}

/** Whether a folder has entries, as far as one may know: one that is closed to everybody except root counts. */
function hasEntries(folder: string): boolean {
  try {
    return fs.readdirSync(folder).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

/** What cognitod needs of this kernel; without it, cognitod is degraded, which only a setting makes a failure. */
export function kernelFindings(
  required: boolean,
  kind: FoundEngine["kind"] = "existing",
  files = kernelFiles,
): Finding[] {
  if (kind === "elsewhere") return [finding("kernel", "note", "not checked: the engine is not on this machine")];
  const lacking = required ? "problem" : "note";
  const kernel = "boot a kernel with CONFIG_DEBUG_INFO_BTF and ftrace: a distribution's, 5.12 or newer";
  const btf = fs.existsSync(files.btf)
    ? finding("BTF", "ok", files.btf)
    : finding("BTF", lacking, `${files.btf} does not exist`, kernel);
  if (hasEntries(files.events)) return [btf, finding("tracefs", "ok", files.events)];
  if (!fs.readFileSync(files.filesystems, "utf8").includes("tracefs"))
    return [btf, finding("tracefs", lacking, "this kernel has none", kernel)];
  const text = `${files.events} has no trace events`;
  return [
    btf,
    kind === "embedded"
      ? finding("tracefs", "ok", "the embedded engine mounts it for its containers")
      : finding("tracefs", lacking, text, "mount -t tracefs tracefs /sys/kernel/tracing"),
  ];
}

/** What decides on cognitod's user. */
interface UserFacts {
  /** The setting as it counts, `auto` among them. */
  readonly wanted: string;
  readonly engine: Pick<FoundEngine, "kind" | "apparmor"> & { readonly pidFile: string };
  /** Whether trace events are open to cognitod's group, or will be when the embedded engine starts. */
  readonly open: boolean;
  readonly mountedByMachine: boolean;
}

/** cognitod's user on this machine, and what lets it be another one than root. */
export function userFinding({ wanted, engine, open, mountedByMachine }: UserFacts): Finding {
  const name = "user";
  const own = `cognitod runs as uid ${services.cognitod.uid}`;
  const isOwn = wanted === "cognitod" || (wanted === "auto" && engine.kind === "embedded" && open);
  const opening =
    engine.kind === "embedded" && !mountedByMachine
      ? `kill $(cat ${engine.pidFile}), and npm start: an earlier version started the engine; containers keep running`
      : `${openCommand}, for the whole machine and until its next boot (docs/OPERATIONS.md)`;
  if (isOwn)
    return open
      ? finding(name, "ok", `${own}: trace events are open to its group`)
      : finding(name, "problem", `${own}, and trace events are not open to its group`, opening);
  if (wanted === "root") return finding(name, "ok", "cognitod runs as root, as linnix:cognitodUser says");
  if (engine.apparmor)
    return finding(name, "ok", "cognitod runs as root; the engine's AppArmor profile keeps it from signalling others");
  const text = "cognitod runs as root: without AppArmor, whoever takes it over can end root's processes";
  const steps = [...(open ? [] : [opening]), ...(engine.kind === "embedded" ? [] : ["linnix:cognitodUser cognitod"])];
  return finding(name, "note", text, steps.join("; then "));
}

/** The same for this machine's engine. Nothing for one elsewhere, whose machine is not looked at. */
export function userFindings(home: Home, wanted: string, { kind, apparmor }: FoundEngine): Finding[] {
  if (kind === "elsewhere") return [];
  const { pid: pidFile } = places(home);
  const mountedByMachine = isMountedByMachine();
  const inEngine = kind === "embedded" ? (opensTraceEvents(home) ?? !mountedByMachine) : false;
  const open = inEngine || isOpen("/");
  return [userFinding({ wanted, engine: { kind, apparmor, pidFile }, open, mountedByMachine })];
}

/** The Pulumi CLI and its plugins. */
export async function toolFindings(home: Home): Promise<Finding[]> {
  const { cli, missingPlugins } = await installedTools(home, modes().tools);
  const missing = [...(cli === undefined ? ["pulumi"] : []), ...missingPlugins];
  const text =
    missing.length === 0 ? "" : `${cli === undefined ? "" : "; "}missing, which npm start gets: ${missing.join(", ")}`;
  return [finding("tool chain", "ok", `${cli === undefined ? "" : `pulumi ${cli}`}${text}`)];
}

/** The size of the project's home. */
export function homeFinding(home: Home): Finding {
  if (!fs.existsSync(home.root)) return finding("home", "ok", `${home.root} does not exist yet`);
  const freed = partsOf(home).reduce((sum, part) => sum + part.freed, 0);
  return finding(
    "home",
    "ok",
    `${readable(bytesOf(home.root))} in ${home.root}; npm run prune frees ${readable(freed)}`,
  );
}
