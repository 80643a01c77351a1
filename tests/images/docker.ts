import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type BuildSpec, buildxArguments } from "../../components/images/build-spec";
import { parseAnswer } from "../../components/health/probe-output";
import { dockerRunArguments } from "../../components/services/render/docker-run";
import type { ServiceSpec } from "../../components/services/service";
import type { Architecture } from "../../components/settings/ec2";
import { projectFolder } from "../../scripts/lib/home";
import { type RunResult, run, tryRun } from "../../scripts/lib/run";
import { writeTinyModel } from "../fixtures/tiny-model";

/** The base images that the layer's runner found or built, by the names that linnix:baseImages knows. */
export function testBases(): Record<string, string> {
  const text = process.env.LINNIX_TEST_BASES;
  assert.ok(
    text !== undefined,
    "LINNIX_TEST_BASES is not set: run the layer with npm run test:<layer>, which prepares engine and base images",
  );
  return JSON.parse(text) as Record<string, string>;
}

/** Runs docker and expects it to succeed; what it printed on standard output. */
export async function docker(...args: string[]): Promise<string> {
  return (await run("docker", args, { cwd: projectFolder })).stdout.trim();
}

/** Runs docker, whatever becomes of it. */
export function tryDocker(...args: string[]): Promise<RunResult> {
  return tryRun("docker", args, { cwd: projectFolder });
}

/** Builds an image as the program would, under a tag of this layer; its id and what BuildKit said. */
export async function build(
  spec: BuildSpec,
  tag: string,
  architecture?: Architecture,
): Promise<{ id: string; said: string }> {
  const args = [...buildxArguments(spec, tag, architecture), "--progress=plain"];
  const { stderr } = await run("docker", args, { cwd: projectFolder });
  return { id: await docker("image", "inspect", "--format", "{{.Id}}", tag), said: stderr };
}

/** Runs tar on an image's files, as an archive; what it printed. */
export async function tarOf(image: string, args: readonly string[], architecture?: Architecture): Promise<string> {
  const platform = architecture === undefined ? [] : ["--platform", `linux/${architecture}`];
  const container = await docker("create", ...platform, image);
  const archive = path.join(os.tmpdir(), `${container}.tar`);
  try {
    await docker("export", "--output", archive, container);
    return (await run("tar", [...args, "--file", archive])).stdout;
  } finally {
    fs.rmSync(archive, { force: true });
    await docker("rm", container);
  }
}

/** Every file of an image, by path. */
export async function filesOf(image: string): Promise<string[]> {
  return (await tarOf(image, ["--list"])).split("\n").map((name) => `/${name}`);
}

const made: string[][] = [];

/** Notes something to be removed at the end, whatever happens: the arguments of `docker`. */
export function removeLater(...args: string[]): void {
  made.unshift(args);
}

/** Removes what was noted. */
export async function removeMade(): Promise<void> {
  for (const args of made.splice(0)) await tryDocker(...args);
}

/** Starts a service exactly as its description says, from an image built here. */
export async function start(spec: ServiceSpec, image: string, secrets: Record<string, string> = {}): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-secrets-"));
  const secretsFile = path.join(folder, "secrets.env");
  fs.writeFileSync(
    secretsFile,
    Object.entries(secrets)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
    { mode: 0o600 },
  );
  removeLater("rm", "--force", "--volumes", spec.name);
  for (const mount of spec.mounts) if (mount.kind === "volume") removeLater("volume", "rm", mount.source);
  try {
    return await docker("run", "--detach", ...dockerRunArguments(spec, { image, secretsFile }));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Asks a container with its own probe. */
export async function probe(container: string, command: readonly string[]) {
  return parseAnswer((await tryDocker("exec", container, ...command)).stdout);
}

/** Waits until something holds; fails with what it is when it doesn't within half a minute. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  assert.fail(`never: ${what}`);
}

/** The sample model, in a folder that the engine sees. */
export async function sampleModel(): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.homedir(), ".linnix-test-model-"));
  fs.chmodSync(folder, 0o755);
  const file = path.join(folder, "tiny.gguf");
  await writeTinyModel(file);
  return file;
}
