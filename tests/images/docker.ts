import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { type BuildSpec, buildxArguments } from "../../components/images/build-spec";
import { parseAnswer } from "../../components/health/probe-output";
import { dockerRunArguments } from "../../components/services/render/docker-run";
import type { ServiceSpec } from "../../components/services/service";
import type { Architecture } from "../../components/settings/ec2/types";
import { linnixHome, projectFolder } from "../../scripts/lib/home";
import { canRun, inCi, installPackages } from "../../scripts/lib/requirements";
import { type RunResult, run, tryRun } from "../../scripts/lib/run";
import { sampleModelFile, tinyModelFile } from "../../scripts/start/sample-model";

/** The base images that the layer's runner found or built, by the names of linnix:baseImages. */
export function testBases(): Record<string, string> {
  const text = process.env.LINNIX_TEST_BASES;
  assert.ok(
    text !== undefined,
    "LINNIX_TEST_BASES is not set: run the layer with npm run test:<layer>, which prepares engine and base images",
  );
  return JSON.parse(text) as Record<string, string>;
}

/** Runs docker, which must succeed; returns its standard output. */
export async function docker(...args: string[]): Promise<string> {
  return (await run("docker", args, { cwd: projectFolder })).stdout.trim();
}

/** Runs docker; returns its result even if it fails. */
export function tryDocker(...args: string[]): Promise<RunResult> {
  return tryRun("docker", args, { cwd: projectFolder });
}

/** Builds an image like the program, with a tag of this layer; returns its id and BuildKit's output. */
export async function build(
  spec: BuildSpec,
  tag: string,
  architecture?: Architecture,
): Promise<{ id: string; said: string }> {
  const args = [...buildxArguments(spec, tag, architecture), "--progress=plain"];
  const { stderr } = await run("docker", args, { cwd: projectFolder });
  return { id: await docker("image", "inspect", "--format", "{{.Id}}", tag), said: stderr };
}

/** Runs tar on the archive of an image's files; returns its output. */
export async function tarOf(image: string, args: readonly string[], architecture?: Architecture): Promise<string> {
  const platform = architecture === undefined ? [] : ["--platform", `linux/${architecture}`];
  const container = await docker("create", ...platform, image);
  const archive = path.join(os.tmpdir(), `${container}.tar`);
  try {
    await docker("export", "--output", archive, container);
    return (await run("tar", [...args, "--file", archive])).stdout;
  } finally {
    fs.rmSync(archive, { force: true });
    await docker("rm", "--volumes", container);
  }
}

/** Every file of an image, by path. */
export async function filesOf(image: string): Promise<string[]> {
  return (await tarOf(image, ["--list"])).split("\n").map((name) => `/${name}`);
}

const made: string[][] = [];

/** Registers a cleanup that always runs at the end: the arguments of `docker`. */
export function removeLater(...args: string[]): void {
  made.unshift(args);
}

/** Runs the registered cleanups. */
export async function removeMade(): Promise<void> {
  for (const args of made.splice(0)) await tryDocker(...args);
}

/** Starts a service exactly as its specification describes it, from an image built here. */
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

/** Runs a container's own probe in it. */
export async function probe(container: string, command: readonly string[]) {
  return parseAnswer((await tryDocker("exec", container, ...command)).stdout);
}

/** Waits until a condition is true; fails with its description after half a minute. */
export async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    if (await holds()) return;
    await setTimeout(500);
  }
  assert.fail(`never: ${what}`);
}

/**
 * The sample model's file, as `npm start` chooses it, and whether the model makes sentences: the one with random weights,
 * which a machine without pip gets, does not. In CI pip is installed.
 */
export async function sampleModel(): Promise<{ file: string; makesSentences: boolean }> {
  if (inCi() && !(await canRun("python3", ["-m", "pip", "--version"]))) await installPackages(["python3-pip"]);
  const home = linnixHome();
  const file = await sampleModelFile(home);
  const makesSentences = file !== tinyModelFile(home);
  assert.ok(makesSentences || !inCi(), "in CI the sample model must be available");
  return { file, makesSentences };
}
