import * as path from "node:path";

import { type BuildSpec, buildxArguments, cognitodBuild } from "../../components/images/build-spec";
import type { PreflightResult } from "../../components/health/report";
import { parsePreflight } from "../../components/health/probe-output";
import { projectFolder } from "../../scripts/lib/home";
import { run } from "../../scripts/lib/run";
import { removeLater, testBases } from "../images/docker";

/** The circumstances under which the preflight runs in the machine. */
export interface Case {
  /** kernel.perf_event_paranoid; left out, what the kernel comes up with. */
  readonly paranoid?: number;
  readonly tracefs?: "mounted" | "absent";
  /** Capabilities by number, as in linux/capability.h; the others are dropped. */
  readonly capabilities: readonly number[];
}

/** How the preflight ended, and what it said. */
export interface Outcome {
  readonly status: number;
  readonly result: PreflightResult;
}

const tag = "linnix-test/vm";
const emulator = [
  ...["qemu-system-x86_64", "-nodefaults", "-nographic", "-serial", "stdio", "-no-reboot", "-m", "512"],
  // The machine's time is counted in its own instructions: how busy this one is can't make a check run out of time.
  ...["-accel", "tcg", "-icount", "shift=0,sleep=off"],
  ...["-kernel", "/boot/vmlinuz", "-initrd", "/boot/initramfs"],
];

/** Builds the machine: the preflight as cognitod's image gets it, and tests/vm/Dockerfile around it. */
export async function buildMachine(): Promise<void> {
  const bases = testBases();
  const source = { kind: "sample", location: "tests/fixtures/sample-daemon", revision: "test" } as const;
  const preflight = [...buildxArguments(cognitodBuild(source, bases), `${tag}-preflight`), "--target", "preflight"];
  const machine: BuildSpec = {
    image: "cognitod",
    folder: path.relative(projectFolder, __dirname),
    contexts: { preflight: `docker-image://${tag}-preflight` },
    arguments: bases.runtime === undefined ? {} : { RUNTIME_IMAGE: bases.runtime },
  };
  for (const image of [tag, `${tag}-preflight`]) removeLater("image", "rm", image);
  await run("docker", preflight, { cwd: projectFolder });
  await run("docker", buildxArguments(machine, tag), { cwd: projectFolder });
}

/** As init.c reads a case: NAME/PARANOID/TRACEFS/CAPABILITIES. */
function written(name: string, { paranoid, tracefs = "mounted", capabilities }: Case): string {
  const mask = capabilities.reduce((sum, capability) => sum | (1n << BigInt(capability)), 0n);
  return [name, paranoid ?? "default", tracefs, mask.toString(16)].join("/");
}

/** Boots the machine once and runs the preflight in each case, in their order. */
export async function boot<Name extends string>(
  required: readonly string[],
  cases: Readonly<Record<Name, Case>>,
): Promise<Record<Name, Outcome>> {
  const names = Object.keys(cases) as Name[];
  const init = [required.join(","), ...names.map((name) => written(name, cases[name]))];
  const kernel = ["console=ttyS0", "quiet", "panic=-1", "--", ...init].join(" ");
  const { stdout } = await run("docker", ["run", "--rm", tag, ...emulator, "-append", kernel], { timeout: 180_000 });
  const outcome = (name: Name): Outcome => {
    const lines = stdout.split(/\r?\n/);
    const end = lines.findIndex((line) => line.startsWith(`@${name} `));
    // The firmware and the console leave control sequences before the first line.
    const result = parsePreflight(lines[end - 1]?.replace(/^[^{]*/, "") ?? "");
    if (result === undefined) throw new Error(`The machine gave no result for ${name}:\n${stdout}`);
    return { status: Number(lines[end]?.split(" ")[1]), result };
  };
  return Object.fromEntries(names.map((name) => [name, outcome(name)])) as Record<Name, Outcome>;
}
