import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import * as pulumi from "@pulumi/pulumi";

import { filesMount, writeFiles } from "../../../../../components/hosts/local/container-files";
import { localServices } from "../../../../../components/hosts/local/plan";
import { run } from "../../../../../scripts/lib/run";
import { settingsOf } from "../../../../fixtures/settings";

describe("the files of a local container", () => {
  const before = process.env.PATH;
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-docker-"));
    process.env.PATH = `${folder}:${before ?? ""}`;
  });
  afterEach(() => {
    process.env.PATH = before;
    fs.rmSync(folder, { recursive: true });
  });

  it("are in another volume for another user, who could not read the same one", async () => {
    const spec = (user: string) => ({ ...localServices(settingsOf({ llm: "none" }, { stack: "t" })).cognitod, user });
    const named = async (user: string) => {
      const names: string[] = [];
      const newResource = ({ type, inputs }: pulumi.runtime.MockResourceArgs) => {
        if (type === "docker:index/volume:Volume") names.push(String((inputs as { name?: unknown }).name));
        return { id: "id", state: inputs as Record<string, unknown> };
      };
      await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "linnix", "t", false);
      const parent = new pulumi.ComponentResource("linnix:host:LocalHost", "host");
      filesMount("host-files", { spec: spec(user), image: "sha256:0", labels: [] }, parent);
      await pulumi.runtime.disconnect();
      return names;
    };
    const [root, own, again] = [await named("0:0"), await named("65531:65531"), await named("0:0")];
    assert.match(root.join(), /^linnix-t-cognitod-[0-9a-f]{12}$/);
    assert.notDeepEqual(root, own);
    assert.deepEqual(root, again);
  });

  it("are readable by their user only, and are passed to the engine on its standard input", async () => {
    const stub = `#!/bin/sh\necho "$*" >> ${folder}/calls\n[ "$1" != cp ] || cat > ${folder}/files.tar\n`;
    fs.writeFileSync(path.join(folder, "docker"), stub, { mode: 0o755 });
    const texts = { "linnix.toml": "the webhook" };
    await writeFiles({ volume: "v", image: "i", user: "65531:65531", texts });
    const { stdout } = await run("tar", ["--numeric-owner", "-tvf", path.join(folder, "files.tar")]);
    assert.match(stdout, /^-r-------- 65531\/65531 .* linnix\.toml\n$/);
    assert.ok(!fs.readFileSync(path.join(folder, "calls"), "utf8").includes("the webhook"));
  });
});
