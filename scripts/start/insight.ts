import { setTimeout } from "node:timers/promises";

import { safeText } from "../../components/safe-text";
import { Failure } from "../lib/errors";
import { wrapped } from "../lib/wrap";

/** The answer of cognitod's `GET /insights`: the model's summary of recent events. */
export interface Insight {
  readonly timestamp: string | number;
  readonly summary: string;
  /** Set by the sample daemon only. */
  readonly sample?: boolean;
}

/** The beginnings of summaries, with status 200, in which cognitod reports an error of the model. */
export const modelErrors = ["LLM API error", "LLM response format error"];

/** Parses an answer; undefined if it is not an insight yet. */
export function asInsight(status: number, body: string): Insight | undefined {
  if (status !== 200) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { timestamp, summary } = (parsed ?? {}) as Partial<Insight>;
  if (timestamp === undefined || typeof summary !== "string") return undefined;
  return modelErrors.some((failure) => summary.startsWith(failure)) ? undefined : (parsed as Insight);
}

/** The most of an answer that is read, in bytes. */
const longestAnswer = 256 * 1024;

/** The beginning of an answer's body. */
async function bodyOf({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let left = longestAnswer;
  for await (const chunk of body ?? []) {
    const part = (chunk as Uint8Array).subarray(0, left);
    parts.push(part);
    left -= part.length;
    if (left === 0) break;
  }
  return Buffer.concat(parts).toString();
}

/** Options of {@link firstInsight}. */
export interface InsightQuestion {
  /** cognitod's API, `http://127.0.0.1:3000`. */
  readonly api: string;
  readonly token: string;
  /** How long to keep polling, in seconds. Each request costs the model up to 200 tokens. */
  readonly withinSeconds: number;
}

/**
 * Polls until the first insight is available, with growing pauses.
 *
 * @throws Failure with the last answer if there is none in time.
 */
export async function firstInsight(question: InsightQuestion): Promise<Insight> {
  const until = Date.now() + question.withinSeconds * 1000;
  let last: string;
  for (let pause = 1000; ; pause = Math.min(pause * 2, 15_000)) {
    try {
      const response = await fetch(`${question.api}/insights`, {
        headers: { Authorization: `Bearer ${question.token}` },
        // cognitod itself waits for the model for up to two minutes.
        signal: AbortSignal.timeout(125_000),
      });
      const body = await bodyOf(response);
      const insight = asInsight(response.status, body);
      if (insight !== undefined) return insight;
      last = `${response.status} ${safeText(body, 300)}`;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() + pause > until) {
      throw new Failure(
        `No insight within ${question.withinSeconds} s: ${question.api}/insights last answered: ${last}`,
      );
    }
    await setTimeout(pause);
  }
}

/** Wraps a text for a terminal as one paragraph of at most `lines` lines of `width` columns. */
export function forTerminal(text: string, width: number, lines = 6): string {
  const printable = text
    .replace(/[^\P{C}\n]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const rows = wrapped(printable, width);
  const cut = rows.slice(0, lines).map((line) => line.slice(0, width));
  return (rows.length > lines ? [...cut.slice(0, -1), `${cut[lines - 1] ?? ""} …`] : cut).join("\n");
}
