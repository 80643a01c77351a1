import * as fs from "node:fs";
import * as path from "node:path";

import type { HealthReport } from "../../components/health/report";
import { Failure } from "../lib/errors";
import type { Home } from "../lib/home";
import { step } from "../lib/progress";
import { say } from "../lib/say";
import { writeFileAtomically } from "../lib/write-file";
import { type Insight, firstInsight } from "./insight";

/** The first insight of one run of the services: the same release, healthy since the same moment. */
interface Stored {
  readonly release: string;
  readonly since: string;
  readonly insight: Insight;
}

const fileOf = (home: Home, stack: string): string => path.join(home.root, `insight-${stack}.json`);

/** The stack's stored insights: one, and those of earlier versions, which stored one for each release. */
function files(home: Home, stack: string): string[] {
  const name = new RegExp(`^insight-${stack}(-[0-9a-f]{16})?\\.json$`);
  return fs.existsSync(home.root) ? fs.readdirSync(home.root).filter((it) => name.test(it)) : [];
}

/** Removes what is stored of a stack. */
export function removeInsights(home: Home, stack: string): void {
  for (const name of files(home, stack)) fs.rmSync(path.join(home.root, name), { force: true });
}

/** The stored insight of this run; undefined if it is another run's, or unreadable. */
export function storedInsight(home: Home, stack: string, run: Omit<Stored, "insight">): Insight | undefined {
  try {
    const { release, since, insight } = JSON.parse(fs.readFileSync(fileOf(home, stack), "utf8")) as Stored;
    return release === run.release && since === run.since ? insight : undefined;
  } catch {
    return undefined;
  }
}

/** Stores the insight of this run in place of all others of the stack. */
export function storeInsight(home: Home, stack: string, stored: Stored): void {
  removeInsights(home, stack);
  writeFileAtomically(fileOf(home, stack), JSON.stringify(stored));
}

/**
 * The first insight since the services became healthy; requested once and stored, since each request costs the model's
 * time. A slow model does not fail the update: a message reports it.
 */
export async function insightOf(
  home: Home,
  stack: string,
  found: Readonly<Record<string, unknown>>,
): Promise<Insight | undefined> {
  const { healthy, llama, since } = found.health as HealthReport;
  const run = { release: String(found.release), since };
  const stored = storedInsight(home, stack, run);
  if (stored !== undefined) return stored;
  if (llama.status !== "healthy" && llama.status !== "external") return undefined;
  const { api } = found.endpoints as { api: string };
  const question = { api, token: String(found.apiToken), withinSeconds: healthy ? 300 : 30 };
  try {
    const insight = await step("insight", "requesting the first insight from cognitod", async () => {
      return { value: await firstInsight(question), done: "received" };
    });
    storeInsight(home, stack, { ...run, insight });
    return insight;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    say(error.message);
    return undefined;
  }
}
