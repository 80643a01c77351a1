/** A local stack as one POSIX script that starts it from published images, for people who run without Pulumi and Node.js. */
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../components/project";
import { liveProbe, requiredChecks } from "../../components/services/cognitod";
import type { ServiceSpec } from "../../components/services/service";
import { type StackServices, inOrder, loopbackEndpoints } from "../../components/services/stack-services";
import { upstreamModel } from "../../components/settings/model/resolve";
import type { Settings } from "../../components/settings/types";
import { shellQuoted } from "../../components/shell-quoted";
import { modelErrors } from "../start/insight";

/** Disk space for both images, their logs and the incidents, in MiB. */
const imagesMiB = 1024;

/** Upstream's model, 2.1 GB, in MiB. For any other, fetch-model compares the size that its server announces. */
const upstreamModelMiB = 2100;

/** The variable of cognitod's token, which the script makes; all others are the user's. */
const tokenVariable = "LINNIX_API_TOKEN";

/** What the script reads of the machine. */
export interface MachinePaths {
  readonly btf: string;
  readonly meminfo: string;
}

const linux: MachinePaths = { btf: "/sys/kernel/btf/vmlinux", meminfo: "/proc/meminfo" };

const names = (specs: readonly ServiceSpec[]): string => specs.map(({ name }) => name).join(" ");

/** The values at the top of the script, by variable. */
function values(settings: Settings, services: StackServices, machine: MachinePaths): Readonly<Record<string, string>> {
  const specs = inOrder(services);
  const running = specs.filter(({ restart }) => restart === "always");
  const variables = specs.flatMap(({ secrets }) => Object.keys(secrets)).filter((name) => name !== tokenVariable);
  const { model } = services;
  const modelVolume = model?.mounts.find(({ kind }) => kind === "volume")?.source;
  const fetchesUpstream =
    model !== undefined && settings.model.kind === "fetched" && settings.model.url === upstreamModel;
  return {
    services: names(running),
    jobs: names(specs.filter((spec) => spec.restart === "never" && spec !== services.owner)),
    owner: services.owner?.name ?? "",
    cognitod: services.cognitod.name,
    cognitod_user: services.cognitod.user,
    preflight: services.preflight.name,
    model: model?.name ?? "",
    model_volume: modelVolume ?? "",
    images: Object.values(settings.prebuilt ?? {}).join(" "),
    variables: [...new Set(variables)].join(" "),
    kernel_checks: requiredChecks(settings.source.kind === "sample").join(" "),
    kernel_required: String(settings.requireKernelInstrumentation),
    live: liveProbe(settings.ports.health).command.join(" "),
    api: loopbackEndpoints(settings).api,
    insight: String(settings.llm.kind !== "none"),
    disk_mib: String(imagesMiB + (fetchesUpstream ? upstreamModelMiB : 0)),
    memory_mib: String(running.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0)),
    wait_seconds: String(settings.healthTimeoutSeconds),
    btf: machine.btf,
    meminfo: machine.meminfo,
  };
}

const assignment = ([name, value]: readonly [string, string]): string => `${name}=${shellQuoted(value)}`;

const errorTest = (): string =>
  `is_model_error() { case $1 in ${modelErrors.map((text) => `'${text}'*`).join(" | ")}) return 0 ;; *) return 1 ;; esac }`;

/** The line that ends a text within the script: none of its own. */
function endOf(text: string): string {
  let end = "END_OF_FILE";
  while (text.split("\n").includes(end)) end += "_";
  return end;
}

const written = ([name, text]: readonly [string, string]): string =>
  `\twrite ${shellQuoted(name)} <<'${endOf(text)}'\n${text.replace(/\n?$/, "\n")}${endOf(text)}`;

const writes = (files: Readonly<Record<string, string>>): string[] => [
  "write_files() {",
  ...Object.entries(files).map(written),
  "}",
];

/**
 * The script.
 *
 * @param files what it writes beside itself, by name: the compose file and what it mounts.
 * @param machine where Linux has what the script checks.
 */
export function quickstartScript(
  settings: Settings,
  services: StackServices,
  files: Readonly<Record<string, string>>,
  machine = linux,
): string {
  const template = fs.readFileSync(path.join(projectFolder, "scripts/quickstart/quickstart.sh"), "utf8");
  const [head = "", , tail = ""] = template.split(/^# (?:BEGIN|END) VALUES.*\n/m);
  const assignments = Object.entries(values(settings, services, machine)).map(assignment);
  const block = ["# The stack that this starts.", ...assignments, errorTest(), ...writes(files)];
  return `${head}${block.join("\n")}\n${tail}`;
}
