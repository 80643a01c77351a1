import assert from "node:assert/strict";

import { type Session, startCommand, takenOver } from "../../../../scripts/start/session";

const session: Session = {
  stack: "local",
  configFile: "/home/me/Pulumi.local.yaml",
  engine: { kind: "existing", host: "unix:///var/run/docker.sock" },
  environment: {},
};

describe("a stack of another checkout", () => {
  it("is not taken over silently", () => {
    const text = takenOver({ ...session, project: "/first" }, "/second") ?? "";
    assert.match(text, /^\/second; until now, local was started from \/first$/);
  });

  it("is one's own if it was started from here, never, or by a version that did not record it", () => {
    assert.equal(takenOver({ ...session, project: "/first" }, "/first"), undefined);
    assert.equal(takenOver(session, "/first"), undefined);
    assert.equal(takenOver(undefined, "/first"), undefined);
  });
});

describe("the command that starts a stack", () => {
  it("names it, unless it is the usual one", () => {
    assert.deepEqual(["local", "two"].map(startCommand), ["npm start", "npm start -- two"]);
  });
});
