import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { formatFault } from "../../../../components/settings/fault";
import type { RawSettings } from "../../../../components/settings/validate";
import { type Sources, collectAnswers } from "../../../../scripts/init/answers";
import { settingsText } from "../../../../scripts/init/file";
import { BadInput } from "../../../../scripts/lib/errors";
import { readStackFile } from "../../../../scripts/lib/stack-file";
import { judge } from "../../../../scripts/settings/judge";

type Given = Sources["given"];

const ec2 = { host: "ec2", region: "eu-central-1" } as const;
const model = "https://models.s3.eu-central-1.amazonaws.com/m.gguf";

/** Asks nobody. */
const fromOptions = (given: Given, stack = "mine"): Promise<RawSettings> =>
  collectAnswers({ stack, given, assumed: () => undefined });

/** Answers that are passed as options, and the settings that follow. */
const accepted: readonly [Given, Readonly<Record<string, string | undefined>>][] = [
  [{}, { host: "local" }],
  [{ host: "local" }, { host: "local" }],
  [{ host: "ec2" }, { host: "ec2", "aws:region": "us-east-1", instanceType: "t3.large", private: "false" }],
  [ec2, { "aws:region": "eu-central-1" }],
  [{ ...ec2, region: "ap-southeast-2" }, { "aws:region": "ap-southeast-2" }],
  [{ ...ec2, region: "sa-east-1", "alarm-email": "a@b.example" }, { alarmEmails: "a@b.example" }],
  [{ ...ec2, "instance-type": "m7i.large" }, { instanceType: "m7i.large" }],
  [{ ...ec2, "instance-type": "t4g.large" }, { instanceType: "t4g.large" }],
  [{ ...ec2, "instance-type": "c7g.xlarge" }, { instanceType: "c7g.xlarge" }],
  [{ ...ec2, "instance-type": "r7i.large" }, { instanceType: "r7i.large" }],
  [{ ...ec2, "alarm-email": "" }, { alarmEmails: undefined }],
  [{ ...ec2, "alarm-email": "a@b.example" }, { alarmEmails: "a@b.example" }],
  [{ ...ec2, "alarm-email": "a@b.example, c+d@e.example" }, { alarmEmails: "a@b.example, c+d@e.example" }],
  [
    { ...ec2, private: "true", model },
    { private: "true", model },
  ],
  [
    { ...ec2, private: "true", model, "alarm-email": "a@b.example" },
    { private: "true", alarmEmails: "a@b.example" },
  ],
  [
    { ...ec2, private: "true", model, "instance-type": "m7g.large" },
    { private: "true", instanceType: "m7g.large" },
  ],
  [
    { ...ec2, private: "false" },
    { private: "false", model: undefined },
  ],
  [{ ...ec2, private: "no" }, { private: "false" }],
  [{ ...ec2, private: "Yes", model }, { private: "true" }],
  [
    { ...ec2, region: "us-west-2", private: "y", model: "https://s3.us-west-2.amazonaws.com/b/m.gguf" },
    { model: "https://s3.us-west-2.amazonaws.com/b/m.gguf" },
  ],
];

describe("the answers of npm run init", () => {
  let folder: string;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-init-"));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  for (const [given, expected] of accepted) {
    it(`become a file without a fault: ${JSON.stringify(given)}`, async () => {
      const answers = await fromOptions(given);
      for (const [name, value] of Object.entries(expected)) assert.equal(answers[name], value, name);
      const file = path.join(folder, "Pulumi.mine.yaml");
      fs.writeFileSync(file, settingsText("mine", answers));
      const read = readStackFile(file);
      assert.deepEqual(judge(read), { faults: [], unknown: [] });
      assert.deepEqual(Object.keys(read.raw), Object.keys(answers));
    });
  }

  it("are told where nobody was asked, each with its option", async () => {
    const told: string[][] = [];
    const assumed = (...words: string[]) => told.push(words);
    await collectAnswers({ stack: "mine", given: { host: "ec2", "instance-type": "m7i.large" }, assumed });
    assert.deepEqual(told, [
      ["aws:region", "us-east-1", "region"],
      ["linnix:private", "false", "private"],
      ["linnix:alarmEmails", "", "alarm-email"],
    ]);
  });

  const refused: readonly [Given, RegExp][] = [
    [{ host: "aws" }, /^--host = aws: must be local or ec2\n/],
    [{ host: "" }, /^--host: must be local or ec2\n/],
    [{ ...ec2, region: "us-east-11" }, /^--region = us-east-11: must be one of .*did you mean us-east-1\?\n/],
    [{ ...ec2, "instance-type": "t3.huge" }, /^--instance-type = t3\.huge: /],
    [
      { ...ec2, "instance-type": "t3.medium" },
      /^--instance-type = t3\.medium: linnix:llamaMemory = 4096: does not fit/,
    ],
    [{ ...ec2, "alarm-email": "nobody" }, /^--alarm-email = nobody: must be a list of e-mail addresses/],
    [{ ...ec2, private: "maybe" }, /^--private = maybe: must be true or false\n/],
    [{ ...ec2, private: "true" }, /^--model: must be in S3 of region eu-central-1/],
    [{ ...ec2, private: "true", model: "upstream" }, /^--model = upstream: must be in S3 of region eu-central-1/],
    [{ host: "local", region: "us-east-1" }, /^--region = us-east-1: is allowed only if --host is ec2\n/],
    [{ "alarm-email": "a@b.example" }, /^--alarm-email = a@b\.example: is allowed only if --host is ec2\n/],
    [{ private: "true" }, /^--private = true: is allowed only if --host is ec2\n/],
    [{ ...ec2, model }, /^--model = https.*: is allowed only if --private is set\n/],
    [{ host: "\u001b[31mec2" }, /^--host = ec2: must be local or ec2\n/],
  ];
  for (const [given, expected] of refused) {
    it(`are refused as options, with the option and the usage: ${JSON.stringify(given)}`, async () => {
      await assert.rejects(fromOptions(given), (error) => {
        assert.ok(error instanceof BadInput);
        assert.match(error.message, expected);
        assert.match(error.message, /\n {4}npm run init -- <stack> /);
        return true;
      });
    });
  }

  it("are not asked for where the stack's name is not one for the host", async () => {
    await assert.rejects(fromOptions(ec2, "two--dashes"), (error) => {
      assert.ok(error instanceof BadInput);
      assert.match(formatFault(error.faults[0]!), /^stack = two--dashes: must be .*\n {4}npm run init /);
      return true;
    });
    assert.deepEqual(await fromOptions({}, "two--dashes"), { host: "local" });
  });
});

