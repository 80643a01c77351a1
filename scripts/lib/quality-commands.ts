/** The commands that check the repository itself, for those who change it. Pure. */
import type { Command } from "./arguments";

/** By name; part of the commands in commands.ts. */
export const qualityCommands = {
  golden: {
    run: "npm run golden",
    description: "Writes the golden files: what the stacks render, compared by a unit test.",
    options: {},
  },
  "lint-python": {
    run: "npm run lint:python",
    description: "Runs ruff and mypy (strict) over the host's Python program and its tests.",
    options: {},
  },
  "lint-workflows": {
    run: "npm run lint:workflows",
    description: "Runs actionlint and zizmor over the workflows, and check-jsonschema over them and renovate.json.",
    options: {},
  },
  "lint-shell": {
    run: "npm run lint:shell",
    description: "Runs shellcheck over every shell script of the repository.",
    options: {},
  },
  "test-files": {
    run: "npm run test:files",
    description: "Tests the files of an EC2 host with the programs that read them there.",
    options: {},
  },
  "test-layer": {
    run: "npm run test:<layer>",
    description: "Runs a layer of tests after preparing what it needs: tool chain, engine, base images.",
    names: { value: "NAME", description: "run only tests/<layer>/NAME.test.ts; by default all of the layer" },
    options: {
      short: { type: "boolean", description: "leave out the tests marked as [full], and list them at the end" },
      layer: {
        type: "string",
        value: "LAYER",
        description: "set by the npm script",
        choices: ["aws", "host", "images", "pulumi", "vm"],
      },
    },
  },
  "test-mutation": {
    run: "npm run test:mutation",
    description:
      "Changes the project in many small ways, and lists the changes that no fast test notices. Reports are in reports/mutation.",
    names: {
      value: "PATH",
      description: "files or folders under components/, scripts/, host/ and docker/; by default all. Takes many hours",
    },
    options: {
      changed: {
        type: "boolean",
        description: "take the files that differ from the branch named PATH, by default main",
      },
      force: { type: "boolean", description: "also try what was tried before; needed after a change of tests only" },
    },
  },
  "test-python": {
    run: "npm run test:release, npm run test:interrupted",
    description: "Runs the tests of the host's Python program, tests/release/fast or tests/release/slow.",
    options: {
      speed: {
        type: "string",
        value: "SPEED",
        description: "set by the npm script",
        choices: ["fast", "slow"],
      },
    },
  },
} as const satisfies Readonly<Record<string, Command>>;
