import { BadInput } from "./errors";

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

/** Where tool chain and engine come from: `auto`, unless the environment forces a way. */
export function modes() {
  return {
    tools: mode("LINNIX_TOOLS", ["auto", "path", "download", "build"] as const),
    engine: mode("LINNIX_ENGINE", ["auto", "existing", "embedded"] as const),
  };
}
