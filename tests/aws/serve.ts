/**
 * The process behind `npm run box`: holds a box and its stack until it is told to end. Controlled through a Unix socket:
 * `GET /status`, `POST /host` with a script, `POST /down`. Started by command.ts, which prepares its environment.
 */
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";

import { linnixHome } from "../../scripts/lib/home";
import { Step } from "../../scripts/lib/progress";
import { worldFolder } from "../host/roots/roots";
import { region } from "../host/world/addresses";
import { api } from "./addresses";
import { Box } from "./box";
import { BoxStack } from "./box-stack";
import { boxFile, type RunningBox, boxSocket } from "./running-box";
import { stackNeeds } from "./needs";

/** Variables of the box's shell, besides those of the stack. */
const awsEnvironment = {
  AWS_ENDPOINT_URL: `http://${api.address}:${api.port}`,
  AWS_ACCESS_KEY_ID: "box",
  AWS_SECRET_ACCESS_KEY: "box",
  AWS_DEFAULT_REGION: region,
};

async function text(request: http.IncomingMessage): Promise<string> {
  let all = "";
  for await (const part of request.setEncoding("utf8")) all += String(part);
  return all;
}

async function serve(): Promise<void> {
  const home = linnixHome();
  const step = new Step("box", "making an AWS of this machine's own");
  const needs = await stackNeeds(home, step);
  const box = await Box.make(home, step, { machines: true });
  const stack = await BoxStack.make("box", needs);
  const { environment } = stack;
  const kept = ["PATH", "PULUMI_HOME", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "DOCKER_HOST", "DOCKER_CONFIG"];
  const running: RunningBox = {
    pid: process.pid,
    folder: box.world.folder,
    settings: stack.session.configFile,
    source: stack.source,
    environment: {
      ...Object.fromEntries(kept.map((name) => [name, environment[name] ?? ""])),
      ...stack.session.environment,
      ...awsEnvironment,
      PULUMI_STACK: stack.name,
    },
  };

  const end = async () => {
    fs.rmSync(boxFile(home), { force: true });
    fs.rmSync(boxSocket(home), { force: true });
    await box.close();
    stack.remove();
    process.exit(0);
  };
  const answer = async (request: http.IncomingMessage): Promise<unknown> => {
    switch (request.url) {
      case "/host": {
        const machine = box.launcher?.current();
        if (machine === undefined) return { status: 1, stdout: "", stderr: "no instance is running\n" };
        return machine.tryShell(await text(request), { seconds: 3600 });
      }
      case "/down":
        setTimeout(() => void end(), 100);
        return {};
      case undefined:
      default:
        return {
          instances: box.launcher?.instances() ?? [],
          boots: box.launcher?.boots ?? 0,
          calls: box.front.calls.length,
          problem: box.launcher?.problem ?? null,
        };
    }
  };
  const server = http.createServer((request, response) => {
    answer(request).then(
      (content) => response.end(JSON.stringify(content)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  fs.rmSync(boxSocket(home), { force: true });
  await new Promise<void>((resolve) => server.listen(boxSocket(home), resolve));
  fs.writeFileSync(boxFile(home), JSON.stringify(running, null, 2), { mode: 0o600 });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void end());
  step.done(`up; logs are in ${path.relative(worldFolder(home), box.world.folder)}`);
}

serve().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
