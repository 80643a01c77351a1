// The patterns of renovate.json, applied as renovate applies them: each to the whole text of a file.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";
import { type Pin, allPins } from "../../../scripts/pins/pins";
import { repositoryFiles } from "../../../scripts/lib/import-graph";

interface Manager {
  readonly description: string;
  readonly managerFilePatterns: readonly string[];
  readonly matchStrings: readonly string[];
  readonly [template: `${string}Template`]: string;
}

const read = (file: string) => fs.readFileSync(path.join(projectFolder, file), "utf8");
const { customManagers: managers } = JSON.parse(read("renovate.json")) as { customManagers: readonly Manager[] };

/** A file pattern of renovate: a regular expression between slashes. */
const selects = ({ managerFilePatterns }: Manager, file: string): boolean =>
  managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1)).test(file));

/** A value that a manager's pattern found. */
interface Match {
  readonly manager: Manager;
  readonly groups: Readonly<Record<string, string>>;
}

function matches(file: string, text = read(file)): Match[] {
  return managers
    .filter((manager) => selects(manager, file))
    .flatMap((manager) =>
      manager.matchStrings.flatMap((pattern) =>
        [...text.matchAll(new RegExp(pattern, "g"))].map(({ groups = {} }) => ({ manager, groups })),
      ),
    );
}

/** Pins that move with the version above them, or that a person chooses. No pattern matches them. */
const byHand: readonly [RegExp, string][] = [
  [/[sS]ha256(\.|$)/, "the checksum of a version"],
  [/^sampleModel\.(member|package)$/, "the content of a package, and its name"],
  [/^debianSuites\./, "names, of which a release has one"],
  [/^pulumi\.languageHost$/, "the newest that is a Go module"],
];
const isByHand = ({ name }: Pin): boolean => byHand.some(([pattern]) => pattern.test(name));

/** Whether a match holds exactly this pin: an image is name, tag and digest together. */
function holds({ groups }: Match, { value }: Pin): boolean {
  const { depName = "", currentValue, currentDigest } = groups;
  return [currentValue, currentDigest, `${depName}:${currentValue ?? ""}@${currentDigest ?? ""}`].includes(value);
}

/** The pins that not exactly one pattern matches, or a pattern and a person, and the matches that are no pin. */
function faults(pins: readonly Pin[], text: string): string[] {
  const found = matches("pins.json", text);
  const wrong = pins.flatMap((pin) => {
    const count = found.filter((match) => holds(match, pin)).length;
    const expected = isByHand(pin) ? 0 : 1;
    return count === expected ? [] : [`${pin.name}: ${count} patterns match it, not ${expected}`];
  });
  const others = found.filter((match) => !pins.some((pin) => holds(match, pin)));
  return [...wrong, ...others.map(({ groups }) => `no pin: ${JSON.stringify(groups)}`)];
}

describe("renovate.json", () => {
  const text = read("pins.json");

  it("matches each pin of pins.json once, and nothing else there", () => {
    assert.deepEqual(faults(allPins, text), []);
    assert.equal(matches("pins.json").length, allPins.filter((pin) => !isByHand(pin)).length);
  });

  it("has a reason for each pin that a person moves", () => {
    for (const [pattern, why] of byHand)
      assert.ok(
        allPins.some(({ name }) => pattern.test(name)),
        why,
      );
  });

  const broken: [string, (text: string) => string, RegExp][] = [
    ["a pin of an unknown form", (it) => it.replace(/"bpfLinker": "[\d.]+"/, '"bpfLinker": "v9"'), /^bpfLinker: 0 /],
    ["an image without its digest", (it) => it.replace(/(server)@sha256:\w+/, "$1"), /^images\.llamaServer: 0 /],
    ["a pin that is matched twice", (it) => `${it}${/"bpfLinker": "[\d.]+"/.exec(it)?.[0] ?? ""}`, /^bpfLinker: 2 /],
  ];
  for (const [what, change, expected] of broken) {
    it(`would be found to miss ${what}`, () => {
      assert.notEqual(change(text), text);
      assert.match(faults(allPins, change(text)).join("\n"), expected);
    });
  }

  it("has the name and the source of each match", () => {
    for (const { manager, groups } of repositoryFiles().flatMap((file) => matches(file))) {
      for (const field of ["depName", "datasource", "currentValue"])
        assert.ok(groups[field] ?? manager[`${field}Template`], `${manager.description}: ${field}`);
    }
  });

  it("uses each pattern, and selects only files that exist", () => {
    const files = repositoryFiles();
    for (const manager of managers) {
      for (const pattern of manager.managerFilePatterns)
        assert.ok(
          files.some((file) => new RegExp(pattern.slice(1, -1)).test(file)),
          pattern,
        );
      for (const pattern of manager.matchStrings)
        assert.ok(
          files.some((file) => selects(manager, file) && new RegExp(pattern).test(read(file))),
          pattern,
        );
    }
  });

  it("matches each version of a linter that a command installs", () => {
    for (const file of ["scripts/quality/lint-python.ts", "scripts/quality/lint-workflows.ts"]) {
      const versions = [...read(file).matchAll(/(?:==|version: ")(v?\d[\d.]*)"/g)].map(([, version]) => version);
      assert.ok(versions.length >= 2, file);
      assert.deepEqual(
        matches(file)
          .map(({ groups }) => groups.currentValue)
          .sort(),
        versions.sort(),
      );
    }
  });

  it("uses no syntax that renovate's engine, RE2, lacks: lookaround and references", () => {
    for (const pattern of managers.flatMap(({ matchStrings }) => matchStrings))
      assert.doesNotMatch(pattern, /\(\?<?[=!]|\\\d|\\k</);
  });
});
