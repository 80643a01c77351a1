import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { writeFiles } from "../../../../../components/hosts/local/container-files";
import { run } from "../../../../../scripts/lib/run";

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
