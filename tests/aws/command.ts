// npm run box -- up | status | shell | host SCRIPT | down: an AWS of this machine's own, for trials; see tests/aws/README.md.
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { askBox, findBox, requireBox } from "./running-box";
import { commands } from "../../scripts/lib/commands";
import { BadInput, Failure } from "../../scripts/lib/errors";
import { followFile } from "../../scripts/lib/follow-file";
import { type Home, linnixHome, projectFolder } from "../../scripts/lib/home";
import { layerEnvironment } from "../../scripts/lib/layer";
import { main } from "../../scripts/lib/main";
import type { RunResult } from "../../scripts/lib/run";
import { sayRow } from "../../scripts/lib/say";
import { prepare } from "../../scripts/start/prepare";

async function up(home: Home): Promise<number> {
  if (findBox(home) !== undefined) throw new Failure("a box runs already: see `npm run box -- status`");
  const environment = layerEnvironment(home, await prepare(home));
  const log = path.join(home.logs, "box.log");
  fs.mkdirSync(home.logs, { recursive: true });
  const output = fs.openSync(log, "w");
  const script = path.join(projectFolder, "tests", "aws", "serve.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    ...{ cwd: projectFolder, env: environment, detached: true },
    stdio: ["ignore", output, output],
  });
  const ended = new Promise<number>((resolve) =>
    child.once("exit", (code) => {
      resolve(code ?? 1);
    }),
  );
  // The box has a process group of its own: it outlives this command, unless that is interrupted first.
  process.once("SIGINT", () => child.kill("SIGTERM"));
  sayRow("box", `coming up, some minutes the first time; the log is ${log}`);
  const stop = followFile(log, (line) => process.stdout.write(`${line}\n`));
  for (;;) {
    const status = await Promise.race([ended, pause(1000)]);
    if (status !== undefined) {
      stop();
      throw new Failure(`the box did not come up: ${log} says why`);
    }
    const box = findBox(home);
    if (box === undefined) continue;
    stop();
    child.unref();
    sayRow("box", `up. Settings of its stack: ${box.settings}; cognitod's source: ${box.source}`);
    sayRow("next", "npm run box -- shell, and in that shell pulumi up");
    return 0;
  }
}

async function status(home: Home): Promise<number> {
  const box = requireBox(home);
  process.stdout.write(`${JSON.stringify({ ...(await askBox<object>(home, "status")), logs: box.folder }, null, 2)}\n`);
  return 0;
}

function shell(home: Home): Promise<number> {
  const { environment } = requireBox(home);
  const env = { ...process.env, ...environment };
  sayRow("shell", "pulumi and aws lead to the box here, and nowhere else; exit ends this shell, not the box");
  const child = spawn(process.env.SHELL ?? "/bin/sh", { cwd: projectFolder, env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => {
      resolve(code ?? 1);
    });
  });
}

async function host(home: Home, script: string): Promise<number> {
  requireBox(home);
  const { status: code, stdout, stderr } = await askBox<RunResult>(home, "host", script);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return code;
}

async function down(home: Home): Promise<number> {
  const { pid } = requireBox(home);
  await askBox(home, "down");
  sayRow("box", "going down");
  while (fs.existsSync(`/proc/${pid}`)) await pause(200);
  sayRow("box", "down; what pulumi made in it is gone with it");
  return 0;
}

main(commands.box, ({ names }) => {
  const [command = "", ...rest] = names;
  const home = linnixHome();
  switch (command) {
    case "up":
      return up(home);
    case "status":
      return status(home);
    case "shell":
      return shell(home);
    case "host":
      return host(home, rest.join(" "));
    case "down":
      return down(home);
    default: {
      const problem = "must be up, status, shell, host or down";
      throw new BadInput([{ key: "COMMAND", value: command, problem, remedy: "npm run box -- up" }]);
    }
  }
});
