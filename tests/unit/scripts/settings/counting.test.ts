import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { validate } from "../../../../components/settings/validate";
import { linnixHome } from "../../../../scripts/lib/home";
import { validationContext, writeStackFile } from "../../../../scripts/lib/stack-file";
import { countingSettings, mergeSettings } from "../../../../scripts/settings/counting";
import { judge } from "../../../../scripts/settings/judge";
import { writeSession } from "../../../../scripts/start/session";

const own = (raw: Record<string, string>, file = "/c/Pulumi.local.yaml") => ({ raw, path: file });
const session = (
  settings: Record<string, string>,
  before: Record<string, string>,
  edits: Record<string, string> = {},
) => ({
  configFile: "/h/Pulumi.local.yaml",
  own: { file: "/c/Pulumi.local.yaml", settings: before },
  written: { settings, edits },
});

describe("a stack's two settings files", () => {
  it("are one where nothing was started", () => {
    const { settings, edits, notes } = mergeSettings(own({ apiPort: "1" }), undefined, {});
    assert.deepEqual([settings, edits, notes], [{ apiPort: "1" }, {}, []]);
  });

  it("count as changed by hand in the home, which is said with both values", () => {
    const before = session({ apiPort: "3000" }, { apiPort: "3000" });
    const { settings, edits, notes } = mergeSettings(own({ apiPort: "3000" }), before, { apiPort: "13000" });
    assert.deepEqual([settings, edits], [{ apiPort: "13000" }, { apiPort: "13000" }]);
    assert.deepEqual(notes, ["linnix:apiPort = 13000, as set in /h/Pulumi.local.yaml; /c/Pulumi.local.yaml: 3000"]);
  });

  it("count as changed in the stack's own file, if that was changed since, which is said", () => {
    const before = session({ apiPort: "13000" }, { apiPort: "3000" }, { apiPort: "13000" });
    const { settings, edits, notes } = mergeSettings(own({ apiPort: "14000" }), before, { apiPort: "13000" });
    assert.deepEqual([settings, edits], [{ apiPort: "14000" }, {}]);
    assert.deepEqual(notes, [
      "linnix:apiPort = 14000, changed in /c/Pulumi.local.yaml; no longer 13000, as set in /h/Pulumi.local.yaml",
    ]);
  });

  it("say that a setting which was removed in the home is still in the own file", () => {
    const before = session({ llamaContext: "8192" }, { llamaContext: "8192" });
    const { settings, notes } = mergeSettings(own({ llamaContext: "8192" }), before, {});
    assert.deepEqual(settings, { llamaContext: "8192" });
    assert.match(notes.join(), /^linnix:llamaContext = 8192, from \/c\/.*remove it there$/);
  });

  it("are not compared with another own file of an earlier start", () => {
    const before = session({ apiPort: "13000" }, { apiPort: "3000" }, { apiPort: "13000" });
    const { settings } = mergeSettings(own({ apiPort: "4000" }, "/other.yaml"), before, { apiPort: "13000" });
    assert.deepEqual(settings, { apiPort: "13000" });
  });

  it("show no secret, and no value that fills the screen", () => {
    const before = session({}, {});
    const found = { apiToken: "s3cret-s3cret-s3cret", owner: "x".repeat(200) };
    const notes = mergeSettings(own({}), before, found).notes.join("\n");
    assert.match(notes, /linnix:apiToken = a secret/);
    assert.ok(!notes.includes("s3cret") && !notes.includes("x".repeat(100)));
  });
});

describe("the settings that count", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "linnix-counting-")));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const home = () => linnixHome({ LINNIX_HOME: path.join(folder, "home") });
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text);
    return file;
  };

  it("of a path are the file's, and every remedy changes that file", () => {
    const file = write("a b.yaml", "config:\n  linnix:apiPort: 80\n  linnix:sorce: x\n");
    const settings = countingSettings(home(), file);
    const remedies = validate(settings.raw, validationContext(settings)).faults.map(({ remedy }) => remedy);
    assert.deepEqual(remedies, [
      `pulumi config set linnix:apiPort 3000 --stack 'a b' --config-file '${file}'`,
      `pulumi config rm linnix:sorce --stack 'a b' --config-file '${file}'`,
    ]);
  });

  it("of a stack that was started name both files, and a remedy changes the one that the setting is from", () => {
    const file = write("second.yaml", "config:\n  linnix:apiPort: 80\n");
    const configFile = path.join(home().root, "Pulumi.second.yaml");
    writeStackFile(configFile, {}, { apiPort: "80", llamaPort: "81" }, "made");
    writeSession(home(), {
      ...{ stack: "second", configFile, environment: {}, own: { file, settings: { apiPort: "80" } } },
      written: { settings: { apiPort: "80" }, edits: {} },
      engine: { kind: "existing", host: "" },
    });
    const settings = countingSettings(home(), "second");
    assert.deepEqual(settings.raw, { apiPort: "80", llamaPort: "81" });
    assert.match(settings.rows[0]?.join(" ") ?? "", new RegExp(`${file}; Pulumi uses ${configFile}`));
    const remedies = validate(settings.raw, validationContext(settings)).faults.map(({ remedy }) => remedy);
    assert.ok(remedies.some((it) => it.includes("apiPort") && it.endsWith(` --config-file ${file}`)));
    assert.ok(remedies.some((it) => it.includes("llamaPort") && it.endsWith(` --config-file ${configFile}`)));
  });

  it("of a stack in the checkout need no option of pulumi config", () => {
    const before = process.env.PULUMI_OPTION_CONFIG_FILE;
    delete process.env.PULUMI_OPTION_CONFIG_FILE;
    try {
      assert.equal(countingSettings(home(), "dev").fileOf?.("apiPort"), undefined);
      process.env.PULUMI_OPTION_CONFIG_FILE = "/h/Pulumi.local.yaml";
      assert.match(countingSettings(home(), "dev").fileOf?.("apiPort") ?? "", /Pulumi\.dev\.yaml$/);
    } finally {
      delete process.env.PULUMI_OPTION_CONFIG_FILE;
      if (before !== undefined) process.env.PULUMI_OPTION_CONFIG_FILE = before;
    }
  });

  it("with an environment are judged by what the file sets, on either kind of host", () => {
    const judged = (text: string) => {
      const { faults, unknown } = judge(countingSettings(home(), write("esc.yaml", text)));
      return [faults.map(({ key }) => key), unknown.map(({ key }) => key)];
    };
    const ec2 = "config:\n  linnix:host: ec2\n";
    assert.deepEqual(judged(ec2), [["aws:region"], []]);
    assert.deepEqual(judged(`environment: [prod]\n${ec2}`), [[], ["aws:region"]]);
    assert.deepEqual(judged("environment: [prod]\n"), [[], []]);
    // It is a fault on every kind of host; instanceType is one on a local host only, and the environment may set the host.
    const unclear = "environment: [prod]\nconfig:\n  linnix:apiPort: 80\n  linnix:instanceType: t3.large\n";
    assert.deepEqual(judged(unclear), [["linnix:apiPort"], []]);
  });
});