describe("the questions of npm run init", () => {
  /** Types these lines, one for each prompt; returns the answers and the whole dialogue. */
  async function typed(given: Given, ...lines: string[]): Promise<{ answers: RawSettings; shown: string[] }> {
    const shown: string[] = [];
    const left = [...lines];
    const dialogue = {
      ask(prompt: string) {
        shown.push(prompt);
        const line = left.shift();
        return line === undefined ? Promise.reject(new Error("asked too often")) : Promise.resolve(line);
      },
      tell: (text: string) => shown.push(text),
    };
    const assumed = () => assert.fail("a default that was not asked for");
    const answers = await collectAnswers({ stack: "mine", given, dialogue, assumed });
    assert.deepEqual(left, [], "asked too rarely");
    return { answers, shown };
  }

  it("are one for a local stack, with default and allowed values", async () => {
    const { answers, shown } = await typed({}, "");
    assert.deepEqual(answers, { host: "local" });
    assert.match(shown[0]!, /^\nWhere both services run: /);
    assert.deepEqual(shown.slice(1), ["Allowed: local or ec2", "host [local]: "]);
  });

  it("are five for an EC2 host, each answered by its default with an empty line", async () => {
    const { answers, shown } = await typed({}, "ec2", "", "", "", "");
    assert.deepEqual(answers, { host: "ec2", "aws:region": "us-east-1", instanceType: "t3.large", private: "false" });
    assert.deepEqual(
      shown.filter((text) => text.endsWith(": ")),
      ["host [local]: ", "region [us-east-1]: ", "instance-type [t3.large]: ", "private [false]: ", "alarm-email []: "],
    );
    assert.ok(shown.includes("Allowed: true or false; yes or no"));
    assert.ok(shown.includes("Allowed: a list of e-mail addresses; nothing"));
  });

  it("ask for the model of a private host, which has no default that it could reach", async () => {
    const { answers, shown } = await typed(ec2, "", "yes", "", model, "");
    assert.deepEqual([answers.private, answers.model], ["true", model]);
    assert.ok(shown.some((text) => text.startsWith("must be in S3 of region eu-central-1")));
  });

  it("are repeated after an invalid answer, with the schema's own error", async () => {
    const { answers, shown } = await typed(
      {},
      ...["cloud", " ec2 "],
      ...["us-east-11", "mars", "eu-west-1"],
      ...["t3.small", "m5.larg", "m5.large"],
      ...["perhaps", "n"],
      ...["x", "x@y.example"],
    );
    assert.deepEqual(answers, {
      ...{ host: "ec2", "aws:region": "eu-west-1", instanceType: "m5.large", private: "false" },
      alarmEmails: "x@y.example",
    });
    const wrong = ["cloud", "us-east-11", "mars", "t3.small", "m5.larg", "perhaps", "x"];
    for (const text of wrong)
      assert.ok(
        shown.some((line) => line.startsWith(`${text}: `)),
        text,
      );
    assert.ok(shown.includes("cloud: must be local or ec2"));
    assert.equal(shown.filter((text) => text.startsWith("region [")).length, 3);
  });

  it("are left out where an option answers", async () => {
    const given = { ...ec2, "instance-type": "t4g.large", private: "true", model, "alarm-email": "" };
    const { answers, shown } = await typed(given);
    assert.deepEqual([answers.instanceType, shown], ["t4g.large", []]);
  });

  it("show no terminal sequence of what was typed", async () => {
    const { shown } = await typed({}, "\u001b]0;title\u0007lo\u001b[31mcal", "local");
    assert.ok(shown.includes("local: must be local or ec2"), JSON.stringify(shown));
  });
});
