// npm run bench [-- --json] [--from-nothing]: measures the local stack and prints the table that the README carries.
// Builds both images without any cache, so it takes minutes. --from-nothing also times a first `npm start` with empty caches,
// tools, engine and base images, in a folder of its own. Figures of the EC2 host are those of the last npm run test:host.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { buildxArguments, cognitodBuild, llamaBuild } from "../components/images/build-spec";
import { stackName } from "../components/services/service";
import { type Settings, settle } from "../components/settings/settings";
import { validate } from "../components/settings/validate";
import { linnixHome, projectFolder } from "./lib/home";
import { firstInsight } from "./lib/insight";
import { liveHealth } from "./lib/live-health";
import { main } from "./lib/main";
import { type Figure, hostFiguresFile, markdown, mebibytes, median, megabytes, timed } from "./lib/measure";
import { outputs, sessionEnvironment } from "./lib/pulumi";
import { run } from "./lib/run";
import { type Session, readSession } from "./lib/session";
import { readStackFile, worldOf } from "./lib/stack-file";
import { parse } from "./lib/start-arguments";
import { stateBackend } from "./lib/toolchain/backend";

const say = (text: string) => process.stderr.write(`${text}\n`);

function settingsOf(session: Session): Settings {
  const file = readStackFile(session.configFile);
  return settle(validate(file.raw, worldOf(file)).values, session.stack, os.availableParallelism());
}

/** Each image's build: without any cache, and again with nothing changed. */
async function builds(session: Session, settings: Settings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const spec of [cognitodBuild(settings.source, settings.baseImages), llamaBuild(settings.baseImages)]) {
    const tag = `linnix-bench/${spec.image}`;
    const build = (...more: string[]) =>
      timed(() =>
        run("docker", [...buildxArguments(spec, tag), ...more], {
          cwd: projectFolder,
          env: sessionEnvironment(session),
        }),
      );
    say(`building ${spec.image} without any cache`);
    const cold = await build("--no-cache");
    const warm = await build();
    await run("docker", ["image", "rm", tag], { env: sessionEnvironment(session) });
    figures.push({ what: `build of ${spec.image}, cold`, value: cold.seconds, unit: "s" });
    figures.push({ what: `build of ${spec.image}, nothing changed`, value: warm.seconds, unit: "s" });
  }
  return figures;
}

