import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { localServices } from "../../../../../components/hosts/local/plan";
import { changeOwner, ownerProvider } from "../../../../../components/hosts/local/volume-owner";
import { settingsOf } from "../../../../fixtures/settings";

/** A docker with a container that runs as $USER_OF, if any, and a job that ends with $STATUS. */
const stub = `#!/bin/sh
echo "$*" >>"$CALLS"
case $1 in
container) [ -n "$USER_OF" ] && echo "$USER_OF" ;;
run) echo "2 now owned by 65531:65531"; exit "$STATUS" ;;
esac
`;

describe("the owner of cognitod's volumes", () => {
  const before = { ...process.env };
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-owner-"));
    fs.writeFileSync(path.join(folder, "docker"), stub, { mode: 0o755 });
    Object.assign(process.env, { PATH: `${folder}:${before.PATH ?? ""}`, CALLS: path.join(folder, "calls") });
  });
  afterEach(() => {
    process.env = { ...before };
    fs.rmSync(folder, { recursive: true });
  });

  const { owner, cognitod } = localServices(settingsOf({ cognitodUser: "cognitod" }, { stack: "t" }));
  const inputs = {
    spec: owner!,
    image: "sha256:0",
    labels: [{ label: "linnix.owner", value: "me" }],
    writer: { name: cognitod.name, user: cognitod.user },
  };
  /** The commands after the first one, which looks for the writer. */
  async function commands(userOf: string, status = 0) {
    Object.assign(process.env, { USER_OF: userOf, STATUS: String(status) });
    const error = await changeOwner(inputs).then(() => undefined, String);
    const calls = fs.readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n").slice(1);
    return { error, calls: calls.map((call) => call.replace(/^(run) .*/, "$1")) };
  }

  it("is changed by a container with the stack's labels, which stays nowhere", async () => {
    Object.assign(process.env, { USER_OF: "", STATUS: "0" });
    await changeOwner(inputs);
    const run = fs.readFileSync(path.join(folder, "calls"), "utf8").split("\n")[1] ?? "";
    assert.match(run, /^run --rm --pull never --label linnix\.owner=me --name linnix-t-owner --restart no --user 0:0 /);
    assert.match(run, /--entrypoint \/usr\/local\/bin\/change-owner sha256:0 65531:65531 \/var\/lib\/linnix /);
  });

  it("changes only while no cognitod with another user runs", async () => {
    assert.deepEqual(await commands("0:0"), { error: undefined, calls: ["stop linnix-t-cognitod", "run"] });
  });

  it("leaves a cognitod with the same user alone", async () => {
    assert.deepEqual(await commands("65531:65531"), { error: undefined, calls: ["run"] });
  });

  it("that cannot be changed fails the update, and the cognitod that was stopped runs again", async () => {
    const { error, calls } = await commands("0:0", 1);
    assert.match(error ?? "", /linnix-t-owner ended with exit status 1:\n {2}2 now owned/);
    assert.deepEqual(calls, ["stop linnix-t-cognitod", "run", "start linnix-t-cognitod"]);
  });

  it("is not changed again for another image, but for another user", async () => {
    const state = { spec: inputs.spec };
    assert.equal((await ownerProvider.diff("", state, { ...inputs, image: "sha256:1" })).changes, false);
    const other = { ...inputs, spec: { ...inputs.spec, arguments: ["0:0"] } };
    assert.equal((await ownerProvider.diff("", state, other)).changes, true);
  });

  it("cannot be changed by an image of an earlier version, which is said", async () => {
    assert.match((await commands("", 127)).error ?? "", /of an earlier version/);
  });
});
