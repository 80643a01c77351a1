import type { HealthReport } from "../../components/health/report";
import { forTerminal, type Insight } from "./insight";

const row = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`;

/** The health report for people. */
export function healthText(health: HealthReport): string {
  const { kernel, cognitod, llama } = health;
  const has = (name: string, there: boolean) => (there ? name : `no ${name}`);
  return [
    `${health.healthy ? "healthy" : "NOT healthy"} since ${health.since}, release ${health.release}`,
    row("cognitod", `${cognitod.status}: ${cognitod.detail}`),
    row("", `kernel instrumentation ${cognitod.kernelInstrumentation}, transport ${cognitod.transport}`),
    row("", cognitod.endpoint),
    row("llama", `${llama.status}: ${llama.detail}, model ${llama.model}`),
    row("", llama.endpoint),
    row(
      "kernel",
      `${kernel.release}, preflight ${kernel.preflight}, ${has("BTF", kernel.btf)}, ${has("tracefs", kernel.tracefs)}, ${has("PSI", kernel.psi)}`,
    ),
  ].join("\n");
}

/** The first insight for people, cut for the terminal. */
export function insightText(insight: Insight): string {
  const title = insight.sample === true ? "First insight (sample daemon and its model's words):" : "First insight:";
  return `${title}\n${forTerminal(insight.summary).replace(/^/gm, "  ")}`;
}

/** A map of names to values, one a row. */
export function table(title: string, rows: Readonly<Record<string, string>>): string {
  return [title, ...Object.entries(rows).map(([name, value]) => row(name, value))].join("\n");
}
