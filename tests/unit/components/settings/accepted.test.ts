import assert from "node:assert/strict";

import fc from "fast-check";

import { ec2Services } from "../../../../components/hosts/ec2/rollout/build-document";
import { portsOut } from "../../../../components/hosts/ec2/network/ports-out";
import { localCommands, localServices } from "../../../../components/hosts/local/plan";
import { composeFile } from "../../../../components/services/render/compose";
import { dockerRunArguments } from "../../../../components/services/render/docker-run";
import { inOrder } from "../../../../components/services/stack-services";
import { type RawSettings, type RawValue, parseSettings } from "../../../../components/settings/validate";
import { type SettingName, schema } from "../../../../components/settings/schema";
import { hostile, seed } from "../../../fixtures/hostile";
import { pullOf } from "../../../fixtures/pull";
import { isSecretSetting } from "../../../fixtures/settings";

const digest = `@sha256:${"0".repeat(64)}`;

/** Parts of addresses and names, most of which are invalid in some place. */
const addressPieces = [
  ...[
    "https://",
    "http://",
    "127.0.0.1",
    "10.0.0.1",
    "example.com",
    "localhost",
    "a..b",
    "-a.b",
    "[::1]",
    "[",
    "xn--a",
    "1.2.3.256",
  ],
  ...[
    ":",
    ":0",
    ":80",
    ":5000",
    ":65535",
    ":65536",
    ":99999",
    ":notaport",
    "@",
    "user:pw@",
    "/",
    "//",
    "/a",
    "/b/",
    "/.",
    "/..",
    "._",
    "__",
  ],
  ...[
    "?",
    "?a=b&c",
    "#x",
    "%",
    "%zz",
    "%20",
    ".gguf",
    digest,
    ":tag",
    "docker.io",
    "ghcr.io",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com",
  ],
];
const addressLike = fc
  .array(fc.constantFrom(...addressPieces), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(""));
const text = fc.oneof(
  { weight: 4, arbitrary: addressLike },
  { weight: 2, arbitrary: addressLike.map((tail) => `https://example.com${tail}`) },
  { weight: 1, arbitrary: hostile },
);
const image = text.map((name) => `${name}${digest}`);
const word = fc.constantFrom("a", "A", "Team", "team", "aws:x", "AWS:x", " ", "ä", "*", "x".repeat(129), "");
const values: Readonly<Partial<Record<SettingName, fc.Arbitrary<RawValue>>>> = {
  images: fc.record({ cognitod: image, llama: image }),
  baseImages: fc.dictionary(fc.constantFrom("runtime", "rustBuilder"), text),
  tags: fc.dictionary(word, word),
  alarmEmails: fc.array(text.map((it) => `${it}@example.com`)),
};
/** A value of one setting: of its own kind, of another, or one that its neighbours have. */
const oneSetting = fc
  .constantFrom(...(Object.keys(schema) as SettingName[]))
  .chain((name) =>
    fc.tuple(fc.constant(name), fc.oneof(values[name] ?? text, fc.constant(schema[name].example as RawValue), text)),
  );
/** What a setting needs beside it. */
const beside: Readonly<Partial<Record<SettingName, RawSettings>>> = {
  registry: { registryUser: "me", registryPassword: "secret" },
  registryUser: { registry: "ghcr.io/me", registryPassword: "secret" },
  registryPassword: { registry: "ghcr.io/me", registryUser: "me" },
  llmModel: { llm: "https://example.com/v1" },
  llmApiKey: { llm: "https://example.com/v1" },
  vpcId: { subnetId: "subnet-0123456789abcdef0" },
  subnetId: { vpcId: "vpc-0123456789abcdef0" },
};
const context = { stack: "dev", exists: () => undefined, isSecret: isSecretSetting } as const;

/** The settings, if they are accepted. */
function accepted(raw: RawSettings) {
  return parseSettings(raw, context, 2).settings;
}

const ofLocal = fc.property(oneSetting, ([name, value]) => {
  const settings = accepted({ ...beside[name], [name]: value });
  if (settings === undefined) return;
  const services = inOrder(localServices(settings));
  for (const spec of services) dockerRunArguments(spec, { image: "i" });
  composeFile(services, {});
  localCommands(settings);
});

const ofEc2 = fc.property(oneSetting, ([name, value]) => {
  const settings = accepted({ host: "ec2", "aws:region": "us-east-1", ...beside[name], [name]: value });
  if (settings?.host.kind !== "ec2") return;
  ec2Services(settings, ["api-token"]);
  const { login, ports } = pullOf(settings);
  for (const port of portsOut(settings, ports)) assert.ok(Number.isInteger(port) && port > 0 && port < 65536);
  // `user:password` is split at the first colon.
  assert.doesNotMatch(login?.user ?? "", /[:\s]/);
  // What IAM accepts as tags: names that differ by more than case, without the reserved beginning.
  const names = [...Object.keys(settings.host.tags), "Project", "Stack", "Owner", "Name"];
  assert.equal(new Set(names.map((it) => it.toLowerCase())).size, names.length);
  for (const it of [...names, ...Object.values(settings.host.tags), settings.host.owner]) {
    assert.match(it, /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/iu);
  }
});

describe("settings that are accepted", () => {
  it("are never refused by a later step of a local stack", () => {
    fc.assert(ofLocal, { ...seed, numRuns: 300 });
  });

  it("are never refused by a later step of an EC2 stack", () => {
    fc.assert(ofEc2, { ...seed, numRuns: 1000 });
  });

  it("include the user names and addresses that registries really have", () => {
    const registries: [registry: string, user: string, key: string][] = [
      ["docker.io/me", "me", "https://index.docker.io/v1/"],
      ["ghcr.io/my-org", "my-user", "ghcr.io"],
      ["us-docker.pkg.dev/project/repository", "_json_key_base64", "us-docker.pkg.dev"],
      ["quay.io/org", "org+robot", "quay.io"],
      ["harbor.example.com:8443/library", "robot$ci", "harbor.example.com:8443"],
      ["me.azurecr.io", "00000000-0000-0000-0000-000000000000", "me.azurecr.io"],
      ["fra.ocir.io/tenancy", "tenancy/oracleidentitycloudservice/me@example.com", "fra.ocir.io"],
      ["localhost:5000", "me", "localhost:5000"],
    ];
    for (const [registry, registryUser, key] of registries) {
      const settings = accepted({
        host: "ec2",
        "aws:region": "us-east-1",
        registry,
        registryUser,
        registryPassword: "x",
      });
      assert.ok(settings !== undefined, registry);
      assert.deepEqual(pullOf(settings).login, { address: key, user: registryUser });
    }
  });

  it("include names of stacks that ECR accepts, and no others", () => {
    const faults = (stack: string) => {
      const parsed = parseSettings({ host: "ec2", "aws:region": "us-east-1" }, { ...context, stack }, 2);
      return parsed.settings === undefined ? parsed.faults.map(({ key }) => key) : [];
    };
    for (const stack of ["dev", "a", "a-b-c", "a".repeat(24)]) assert.deepEqual(faults(stack), []);
    for (const stack of ["a--b", "-a", "a-", "A", "a_b", "a".repeat(25), ""])
      assert.deepEqual(faults(stack), ["stack"]);
  });
});
