import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { parse } from "yaml";

import { refuseExisting, settingsText, writeNew } from "../../../../scripts/init/file";
import { BadInput, Failure } from "../../../../scripts/lib/errors";

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-init-file-"));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

describe("the settings file of a new stack", () => {
  it("has each setting with its type, below its description", () => {
    const raw = { host: "local", apiPort: "13000", private: "false", alarmEmails: "a@b.example,c@d.example" };
    const text = settingsText("mine", raw);
    assert.deepEqual(parse(text), {
      config: {
        "linnix:host": "local",
        "linnix:apiPort": 13000,
        "linnix:private": false,
        "linnix:alarmEmails": ["a@b.example", "c@d.example"],
      },
    });
    assert.match(text, /^# Made by `npm run init`\. .*`npm run check -- mine`/);
    assert.match(text, /\n {2}# Port of cognitod's API and dashboard on 127\.0\.0\.1\.\n {2}linnix:apiPort: 13000\n/);
    for (const line of text.split("\n")) assert.ok(line.length <= 120, line);
  });

  it("is written once, and an existing one is never touched, whatever it is", () => {
    const file = path.join(folder, "Pulumi.mine.yaml");
    refuseExisting(file);
    writeNew(file, "first");
    fs.symlinkSync("nowhere", path.join(folder, "Pulumi.link.yaml"));
    for (const name of ["mine", "link"]) {
      const there = path.join(folder, `Pulumi.${name}.yaml`);
      for (const tried of [
        () => {
          refuseExisting(there);
        },
        () => {
          writeNew(there, "second");
        },
      ]) {
        assert.throws(tried, (error) => {
          assert.ok(error instanceof BadInput);
          assert.match(
            error.message,
            /^settings file = .*: exists already.*\n {4}edit it, .* than .*mine.*: npm run init/,
          );
          return true;
        });
      }
    }
    assert.equal(fs.readFileSync(file, "utf8"), "first");
    assert.deepEqual(fs.readdirSync(folder).sort(), ["Pulumi.link.yaml", "Pulumi.mine.yaml"]);
  });

  it("that cannot be written is a failure that names it", () => {
    const file = path.join(folder, "no-folder", "Pulumi.mine.yaml");
    assert.throws(
      () => {
        writeNew(file, "");
      },
      (error) => error instanceof Failure && error.message.startsWith(`${file}: `),
    );
  });
});
