import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";

import fc from "fast-check";

import { cleanPath, conflicts, joinedEnvironment, shellCommands } from "../../../../scripts/lib/environment";

const session = {
  PULUMI_CONFIG_PASSPHRASE_FILE: "/h/passphrase",
  PULUMI_OPTION_CONFIG_FILE: "/h/Pulumi.local.yaml",
  DOCKER_HOST: "unix:///h/engine/docker.sock",
  PATH: "/h/engine/bin:/h/tools/bin",
};

const shell = {
  PULUMI_CONFIG_PASSPHRASE: "mine",
  PULUMI_STACK: "dev",
  PULUMI_OPTION_REFRESH: "true",
  PULUMI_HOME: "/p",
  DOCKER_CONTEXT: "remote",
  DOCKER_TLS_VERIFY: "1",
  BUILDX_BUILDER: "ci",
  HOME: "/root",
  PATH: "/tmp/node_modules/.bin:/node_modules/.bin:/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin:/usr/bin:/bin:/usr/bin",
};

describe("the environment of a stack", () => {
  it("has no variable of the user's shell by which pulumi or docker would do something else", () => {
    assert.deepEqual(conflicts(shell, session).sort(), [
      "BUILDX_BUILDER",
      "DOCKER_CONTEXT",
      "DOCKER_TLS_VERIFY",
      "PULUMI_CONFIG_PASSPHRASE",
      "PULUMI_OPTION_REFRESH",
      "PULUMI_STACK",
    ]);
    const { PATH, ...others } = session;
    assert.equal(PATH.includes("engine"), true);
    assert.deepEqual(joinedEnvironment(shell, session), {
      ...others,
      PULUMI_HOME: "/p",
      HOME: "/root",
      PATH: "/h/engine/bin:/h/tools/bin:/usr/bin:/bin",
    });
  });

  it("keeps the certificates for an engine that is reached by TCP", () => {
    assert.ok(!conflicts(shell, { DOCKER_HOST: "tcp://engine:2376" }).includes("DOCKER_TLS_VERIFY"));
  });

  it("finds no program in a folder of npm packages, which anyone may create above the checkout", () => {
    assert.equal(cleanPath("/tmp/node_modules/.bin:/usr/bin"), "/usr/bin");
    assert.equal(cleanPath("/c/node_modules/.bin:/usr/bin", "/c/node_modules/.bin"), "/c/node_modules/.bin:/usr/bin");
  });

  it("is printed so that a shell has exactly the session's, and its own PATH after it", () => {
    const value = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(value, value, (folder, passphrase) => {
        const wanted = { ...session, PULUMI_BACKEND_URL: folder };
        const script = shellCommands({ PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_DEBUG: "1" }, wanted).join("\n");
        const print = 'env -0 | tr "\\\\n" " "';
        const printed = execFileSync("/bin/sh", ["-euc", `eval "$1"; ${print}`, "sh", script], {
          env: { PATH: "/usr/bin:/bin", PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_DEBUG: "1" },
        }).toString();
        const found = Object.fromEntries(
          printed.split("\0").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
        );
        assert.equal(found.PULUMI_BACKEND_URL, folder);
        assert.equal(found.PATH, "/h/engine/bin:/h/tools/bin:/usr/bin:/bin");
        assert.deepEqual([found.PULUMI_CONFIG_PASSPHRASE, found.PULUMI_DEBUG], [undefined, undefined]);
      }),
      { seed: 13, numRuns: 20 },
    );
  });
});
