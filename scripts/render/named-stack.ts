import { linnixHome } from "../lib/home";
import { sayRow } from "../lib/say";
import { countingSettings } from "../settings/counting";
import { type RenderedStack, renderStack } from "./render-stack";

/**
 * Renders the stack, or the settings file, that a command names, and says which settings count.
 *
 * @throws BadInput if there is no such stack, or its settings are invalid.
 */
export async function namedStack(nameOrPath: string): Promise<RenderedStack & { readonly stack: string }> {
  const settings = countingSettings(linnixHome(), nameOrPath);
  for (const row of settings.rows) sayRow(...row);
  if (settings.hasEnvironment) sayRow("environment", "its settings are not read here, so they are not rendered");
  return { stack: settings.stack, ...(await renderStack(settings)) };
}
