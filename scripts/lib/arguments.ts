import { type ParseArgsConfig, parseArgs } from "node:util";

import { BadInput } from "./errors";

/** An option that is set or not. */
export interface Flag {
  readonly type: "boolean";
  readonly description: string;
}

/** An option with a value. Without a default it may be missing, unless it has choices: then it must be passed. */
export interface Text {
  readonly type: "string";
  /** The placeholder of the value in the usage line: `FILE`. */
  readonly value: string;
  readonly description: string;
  readonly default?: string;
  /** The allowed values; by default any. */
  readonly choices?: readonly string[];
}

/** The stack that a command works on, accepted both as an argument and as `--stack`. */
export interface StackArgument {
  readonly description: string;
  /** Without a default, the stack must be passed. */
  readonly default?: string;
  /** Restricts the name; by default any is accepted here. */
  readonly allowed?: { readonly pattern: RegExp; readonly rule: string };
}

/** A command and everything that it accepts. */
export interface Command {
  /** How it is started: `npm run status`. */
  readonly run: string;
  readonly description: string;
  readonly stack?: StackArgument;
  /** Arguments without a dash, any number of them. Of a command with a stack, they come after it. */
  readonly names?: {
    readonly value: string;
    /** What the usage line has for them; by default `[VALUE...]`. */
    readonly usage?: string;
    readonly description: string;
  };
  readonly options: Readonly<Record<string, Flag | Text>>;
}

type Value<O> = O extends Flag
  ? boolean
  : O extends { readonly default: string } | { readonly choices: readonly string[] }
    ? string
    : string | undefined;

/** What {@link parse} returns for a command: its options by name, and the stack or the names where it has them. */
export type Arguments<C extends Command> = { readonly [N in keyof C["options"]]: Value<C["options"][N]> } & {
  readonly [N in "stack" as C extends { readonly stack: StackArgument } ? N : never]: string;
} & { readonly [N in "names" as C extends { readonly names: object } ? N : never]: readonly string[] };

const helpOption: Flag = { type: "boolean", description: "print this text" };

/** The command's usage in one line. */
export function usageLine({ run, stack, names, options }: Command): string {
  const words = [
    ...(stack === undefined ? [] : [stack.default === undefined ? "<stack>" : "[stack]"]),
    ...Object.entries(options).map(([name, it]) => `[--${name}${it.type === "string" ? ` ${it.value}` : ""}]`),
    ...(names === undefined ? [] : [names.usage ?? `[${names.value}...]`]),
  ];
  return words.length === 0 ? run : `${run} -- ${words.join(" ")}`;
}

/** What `--help` prints. */
export function helpText(command: Command): string {
  const { stack, names, options, description } = command;
  const shown = (text: string, { default: value, choices }: Partial<Text>) =>
    `${text}${choices === undefined ? "" : `: ${choices.join(", ")}`}${value === undefined ? "" : ` (default: ${value})`}`;
  const rows = [
    ...(stack === undefined
      ? []
      : [
          [
            "stack, --stack STACK",
            shown(stack.description, stack.default === undefined ? {} : { default: stack.default }),
          ],
        ]),
    ...(names === undefined ? [] : [[names.value, names.description]]),
    ...Object.entries(options).map(([name, it]) =>
      it.type === "string" ? [`--${name} ${it.value}`, shown(it.description, it)] : [`--${name}`, it.description],
    ),
    ["-h, --help", helpOption.description],
  ];
  const width = Math.max(...rows.map(([left = ""]) => left.length));
  const table = rows.map(([left = "", right = ""]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
  return `${usageLine(command)}\n\n${description}\n\n${table}`;
}

/** All that the command accepts, for the message about something else. */
function accepted({ stack, names, options }: Command): string {
  const known = Object.entries(options).map(([name, it]) =>
    it.type === "string" ? `--${name} ${it.value}` : `--${name}`,
  );
  return [
    ...(stack === undefined ? [] : ["a stack", "--stack STACK"]),
    ...(names === undefined ? [] : [names.value]),
    ...known,
    "--help",
  ].join(", ");
}

/** The one stack that the arguments name, in either form. */
function theStack(command: Command, argument: StackArgument, named: readonly string[]): string {
  const [stack = argument.default, ...others] = new Set(named);
  const remedy = usageLine(command);
  if (others.length > 0) {
    const problem = "only one stack is allowed, as an argument or as --stack";
    throw new BadInput([{ key: "stack", value: named.join(", "), problem, remedy }]);
  }
  if (stack === undefined) {
    throw new BadInput([{ key: "stack", problem: `is missing; pass ${argument.description}`, remedy }]);
  }
  if (argument.allowed?.pattern.test(stack) === false) {
    throw new BadInput([{ key: "stack", value: stack, problem: argument.allowed.rule, remedy }]);
  }
  return stack;
}

/**
 * Parses a command's arguments.
 *
 * @returns undefined when `--help` or `-h` is among them.
 * @throws BadInput that names what is allowed.
 */
export function parse<C extends Command>(command: C, args: readonly string[]): Arguments<C> | undefined {
  const { stack, names, options } = command;
  const remedy = usageLine(command);
  const known: NonNullable<ParseArgsConfig["options"]> = {
    help: { type: "boolean", short: "h" },
    ...(stack === undefined ? {} : { stack: { type: "string", multiple: true } }),
  };
  for (const [name, it] of Object.entries(options)) {
    known[name] = it.type === "boolean" ? { type: it.type, default: false } : { type: it.type };
    if (it.type === "string" && it.default !== undefined) known[name].default = it.default;
  }
  // npm removes the first `--`; one more is no argument.
  const words = args.filter((arg) => arg !== "--");
  const refuse = (problem: string): never => {
    const allowed = `${problem}; allowed: ${accepted(command)}`;
    throw new BadInput([{ key: "arguments", value: words.join(" "), problem: allowed, remedy }]);
  };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: words, options: known, strict: true, allowPositionals: true });
  } catch (error) {
    return refuse((error as Error).message.split(". ")[0] ?? "");
  }
  const { values, positionals } = parsed;
  if (values.help === true) return undefined;
  if (stack === undefined && names === undefined && positionals.length > 0)
    refuse(`Unexpected argument '${positionals[0] ?? ""}'`);
  for (const [name, it] of Object.entries(options)) {
    const value = values[name];
    if (it.type === "boolean" || it.choices === undefined || it.choices.includes(String(value))) continue;
    const found = typeof value === "string" ? { value } : {};
    throw new BadInput([{ key: `--${name}`, ...found, problem: `must be one of ${it.choices.join(", ")}`, remedy }]);
  }
  const passed = (values.stack ?? []) as string[];
  // In front of names, an argument is the stack unless it is passed as an option.
  const stacks = names === undefined ? positionals.length : passed.length === 0 ? 1 : 0;
  return {
    ...values,
    ...(stack === undefined ? {} : { stack: theStack(command, stack, [...positionals.slice(0, stacks), ...passed]) }),
    ...(names === undefined ? {} : { names: stack === undefined ? positionals : positionals.slice(stacks) }),
  } as unknown as Arguments<C>;
}
