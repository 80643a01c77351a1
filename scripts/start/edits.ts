import { sameValue } from "../../components/canonical";
import type { RawSettings } from "../../components/settings/validate";

/** The settings that `npm start` wrote to the file it passes to Pulumi, and those among them that a user had set there. */
export interface Written {
  readonly settings: RawSettings;
  readonly edits: RawSettings;
}

/** Pulumi writes numbers and booleans back as text when it adds a salt to the file; that is not a manual edit. */
const asWritten = (value: RawSettings[string] | undefined) =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/**
 * The settings that a user has set in that file, for example with `pulumi config set`: those that differ from what was
 * written, and earlier edits. They override the stack's own file, so that the next `npm start` doesn't lose them.
 */
export function handMadeEdits(written: Written | undefined, found: RawSettings): RawSettings {
  if (written === undefined) return {};
  const edited = Object.entries(found).filter(
    ([name, value]) => !sameValue(asWritten(value), asWritten(written.settings[name])),
  );
  const kept = Object.entries(written.edits).filter(([name]) => name in found);
  return Object.fromEntries([...kept, ...edited]);
}
