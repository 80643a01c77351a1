import { Failure } from "./errors";

/** What cognitod's `GET /insights` answers: the model's words on what it saw. */
export interface Insight {
  readonly timestamp: string | number;
  readonly summary: string;
  /** Given by the sample daemon only. */
  readonly sample?: boolean;
}

/** The answers with status 200 in which cognitod reports a failure of the model instead of an insight. */
const failures = ["LLM API error", "LLM response format error"];

/** Reads an answer as an insight; nothing when it isn't one yet. */
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
  return failures.some((failure) => summary.startsWith(failure)) ? undefined : (parsed as Insight);
}

/** Where and how to ask. */
export interface InsightQuestion {
  /** cognitod's API, `http://127.0.0.1:3000`. */
  readonly api: string;
  readonly token: string;
  /** How long to keep asking, in seconds. Each question costs the model up to 200 tokens. */
  readonly withinSeconds: number;
}

/** Asks until the first insight is there, backing off. Throws a {@link Failure} with the last answer when it isn't in time. */
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
      const body = await response.text();
      const insight = asInsight(response.status, body);
      if (insight !== undefined) return insight;
      last = `${response.status} ${body.slice(0, 300)}`;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() + pause > until) {
      throw new Failure(
        `No insight within ${question.withinSeconds} s: ${question.api}/insights last answered: ${last}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Cuts a text for a terminal: one paragraph, `width` columns, `lines` lines at most. */
export function forTerminal(text: string, width = 100, lines = 6): string {
  const printable = text
    .replace(/[^\P{C}\n]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const rows: string[] = [];
  let row = "";
  for (const word of printable.split(" ")) {
    if (row !== "" && row.length + 1 + word.length > width) {
      rows.push(row);
      row = word;
    } else {
      row = row === "" ? word : `${row} ${word}`;
    }
  }
  rows.push(row);
  const cut = rows.slice(0, lines).map((line) => line.slice(0, width));
  return (rows.length > lines ? [...cut.slice(0, -1), `${cut[lines - 1] ?? ""} …`] : cut).join("\n");
}
