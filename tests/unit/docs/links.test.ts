import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";
import { scripts } from "../../../package.json";
import { pages, read } from "../../fixtures/documented/pages";

/** A page without fenced and indented code, in which neither a link nor a heading is one. */
const prose = (text: string): string => text.replace(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, "").replace(/^ {4}.*$/gm, "");

/** The anchor that GitHub gives a heading: lower case, punctuation dropped, a hyphen for each space. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

/** Every anchor of a page; GitHub numbers a heading that repeats an earlier one. */
function anchors(text: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...prose(text).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
  return new Set(
    headings.map((anchor) => {
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

/** The targets of a page's links, inline code left out. */
function targets(text: string): string[] {
  const plain = prose(text);
  const inline = [...plain.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const definitions = [...plain.matchAll(/^\[[^\]]+\]: +(\S+)$/gm)].map(([, target = ""]) => target);
  return [...inline, ...definitions];
}

/** Why a link leads nowhere; undefined if it leads somewhere, or out of the repository. */
function problem(page: string, target: string): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [place = "", anchor] = target.split("#");
  const file = place === "" ? page : path.join(path.dirname(page), place);
  if (!fs.existsSync(path.join(projectFolder, file))) return `${page}: ${target}: there is no ${file}`;
  if (anchor === undefined || !file.endsWith(".md") || anchors(read(file)).has(anchor)) return undefined;
  return `${page}: ${target}: ${file} has no heading with this anchor`;
}

/** Paths in inline code or in a code block that begin with one of the repository's folders. */
function paths(text: string): string[] {
  const folders = "components|docker|docs|ebpf|host|policy|sample|scripts|tests";
  const pattern = new RegExp(`(?:\`|^(?: {4})?)((?:${folders})/[\\w./-]+)(?=\`| {2,}|$)`, "gm");
  return [...text.matchAll(pattern)].map(([, found = ""]) => found);
}

describe("the repository's Markdown pages", () => {
  it("link to files and headings that exist", () => {
    const links = pages.flatMap((page) => targets(read(page)).map((target) => ({ page, target })));
    assert.ok(links.length > 20, "no links found: the pattern is wrong");
    assert.deepEqual(
      links.flatMap(({ page, target }) => problem(page, target) ?? []),
      [],
    );
  });

  it("name npm commands that package.json has", () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map(([, name = ""]) => ({ page, name })),
    );
    assert.ok(named.length > 10, "no commands found: the pattern is wrong");
    assert.deepEqual(
      named.filter(({ name }) => !Object.hasOwn(scripts, name)),
      [],
    );
  });

  it("name files of this repository that exist", () => {
    const named = pages.flatMap((page) => paths(read(page)).map((file) => ({ page, file })));
    assert.ok(named.length > 20, "no paths found: the pattern is wrong");
    assert.deepEqual(
      named.filter(({ file }) => !fs.existsSync(path.join(projectFolder, file))),
      [],
    );
  });

  it("have the anchors that GitHub gives their headings", () => {
    assert.equal(anchorOf("What `npm start` chooses"), "what-npm-start-chooses");
    assert.equal(anchorOf("What has been tried, and what has not"), "what-has-been-tried-and-what-has-not");
    assert.deepEqual([...anchors("# A\n## A\n```\n# not one\n```\n")], ["a", "a-1"]);
  });
});
