#!/usr/bin/env node
// Runs one of this project's TypeScript commands, installing the npm packages first when they are missing or stale.
// Plain JavaScript with nothing but Node: it is what runs on a bare checkout.
//
//   node scripts/bootstrap.mjs scripts/start.ts [arguments]
//   node scripts/bootstrap.mjs --bin mocha [arguments]     a tool from node_modules/.bin
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function requireNode() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) {
    fail(
      `Node.js ${process.versions.node} is too old: this project needs Node.js 20 or newer. Install one from your distribution or a version manager.`,
    );
  }
}

/** Installs exactly what package-lock.json says, once per lock file. */
function ensurePackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".installed-from");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("npm packages: installing what package-lock.json names (about 20 s) …\n");
  // No package here needs its install script: Pulumi's try to download plugins, which scripts/lib/toolchain does itself.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    fail(
      "npm packages: `npm ci` failed (above). Check that the npm registry is in reach (`npm ping`) and run the command again.",
    );
  }
  writeFileSync(stamp, wanted);
}

/** Runs the command in this project's folder, passing signals on, and ends with its exit status. */
function exec(command, args) {
  // The folder the person stands in, for relative paths in arguments.
  const env = { ...process.env, LINNIX_CWD: process.env.INIT_CWD ?? process.cwd() };
  const child = spawn(command, args, { cwd: root, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${command}: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}

requireNode();
ensurePackages();
const [first, ...rest] = process.argv.slice(2);
if (first === "--bin") {
  const [bin, ...args] = rest;
  exec(join(root, "node_modules", ".bin", bin), args);
} else {
  exec(process.execPath, ["--import", "tsx", join(root, first), ...rest]);
}
