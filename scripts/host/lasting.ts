/** What must change so that the next update does not undo a rollback. Pure. */
import { shownValue } from "../../components/settings/definition";
import type { HistoryEntry } from "./texts";

/** An update in the output of `pulumi stack history --json`, without secrets: the newest is the first. */
export interface Update {
  readonly kind?: string;
  /** ISO 8601. */
  readonly startTime: string;
  /** `git.head` is the commit, `git.dirty` whether there were other changes. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, { readonly value?: string; readonly secret?: boolean }>>;
}

/** The update that made a release: the last one that began before the host had first applied it. */
export function makerOf(
  release: string,
  history: readonly HistoryEntry[],
  updates: readonly Update[],
): Update | undefined {
  const applied = history.find((it) => it.release === release && it.outcome === "healthy");
  if (applied === undefined) return undefined;
  const before = updates.filter((it) => it.kind === "update" && Date.parse(it.startTime) <= Date.parse(applied.at));
  return before.reduce<Update | undefined>(
    (newest, it) => (newest === undefined || Date.parse(it.startTime) > Date.parse(newest.startTime) ? it : newest),
    undefined,
  );
}

const commitOf = ({ environment }: Update): string | undefined => {
  const head = environment?.["git.head"];
  return head === undefined
    ? undefined
    : `${head}${environment?.["git.dirty"] === "true" ? " with other changes" : ""}`;
};

/** What differs between two updates, a line each. Of secrets, the history does not tell. */
export function differences(then: Update, now: Update): string[] {
  const [before, after] = [commitOf(then), commitOf(now)];
  const checkout =
    before === after ? [] : [`checkout: commit ${before ?? "unknown"}; the newest update: ${after ?? "unknown"}`];
  const keys = [...new Set([...Object.keys(then.config ?? {}), ...Object.keys(now.config ?? {})])].sort();
  const settings = keys.flatMap((key) => {
    const values = [then.config?.[key], now.config?.[key]].map((it) =>
      it === undefined ? "not set" : it.secret === true ? "a secret" : shownValue(it.value ?? ""),
    );
    return values[0] === values[1] ? [] : [`${key}: ${values[0] ?? ""}; the newest update: ${values[1] ?? ""}`];
  });
  return [...checkout, ...settings];
}

/**
 * What a person reads after a rollback.
 *
 * @param release what runs now.
 * @param desired what the stack asks for.
 */
export function lastingText(
  stack: string,
  release: string,
  desired: string,
  history: readonly HistoryEntry[],
  updates: readonly Update[],
): string {
  if (release === desired) return `Stack ${stack} asks for release ${release}: \`pulumi up\` does not change it.`;
  const asks =
    `Stack ${stack} still asks for release ${desired}: the next \`pulumi up --refresh\`, and each update that changes the ` +
    `release, undoes this rollback. To keep release ${release}, give settings and checkout what made it`;
  const end = `Then \`pulumi up --refresh --stack ${stack}\` keeps it.`;
  const maker = makerOf(release, history, updates);
  const [newest] = updates.filter(({ kind }) => kind === "update");
  if (maker === undefined || newest === undefined) {
    return (
      `${asks}: revert the change since then. Neither the host's history nor Pulumi's has the update that made it; ` +
      `\`pulumi stack history --stack ${stack}\` lists what is known. ${end}`
    );
  }
  const found = differences(maker, newest);
  const lines =
    found.length === 0
      ? [
          "neither the commit nor a setting differs: the change was not committed, or is in a secret or a file that a setting names",
        ]
      : found;
  return [`${asks}, in the update of ${maker.startTime}:`, ...lines.map((line) => `  ${line}`), end].join("\n");
}
