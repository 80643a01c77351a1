import { sameValue } from "../../components/canonical";
import type { RawSettings } from "../../components/settings/validate";

/** What `npm start` wrote into the settings file that it hands to Pulumi, and what of it a person had set there. */
export interface Written {
  readonly settings: RawSettings;
  readonly edits: RawSettings;
}

/** Pulumi writes numbers and truth values back as text when it adds a salt to the file: no edit by a person. */
const asWritten = (value: RawSettings[string] | undefined) =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/**
 * The settings that a person has set in that file, by `pulumi config set` say: those that differ from what was written,
 * and those kept from earlier. They stand above the stack's own file, so that the next `npm start` doesn't lose them.
 */
export function handMadeEdits(written: Written | undefined, found: RawSettings): RawSettings {
  if (written === undefined) return {};
  const edited = Object.entries(found).filter(
    ([name, value]) => !sameValue(asWritten(value), asWritten(written.settings[name])),
  );
  const kept = Object.entries(written.edits).filter(([name]) => name in found);
  return Object.fromEntries([...kept, ...edited]);
}
