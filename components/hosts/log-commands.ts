import type { ServiceName } from "../services/catalogue";

/** One command for each of these services, `<service>Log`, to follow its log. */
export function logCommands(
  names: readonly ServiceName[],
  command: (service: ServiceName) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [`${name}Log`, command(name)]));
}
