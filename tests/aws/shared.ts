/** The box and the stack that the tests of this layer share: made at the first use, removed after the last test. */
import { linnixHome } from "../../scripts/lib/home";
import { timed } from "../../scripts/lib/measure";
import { Step } from "../../scripts/lib/progress";
import { Box } from "./box";
import { BoxStack } from "./box-stack";
import { stackNeeds } from "./needs";

/** What a step took, and the calls that it made. */
interface Row {
  readonly what: string;
  readonly seconds: number;
  readonly calls: Readonly<Record<string, number>>;
}

const rows: Row[] = [];

/** A box, and the stack `box` in it. */
export interface Shared {
  readonly box: Box;
  readonly stack: BoxStack;
}

async function make(): Promise<Shared> {
  const home = linnixHome();
  const step = new Step("box", "making an AWS of this machine's own");
  try {
    const needs = await stackNeeds(home, step);
    const box = await Box.make(home, step, { machines: true });
    const stack = await BoxStack.make("box", needs);
    step.done(`up; logs are in ${box.world.folder}`);
    return { box, stack };
  } catch (error) {
    step.failed();
    throw error;
  }
}

let shared: Promise<Shared> | undefined;

/** The shared box, made at the first call. */
export function sharedBox(): Promise<Shared> {
  shared ??= make();
  return shared;
}

/** Runs a step; records its time, and the deployer's calls by service. */
export async function measured<T>({ front }: Box, what: string, body: () => Promise<T>): Promise<T> {
  const before = front.calls.length;
  const { seconds, value } = await timed(body);
  const calls: Record<string, number> = {};
  for (const { who, service } of front.calls.slice(before))
    if (who === "deployer") calls[service] = (calls[service] ?? 0) + 1;
  rows.push({ what, seconds, calls });
  return value;
}

const total = (calls: Row["calls"]): number => Object.values(calls).reduce((sum, count) => sum + count, 0);

before("make a box", async function () {
  // With a cold cache: the provider, two root file systems and the images are built first.
  this.timeout(60 * 60_000);
  await sharedBox();
});

// A failure late in a long run is printed at once, and again at the end.
afterEach("print a failure", function () {
  const { state, err } = this.currentTest ?? {};
  if (err !== undefined && state !== "passed") process.stdout.write(`${(err.stack ?? "").slice(0, 8000)}\n`);
});

after("remove the box, and print what each step took", async function () {
  this.timeout(10 * 60_000);
  const lines = rows.map(({ what, seconds, calls }) => {
    const services = Object.entries(calls).sort(([, a], [, b]) => b - a);
    const list = services.map(([service, count]) => `${service} ${count}`).join(", ");
    return `| ${what} | ${seconds} s | ${total(calls)} | ${list} |`;
  });
  if (lines.length > 0)
    console.log(["", "| step | time | calls of the deployer | by service |", "|---|---:|---:|---|", ...lines].join("\n"));
  const made = await shared?.catch(() => undefined);
  made?.stack.remove();
  await made?.box.close();
});
