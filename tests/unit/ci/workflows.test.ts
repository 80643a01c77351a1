// The workflows as data: what only GitHub could show otherwise. `npm run lint:workflows` runs the linters over them.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { parse } from "yaml";

import { projectFolder } from "../../../scripts/lib/home";
import { parse as parseArguments } from "../../../scripts/lib/arguments";
import { commands } from "../../../scripts/lib/commands";
import type { Command } from "../../../scripts/lib/arguments";
import { updateArguments } from "../../../scripts/deploy/update";
import { stacksIn } from "../../../scripts/lib/stack-file";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Concurrency {
  readonly group: string;
  readonly "cancel-in-progress": boolean | string;
}
interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly needs?: string;
  readonly "timeout-minutes"?: number;
  readonly concurrency?: Concurrency;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly permissions: unknown;
  readonly concurrency?: Concurrency;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = path.join(projectFolder, ".github/workflows");
const texts = fs.readdirSync(folder).map((file) => ({ file, text: fs.readFileSync(path.join(folder, file), "utf8") }));
const workflows = texts.map(({ file, text }) => ({ file, workflow: parse(text) as Workflow }));
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ where: `${file}, ${name}`, workflow, job })),
);
const steps = jobs.flatMap(({ where, job }) => job.steps.map((step) => ({ where, job, step })));
const { scripts } = JSON.parse(fs.readFileSync(path.join(projectFolder, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
};

/** What a `run:` becomes with each value of the job's matrix. */
function expanded(run: string, { strategy }: Job): string[] {
  return Object.entries(strategy?.matrix ?? {}).reduce(
    (all, [name, values]) => all.flatMap((it) => values.map((value) => it.replaceAll(`\${{ matrix.${name} }}`, value))),
    [run],
  );
}

/** The layers that .ci/run knows. */
const layers = [
  ...fs.readFileSync(path.join(projectFolder, ".ci/run"), "utf8").matchAll(/^(?:short_)?layer ([a-z]+)/gm),
].map(([, name = ""]) => name);

/** What is wrong with a command line: it must be one command of this repository, with arguments that it accepts. */
function commandFault(run: string): string | undefined {
  const ci = /^sudo env "PATH=\$PATH" \.ci\/run ([a-z ]+)$/.exec(run);
  if (ci !== null) return ci[1]!.split(" ").every((name) => layers.includes(name)) ? undefined : "an unknown layer";
  const [, script = "", words = ""] =
    /^npm run (?:-s )?([\w:-]+)(?: -- ([^;&|<>`]*?))?(?: >>"\$GITHUB_(?:STEP_SUMMARY|OUTPUT)")?$/.exec(run) ?? [];
  if (!Object.hasOwn(scripts, script)) return "no command of this repository";
  const command: Command | undefined = Object.hasOwn(commands, script)
    ? commands[script as keyof typeof commands]
    : undefined;
  if (command === undefined) return "a script that takes no arguments";
  try {
    parseArguments(
      command,
      words.split(" ").filter((word) => word !== ""),
    );
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("the workflows", () => {
  it("run one command of this repository in each step", () => {
    const runs = steps.flatMap(({ where, job, step }) =>
      step.run === undefined ? [] : expanded(step.run, job).map((run) => ({ where, run })),
    );
    assert.ok(runs.length >= 8, String(runs.length));
    const faults = runs.flatMap(({ where, run }) => {
      const fault = commandFault(run);
      return fault === undefined ? [] : [`${where}: ${run}: ${fault}`];
    });
    assert.deepEqual(faults, []);
  });

  for (const run of [
    "npm run nosuch",
    "npm run check",
    "npm run check -- dev && id",
    "npm ci",
    "npm run check -- --x dev",
  ]) {
    it(`would be found to run ${run}`, () => {
      assert.ok(commandFault(run) !== undefined);
    });
  }
  it("would be found to run an unknown layer", () => {
    assert.equal(commandFault('sudo env "PATH=$PATH" .ci/run unit nosuch'), "an unknown layer");
  });

  it("run every layer of .ci/run once, those of a running stack in one job", () => {
    const { matrix } = workflows.find(({ file }) => file === "check.yml")!.workflow.jobs.layers!.strategy!;
    const groups = matrix.layers!.map((group) => group.split(" "));
    assert.deepEqual(groups.flat().sort(), [...layers].sort());
    const stack = ["start", "status", "again", "stop"];
    assert.ok(groups.some((group) => stack.every((name) => group.includes(name))));
  });

  it("pin each action by its commit, with its version beside it", () => {
    const uses = texts.flatMap(({ file, text }) =>
      [...text.matchAll(/^.*uses: (.*)$/gm)].map(([, it = ""]) => ({ file, it })),
    );
    assert.ok(uses.length >= 10);
    for (const { file, it } of uses) assert.match(it, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
    // One version of an action in all of them.
    const commits = new Map(uses.map(({ it }) => [it.split("@")[0], it]));
    assert.equal(new Set(uses.map(({ it }) => it)).size, commits.size);
  });

  it("have no permission by default, and each job only what it needs", () => {
    for (const { file, workflow } of workflows) assert.deepEqual(workflow.permissions, {}, file);
    const writes = jobs.flatMap(({ where, job }) => {
      assert.ok(job.permissions !== undefined, where);
      return Object.entries(job.permissions).flatMap(([scope, level]) =>
        level === "write" ? [`${where}: ${scope}`] : [],
      );
    });
    assert.deepEqual(writes, [
      "deploy.yml, dev: id-token",
      "deploy.yml, plan-prod: id-token",
      "deploy.yml, prod: id-token",
      "drift.yml, stack: id-token",
      "preview.yml, dev: id-token",
      "preview.yml, dev: pull-requests",
      "publish.yml, image: packages",
      "publish.yml, index: packages",
      "publish.yml, index: id-token",
      "publish.yml, index: attestations",
      "publish.yml, release: contents",
    ]);
  });

  it("leave no token in the checkout, store no key, and use no secret", () => {
    for (const { where, step } of steps)
      if (step.uses?.startsWith("actions/checkout@")) assert.equal(step.with?.["persist-credentials"], false, where);
    for (const { file, text } of texts) {
      assert.doesNotMatch(text, /\bsecrets\.|secret-access-key|PULUMI_ACCESS_TOKEN|CONFIG_PASSPHRASE/, file);
      assert.doesNotMatch(text, /pull_request_target/, file);
    }
  });

  it("end: each job has a time limit", () => {
    for (const { where, job } of jobs) assert.ok((job["timeout-minutes"] ?? 0) > 0, where);
  });

  const pulumi = steps.filter(({ step }) => step.uses?.startsWith("pulumi/actions@"));
  const updates = steps.filter(({ step }) => step.run?.startsWith("npm run -s deploy -- "));
  const deploy = workflows.find(({ file }) => file === "deploy.yml")!.workflow;

  it("publish one after the other from one branch or tag, and cancel none", () => {
    const { concurrency } = workflows.find(({ file }) => file === "publish.yml")!.workflow;
    assert.deepEqual(concurrency, { group: "publish-${{ github.ref }}", "cancel-in-progress": false });
  });

  it("never cancel an update, nor run two of one stack", () => {
    assert.deepEqual(updates.map(({ where }) => where).sort(), ["deploy.yml, dev", "deploy.yml, prod"]);
    assert.ok(!pulumi.some(({ step }) => step.with?.command === "up"));
    assert.equal(deploy.concurrency, undefined);
    for (const { where, job, step } of updates) {
      const [, stack = ""] = /-- (\S+) --yes$/.exec(step.run ?? "") ?? [];
      assert.deepEqual(job.concurrency, { group: `stack-${stack}`, "cancel-in-progress": false }, where);
    }
  });

  it("judge each stack by the policy pack where they show or change it, prod by its own configuration", () => {
    const judged = pulumi.filter(
      ({ where, step }) => !where.startsWith("drift.yml") && step.with?.command !== undefined,
    );
    assert.equal(judged.length, 2);
    assert.ok(updateArguments("dev", true).join(" ").includes("--policy-pack policy/linnix-policy --yes"));
    assert.ok(updateArguments("prod", true).join(" ").includes("--policy-pack-config policy/prod.json"));
    for (const { where, step } of judged) {
      const { policyPacks: pack, policyPackConfigs: config } = step.with ?? {};
      // A file: a folder needs the official language host.
      assert.equal(pack, "policy/linnix-policy", where);
      fs.accessSync(path.join(projectFolder, pack), fs.constants.X_OK);
      assert.equal(config, step.with?.["stack-name"] === "prod" ? "policy/prod.json" : undefined, where);
    }
  });

  it("update prod after dev and its plan, in an environment of its own, which asks for approval", () => {
    const { dev, "plan-prod": plan, prod } = deploy.jobs;
    assert.deepEqual([plan?.needs, prod?.needs], ["dev", "plan-prod"]);
    assert.deepEqual([dev?.environment, plan?.environment, prod?.environment], ["dev", "plan", "prod"]);
    const changes = (job?: Job) => job?.steps.some((step) => updates.some((update) => update.step === step));
    assert.deepEqual([dev, plan, prod].map(changes), [true, false, true]);
  });

  it("name stacks and files that exist", () => {
    const stacks = stacksIn(projectFolder);
    for (const { where, job, step } of pulumi.filter((it) => it.step.with?.command !== undefined))
      for (const stack of expanded(String(step.with?.["stack-name"]), job)) assert.ok(stacks.includes(stack), where);
    const files = steps.flatMap(({ step }) => [step.with?.["node-version-file"], step.with?.["pulumi-version-file"]]);
    for (const file of files.filter((it) => typeof it === "string"))
      assert.ok(fs.existsSync(path.join(projectFolder, file.replace(/^head\//, ""))), file);
  });
});
