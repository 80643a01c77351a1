#!/usr/bin/env node
// Runs one of this project's TypeScript commands, installing the npm packages first when they are missing or stale.
// Plain JavaScript that uses only Node: it runs on a bare checkout, before any package is installed.
//
//   node scripts/bootstrap.mjs scripts/commands/start.ts [arguments]
//   node scripts/bootstrap.mjs --bin mocha [arguments]     a tool from node_modules/.bin
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function requireNode() {
  // The oldest is 20.12, since fs.Dirent.parentPath, which lists the files of an EC2 host and of the Go modules, is new there.
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const oldest = engines.node.replace(">=", "");
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldest.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(
    `Node.js ${process.versions.node} is too old: this project needs Node.js ${oldest} or newer. ` +
      `Install it from https://nodejs.org, your distribution or a version manager (\`nvm install ${oldestMajor}\`), and run this again.`,
  );
}

/** Held while packages are installed: two `npm ci` in one folder remove each other's files. Has the holder's process id. */
const lock = join(root, ".npm-ci.lock");

/** The age of a lock, in milliseconds, at which its process id may belong to another program. */
const oldest = 30 * 60_000;

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** The content of a file; undefined if there is none. */
function contentOf(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  }
}

/** Creates the lock with its content at once, so that nobody reads an empty one. False if it exists. */
function takeLock() {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own);
  }
}

/** Removes the lock that a process left which no longer runs, unless another process has done so and holds it now. */
function removeStale(holder) {
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return;
  }
  if (contentOf(aside) !== holder && !existsSync(lock)) renameSync(aside, lock);
  else rmSync(aside);
}

/** Waits until no other command installs packages in this folder. */
function waitForLock() {
  let waitsFor;
  while (!takeLock()) {
    const holder = contentOf(lock);
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (holder === undefined) continue;
    if (!isRunning(Number(holder)) || age > oldest) {
      removeStale(holder);
      continue;
    }
    if (waitsFor !== holder) {
      process.stderr.write(
        `npm packages: process ${holder} is installing them; this command begins when that has ended …\n`,
      );
    }
    waitsFor = holder;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  // Also when the installation fails.
  process.on("exit", releaseLock);
}

function releaseLock() {
  if (contentOf(lock) === String(process.pid)) rmSync(lock);
}

/** Installs exactly the packages in package-lock.json, once per lock file. */
function ensurePackages() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  const stamp = join(root, "node_modules", ".installed-from");
  if (contentOf(stamp) === wanted) return;
  waitForLock();
  // Another command may have installed them meanwhile.
  if (contentOf(stamp) === wanted) {
    releaseLock();
    return;
  }
  process.stderr.write("npm packages: installing those of package-lock.json (about 20 s) …\n");
  // No package needs its install script: Pulumi's download plugins, which scripts/toolchain does.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    fail(
      "npm packages: `npm ci` failed (above). Check that the npm registry is reachable (`npm ping`) and run the command again.",
    );
  }
  writeFileSync(stamp, wanted);
  releaseLock();
}

/** Runs the command in this project's folder, forwards signals to it, and exits with its status. */
function exec(command, args) {
  // The folder that npm was started in, for relative paths in arguments.
  const env = { ...process.env, LINNIX_CWD: process.env.INIT_CWD ?? process.cwd() };
  // npm puts the package folders of all parent folders first: anyone could put a program into /tmp/node_modules/.bin.
  const own = join(root, "node_modules", ".bin");
  env.PATH = (env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder === own || !/[/\\]node_modules[/\\](\.bin|.*node-gyp-bin)$/.test(folder))
    .join(delimiter);
  const child = spawn(command, args, { cwd: root, stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${command}: ${error.message}`));
  child.on("exit", (code, signal) => {
    // Interrupted before the command itself could say so.
    if (signal === "SIGINT") process.stderr.write("Interrupted.\n");
    process.exit(code ?? (signal === "SIGINT" ? 130 : 143));
  });
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
