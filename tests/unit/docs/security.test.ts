import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { cognitodSpec } from "../../../components/services/cognitod";
import { projectFolder } from "../../../scripts/lib/home";
import { importGraph } from "../../../scripts/lib/import-graph";

const read = (file: string) => fs.readFileSync(path.join(projectFolder, file), "utf8");

/** The rows of the tables: a promise, and its tests as `file`: *title*, *title*; … */
const rows = [...read("docs/SECURITY.md").matchAll(/^\| (?!promise |---)(.+?) \| (.*) \|$/gm)].map(
  ([, promise = "", tests = ""]) => ({
    promise,
    tests: tests.split("; `").map((part) => {
      const [, file = "", titles = ""] = /^`?([^`]+)`(?:: (.*))?$/.exec(part) ?? [];
      return { file, titles: titles.split("*, *").map((title) => title.replace(/^\*|\*$/g, "")) };
    }),
  }),
);

/** The titles of a file's tests and groups of tests, and their quotes. */
const titlesIn = (text: string) =>
  [...text.matchAll(/\b(?:it|describe)\(\s*(["'`])((?:\\[^]|(?!\1)[^\\])*)\1/g)].map(([, quote = "", title = ""]) => ({
    quote,
    title: title.replace(/\\(.)/g, "$1"),
  }));

/** Whether a text is in quotes in a file. */
const isQuotedIn = (file: string, text: string): boolean =>
  ['"', "'", "`"].some((quote) => read(file).includes(`${quote}${text}${quote}`));

const imports = importGraph();

/** The file, and the fixtures and rules whose tables its tests come from. */
function withTables(file: string, seen = new Set([file])): Set<string> {
  for (const table of imports.get(file) ?? []) {
    if (!/^(tests\/fixtures|policy\/rules)\//.test(table) || seen.has(table)) continue;
    seen.add(table);
    withTables(table, seen);
  }
  return seen;
}

/** Whether a file has a test, or a group of tests, with this title; of a title from a table, both must be there. */
function hasTitle(file: string, wanted: string): boolean {
  const text = read(file);
  if (file.endsWith(".py")) return new RegExp(`^ +def ${wanted}\\(`, "m").test(text);
  return titlesIn(text).some(({ quote, title }) => {
    if (quote !== "`") return title === wanted;
    const parts = title.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const [, ...values] = new RegExp(`^${parts.join("(.+)")}$`).exec(wanted) ?? [];
    return values.length > 0 && values.every((value) => [...withTables(file)].some((it) => isQuotedIn(it, value)));
  });
}

/** cognitod's container with the most privileges that a setting gives. */
const { capabilities } = cognitodSpec({
  ...{ stack: "dev", sample: false, privileges: "sysadmin", memoryMiB: 512, logLevel: "info" },
  ports: { api: 3000, health: 9464 },
});

describe("docs/SECURITY.md", () => {
  it("has each of cognitod's capabilities once, and no other", () => {
    const [, section = ""] = read("docs/SECURITY.md").split(/^## Capability by capability$/m);
    const named = [...(section.split(/^## /m)[0] ?? "").matchAll(/^\| `([A-Z_]+)` /gm)].map(([, name]) => name);
    assert.deepEqual(named, [...capabilities]);
  });

  it("promises nothing without a test, each with its file and its title", () => {
    assert.ok(rows.length > 30);
    for (const { promise, tests } of rows) {
      assert.ok(tests.length > 0, promise);
      for (const { file, titles } of tests) {
        assert.match(file, /^tests\/.*(\.test\.ts|test_\w+\.py)$/, promise);
        for (const title of titles) {
          assert.notEqual(title, "", `${promise}: ${file} has no title`);
          assert.doesNotMatch(title, /\$\{/, `${promise}: names no case of ${title}`);
        }
      }
    }
  });

  it("names tests that exist, by their titles", () => {
    const missing = rows.flatMap(({ promise, tests }) =>
      tests.flatMap(({ file, titles }) => {
        const exists = fs.existsSync(path.join(projectFolder, file));
        return titles
          .filter((title) => !exists || !hasTitle(file, title))
          .map((title) => `${promise}: ${file}: ${title}`);
      }),
    );
    assert.deepEqual(missing, []);
  });
});
