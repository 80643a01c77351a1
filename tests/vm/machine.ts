import * as path from "node:path";

import { type BuildSpec, buildxArguments, cognitodBuild } from "../../components/images/build-spec";
import type { PreflightResult } from "../../components/health/observation";
import { parsePreflight } from "../../components/health/probe-output";
import { projectFolder } from "../../scripts/lib/home";
import { run } from "../../scripts/lib/run";
import { removeLater, testBases } from "../images/docker";

/** The conditions under which the preflight runs in the machine. */
export interface Case {
  /** kernel.perf_event_paranoid; default: the kernel's own value. */
  readonly paranoid?: number;
  readonly tracefs?: "mounted" | "absent";
  /** The cgroup namespace, as `docker run --cgroupns` names it; default: host. */
  readonly cgroupns?: "host" | "private";
  /** Capabilities by number, as in linux/capability.h; the others are dropped. */
  readonly capabilities: readonly number[];
}

/** The preflight's exit status and output. */
export interface Outcome {
  readonly status: number;
  readonly result: PreflightResult;
}

const tag = "linnix-test/vm";
const emulator = [
  ...["qemu-system-x86_64", "-nodefaults", "-nographic", "-serial", "stdio", "-no-reboot", "-m", "512"],
  // The machine's clock counts its own instructions, so a busy test machine can't make a check time out.
  ...["-accel", "tcg", "-icount", "shift=0,sleep=off"],
  ...["-kernel", "/boot/vmlinuz", "-initrd", "/boot/initramfs"],
];

/** Builds the machine: the preflight of cognitod's image, in an image built from tests/vm/Dockerfile. */
export async function buildMachine(): Promise<void> {
  const bases = testBases();
  const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
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

/** Encodes a case for init.c: NAME/PARANOID/TRACEFS/CGROUPNS/CAPABILITIES. */
function written(name: string, { paranoid, tracefs = "mounted", cgroupns = "host", capabilities }: Case): string {
  const mask = capabilities.reduce((sum, capability) => sum | (1n << BigInt(capability)), 0n);
  return [name, paranoid ?? "default", tracefs, cgroupns, mask.toString(16)].join("/");
}

/** Boots the machine once, with these arguments of the kernel, and runs the preflight in each case, in this order. */
export async function boot<Name extends string>(
  required: readonly string[],
  cases: Readonly<Record<Name, Case>>,
  kernelArguments: readonly string[] = [],
): Promise<Record<Name, Outcome>> {
  const names = Object.keys(cases) as Name[];
  const init = [required.join(","), ...names.map((name) => written(name, cases[name]))];
  const kernel = ["console=ttyS0", "quiet", "panic=-1", ...kernelArguments, "--", ...init].join(" ");
  const { stdout } = await run("docker", ["run", "--rm", tag, ...emulator, "-append", kernel], { timeout: 180_000 });
  const outcome = (name: Name): Outcome => {
    const lines = stdout.split(/\r?\n/);
    const end = lines.findIndex((line) => line.startsWith(`@${name} `));
    // The firmware and the console print control sequences before the first line.
    const result = parsePreflight(lines[end - 1]?.replace(/^[^{]*/, "") ?? "");
    if (result === undefined) throw new Error(`the machine printed no result for ${name}:\n${stdout}`);
    return { status: Number(lines[end]?.split(" ")[1]), result };
  };
  return Object.fromEntries(names.map((name) => [name, outcome(name)])) as Record<Name, Outcome>;
}
