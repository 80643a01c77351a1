import * as fs from "node:fs";
import * as path from "node:path";

import { type Home, ensureFolder } from "../lib/home";
import { withLock } from "../lib/lock";
import type { Step } from "../lib/progress";
import { run } from "../lib/run";
import { cliArchive, pluginArchive } from "./archives";
import { type Archive, download } from "./download";
import { type PluginName, cliVersion, pluginVersions } from "./programs";

/** Downloads and verifies an archive, runs `body` with its file, and removes the file. */
async function withDownload(home: Home, archive: Archive, step: Step, body: (file: string) => Promise<void>) {
  const folder = ensureFolder(path.join(home.cache, "downloads"));
  const records = ensureFolder(path.join(home.tools, "checksums"));
  const file = await download(archive, { folder, records, step });
  try {
    await body(file);
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** The CLI of Pulumi's release, downloaded unless a run before this one did. Returns the path of `pulumi`. */
export async function installCli(home: Home, step: Step, archive = cliArchive()): Promise<string> {
  // Named as the archive, so that an installation without verification, of an earlier version of this project, is not used.
  const root = path.join(home.tools, path.posix.basename(new URL(archive.url).pathname, ".tar.gz"));
  const cli = path.join(root, "bin", "pulumi");
  if (fs.existsSync(cli)) return cli;
  ensureFolder(home.tools);
  await withLock(path.join(home.tools, "download"), async () => {
    // The other run may have installed it while this one waited.
    if (fs.existsSync(cli)) return;
    step.say(`downloading Pulumi ${cliVersion}`);
    const temporary = `${root}.${process.pid}`;
    const bin = path.join(temporary, "bin");
    fs.mkdirSync(bin, { recursive: true });
    try {
      // The archive has one folder, with the programs in it.
      await withDownload(home, archive, step, async (file) => {
        await run("tar", ["-xzf", file, "-C", bin, "--strip-components=1", "--no-same-owner"]);
      });
      fs.rmSync(root, { recursive: true, force: true });
      fs.renameSync(temporary, root);
    } finally {
      fs.rmSync(temporary, { recursive: true, force: true });
    }
  });
  return cli;
}

/** Installs a plugin from a file: a program or an archive. */
export async function installPlugin(home: Home, cli: string, plugin: PluginName, file: string): Promise<void> {
  await run(cli, ["plugin", "install", "resource", plugin, pluginVersions[plugin], "--file", file], {
    env: { ...process.env, PULUMI_HOME: home.pulumi, PULUMI_SKIP_UPDATE_CHECK: "true" },
    log: path.join(home.logs, `toolchain-plugin-${plugin}.log`),
  });
}

/** Downloads Pulumi's release of a plugin and installs it. */
export async function downloadPlugin(
  home: Home,
  cli: string,
  plugin: PluginName,
  step: Step,
  archive = pluginArchive(plugin),
): Promise<void> {
  step.say(`downloading the plugin ${plugin} ${pluginVersions[plugin]}`);
  await withDownload(home, archive, step, (file) => installPlugin(home, cli, plugin, file));
}
