import assert from "node:assert/strict";

import { blocksOf } from "../../fixtures/documented/blocks";
import { commandProblem, settings } from "../../fixtures/documented/commands";
import { pages, read } from "../../fixtures/documented/pages";
import { type Words, commandsIn, joined } from "../../fixtures/documented/shell";

/** What a fenced block may hold besides commands. */
const noCommands = ["json", "mermaid", "text", "toml", "yaml"];

/** What ARCHITECTURE.md adds as an example. */
const invented = ["linnix:llamaParallel"];

interface Documented {
  readonly place: string;
  readonly words: Words;
}

/** The commands of a page: its indented blocks, and its blocks `sh`. */
function documented(page: string): Documented[] {
  return blocksOf(read(page))
    .filter(({ language }) => language === undefined || language === "sh")
    .flatMap(({ lines, line }) => joined(lines, line))
    .flatMap(({ line, text }) => commandsIn(text).map((words) => ({ place: `${page}:${line}`, words })));
}

const problemOf = (line: string): string | undefined =>
  commandsIn(line)
    .map(commandProblem)
    .find((it) => it !== undefined);

describe("the commands in the Markdown pages", () => {
  it("are in indented blocks or blocks `sh`; every other block names its language", () => {
    const unclear = pages.flatMap((page) =>
      blocksOf(read(page))
        .filter(({ language }) => language !== undefined && language !== "sh" && !noCommands.includes(language))
        .map(
          ({ line, language }) =>
            `${page}:${line - 1}: \`\`\`${language ?? ""} is not one of sh, ${noCommands.join(", ")}`,
        ),
    );
    assert.deepEqual(unclear, []);
  });

  it("exist, with arguments that they accept; text that is no command belongs in a block `text`", () => {
    const all = pages.flatMap(documented);
    assert.ok(all.length > 50, "no commands found: the pattern is wrong");
    assert.deepEqual(
      all.flatMap(({ place, words }) => {
        const problem = commandProblem(words);
        return problem === undefined ? [] : [`${place}: ${words.join(" ")}: ${problem}`];
      }),
      [],
    );
  });

  it("name settings that exist, and so does the text", () => {
    const named = pages.flatMap((page) =>
      read(page)
        .split("\n")
        .flatMap((line, index) =>
          [...line.matchAll(/\blinnix:[a-z]\w*(?![\w:])/g)].map(([key]) => ({ place: `${page}:${index + 1}`, key })),
        ),
    );
    assert.ok(named.length > 50, "no settings found: the pattern is wrong");
    assert.deepEqual(
      named.filter(({ key }) => !settings.has(key) && !invented.includes(key)),
      [],
    );
  });

  const refused: Readonly<Record<string, RegExp>> = {
    "npm run no-such-script": /no script no-such-script/,
    "npm run status -- dev --wrong": /Unknown option '--wrong'/,
    "npm run status --json": /belongs behind --/,
    "npm run check": /is missing; pass a stack's name/,
    "npm run typecheck -- --watch": /takes no arguments/,
    "npm publish": /is not one of/,
    "pulumi config set linnix:noSuchSetting 1 --stack dev": /linnix:noSuchSetting is not a setting/,
    "pulumi config set linnix:apiToken abc": /is a secret, and needs --secret/,
    "pulumi up --wrong": /pulumi up has no --wrong/,
    "pulumi frobnicate": /not in the test's list/,
    "pulumi up dev": /does not take dev/,
    "aws s3": /does not have the form/,
    "ls . && nmap localhost": /nmap is neither/,
    'docker run x "$(npm run nothing)"': /no script nothing/,
    "eval $(curl https://example.com)": /does not have the form/,
  };
  for (const [line, message] of Object.entries(refused)) {
    it(`are refused if wrong: ${line}`, () => {
      assert.match(problemOf(line) ?? "", message);
    });
  }

  it("are read as a shell reads them", () => {
    assert.deepEqual(commandsIn(`sudo A=1 cp 'a b' "c d" e\\ f # why`), [["cp", "a b", "c d", "e f"]]);
    assert.deepEqual(commandsIn(`(umask 077; echo "A=$(openssl rand -hex 32)" >.env)`), [
      ["umask", "077"],
      ["echo", "A=$(openssl rand -hex 32)"],
      ["openssl", "rand", "-hex", "32"],
    ]);
    assert.deepEqual(commandsIn("git clone x.git#1 >out 2>&1 && npm ci | cat <in"), [
      ["git", "clone", "x.git#1"],
      ["npm", "ci"],
      ["cat"],
    ]);
    assert.deepEqual(joined(["a \\", "  b", "c"], 7), [
      { line: 7, text: "a   b" },
      { line: 9, text: "c" },
    ]);
    assert.deepEqual(
      blocksOf("- x\n\n  ```sh\n  a\n  ```\n\n    b\n\n    c\ntext\n    no code\n").map(({ line, lines }) => [
        line,
        lines,
      ]),
      [
        [4, ["a"]],
        [7, ["b", "", "c"]],
      ],
    );
  });
});