/** An update that changes nothing, and the same of a program without resources: what the tools cost by themselves. */
async function updates(session: Session): Promise<Figure[]> {
  say("updating with nothing changed");
  const args = ["up", "--yes", "--refresh", "--skip-preview", "--non-interactive"];
  const env = sessionEnvironment(session);
  const up = (cwd: string, stack: string, environment: NodeJS.ProcessEnv) => async () =>
    (await timed(() => run("pulumi", [...args, "--stack", stack], { cwd, env: environment }))).seconds;
  const three = async (once: () => Promise<number>) => median([await once(), await once(), await once()]);
  const ours = await three(up(projectFolder, session.stack, env));

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-empty-"));
  try {
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: empty\nruntime: nodejs\n");
    fs.writeFileSync(path.join(folder, "package.json"), '{ "main": "index.js" }\n');
    fs.writeFileSync(path.join(folder, "index.js"), "");
    fs.symlinkSync(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
    const backend = { ...env, PULUMI_OPTION_CONFIG_FILE: "", PULUMI_BACKEND_URL: stateBackend(folder) };
    await run("pulumi", ["stack", "init", "empty", "--non-interactive"], { cwd: folder, env: backend });
    const empty = await three(up(folder, "empty", backend));
    return [
      { what: "update, nothing changed", value: ours, unit: "s" },
      { what: "update of an empty program, for comparison", value: empty, unit: "s" },
    ];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Restarts both containers and waits: to healthy, then to the first insight. */
async function starts(session: Session, settings: Settings, deployed: Record<string, unknown>): Promise<Figure[]> {
  say("restarting both services");
  const containers = ["cognitod", "llama"].map((part) => stackName(settings.stack, part));
  await run("docker", ["stop", ...containers], { env: sessionEnvironment(session) });
  const started = Date.now();
  const since = () => Math.round((Date.now() - started) / 100) / 10;
  await run("docker", ["start", ...containers], { env: sessionEnvironment(session) });
  while (!(await liveHealth(session, deployed)).healthy) await new Promise((resolve) => setTimeout(resolve, 100));
  const healthy = since();
  const { api } = deployed.endpoints as { api: string };
  await firstInsight({ api, token: String(deployed.apiToken), withinSeconds: 300 });
  return [
    { what: "containers' start to both healthy", value: healthy, unit: "s" },
    { what: "containers' start to the first insight", value: since(), unit: "s" },
  ];
}

async function memory(session: Session, settings: Settings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const part of ["cognitod", "llama"]) {
    const name = stackName(settings.stack, part);
    const { stdout } = await run("docker", ["stats", "--no-stream", "--format", "{{.MemUsage}}", name], {
      env: sessionEnvironment(session),
    });
    figures.push({ what: `memory of ${part}`, value: mebibytes(stdout), unit: "MiB" });
  }
  return figures;
}

/** A first `npm start` on a machine that has only Node, Go and a package archive; everything it makes is removed again. */
async function fromNothing(): Promise<Figure[]> {
  say("a first npm start, with everything made from nothing");
  const folder = fs.mkdtempSync(path.join(os.homedir(), "linnix-bench-"));
  const config = path.join(folder, "Pulumi.bench.yaml");
  fs.writeFileSync(config, "config:\n  linnix:apiPort: 33000\n  linnix:healthPort: 39464\n  linnix:llamaPort: 38090\n");
  const env = {
    ...process.env,
    LINNIX_HOME: path.join(folder, "home"),
    LINNIX_ENGINE: "embedded",
    GOCACHE: path.join(folder, "go-build"),
    GOMODCACHE: path.join(folder, "go-mod"),
  };
  const command = (...args: string[]) =>
    run("node", ["scripts/bootstrap.mjs", ...args], { cwd: projectFolder, env, onLine: say });
  try {
    const { seconds } = await timed(() => command("scripts/start.ts", "--stack", "bench", "--config", config));
    return [{ what: "first `npm start`, everything made from nothing", value: seconds, unit: "s" }];
  } finally {
    await command("scripts/stop.ts", "bench", "--purge");
    // Go keeps its module cache read-only.
    await run("chmod", ["-R", "u+w", folder]);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What the last `npm run test:host` measured; nothing where it never ran. */
function hostFigures(): Figure[] {
  const file = hostFiguresFile(linnixHome());
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Figure[]) : [];
}

main(async (args) => {
  const { values } = parse(
    args,
    { json: { type: "boolean", default: false }, "from-nothing": { type: "boolean", default: false } },
    "npm run bench [-- [--json] [--from-nothing]]",
  );
  const session = readSession(linnixHome(), "local");
  const settings = settingsOf(session);
  const deployed = await outputs(session);
  const images = deployed.images as { name: string; bytes: number }[];
  const figures: Figure[] = [
    ...images.map(({ name, bytes }): Figure => ({ what: `image ${name}`, value: megabytes(bytes), unit: "MB" })),
    { what: "images together", value: megabytes(images.reduce((sum, { bytes }) => sum + bytes, 0)), unit: "MB" },
    ...(await starts(session, settings, deployed)),
    ...(await memory(session, settings)),
    ...(await updates(session)),
    ...(await builds(session, settings)),
    ...(values["from-nothing"] ? await fromNothing() : []),
  ];
  const [cpu] = os.cpus();
  const machine = `${os.availableParallelism()} CPUs (${cpu?.model ?? "unknown"}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, kernel ${os.release()}`;
  const subject = `source ${settings.source.kind}, model ${settings.model.name}`;
  if (values.json) {
    const sizes = Object.fromEntries(images.map(({ name, bytes }) => [name, { bytes }]));
    process.stdout.write(
      `${JSON.stringify({ images: sizes, figures, emulatedHost: hostFigures(), machine, subject }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(`${markdown(figures)}\n\n${machine}; ${subject}\n`);
    const emulated = hostFigures();
    if (emulated.length > 0)
      process.stdout.write(`\nThe EC2 host, emulated (npm run test:host)\n\n${markdown(emulated)}\n`);
  }
  return 0;
});
