import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { dockerRegistry } from "../../../../scripts/images/registry";

const reference = "registry.example.org:5000/me/x:v1";

describe("what a registry is asked through docker", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-registry-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  /** A registry behind a docker that is a script. */
  function answering(script: string, seconds = 30) {
    fs.writeFileSync(path.join(folder, "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return dockerRegistry({ PATH: `${folder}:${process.env.PATH ?? ""}` }, { seconds, builder: "mine" });
  }

  it("is a tag's digest, of an index or of one image", async () => {
    const registry = answering(`echo '{ "digest": "sha256:abc", "manifests": [] }'`);
    assert.equal(await registry.digestOf(reference), "sha256:abc");
  });

  it("is no digest only where the tag is missing; any other answer is an error", async () => {
    assert.equal(await answering(`echo "ERROR: ${reference}: not found" >&2; exit 1`).digestOf(reference), undefined);
    for (const said of [
      "ERROR: failed to authorize: 401 Unauthorized",
      "ERROR: dial tcp: lookup registry.example.org: no such host",
      "ERROR: no builder mine found",
    ])
      await assert.rejects(answering(`echo "${said}" >&2; exit 1`).digestOf(reference), (error: Error) => {
        assert.ok(error.message.startsWith(`${reference}: ${said.replace("ERROR: ", "")}; check that`), error.message);
        return true;
      });
  });

  it("is an image's version by its label, of whichever platform comes first", async () => {
    const config = { config: { Labels: { "org.opencontainers.image.version": "1.2.3" } } };
    for (const image of [config, { "linux/amd64": config, "linux/arm64": {} }])
      assert.equal(await answering(`echo '${JSON.stringify(image)}'`).versionOf(reference), "1.2.3");
    assert.equal(await answering("echo '{}'").versionOf(reference), undefined);
    assert.equal(await answering(`echo '{"config": {}}'`).versionOf(reference), undefined);
  });

  it("joins images of the tag's own repository, by digest, with the builder's configuration", async () => {
    const asked = path.join(folder, "asked");
    await answering(`echo "$*" >>"${asked}"`).tag(reference, ["sha256:a", "sha256:b"]);
    const sources = ["a", "b"].map((digest) => `registry.example.org:5000/me/x@sha256:${digest}`).join(" ");
    assert.equal(
      fs.readFileSync(asked, "utf8"),
      `buildx imagetools create --builder mine --tag ${reference} ${sources}\n`,
    );
  });

  it("ends where there is no answer", async () => {
    await assert.rejects(answering("exec sleep 600", 1).digestOf(reference), /the registry gave no answer within 1 s/);
  });
});
