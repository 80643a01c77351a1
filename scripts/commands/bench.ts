// npm run bench [-- --json] [--from-nothing]: measures the local stack and prints the tables of docs/OPERATIONS.md.
// Builds both images without any cache, so it takes minutes. --from-nothing also times a first `npm start` with empty caches,
// tools, engine and base images, in a folder of its own. The figures of
// published images and of the EC2 host are from the last runs of the tests that measure them.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { engineName } from "../../components/services/service";
import { commands } from "../lib/commands";
import { builds } from "../bench/builds";
import { updates } from "../bench/updates";
import { linnixHome, projectFolder } from "../lib/home";
import { firstInsight } from "../start/insight";
import { liveHealth } from "../status/live-health";
import { display } from "../lib/display";
import { reportInterruptions } from "../lib/interrupt";
import { main } from "../lib/main";
import {
  type Figure,
  firstPromptTokens,
  hostFiguresFile,
  markdown,
  mebibytes,
  megabytes,
  publishedFiguresFile,
  readFigures,
  timed,
} from "../lib/measure";
import { outputs, sessionEnvironment } from "../lib/pulumi";
import { run } from "../lib/run";
import { say } from "../lib/say";
import { type Session, readSession } from "../start/session";
import { deployedSettings } from "../lib/settings";
import { sayCounting } from "../settings/say-counting";
import type { Settings } from "../../components/settings/types";

/** Restarts both containers and waits until they are healthy, then for the first insight. */
async function starts(session: Session, settings: Settings, deployed: Record<string, unknown>): Promise<Figure[]> {
  say("restarting both services");
  const containers = settings.services.map((name) => engineName(settings.stack, name));
  await run("docker", ["stop", ...containers], { env: sessionEnvironment(session) });
  const started = Date.now();
  const since = () => Math.round((Date.now() - started) / 100) / 10;
  await run("docker", ["start", ...containers], { env: sessionEnvironment(session) });
  while (!(await liveHealth(session, deployed)).healthy) await setTimeout(100);
  const healthy = since();
  const { api } = deployed.endpoints as { api: string };
  await firstInsight({ api, token: String(deployed.apiToken), withinSeconds: 300 });
  const insight = since();
  const log = ["logs", "--since", new Date(started).toISOString(), engineName(settings.stack, "llama")];
  const { stderr } = await run("docker", log, { env: sessionEnvironment(session) });
  const tokens = firstPromptTokens(stderr);
  return [
    { what: "containers' start to both healthy", value: healthy, unit: "s" },
    { what: "containers' start to the first insight", value: insight, unit: "s" },
    ...(tokens === undefined ? [] : [{ what: "prompt of an insight", value: tokens, unit: "tokens" } as const]),
  ];
}

async function memory(session: Session, settings: Settings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const part of settings.services) {
    const name = engineName(settings.stack, part);
    const { stdout } = await run("docker", ["stats", "--no-stream", "--format", "{{.MemUsage}}", name], {
      env: sessionEnvironment(session),
    });
    figures.push({ what: `memory of ${part}`, value: mebibytes(stdout), unit: "MiB" });
  }
  return figures;
}

/** Measures a first `npm start` on a machine with only Node, Go and a package archive; removes everything it created. */
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
    const { seconds } = await timed(() => command("scripts/commands/start.ts", "--stack", "bench", "--config", config));
    return [{ what: "first `npm start`, everything made from nothing", value: seconds, unit: "s" }];
  } finally {
    await command("scripts/commands/stop.ts", "bench", "--purge");
    // Go keeps its module cache read-only.
    await run("chmod", ["-R", "u+w", folder]);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main(commands.bench, async ({ stack, json, "from-nothing": withFirstStart }) => {
  const folder = withFirstStart ? " Stop what runs in ~/linnix-bench-…, and delete that folder." : "";
  reportInterruptions(display, `The containers may be stopped: \`npm start\` starts them again.${folder}`);
  const session = readSession(linnixHome(), stack);
  sayCounting(linnixHome(), stack);
  const settings = deployedSettings(session);
  const deployed = await outputs(session);
  const images = deployed.images as { name: string; bytes: number }[];
  const figures: Figure[] = [
    ...images.map(({ name, bytes }): Figure => ({ what: `image ${name}`, value: megabytes(bytes), unit: "MB" })),
    { what: "images together", value: megabytes(images.reduce((sum, { bytes }) => sum + bytes, 0)), unit: "MB" },
    ...(await starts(session, settings, deployed)),
    ...(await memory(session, settings)),
    ...(await updates(session)),
    ...(await builds(session, settings)),
    ...(withFirstStart ? await fromNothing() : []),
  ];
  const [cpu] = os.cpus();
  const machine = `${os.availableParallelism()} CPUs (${cpu?.model ?? "unknown"}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, kernel ${os.release()}`;
  const subject = `source ${settings.source.kind}, model ${settings.model.name}`;
  const publishedImages = readFigures(publishedFiguresFile(linnixHome()));
  const emulatedHost = readFigures(hostFiguresFile(linnixHome()));
  if (json) {
    const sizes = Object.fromEntries(images.map(({ name, bytes }) => [name, { bytes }]));
    process.stdout.write(
      `${JSON.stringify({ images: sizes, figures, publishedImages, emulatedHost, machine, subject }, null, 2)}\n`,
    );
  } else {
    process.stdout.write(`${markdown(figures)}\n\n${machine}; ${subject}\n`);
    for (const [title, found] of [
      ["From published images (npm run test:pulumi, npm run test:images)", publishedImages],
      ["The EC2 host, emulated (npm run test:host)", emulatedHost],
    ] as const)
      if (found.length > 0) process.stdout.write(`\n${title}\n\n${markdown(found)}\n`);
  }
  return 0;
});
