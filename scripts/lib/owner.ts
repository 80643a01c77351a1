/**
 * Who made what this project finds. The home has a mark with a random id; containers, volumes and networks carry that id
 * as a label. Only what carries it is removed, or taken for one's own.
 */
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { BadInput } from "./errors";
import { type Home, ensureFolder, linnixHome, realPath } from "./home";
import { writeFileAtomically } from "./write-file";

const markFile = (home: Home): string => path.join(home.root, ".linnix-pulumi.json");

/** Whether a name in the home is this project's, and removed by a purge. */
const isOurs = (name: string): boolean =>
  ["engine", "state", "models", "logs", "passphrase"].includes(name) ||
  /^(session|insight)-.*\.json$|^Pulumi\..*\.yaml$/.test(name);

function names(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : [];
}

/** The id of the home's owner; undefined if the home has no mark. */
export function ownerOf(home: Home): string | undefined {
  try {
    const { owner } = JSON.parse(fs.readFileSync(markFile(home), "utf8")) as { owner?: unknown };
    return typeof owner === "string" && /^[0-9a-f-]{36}$/.test(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a session that an earlier version wrote is in this folder, and names it. */
function hasSession(home: Home): boolean {
  return names(home.root)
    .filter((name) => /^session-.*\.json$/.test(name))
    .some((name) => {
      try {
        const { configFile } = JSON.parse(fs.readFileSync(path.join(home.root, name), "utf8")) as {
          configFile?: unknown;
        };
        return typeof configFile === "string" && realPath(path.dirname(configFile)) === home.root;
      } catch {
        return false;
      }
    });
}

/** Homes of earlier versions have no mark: the usual folder, which has this project's name, and one with a session. */
function isFromEarlierVersion(home: Home): boolean {
  return home.root === linnixHome({ ...process.env, LINNIX_HOME: "" }).root || hasSession(home);
}

/** Whether what is in the home is this project's. */
export function isOwnHome(home: Home): boolean {
  return ownerOf(home) !== undefined || isFromEarlierVersion(home);
}

/**
 * Marks the home as this project's, if it is not marked yet, and returns its owner's id.
 *
 * @throws BadInput if it has files of somebody else under the names that this project uses.
 */
export function claimHome(home: Home): string {
  const known = ownerOf(home);
  if (known !== undefined) return known;
  const taken = names(home.root).filter(isOurs);
  if (taken.length > 0 && !isFromEarlierVersion(home)) {
    throw new BadInput([
      {
        key: "LINNIX_HOME",
        value: home.root,
        problem: `contains ${taken.join(", ")}, which this project did not make and would mix with its own`,
        remedy: "set LINNIX_HOME to an empty folder, or one that does not exist, or unset it",
      },
    ]);
  }
  const owner = randomUUID();
  ensureFolder(home.root);
  writeFileAtomically(
    markFile(home),
    `${JSON.stringify({ owner, note: "made by linnix-pulumi; npm stop -- --purge needs this file" })}\n`,
  );
  return owner;
}
