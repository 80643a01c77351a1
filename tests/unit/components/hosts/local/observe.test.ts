import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type LocalPlan, describeState, observeLocal } from "../../../../../components/hosts/local/observe";
import { well } from "../../../../fixtures/observations";

describe("a container's state in words", () => {
  const state = { Status: "running", Running: true, Restarting: false, OOMKilled: false, ExitCode: 0, Error: "" };

  it("tells exit status, memory and the engine's error", () => {
    assert.equal(describeState(state), "running");
    const dead = { ...state, Status: "exited", Running: false, ExitCode: 137, OOMKilled: true };
    assert.equal(describeState(dead), "exited (exit status 137), out of memory");
    const refused = { ...state, Status: "created", Running: false, ExitCode: 127, Error: "port is taken" };
    assert.equal(describeState(refused), "created (exit status 127), port is taken");
    assert.match(describeState({ ...state, Status: "restarting", Restarting: true }), /^restarting/);
  });
});

describe("looking at a local stack", () => {
  const plan: LocalPlan = {
    cognitod: { container: "c", ready: ["probe", "/readyz"], live: ["probe", "/healthz"] },
    llama: { container: "l", ready: ["probe", "/health"] },
    ...{ preflight: "p", images: { llama: "sha256:abc" } },
  };
  const before = process.env.PATH;
  let folder: string;

  /** Puts a docker on PATH that answers by its first arguments. */
  const stub = (script: string) => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-docker-"));
    fs.writeFileSync(path.join(folder, "docker"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env.PATH = `${folder}:${before ?? ""}`;
  };
  afterEach(() => {
    process.env.PATH = before;
    fs.rmSync(folder, { recursive: true });
  });

  const up = '{"Status":"running","Running":true,"Restarting":false,"OOMKilled":false,"ExitCode":0,"Error":""}';

  it("gathers states, answers, logs, the preflight and sizes", async () => {
    stub(`case "$1 $2" in
      "version --format") echo 26.1 ;;
      "container inspect") echo '2 sha256:abc an-image ${up}' ;;
      "exec c") echo '{}'; echo 200 ;;
      "exec l") echo '{}'; echo 503 ;;
      "logs --tail") printf '\\033[2Ja line\\007\\n%5000s\\n' x ;;
      "start --attach") echo '${JSON.stringify(well.preflight)}' ;;
      "image inspect") echo 123 ;;
      *) exit 1 ;; esac`);
    const seen = await observeLocal(plan);
    assert.deepEqual(
      [seen.cognitod.ready?.status, seen.cognitod.live?.status, seen.llama!.ready?.status],
      [200, 200, 503],
    );
    assert.equal(seen.cognitod.restarts, 2);
    assert.equal(seen.cognitod.log[0], "a line");
    assert.ok(Buffer.byteLength(seen.cognitod.log[1] ?? "") <= 400);
    assert.deepEqual([seen.cognitod.otherImage, seen.llama!.otherImage], [undefined, undefined]);
    assert.equal(seen.preflight?.ok, true);
    assert.deepEqual(seen.imageBytes, { llama: 123 });
  });

  it("tells a container of another image than the deployed one, by its id and by what it was made from", async () => {
    stub(`case "$1 $2" in
      "version --format") echo 26.1 ;;
      "container inspect") for last; do :; done; [ "$last" = l ] && echo '0 sha256:old sha256:older ${up}' || echo '0 sha256:id sha256:new ${up}' ;;
      "exec c" | "exec l") echo 200 ;;
      *) exit 1 ;; esac`);
    const seen = await observeLocal({ ...plan, images: { cognitod: "sha256:new", llama: "sha256:abc" } });
    assert.deepEqual([seen.cognitod.otherImage, seen.llama!.otherImage], [undefined, "sha256:older"]);
  });

  it("says so when the engine doesn't answer", async () => {
    stub("echo 'Cannot connect to the Docker daemon' >&2; exit 1");
    const seen = await observeLocal(plan);
    assert.equal(seen.unreachable, "the Docker engine doesn't answer: Cannot connect to the Docker daemon");
  });

  it("doesn't ask a container that is missing or not running", async () => {
    const down = up.replace('"Running":true', '"Running":false').replace('"running"', '"exited"');
    stub(`case "$*" in
      "version "*) echo 26.1 ;;
      "container inspect "*" c") exit 1 ;;
      "container inspect "*" l") echo '0 sha256:abc an-image ${down}' ;;
      "exec "*) echo "must not be asked" >&2; exit 99 ;;
      *) exit 1 ;; esac`);
    const seen = await observeLocal(plan);
    assert.deepEqual([seen.cognitod.state, seen.llama!.state], ["missing", "exited (exit status 0)"]);
    assert.deepEqual([seen.cognitod.ready, seen.llama!.ready, seen.preflight], [undefined, undefined, undefined]);
  });
});
