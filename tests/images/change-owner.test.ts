import assert from "node:assert/strict";

import { cognitodBuild } from "../../components/images/build-spec";
import { localServices } from "../../components/hosts/local/plan";
import pins from "../../pins.json";
import { settingsOf } from "../fixtures/settings";
import { build, docker, removeLater, removeMade, start, testBases } from "./docker";

const tag = "linnix-test/cognitod-owner";
const stack = "ownertest";
const base = testBases().runtime ?? pins.images.debian;

describe("the change of the owner of cognitod's files", () => {
  const specs = (cognitodUser: string) => localServices(settingsOf({ source: "sample", cognitodUser }, { stack }));
  const volumes = ["data", "log"].map((name) => `linnix-${stack}-${name}`);
  const [data = "", log = ""] = volumes;
  /** Runs a shell's script in the data volume, as root with Docker's usual capabilities. */
  const inData = (script: string) => {
    const mounts = ["--volume", `${data}:/data`, "--volume", `${log}:/log`, "--workdir", "/data"];
    return docker("run", "--rm", ...mounts, base, "sh", "-c", script);
  };
  /** Runs the job as its specification describes it; returns what it printed. */
  async function change(cognitodUser: string): Promise<string> {
    const { owner } = specs(cognitodUser);
    const container = await start(owner!, tag);
    assert.equal(await docker("wait", container), "0", await docker("logs", container));
    const printed = await docker("logs", container);
    await docker("rm", container);
    return printed;
  }

  before("an image, and volumes", async () => {
    removeLater("image", "rm", tag);
    await build(cognitodBuild({ kind: "sample", location: "sample/daemon", revision: "test" }, testBases()), tag);
    for (const volume of volumes) removeLater("volume", "rm", "--force", volume);
  });
  after(removeMade);

  it("is not needed for a new volume: either user may write to it", async () => {
    for (const cognitodUser of ["root", "cognitod"]) {
      const { cognitod } = specs(cognitodUser);
      const mounts = cognitod.mounts.filter(({ kind }) => kind === "volume");
      // A container that is made is enough: the engine copies the folder's mode then.
      const made = await docker("create", "--volume", `${data}:${mounts[0]?.target ?? ""}`, tag);
      await docker("rm", made);
      const args = ["--user", cognitod.user, "--cap-drop", "ALL", "--volume", `${data}:/data`];
      await docker("run", "--rm", ...args, base, "sh", "-c", "echo x >/data/new && rm /data/new");
    }
  });

  it("changes what has another owner, and follows no symbolic link", async () => {
    // A container that is made gives an empty volume the image's folder again, with its owner.
    await inData(
      "touch /log/alerts.ndjson; umask 077; mkdir -p closed/deep; echo kept >closed/deep/file; ln -s /etc/passwd link; echo a >a",
    );
    assert.match(await change("cognitod"), /^\d+ now owned by 65531:65531$/);
    assert.equal(await change("cognitod"), "0 now owned by 65531:65531");
    const listed = await inData("find . -mindepth 1 -printf '%U:%G %m %p\\n' | sort -k 3; cat closed/deep/file");
    assert.deepEqual(listed.split("\n"), [
      "65531:65531 600 ./a",
      "65531:65531 700 ./closed",
      "65531:65531 700 ./closed/deep",
      "65531:65531 600 ./closed/deep/file",
      "65531:65531 777 ./link",
      "kept",
    ]);
  });

  it("goes back to root, through folders that are closed to it", async () => {
    assert.match(await change("root"), /^\d+ now owned by 0:0$/);
    assert.equal(await inData("find . -uid 65531 -o -gid 65531"), "");
  });

  it("refuses an owner that is none, and reports what it cannot change", async () => {
    const run = (...args: string[]) => docker("run", "--rm", "--entrypoint", "change-owner", ...args);
    await assert.rejects(run(tag, "root", "/var/lib/linnix"), /usage: change-owner UID:GID FOLDER/);
    await assert.rejects(run(tag, "1:1", "/nowhere"), /\/nowhere: No such file or directory/);
  });
});
