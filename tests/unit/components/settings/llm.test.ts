import assert from "node:assert/strict";

import { formatFault } from "../../../../components/settings/fault";
import { type RawSettings, validate } from "../../../../components/settings/validate";
import { ec2SettingsOf, isSecretSetting, settingsOf } from "../../../fixtures/settings";

const address = "https://api.example.com/v1";
const ec2 = { host: "ec2", "aws:region": "us-east-1" };
const digest = `sha256:${"a".repeat(64)}`;
const cognitod = `ghcr.io/me/cognitod@${digest}`;

const faultsOf = (raw: RawSettings) =>
  validate(raw, { stack: "dev", exists: () => "file", isSecret: isSecretSetting }).faults.map((fault) =>
    formatFault(fault).replace(/\n/g, " "),
  );

describe("the setting llm", () => {
  const refused: [what: string, raw: RawSettings, expected: RegExp][] = [
    ["a misspelt word", { llm: "nones" }, /linnix:llm = nones: must be builtin, none, or the address/],
    ["an address without host", { llm: "https://" }, /must be builtin, none/],
    ["an address with a query", { llm: `${address}?key=1` }, /without \? and #/],
    ["plain http over the internet", { llm: "http://api.example.com/v1" }, /must be an https address/],
    ["plain http to a public address", { llm: "http://172.32.0.1" }, /must be an https address/],
    ["plain http from EC2", { ...ec2, llm: "http://10.0.0.1:8000" }, /plain http.*on EC2 it must be https/],
    ["a model with none", { llm: "none", model: "/m.gguf" }, /linnix:model = .*linnix:llm is builtin, but it is none/],
    ["a checksum with none", { llm: "none", modelSha256: "a".repeat(64) }, /linnix:modelSha256.*it is none/],
    ["memory of llama with none", { llm: "none", llamaMemory: 1000 }, /linnix:llamaMemory = 1000.*it is none/],
    ["threads of llama with none", { llm: "none", llamaThreads: 1 }, /linnix:llamaThreads = 1.*it is none/],
    ["a context with an address", { llm: address, llamaContext: 8192 }, /linnix:llamaContext.*it is an address/],
    ["a port of llama with none", { llm: "none", llamaPort: 8091 }, /linnix:llamaPort = 8091.*it is none/],
    ["a key without an address", { llmApiKey: "k" }, /linnix:llmApiKey: .*server's address, but it is builtin/],
    ["a model's name with none", { llm: "none", llmModel: "m" }, /linnix:llmModel = m: .*but it is none/],
    ["a name with spaces", { llm: address, llmModel: "a b" }, /linnix:llmModel = a b: must be a model's name/],
    ["a key with spaces", { llm: address, llmApiKey: "a b" }, /linnix:llmApiKey: must be 1 to 1000/],
    [
      "an image of llama with none",
      { ...ec2, llm: "none", images: { cognitod, llama: cognitod } },
      /entry llama, which/,
    ],
    [
      "base images of llama with none",
      { llm: "none", baseImages: { runtime: "debian:13", llamaRuntime: "debian:13" } },
      /linnix:baseImages = .*entries that apply only if linnix:llm is builtin, but it is none: llamaRuntime +remove llamaRuntime/,
    ],
    ["no image of llama with builtin", { ...ec2, images: { cognitod } }, /has no entry llama/],
    ["too small a host", { ...ec2, llm: "none", instanceType: "t3.micro" }, /has 1024.*instanceType t3.small/],
    [
      "a server that a private network cannot reach",
      { ...ec2, llm: address, private: true },
      /linnix:llm = .*no internet access/,
    ],
  ];
  for (const [what, raw, expected] of refused) {
    it(`refuses ${what}`, () => {
      const faults = faultsOf(raw);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0]!, expected);
    });
  }

  it("refuses a password in the address without showing it", () => {
    const [fault, ...others] = faultsOf({ llm: "https://me:s3cret@api.example.com/v1" });
    assert.match(fault!, /^linnix:llm: must not contain a user or password/);
    assert.ok(!fault!.includes("s3cret"));
    assert.deepEqual(others, []);
  });

  it("completes an address to that of the chat completions", () => {
    const endpoint = (llm: string) => {
      const settings = settingsOf({ llm }, { stack: "local" });
      return settings.llm.kind === "external" ? settings.llm.endpoint : undefined;
    };
    const whole = "https://api.example.com/v1/chat/completions";
    for (const llm of ["https://api.example.com", "https://api.example.com/", `${address}/`, address, whole]) {
      assert.equal(endpoint(llm), whole, llm);
    }
    assert.equal(endpoint("http://127.0.0.1:8000/api"), "http://127.0.0.1:8000/api/chat/completions");
  });

  it("frees the port of llama-server, and leaves cognitod alone", () => {
    const settings = settingsOf({ llm: "none", apiPort: 8090 }, { stack: "local" });
    assert.deepEqual(settings.services, ["cognitod"]);
  });

  it("makes a small host possible", () => {
    const settings = ec2SettingsOf({ llm: "none", instanceType: "t3.small", dataGiB: 1 });
    assert.equal(settings.host.instanceType, "t3.small");
    assert.equal(ec2SettingsOf({ llm: "none", images: { cognitod } }).prebuilt?.llama, undefined);
  });
});
