/** What the suites of this layer share: a box for each, measurements, and the table at the end. */
import { linnixHome } from "../../scripts/lib/home";
import { timed } from "../../scripts/lib/measure";
import { Step } from "../../scripts/lib/progress";
import { boundaryName } from "../../scripts/docs/roles/scopes";
import { account } from "../host/world/addresses";
import { Box, type BoxOptions } from "./box";
import { BoxStack, type StackNeeds } from "./box-stack";
import { stackNeeds } from "./needs";

/** As docs/DEPLOYER.md asks for: without it, AWS would let the deployer make no role. */
export const permissionsBoundary = `arn:aws:iam::${account}:policy/${boundaryName}`;

/** What a step took, and the calls that it made. */
interface Row {
  readonly what: string;
  readonly seconds: number;
  readonly calls: Readonly<Record<string, number>>;
}

const rows: Row[] = [];

/** A suite's box, and the stack `box` in it. */
export interface Shared {
  readonly box: Box;
  readonly stack: BoxStack;
  readonly needs: StackNeeds;
}

async function make(options: BoxOptions): Promise<Shared> {
  const home = linnixHome();
  const step = new Step("box", "making an AWS of this machine's own");
  try {
    const needs = await stackNeeds(home, step);
    const box = await Box.make(home, step, options);
    const stack = await BoxStack.make("box", needs);
    stack.set({ permissionsBoundary });
    step.done(`up; logs are in ${box.world.folder}`);
    return { box, stack, needs };
  } catch (error) {
    step.failed();
    throw error;
  }
}

/** Milliseconds for what builds on its first run: the provider, two root file systems, the images. */
export const coldTimeout = 60 * 60_000;

/** Gives the suite a box, made before its first test and removed after its last. */
export function useBox(options: BoxOptions): () => Shared {
  let made: Shared | undefined;
  before("make a box", async function () {
    this.timeout(coldTimeout);
    made = await make(options);
  });
  after("remove the box", async function () {
    this.timeout(10 * 60_000);
    made?.stack.remove();
    await made?.box.close();
  });
  return () => {
    if (made === undefined) throw new Error("the suite has no box yet");
    return made;
  };
}

/** Runs a step; records its time, and the deployer's calls by service. */
export async function measured<T>({ front }: Box, what: string, body: () => Promise<T>): Promise<T> {
  const before = front.calls.length;
  const { seconds, value } = await timed(body);
  const calls: Record<string, number> = {};
  for (const { who, service } of front.calls.slice(before))
    if (who === "deployer") calls[service] = (calls[service] ?? 0) + 1;
  rows.push({ what, seconds, calls });
  process.stdout.write(`      measured: ${what}: ${seconds} s, ${total(calls)} calls\n`);
  return value;
}

const total = (calls: Row["calls"]): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

// A failure late in a long run is printed at once, and again at the end.
afterEach("print a failure", function () {
  const { state, err } = this.currentTest ?? {};
  if (err !== undefined && state !== "passed") process.stdout.write(`${(err.stack ?? "").slice(0, 8000)}\n`);
});

after("print what each step took", () => {
  const lines = rows.map(({ what, seconds, calls }) => {
    const services = Object.entries(calls).sort(([, a], [, b]) => b - a);
    const list = services.map(([service, count]) => `${service} ${count}`).join(", ");
    return `| ${what} | ${seconds} s | ${total(calls)} | ${list} |`;
  });
  if (lines.length > 0)
    console.log(
      ["", "| step | time | calls of the deployer | by service |", "|---|---:|---:|---|", ...lines].join("\n"),
    );
});
