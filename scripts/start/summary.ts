import type { HealthReport } from "../../components/health/report";
import { type ServiceName, serviceNames } from "../../components/services/catalogue";
import type { Settings } from "../../components/settings/types";
import { tinyModelName } from "../../sample/model";
import { smolLm2 } from "../../sample/smollm2";
import { forTerminal, type Insight } from "./insight";
import { wrapped } from "../lib/wrap";

const firstColumn = 15;

/** A name in a column of its own, and a text beside it, in lines of at most `width` columns. */
function row(name: string, text: string, width: number): string {
  const lines = wrapped(text, width - firstColumn);
  return lines.map((line, index) => `  ${(index === 0 ? name : "").padEnd(firstColumn - 3)} ${line}`).join("\n");
}

const rulesText = (count: number | undefined): string => (count === undefined ? "" : `, ${count} alert rules`);

/** What people read of each service. */
const serviceRows: Readonly<Record<ServiceName, (health: HealthReport, width: number) => string[]>> = {
  cognitod: ({ cognitod }, width) => [
    row("cognitod", `${cognitod.status}: ${cognitod.detail}`, width),
    row(
      "",
      `kernel instrumentation ${cognitod.kernelInstrumentation}, transport ${cognitod.transport}${rulesText(cognitod.activeRules)}`,
      width,
    ),
    row("", cognitod.endpoint, width),
  ],
  llama: ({ llama }, width) => [
    row("llama", `${llama.status}: ${llama.detail}${llama.model === undefined ? "" : `, model ${llama.model}`}`, width),
    ...(llama.endpoint === undefined ? [] : [row("", llama.endpoint, width)]),
  ],
};

/**
 * The health report for people.
 *
 * @param asked the time of asking: a report that begins then is of this observation, and the real beginning is not known.
 */
export function healthText(health: HealthReport, width: number, asked?: string): string {
  const { kernel } = health;
  const has = (name: string, there: boolean) => (there ? name : `no ${name}`);
  const status = health.healthy ? "healthy" : "NOT healthy";
  const since = health.since === asked ? "now; when it began is not known" : `since ${health.since}`;
  return [
    ...wrapped(`${status} ${since}, release ${health.release}`, width),
    ...serviceNames.flatMap((name) => serviceRows[name](health, width)),
    row(
      "kernel",
      `${kernel.release}, preflight ${kernel.preflight}, ${has("BTF", kernel.btf)}, ${has("tracefs", kernel.tracefs)}, ${has("PSI", kernel.psi)}`,
      width,
    ),
    ...(health.problems ?? []).map((problem) => row("problem", problem, width)),
  ].join("\n");
}

/** What to know about the words of a sample model. */
const sampleModels: Readonly<Record<string, string>> = {
  [smolLm2.name]: "words of the sample model, which is too small to be right",
  [tinyModelName]: "words of a model with random weights, which are meaningless",
};

/**
 * The first insight for people, cut for the terminal. Its title names what comes from a sample: a sample model is recognised
 * by its name.
 */
export function insightText(
  insight: Insight,
  { llm, model: own }: Pick<Settings, "llm" | "model">,
  width: number,
): string {
  const model = llm.kind === "external" ? llm.model : own.name;
  const samples = [insight.sample === true ? "events of the sample daemon" : undefined, sampleModels[model]];
  const named = samples.filter((it) => it !== undefined).join("; ");
  const title = named === "" ? "First insight:" : `First insight (${named}):`;
  const indent = "  ";
  // A line that is cut ends with a sign of it.
  const text = forTerminal(insight.summary, width - indent.length - 2);
  return [...wrapped(title, width), text.replace(/^/gm, indent)].join("\n");
}

/** All that is to be said after a start that changed nothing: the rest was said by the start that made it. */
export function unchangedText(stack: string, { since, release }: HealthReport, width: number): string {
  const name = stack === "local" ? "" : ` -- ${stack}`;
  return [
    ...wrapped(`Nothing changed: healthy since ${since}, release ${release}.`, width),
    ...wrapped(`\`npm run status${name}\` prints the report, \`npm run dashboard${name}\` opens the dashboard.`, width),
  ].join("\n");
}

/** What a user can do next: the addresses, and a command for each thing to try. Commands are not broken into lines. */
export function nextSteps(
  stack: string,
  endpoints: Readonly<Record<string, string>>,
  commands: Readonly<Record<string, string>>,
): string {
  const name = stack === "local" ? "" : ` -- ${stack}`;
  // The token is a secret: it is neither printed, nor part of a command line.
  const line = (what: string, text: string) => `  ${what.padEnd(firstColumn - 3)} ${text}`;
  return [
    "Addresses on this machine",
    ...Object.entries(endpoints).map(([what, address]) =>
      line(what, what === "api" ? `${address} (needs the token)` : address),
    ),
    "",
    "To try next",
    line("dashboard", `npm run dashboard${name}`),
    ...(commands.insight === undefined
      ? []
      : [
          line("insight", `eval "$(npm run -s env${name})"`),
          line("", "pulumi stack output commands    prints the command"),
        ]),
    line("health", `npm run status${name}`),
    line("stop", `npm stop${name}`),
    line("by hand", `eval "$(npm run -s env${name})"   for pulumi and docker`),
  ].join("\n");
}
