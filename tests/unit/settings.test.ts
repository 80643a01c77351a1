import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import fc from "fast-check";
import { parse } from "yaml";

import { formatFault } from "../../components/settings/fault";
import type { Definition } from "../../components/settings/definition";
import { keyOf, nameOf, schema } from "../../components/settings/schema";
import { settle, upstreamModel } from "../../components/settings/settings";
import { type RawSettings, type World, validate } from "../../components/settings/validate";

const world: World = {
  stack: "local",
  exists: (place) =>
    (({ "/src": "folder", "/src/Cargo.toml": "file", "/empty": "folder", "/m.gguf": "file" }) as const)[
      place as "/src"
    ],
  isSecret: () => true,
};

const faultsOf = (raw: RawSettings, other: Partial<World> = {}) => validate(raw, { ...world, ...other }).faults;

describe("settings", () => {
  it("have defaults for everything that is not optional, and those are faultless", () => {
    const { values, faults } = validate({}, world);
    assert.deepEqual(faults, []);
    assert.equal(values.apiPort, 3000);
    const settings = settle(values, "local", 2);
    assert.deepEqual([settings.host, settings.registry], [{ kind: "local" }, { kind: "none" }]);
    assert.equal(settings.source.kind, "upstream");
    assert.match(settings.source.location, /#[0-9a-f]{40}$/);
    assert.deepEqual(settings.model, { kind: "fetched", name: "linnix-3b-distilled-q5_k_m", url: upstreamModel });
    assert.equal(settings.llama.threads, 2);
  });

  it("are frozen to their depths", () => {
    const settings = settle(validate({}, world).values, "local", 2);
    assert.throws(() => {
      (settings.ports as { api: number }).api = 1;
    }, TypeError);
  });

  const refused: [string, RawSettings, RegExp][] = [
    ["an unknown key, with the likely one", { sorce: "upstream" }, /linnix:sorce.*did you mean source/],
    ["an unknown key that is like none, with all", { zzzzzzzzzzzz: "1" }, /known are host, source/],
    ["the provider's key under this project's name", { region: "us-east-1" }, /linnix:region.*did you mean aws:region/],
    ["a name that only JavaScript knows", { constructor: "1" }, /linnix:constructor.*no setting/],
    ["text where a number is due", { apiPort: "many" }, /linnix:apiPort = many.*1024 to 65535/],
    ["a fraction where a whole number is due", { apiPort: 3000.5 }, /linnix:apiPort = 3000.5/],
    ["a number out of range", { healthPort: 80 }, /linnix:healthPort = 80.*1024 to 65535/],
    ["memory below what cognitod works in", { cognitodMemory: 128 }, /linnix:cognitodMemory = 128.*MiB from 256/],
    ["no boolean", { requireKernelInstrumentation: "maybe" }, /true or false/],
    ["a word that is none of the choices", { privileges: "root" }, /least or sysadmin/],
    ["an unknown log level", { logLevel: "loud" }, /error or warn/],
    ["a branch in place of a commit", { sourceCommit: "main" }, /40 hexadecimal/],
    ["a path that is not there", { source: "./nowhere" }, /linnix:source = \.\/nowhere.*not a folder/],
    ["a folder without Cargo.toml", { source: "/empty" }, /Cargo.toml/],
    ["a source that is neither word nor path", { source: "github" }, /linnix:source = github/],
    ["a model's file that is not there", { model: "./no.gguf" }, /not a file/],
    ["a model by name", { model: "tinyllama" }, /https address/],
    ["the sample model outside npm start", { model: "sample" }, /npm start/],
    ["a short checksum", { modelSha256: "abc" }, /64 hexadecimal/],
    ["a checksum for a local file", { model: "/m.gguf", modelSha256: "a".repeat(64) }, /local file/],
    ["archive bases without names", { bases: "archive" }, /npm start/],
    ["unknown base images", { baseImages: { foo: "bar" } }, /foo.*known are ebpfBuilder/],
    ["base images that are no map", { baseImages: "[1]" }, /linnix:baseImages/],
    ["base images that are no names", { baseImages: { runtime: 1 } }, /not so: runtime/],
    ["two services on one port", { llamaPort: 3000 }, /linnix:llamaPort = 3000.*linnix:apiPort/],
    ["a context too small for the prompt", { llamaContext: 512 }, /2048/],
    ["a map where text is due", { logLevel: { a: 1 } }, /linnix:logLevel/],
  ];
  for (const [what, raw, expected] of refused) {
    it(`refuse ${what}`, () => {
      const faults = faultsOf(raw);
      assert.equal(faults.length, 1, JSON.stringify(faults));
      assert.match(formatFault(faults[0]!).replace(/\n/g, " "), expected);
      assert.notEqual(faults[0]!.remedy, "");
    });
  }

  it("report all faults at once, not the first", () => {
    const keys = faultsOf({ sorce: "x", apiPort: 1, logLevel: "loud", source: "./nowhere" }).map(({ key }) => key);
    assert.deepEqual(keys.sort(), ["linnix:apiPort", "linnix:logLevel", "linnix:sorce", "linnix:source"]);
  });

  it("refuse a checksum for the sample model too", () => {
    const keys = faultsOf({ model: "sample", modelSha256: "a".repeat(64) }).map(({ key }) => key);
    assert.deepEqual(keys, ["linnix:modelSha256", "linnix:model"]);
  });

  it("never show a secret's value, and refuse one in plain text", () => {
    const short = faultsOf({ apiToken: "s3cret" });
    assert.equal(short.length, 1);
    assert.ok(!formatFault(short[0]!).includes("s3cret"));
    const plain = faultsOf({ apiToken: "s3cret-but-long-enough" }, { isSecret: () => false });
    assert.match(formatFault(plain[0]!), /plain text[^]*--secret/);
    const misspelt = faultsOf({ apitoken: "s3cret" }, { isSecret: () => false });
    assert.match(formatFault(misspelt[0]!), /^linnix:apitoken: .*did you mean apiToken/);
  });

  it("take an encrypted value as it is", () => {
    assert.deepEqual(faultsOf({ apiToken: { secure: "v1:abc" } }), []);
  });

  it("are read alike from YAML's types and from Pulumi's text", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: 65535 }), fc.boolean(), (port, flag) => {
        fc.pre(![3000, 8090].includes(port));
        const typed = validate({ healthPort: port, requireKernelInstrumentation: flag }, world);
        const text = validate({ healthPort: String(port), requireKernelInstrumentation: String(flag) }, world);
        assert.deepEqual(typed, text);
        assert.deepEqual(typed.faults, []);
      }),
    );
  });

  it("refuse or accept any value without failing", () => {
    const anything = fc.dictionary(
      fc.constantFrom(...Object.keys(schema)),
      fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.array(fc.string()), fc.object()),
    );
    fc.assert(fc.property(anything, (raw) => Array.isArray(validate(raw, world).faults)));
  });

  it("say what a source is", () => {
    const kindOf = (source: string) => settle(validate({ source }, world).values, "local", 1).source.kind;
    assert.deepEqual(["auto", "upstream", "sample", "/src"].map(kindOf), ["upstream", "upstream", "sample", "local"]);
  });

  it("name a model by its file, whatever the address carries", () => {
    const name = (model: string) => settle(validate({ model }, world).values, "local", 1).model.name;
    assert.equal(name("https://example.com/a/b.gguf?download=1"), "b");
    assert.equal(name("/m.gguf"), "m");
  });
});

