import assert from "node:assert/strict";

import type { Fault } from "../../../../components/settings/fault";
import { keyOf, nameOf } from "../../../../components/settings/schema";
import { type RawSettings, type ValidationContext, validate } from "../../../../components/settings/validate";
import { contradictory } from "../../../fixtures/ec2-settings/contradictory";
import { ec2, world } from "../../../fixtures/ec2-settings/base";
import { malformed } from "../../../fixtures/ec2-settings/malformed";

/** Settings of a local stack that contradict each other, or are invalid. */
const local: RawSettings[] = [
  ...["apiPort", "healthPort", "llamaPort"].flatMap((name) => [3000, 9464, 8090].map((port) => ({ [name]: port }))),
  { apiPort: 9464, healthPort: 3000, llamaPort: 3000 },
  { apiPort: 5000, healthPort: 5000 },
  { model: "sample" },
  { model: "/m.gguf", modelSha256: "a".repeat(64) },
  { llm: "none", model: "/m.gguf", llamaMemory: 500 },
  { source: "./nowhere" },
  { source: "github" },
  { logLevel: "loud" },
  { sorce: "upstream" },
  { "od'd name": "x y" },
  { llmModel: "m" },
  { vpcCidr: "10.0.0.0/24" },
];

/** The settings after a command of a remedy; undefined if it asks for a value, or for one that the user has to fill in. */
function applied(command: string, raw: RawSettings): RawSettings | undefined {
  const words = [...command.matchAll(/'((?:[^']|'\\'')*)'|(\S+)/g)].map(([, quoted, bare]) =>
    quoted === undefined ? bare! : quoted.replace(/'\\''/g, "'"),
  );
  const [, , verb, ...rest] = words;
  const [key = "", value] = rest.slice(0, rest.indexOf("--stack")).filter((word) => word !== "--secret");
  const name = nameOf(key) ?? assert.fail(`no setting of this project: ${command}`);
  if (verb === "rm") {
    const { [name]: _, ...others } = raw;
    return others;
  }
  assert.equal(verb, "set", command);
  if (value === undefined || /\$\(|DIGEST|BUCKET/.test(value)) return undefined;
  return { ...raw, [name]: value };
}

function commandsOf({ remedy }: Fault): string[] {
  return remedy.match(/pulumi config (?:set|rm) .*? --stack [\w-]+/g) ?? [];
}

/** Fails unless each command of each remedy removes its fault. */
function proveRemedies(raw: RawSettings, context: ValidationContext): void {
  for (const fault of validate(raw, context).faults) {
    for (const command of commandsOf(fault)) {
      const after = applied(command, raw);
      if (after === undefined) continue;
      const left = validate(after, context).faults.find(
        ({ key, problem }) => key === fault.key && problem === fault.problem,
      );
      assert.equal(left, undefined, `${keyOf(fault.key)}: ${fault.problem}\n${command} leaves it as it is`);
    }
  }
}

describe("the commands of remedies remove the fault", () => {
  for (const [what, raw] of [...malformed, ...contradictory]) {
    it(`of ${what}`, () => {
      proveRemedies({ ...ec2, ...raw }, world);
    });
  }

  it("of a local stack's settings", () => {
    for (const raw of local) proveRemedies(raw, { ...world, stack: "local" });
  });
});
