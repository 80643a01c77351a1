import { parseArgs } from "node:util";

import { BadInput } from "./errors";

/** What `npm start` can be told. */
export interface StartOptions {
  readonly json: boolean;
  /** `local` by default. */
  readonly stack: string;
  /** A settings file to use instead of the stack's own. */
  readonly config?: string;
}

type ParseOptions = NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>["options"]>;

/** Parses a command's arguments; a {@link BadInput} that names the wrong one. */
export function parse<T extends ParseOptions>(args: string[], options: T, usage: string) {
  try {
    return parseArgs({ args: args.filter((arg) => arg !== "--"), options, strict: true, allowPositionals: true });
  } catch (error) {
    const problem = (error as Error).message.split(". ")[0] ?? "";
    throw new BadInput([{ key: "arguments", value: args.join(" "), problem, remedy: usage }]);
  }
}

/** The arguments of `npm start`. */
export function parseStart(args: string[]): StartOptions {
  const usage = "npm start [-- [--json] [--stack NAME] [--config FILE]]";
  const { values, positionals } = parse(
    args,
    { json: { type: "boolean", default: false }, stack: { type: "string" }, config: { type: "string" } },
    usage,
  );
  const stack = values.stack ?? "local";
  if (positionals.length > 0) {
    throw new BadInput([
      { key: "arguments", value: positionals.join(" "), problem: "are not understood", remedy: usage },
    ]);
  }
  // The name goes into names of containers, volumes and tags.
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(stack)) {
    throw new BadInput([
      {
        key: "--stack",
        value: stack,
        problem: "must be 1 to 31 lower-case letters, digits or dashes",
        remedy: "npm start -- --stack local",
      },
    ]);
  }
  return { json: values.json, stack, ...(values.config === undefined ? {} : { config: values.config }) };
}

function mode<T extends string>(variable: string, allowed: readonly T[]): T {
  const value = process.env[variable] ?? "auto";
  if ((allowed as readonly string[]).includes(value)) return value as T;
  throw new BadInput([
    {
      key: variable,
      value,
      problem: `must be ${allowed.join(" or ")}`,
      remedy: `unset ${variable}, or set it to auto`,
    },
  ]);
}

/** How tool chain and engine are to be had, where the environment forces a way. */
export function modes() {
  return {
    tools: mode("LINNIX_TOOLS", ["auto", "path", "download", "build"] as const),
    engine: mode("LINNIX_ENGINE", ["auto", "existing", "embedded"] as const),
  };
}
