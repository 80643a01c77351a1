import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import fc from "fast-check";

import { fileFacts } from "../../../../components/settings/model/read-file";
import type { FileFacts } from "../../../../components/settings/model/file";
import { formatFault } from "../../../../components/settings/fault";
import { keyOf, nameOf, schema } from "../../../../components/settings/schema";
import { upstreamModel } from "../../../../components/settings/model/resolve";
import {
  type RawSettings,
  type ValidationContext,
  parseSettings,
  validate,
} from "../../../../components/settings/validate";
import { isSecretSetting, settingsOf } from "../../../fixtures/settings";

const world: ValidationContext = {
  stack: "local",
  exists: (place) =>
    (({ "/src": "folder", "/src/Cargo.toml": "file", "/empty": "folder", "/m.gguf": "file" }) as const)[
      place as "/src"
    ],
  isSecret: isSecretSetting,
};

const faultsOf = (raw: RawSettings, other: Partial<ValidationContext> = {}) =>
  validate(raw, { ...world, ...other }).faults;

describe("settings", () => {
  it("have valid defaults for everything that is not optional", () => {
    const { values, faults } = validate({}, world);
    assert.deepEqual(faults, []);
    assert.equal(values.apiPort, 3000);
    const settings = settingsOf({}, world);
    assert.deepEqual([settings.host, settings.registry], [{ kind: "local" }, { kind: "none" }]);
    assert.equal(settings.source.kind, "upstream");
    assert.match(settings.source.location, /#[0-9a-f]{40}$/);
    const { file, ...model } = settings.model;
    assert.deepEqual(model, { kind: "fetched", name: "linnix-3b-distilled-q5_k_m", url: upstreamModel });
    assert.match(file, /^linnix-3b-distilled-q5_k_m-[0-9a-f]{12}\.gguf$/);
    assert.equal(settings.llama.threads, 2);
  });

  it("are frozen to their depths", () => {
    const settings = settingsOf({}, world);
    assert.throws(() => {
      (settings.ports as { api: number }).api = 1;
    }, TypeError);
  });

  const refused: [string, RawSettings, RegExp][] = [
    ["an unknown key, with the likely one", { sorce: "upstream" }, /linnix:sorce.*did you mean source/],
    ["an unknown key that is like none, with all", { zzzzzzzzzzzz: "1" }, /known are host, source/],
    ["the provider's key under this project's name", { region: "us-east-1" }, /linnix:region.*did you mean aws:region/],
    ["a name that only JavaScript knows", { constructor: "1" }, /linnix:constructor.*not a setting/],
    ["text where a number is due", { apiPort: "many" }, /linnix:apiPort = many.*1024 to 65535/],
    ["a fraction where a whole number is due", { apiPort: 3000.5 }, /linnix:apiPort = 3000.5/],
    ["a number out of range", { healthPort: 80 }, /linnix:healthPort = 80.*1024 to 65535/],
    ["memory below what cognitod works in", { cognitodMemory: 128 }, /linnix:cognitodMemory = 128.*MiB from 256/],
    ["no boolean", { requireKernelInstrumentation: "maybe" }, /true or false/],
    ["a word that is none of the choices", { privileges: "root" }, /least or sysadmin/],
    ["an unknown log level", { logLevel: "loud" }, /error, warn, info, debug or trace/],
    ["a branch in place of a commit", { sourceCommit: "main" }, /40 hexadecimal/],
    ["a path that is not there", { source: "./nowhere" }, /linnix:source = \.\/nowhere.*not a folder/],
    ["a folder without Cargo.toml", { source: "/empty" }, /Cargo.toml/],
    ["a source that is neither word nor path", { source: "github" }, /linnix:source = github/],
    ["a model's file that is not there", { model: "./no.gguf" }, /not a file/],
    ["a model by name", { model: "tinyllama" }, /https address/],
    ["the sample model outside npm start", { model: "sample" }, /npm start/],
    [
      "an address with a port that is none",
      { model: "https://h:notaport/x" },
      /linnix:model = https:\/\/h:notaport\/x/,
    ],
    ["an address with port 0", { model: "https://h:0/x.gguf" }, /https address/],
    ["an address without a host", { model: "https:///x.gguf" }, /https address/],
    ["an address with a space", { model: "https://h/a b.gguf" }, /https address/],
    ["an address with a quote", { model: 'https://h/a"b.gguf' }, /https address/],
    ["an address with a fragment", { model: "https://h/a.gguf#x" }, /without #/],
    ["an endless address", { model: `https://h/${"m".repeat(1000)}.gguf` }, /at most 1000 characters/],
    ["plain http over the internet", { model: "http://example.com/m.gguf" }, /plain http.*begin with https/],
    ["one part of a split model", { model: "https://h/m-00001-of-00003.gguf?x=1" }, /part 1 of 3 of a split model/],
    ["one part of a split model in a file", { model: "/m-00002-of-00003.gguf" }, /part 2 of 3 of a split model/],
    ["a page about a model", { model: "https://huggingface.co/a/b/blob/main/m.gguf" }, /has \/resolve\/ in that place/],
    ["a pointer to a model", { model: "https://huggingface.co/a/b/raw/main/m.gguf" }, /Git LFS pointer.*\/resolve\//],
    ["a path with a line feed", { model: "/m\n.gguf" }, /file's path/],
    ["base images that an engine refuses", { baseImages: { runtime: "debian:trixie slim" } }, /invalid: runtime/],
    ["base images with an odd name", { baseImages: { runtime: "a$b" } }, /invalid: runtime/],
    ["a short checksum", { modelSha256: "abc" }, /64 hexadecimal/],
    ["a checksum for a local file", { model: "/m.gguf", modelSha256: "a".repeat(64) }, /local file/],
    [
      "SYS_ADMIN for a user who would not get it",
      { cognitodUser: "cognitod", privileges: "sysadmin" },
      /linnix:cognitodUser = cognitod.*BPF and PERFMON.*cognitodUser root.*rm linnix:privileges/,
    ],
    ["archive bases without names", { bases: "archive" }, /npm start/],
    ["unknown base images", { baseImages: { foo: "bar" } }, /foo.*known are ebpfBuilder/],
    ["base images that are no map", { baseImages: "[1]" }, /linnix:baseImages/],
    ["base images that are no names", { baseImages: { runtime: 1 } }, /not text: runtime/],
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
    assert.doesNotMatch(formatFault(plain[0]!), /s3cret/);
    const misspelt = faultsOf({ apitoken: "s3cret" }, { isSecret: () => false });
    assert.match(formatFault(misspelt[0]!), /^linnix:apitoken: .*did you mean apiToken/);
    assert.doesNotMatch(formatFault(misspelt[0]!), /s3cret/);
  });

  it("refuse an ordinary one that is marked as a secret, encrypted or not, without its value", () => {
    for (const name of ["llamaPort", "model", "logLevel", "baseImages", "images"]) {
      const decrypted = { isSecret: (it: string) => it === name };
      const all = [
        faultsOf({ [name]: { secure: "v1:s3cret" } }),
        faultsOf({ [name]: { a: { secure: "v1:s3cret" } } }),
        faultsOf({ [name]: "s3cret" }, decrypted),
      ];
      for (const faults of all) {
        assert.equal(faults.length, 1, JSON.stringify(faults));
        const text = formatFault(faults[0]!);
        assert.match(text, new RegExp(`^linnix:${name}: is stored encrypted, .*set it without --secret`, "s"));
        assert.ok(!text.includes("s3cret"));
      }
    }
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

  it("resolve each kind of source", () => {
    const kindOf = (source: string) => settingsOf({ source }, world).source.kind;
    assert.deepEqual(["auto", "upstream", "sample", "/src"].map(kindOf), ["upstream", "upstream", "sample", "local"]);
  });

  it("resolve cognitod's user: root, unless it is chosen", () => {
    const userOf = (raw: RawSettings) => settingsOf(raw, world).cognitodUser;
    assert.deepEqual([{}, ...["auto", "root", "cognitod"].map((cognitodUser) => ({ cognitodUser }))].map(userOf), [
      ...["root", "root", "root", "cognitod"],
    ]);
  });

  it("never show what is secret in an address", () => {
    const query = "X-Amz-Signature=s3cret";
    for (const raw of [
      { model: `https://someone:p4ss@example.com/m.gguf?${query}` },
      { model: `http://example.com/m.gguf?${query}` },
      { modle: `https://someone:p4ss@example.com/m.gguf?${query}` },
      { host: "ec2", "aws:region": "us-east-1", model: `http://example.com/m.gguf?${query}` },
      { llm: "https://someone:p4ss@example.com/v1" },
    ]) {
      const faults = faultsOf(raw);
      assert.ok(faults.length > 0);
      const text = faults.map(formatFault).join("\n");
      assert.match(text, /example\.com|linnix:(llm|modle)/);
      assert.doesNotMatch(text, /someone|p4ss|s3cret/);
    }
  });

  describe("check the file of a model", () => {
    const good: FileFacts = { access: { mode: 0o100644, uid: 0, gid: 0 }, bytes: 9, modified: 1, start: "GGUF\x03" };
    const faultsOfFile = (facts: FileFacts) =>
      faultsOf({ model: "/m.gguf" }, { fileFacts: () => facts }).map((fault) => formatFault(fault).replace(/\n/g, " "));

    it("and accept one that llama-server's user may read", () => {
      assert.deepEqual(faultsOfFile(good), []);
      for (const access of [
        { mode: 0o100400, uid: 65532, gid: 0 },
        { mode: 0o100040, uid: 0, gid: 65532 },
      ]) {
        assert.deepEqual(faultsOfFile({ ...good, access }), []);
      }
    });

    const unusable: [what: string, facts: Partial<FileFacts>, expected: RegExp][] = [
      [
        "that llama-server's user may not read",
        { access: { mode: 0o100640, uid: 0, gid: 0 } },
        /cannot be read by uid 65532.* chmod a\+r \/m\.gguf/,
      ],
      ["that only others may read", { access: { mode: 0o100004, uid: 65532, gid: 0 } }, /cannot be read by uid 65532/],
      ["that is a Git LFS pointer", { start: "version https://git-lfs.github.com/spec/v1\n" }, /`git lfs pull`/],
      ["that is a web page", { start: "\n<!DOCTYPE html>" }, /is a web page/],
      ["of another format", { start: "PK\x03\x04" }, /is not a GGUF file/],
      ["that is empty", { start: "" }, /is not a GGUF file/],
      ["that is one of several parts", { parts: 3 }, /is one of 3 parts of a split model/],
    ];
    for (const [what, facts, expected] of unusable) {
      it(`and refuse one ${what}`, () => {
        const faults = faultsOfFile({ ...good, ...facts });
        assert.equal(faults.length, 1, faults.join("\n"));
        assert.match(faults[0]!, expected);
      });
    }

    it("as it is on the disk", () => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-settings-"));
      try {
        const file = path.join(folder, "m.gguf");
        fs.writeFileSync(file, Buffer.from("GGUF split.count\x02\0\0\0\x0a\0", "latin1"), { mode: 0o600 });
        const { access, start, parts } = fileFacts(file)!;
        assert.deepEqual([access?.mode, start?.slice(0, 4), parts], [0o100600, "GGUF", 10]);
        assert.equal(fileFacts(folder), undefined);
        assert.equal(fileFacts(path.join(folder, "none")), undefined);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    });
  });

  it("give another model another file, and the same model the same", () => {
    const file = (raw: RawSettings, facts?: Partial<FileFacts>) => {
      const known = facts === undefined ? {} : { fileFacts: () => ({ bytes: 1, modified: 1, ...facts }) };
      const parsed = parseSettings(raw, { ...world, ...known }, 1);
      return parsed.settings?.model.file;
    };
    const files = [
      file({ model: "https://h/a/m.gguf" }),
      file({ model: "https://h/b/m.gguf" }),
      file({ model: "https://h/a/m.gguf", modelSha256: "0".repeat(64) }),
      file({ model: "https://h/a/m.gguf?version=2" }),
      file({ model: "/m.gguf" }, {}),
      file({ model: "/m.gguf" }, { modified: 2 }),
      file({ model: "/m.gguf" }, { bytes: 2 }),
    ];
    assert.equal(new Set(files).size, files.length);
    assert.equal(file({ model: "https://h/a/m.gguf" }), files[0]);
    for (const name of files) assert.match(name ?? "", /^m-[0-9a-f]{12}\.gguf$/);
  });

  it("name a model by its file, whatever the address carries", () => {
    const name = (model: string) => settingsOf({ model }, world).model.name;
    assert.equal(name("https://example.com/a/b.gguf?download=1"), "b");
    assert.equal(name("/m.gguf"), "m");
    assert.equal(name("https://example.com/-x%20y.GGUF"), "x-20y");
    assert.equal(name("https://example.com/...gguf"), "model");
    assert.equal(name(`https://example.com/${"m".repeat(300)}.gguf`).length, 100);
  });
});

describe("a key of configuration", () => {
  it("is of one setting, or of another program", () => {
    for (const name of Object.keys(schema)) assert.equal(nameOf(keyOf(name)), name);
    assert.equal(nameOf("linnix:sorce"), "sorce");
    for (const other of ["aws:profile", "docker:host", "linnix"]) assert.equal(nameOf(other), undefined);
  });
});
