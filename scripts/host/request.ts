/** What `npm run host` is asked for, from its arguments. Pure. */
import { releasePattern } from "../../components/hosts/ec2/rollout/change";
import { BadInput, type Fault } from "../lib/errors";

/** One of the command's requests. */
export type HostRequest =
  | { readonly kind: "status" | "history"; readonly json: boolean }
  | { readonly kind: "rollback"; readonly release: string | undefined }
  | { readonly kind: "logs"; readonly service: string; readonly seconds: number }
  | { readonly kind: "shell" };

const kinds = ["status", "history", "rollback", "logs", "shell"] as const;

/** How far back a log goes by default. */
const usualAge = "1h";

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** The most that CloudWatch keeps of a stack's logs. */
const longestSeconds = 10 * 365 * 86_400;

/** Reads an age: `42m`. */
function secondsOf(age: string): number | Fault {
  const [, count = "", unit = ""] = /^([1-9]\d{0,8})([smhdw])$/.exec(age) ?? [];
  const seconds = Number(count) * (unitSeconds[unit] ?? NaN);
  if (seconds <= longestSeconds) return seconds;
  return {
    key: "--since",
    value: age,
    problem: "must be a whole number from 1 with s, m, h, d or w (seconds to weeks), and ten years at most",
    remedy: `for example --since 42m; without it, ${usualAge}`,
  };
}

const isFault = (value: number | Fault): value is Fault => typeof value === "object";

/**
 * Reads the words behind the stack, and the options.
 *
 * @throws BadInput that names what is allowed.
 */
export function hostRequest(
  words: readonly string[],
  { since, json }: { readonly since: string | undefined; readonly json: boolean },
): HostRequest {
  const [word, argument, ...more] = words;
  const refuse = (key: string, value: string | undefined, problem: string, remedy: string): never => {
    throw new BadInput([{ key, ...(value === undefined ? {} : { value }), problem, remedy }]);
  };
  const kind = kinds.find((known) => known === word);
  if (kind === undefined) {
    const problem = `${word === undefined ? "is missing; pass" : "must be"} one of ${kinds.join(", ")}`;
    return refuse("command", word, problem, "npm run host -- <stack> status; npm run host -- --help");
  }
  const most = kind === "logs" || kind === "rollback" ? 1 : 0;
  const superfluous = [argument, ...more].filter((it) => it !== undefined).slice(most);
  if (superfluous.length > 0) {
    refuse(
      "arguments",
      superfluous.join(" "),
      `${kind} takes ${most === 0 ? "none" : "one"}`,
      "remove what is too much",
    );
  }
  if (since !== undefined && kind !== "logs")
    refuse("--since", since, "is for logs only", "remove it, or ask for logs SERVICE");
  if (json && kind !== "status" && kind !== "history")
    refuse("--json", undefined, "is for status and history only", "remove it");
  switch (kind) {
    case "status":
    case "history":
      return { kind, json };
    case "shell":
      return { kind };
    case "rollback":
      // It becomes a word of a script, and is looked up as a file's name.
      if (argument !== undefined && (argument === "" || !new RegExp(releasePattern).test(argument))) {
        const remedy = "npm run host -- <stack> history prints the releases";
        refuse("release", argument, "must be a release's id: letters, digits and dashes", remedy);
      }
      return { kind, release: argument };
    case "logs": {
      const service =
        argument ?? refuse("service", undefined, "is missing", "npm run host -- <stack> logs cognitod --since 42m");
      const seconds = secondsOf(since ?? usualAge);
      if (isFault(seconds)) throw new BadInput([seconds]);
      return { kind, service, seconds };
    }
  }
}

/** Rejects a service without a log. */
export function requireKnown(service: string, known: readonly string[]): void {
  if (known.includes(service)) return;
  const remedy = `npm run host -- <stack> logs ${known[0] ?? "SERVICE"}`;
  throw new BadInput([
    { key: "service", value: service, problem: `has no log in this stack; allowed: ${known.join(", ")}`, remedy },
  ]);
}