describe("Pulumi.yaml", () => {
  interface Declared {
    type: string;
    default: unknown;
    description: string;
  }
  const text = fs.readFileSync(path.join(__dirname, "../../Pulumi.yaml"), "utf8");
  const document = parse(text) as { config: Record<string, Declared> };
  const definitions: Record<string, Definition> = schema;

  it("declares every setting that has a default, with the schema's type and default, and no other", () => {
    const expected = Object.entries(definitions).filter(([, definition]) => definition.default !== undefined);
    assert.deepEqual(
      Object.entries(document.config).map(([key, { type, default: value }]) => [key, type, value]),
      expected.map(([name, { type, default: value }]) => [`linnix:${name}`, type, value]),
    );
  });

  it("tells of every other in a comment, since Pulumi would ask for a declared one, and of no other", () => {
    const expected = Object.entries(definitions).filter(([, definition]) => definition.default === undefined);
    const told = [...text.matchAll(/^# {3}([a-z]+:[A-Za-z0-9]+)\s+(?:# +)?(\w.{10})/gm)].map(([, key]) => key);
    assert.deepEqual(
      told,
      expected.map(([name]) => keyOf(name)),
    );
  });

  it("says of every secret that it is one", () => {
    for (const [name, { secret }] of Object.entries(definitions)) {
      if (secret === true) assert.match(text, new RegExp(`^#   ${keyOf(name)} +secret; `, "m"));
    }
  });

  it("describes each", () => {
    for (const { description } of Object.values(document.config)) assert.ok(description.length > 20);
  });
});

describe("a key of configuration", () => {
  it("is of one setting, or of another program", () => {
    for (const name of Object.keys(schema)) assert.equal(nameOf(keyOf(name)), name);
    assert.equal(nameOf("linnix:sorce"), "sorce");
    for (const other of ["aws:profile", "docker:host", "linnix"]) assert.equal(nameOf(other), undefined);
  });
});
