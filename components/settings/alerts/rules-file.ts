/** A file of alert rules, checked as strictly as possible: cognitod itself starts without any rule if it cannot read the file. */
import { closest } from "fastest-levenshtein";
import { parse } from "yaml";

import { asText } from "../definition";

/** One alert rule, as cognitod reads it. */
export type AlertRule = Readonly<Record<string, string | number>>;

/** An error in a rule, in words that follow the file's name. */
export interface RuleProblem {
  readonly problem: string;
  /** What to edit: `rule 2 (fork_storm)`. */
  readonly place: string;
}

interface Check {
  readonly allowed: string;
  readonly accepts: (value: unknown) => boolean;
  readonly optional?: true;
}

const whole = (least: number, most: number, unit: string): Check => ({
  allowed: `a whole number of ${unit} from ${least} to ${most}`,
  accepts: (value) => typeof value === "number" && Number.isInteger(value) && value >= least && value <= most,
});

const percent = (most: number): Check => ({
  allowed: `a number of percent over 0, up to ${most}`,
  accepts: (value) => typeof value === "number" && value > 0 && value <= most,
});

const severities: readonly unknown[] = ["info", "low", "medium", "high"];

const name: Check = {
  allowed: "1 to 64 letters, digits or ._-",
  accepts: (value) => typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value),
};

const seconds = whole(1, 86_400, "seconds");
const count = (unit: string) => whole(1, 1_000_000, unit);
const inWindow = { threshold: count("processes"), window_seconds: seconds };
const pressure = { threshold_pct: percent(100), duration: seconds };

/** Every detector of cognitod (upstream's alerts.rs) with its keys. */
const detectors: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  forks_per_sec: { threshold: count("forks a second"), duration: seconds },
  fork_burst: inWindow,
  runaway_tree: inWindow,
  short_job_flood: { ...inWindow, max_exec_duration_ms: { ...count("milliseconds"), optional: true } },
  subtree_cpu_pct: { threshold: percent(100_000), duration: seconds },
  subtree_rss_mb: { threshold: count("MB"), duration: seconds },
  system_psi_cpu: pressure,
  system_psi_memory: pressure,
  system_psi_io: pressure,
  zombie_count: { threshold: count("processes"), duration: seconds },
  exec_rate: {
    regex: { allowed: "a regular expression as text", accepts: (value) => typeof value === "string" && value !== "" },
    rate_per_min: count("programs a minute"),
    median_lifetime: whole(0, 86_400, "seconds"),
  },
};

const common: Readonly<Record<string, Check>> = {
  name,
  detector: { allowed: Object.keys(detectors).join(", "), accepts: (value) => Object.hasOwn(detectors, asWord(value)) },
  severity: { allowed: "info, low, medium or high", accepts: (value) => severities.includes(value), optional: true },
  cooldown: { ...whole(0, 604_800, "seconds"), optional: true },
};

const asWord = (value: unknown): string => (typeof value === "string" ? value : "");

const shown = (value: unknown): string => (value === null || value === undefined ? "nothing" : asText(value));

function ruleProblems(rule: Readonly<Record<string, unknown>>): string[] {
  // With an unknown detector, nobody knows which keys it has.
  const own = Object.hasOwn(detectors, asWord(rule.detector)) ? detectors[asWord(rule.detector)] : undefined;
  const checks = { ...common, ...own };
  const unknown = Object.keys(rule).filter((key) => own !== undefined && !Object.hasOwn(checks, key));
  const invalid = Object.entries(checks).filter(([key, { accepts, optional }]) =>
    Object.hasOwn(rule, key) ? !accepts(rule[key]) : optional !== true,
  );
  return [
    ...unknown.map((key) => `has the unknown key ${key}; did you mean ${closest(key, Object.keys(checks))}?`),
    ...invalid.map(([key, { allowed }]) =>
      Object.hasOwn(rule, key)
        ? `${key} = ${shown(rule[key])} must be ${allowed}`
        : `has no ${key}; it must be ${allowed}`,
    ),
  ];
}

function parsed(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    return error;
  }
}

/** Parses a file of rules. Returns them, or every error. */
export function parseRules(
  text: string,
): { readonly rules: readonly AlertRule[] } | { readonly problems: RuleProblem[] } {
  const document = parsed(text);
  const place = "the file";
  if (document instanceof Error) {
    return { problems: [{ place, problem: `is not valid YAML: ${document.message.split("\n")[0] ?? ""}` }] };
  }
  if (!Array.isArray(document) || document.length === 0) {
    return {
      problems: [{ place, problem: "must be a list of rules, each with name, detector and the detector's keys" }],
    };
  }
  const names = document.map((rule: unknown) => asWord((rule as { name?: unknown } | null)?.name));
  const problems = document.flatMap((rule: unknown, index): RuleProblem[] => {
    const ruleName = names[index] ?? "";
    const which = `rule ${index + 1}${ruleName === "" ? "" : ` (${ruleName})`}`;
    if (typeof rule !== "object" || rule === null || Array.isArray(rule)) {
      return [{ place: which, problem: `${which}: must be a map with name, detector and the detector's keys` }];
    }
    const repeated = ruleName !== "" && names.indexOf(ruleName) < index ? ["has the name of an earlier rule"] : [];
    const found = [...ruleProblems(rule as Readonly<Record<string, unknown>>), ...repeated];
    return found.map((problem) => ({ place: which, problem: `${which}: ${problem}` }));
  });
  return problems.length > 0 ? { problems } : { rules: document as AlertRule[] };
}
