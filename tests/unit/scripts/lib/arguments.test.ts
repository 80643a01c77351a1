import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { type Command, helpText, parse, usageLine } from "../../../../scripts/lib/arguments";
import { commands } from "../../../../scripts/lib/commands";
import { BadInput } from "../../../../scripts/lib/errors";
import { projectFolder } from "../../../../scripts/lib/home";

const table: [string, Command][] = Object.entries(commands);

/** What a command must be passed to be run at all. */
const required: Readonly<Record<string, readonly string[]>> = {
  check: ["local"],
  deploy: ["local"],
  host: ["local"],
  cost: ["local"],
  graph: ["local"],
  init: ["local"],
  "test-layer": ["--layer", "vm"],
  "test-python": ["--speed", "slow"],
};

/** The text of the {@link BadInput} with which a command rejects arguments. */
function refusal(command: Command, ...args: string[]): string {
  try {
    parse(command, args);
  } catch (error) {
    assert.ok(error instanceof BadInput, String(error));
    return error.message;
  }
  return assert.fail(`accepted: ${args.join(" ")}`);
}

describe("the commands", () => {
  it("are those under scripts/commands and scripts/quality, and the box of tests/aws", () => {
    const files = ["commands", "quality"].flatMap((folder) =>
      fs.readdirSync(path.join(projectFolder, "scripts", folder)),
    );
    const names = files.map((file) => path.basename(file, ".ts"));
    assert.deepEqual(Object.keys(commands).sort(), [...names, "box"].sort());
  });

  for (const [name, command] of table) {
    describe(name, () => {
      const base = required[name] ?? [];

      it("has a help text with each of its arguments, for --help and -h", () => {
        for (const help of ["--help", "-h"]) assert.equal(parse(command, [...base, help]), undefined);
        const text = helpText(command);
        assert.ok(text.startsWith(usageLine(command)));
        for (const [option, { description }] of Object.entries(command.options)) {
          assert.match(text, new RegExp(`^  --${option}\\b.*${description.slice(0, 20).replace(/[{}]/g, ".")}`, "m"));
        }
        assert.match(text, /^ {2}-h, --help +print this text$/m);
        assert.equal(/^ {2}stack, --stack STACK /m.test(text), command.stack !== undefined);
      });

      it("rejects an unknown option, and prints the known ones and the usage", () => {
        const message = refusal(command, ...base, "--nosuch");
        assert.match(message, /Unknown option '--nosuch'; allowed: /);
        for (const option of [...Object.keys(command.options), "help"])
          assert.ok(message.includes(`--${option}`), message);
        assert.ok(message.endsWith(usageLine(command)), message);
      });

      it("has defaults for what is left out", () => {
        const parsed = parse(command, base) as Record<string, unknown>;
        for (const [option, it] of Object.entries(command.options))
          if (it.type === "boolean") assert.equal(parsed[option], false);
        if (command.stack !== undefined) assert.equal(parsed.stack, "local");
      });

      it(command.stack === undefined ? "accepts no stack" : "accepts the stack in either form, and only one", () => {
        if (command.stack === undefined) {
          assert.match(refusal(command, ...base, "--stack", "local"), /Unknown option '--stack'/);
          if (command.names === undefined)
            assert.match(refusal(command, ...base, "local"), /Unexpected argument 'local'; allowed: /);
          return;
        }
        const stack = command.stack.allowed?.pattern.test("dev") === false ? "local" : "dev";
        for (const args of [
          [stack],
          ["--stack", stack],
          [`--stack=${stack}`],
          [stack, "--stack", stack],
          ["--", stack],
        ])
          assert.equal((parse(command, args) as { stack: string }).stack, stack);
        for (const args of [
          // In front of names, the second is one of them.
          ...(command.names === undefined
            ? [
                ["dev", "prod"],
                ["dev", "--stack", "prod"],
              ]
            : []),
          ["--stack", "dev", "--stack", "prod"],
        ]) {
          const message = refusal(command, ...args);
          assert.match(message, /^stack = dev, prod: only one stack is allowed, as an argument or as --stack$/m);
          assert.ok(message.endsWith(usageLine(command)));
        }
      });
    });
  }
});

describe("a command's arguments", () => {
  it("are its options and its stack by name", () => {
    const { stack, json, config } = parse(commands.start, ["--json", "a-b", "--config", "x.yaml"])!;
    assert.deepEqual([stack, json, config], ["a-b", true, "x.yaml"]);
    const { layer, names } = parse(commands["test-layer"], ["--layer", "vm", "boot", "swap"])!;
    assert.deepEqual([layer, names], ["vm", ["boot", "swap"]]);
    for (const args of [
      ["dev", "logs", "llama"],
      ["logs", "llama", "--stack", "dev"],
    ]) {
      const parsed = parse(commands.host, args)!;
      assert.deepEqual([parsed.stack, parsed.names], ["dev", ["logs", "llama"]]);
    }
  });

  const refused: [string, Command, string[], RegExp][] = [
    ["a missing stack without a default", commands.check, [], /^stack: is missing; pass a stack's name or the path/],
    ["a stack's name that containers cannot have", commands.start, ["A_b"], /^stack = A_b: must be 1 to 31 lower-case/],
    ["another stack for bench", commands.bench, ["dev"], /^stack = dev: is not supported: only the stack local/],
    ["an option without its value", commands.render, ["--file"], /'--file <value>' argument missing/],
    ["a value for a flag", commands.status, ["--json=yes"], /'--json' does not take an argument/],
    [
      "a value that is no choice",
      commands["test-python"],
      ["--speed", "x"],
      /^--speed = x: must be one of fast, slow$/m,
    ],
    ["a missing choice", commands["test-layer"], [], /^--layer: must be one of aws, host, images, pulumi, vm$/m],
  ];
  for (const [what, command, args, expected] of refused) {
    it(`are rejected for ${what}`, () => {
      assert.match(refusal(command, ...args), expected);
    });
  }
});
