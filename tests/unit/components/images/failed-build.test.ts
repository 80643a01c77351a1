import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

import { findErrorHooks } from "../../../../components/error-hooks";
import { cognitodBuild, logArguments } from "../../../../components/images/build-spec";
import {
  explainBuild,
  isBareExitStatus,
  lastLines,
  missingGit,
  runForLog,
} from "../../../../components/images/failed-build";
import { BuiltImage } from "../../../../components/images/image";

describe("a git that is missing", () => {
  it("is named with both remedies", () => {
    // As Docker 26 prints it.
    const messages = [
      "#3 [internal] load git source https://github.com/linnix-os/linnix.git#dd6c603",
      '#3 ERROR: failed to init repo at /var/lib/docker/overlay2/vnf1/diff: git error: exec: "git": executable file not found in $PATH',
    ].join("\n");
    assert.match(missingGit(messages) ?? "", /has no git.*apt-get install git.*set linnix:source/s);
    assert.match(
      explainBuild("cognitod", "x", { status: 1, log: messages }),
      /ERROR: failed to init repo[^]*has no git/,
    );
  });

  it("is not the cause of another failure", () => {
    assert.equal(
      missingGit('ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully'),
      undefined,
    );
  });
});

describe("the error of a failed build", () => {
  const node = (program: string) => runForLog(process.execPath, ["-e", program], "/");
  const error = async (program: string) => explainBuild("cognitod", "docker buildx build .", await node(program));

  it("has the last lines of the build's log, and the command that shows all of it", async () => {
    const text = await error(
      'for (let i = 0; i < 40; i++) console.error(`line ${i}`); console.error("ERROR: no rule"); process.exitCode = 1',
    );
    assert.match(text, /^The build of cognitod failed:\n {2}line 11\n[^]* {2}ERROR: no rule\n/);
    assert.ok(!text.includes("line 10\n"));
    assert.match(text, /\nThe whole log: docker buildx build \.$/);
  });

  it("is bounded, whatever the build prints, and has none of its escape sequences", async () => {
    const second = await node(
      'for (let i = 0; i < 3000; i++) console.error("é".repeat(500)); console.error("\\x1b[31mred\\x1b[0m\\x07"); process.exitCode = 1',
    );
    assert.ok(Buffer.byteLength(second?.log ?? "") <= 64 * 1024 + 4);
    const lines = lastLines(second?.log ?? "");
    assert.equal(lines.at(-1), "red");
    assert.ok(lines.every((line) => line.length <= 401));
  });

  it("says so when the build succeeds the second time, and when it cannot be run", async () => {
    assert.match(await error("0"), /succeeds when it is run once more without a push[^]*may have refused/);
    const absent = await runForLog("/no/such/program", [], "/");
    assert.equal(absent, undefined);
    assert.equal(explainBuild("llama", "docker x", absent), "The build of llama failed. The whole log: docker x");
  });

  it("is looked for after an exit status alone, and not after an interruption", () => {
    assert.ok(isBareExitStatus(["rpc error: code = Unknown desc = exit status 1", "an earlier one"]));
    for (const other of [["signal: killed"], ["context canceled"], ["exit status 1: no builder"], []])
      assert.ok(!isBareExitStatus(other), other.join());
  });

  it("is reported by a hook of the image's resource, where the engine and the language host know such hooks", async () => {
    const bound = async (knowsHooks: boolean) => {
      await pulumi.runtime.setMocks(
        {
          newResource: ({ name, inputs }) => ({ id: name, state: inputs as object }),
          call: ({ inputs }) => inputs as object,
        },
        ...(["linnix", "dev", false] as const),
      );
      const monitor = getMonitor() as unknown as Record<string, (...args: never[]) => unknown>;
      monitor.registerErrorHook = (_request: never, done: (error: Error | null) => void) => {
        done(knowsHooks ? null : new Error("12 UNIMPLEMENTED: unknown method RegisterErrorHook"));
      };
      const register = monitor.registerResource!.bind(monitor);
      const hooks: string[] = [];
      monitor.registerResource = (request: { getHooks(): { getOnErrorList(): string[] } | undefined }, ...more) => {
        hooks.push(...(request.getHooks()?.getOnErrorList() ?? []));
        return register(request as never, ...more);
      };
      const build = cognitodBuild({ kind: "sample", location: "sample/daemon", revision: "r" }, {});
      await findErrorHooks();
      const image = new BuiltImage("cognitod", { stack: "dev", build });
      await new Promise((resolve) => image.tag.apply(resolve));
      await pulumi.runtime.disconnect();
      return hooks;
    };
    assert.deepEqual(await bound(true), ["cognitod-build-failed"]);
    assert.deepEqual(await bound(false), []);
  });

  it("comes from a build that neither loads nor pushes", () => {
    const spec = cognitodBuild({ kind: "sample", location: "sample/daemon", revision: "r" }, {});
    const args = logArguments(spec, "arm64");
    assert.deepEqual(args.slice(0, 8), [
      ...["buildx", "build", "--builder", "default", "--output", "type=cacheonly", "--progress", "plain"],
    ]);
    assert.ok(!args.includes("--load") && !args.includes("--push"));
    assert.ok(args.includes("linux/arm64") && args.includes("linnix=sample/daemon"));
  });
});
