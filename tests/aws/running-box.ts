/** The box of `npm run box`, as its process describes it to other processes. */
import * as fs from "node:fs";
import * as http from "node:http";
import * as path from "node:path";

import { Failure } from "../../scripts/lib/errors";
import type { Home } from "../../scripts/lib/home";
import { worldFolder } from "../host/roots/roots";

/** A running box. */
export interface RunningBox {
  readonly pid: number;
  /** Its logs. */
  readonly folder: string;
  /** The settings file of the stack box. */
  readonly settings: string;
  /** The checkout that the stack builds cognitod from: a copy of the sample daemon. */
  readonly source: string;
  /** Variables of a shell in which `pulumi` and `aws` lead to the box. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The file that describes it. */
export const boxFile = (home: Home): string => path.join(worldFolder(home), "box.json");

/** The socket that controls it. */
export const boxSocket = (home: Home): string => path.join(worldFolder(home), "box.socket");

/** The running box; undefined if there is none. */
export function findBox(home: Home): RunningBox | undefined {
  try {
    const box = JSON.parse(fs.readFileSync(boxFile(home), "utf8")) as RunningBox;
    return fs.existsSync(`/proc/${box.pid}`) ? box : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The running box.
 *
 * @throws Failure if there is none.
 */
export function requireBox(home: Home): RunningBox {
  const box = findBox(home);
  if (box === undefined) throw new Failure("no box runs on this machine: start one with `npm run box -- up`");
  return box;
}

/** Asks the box's process. */
export function askBox<T>(home: Home, route: "status" | "host" | "down", body = ""): Promise<T> {
  return new Promise((resolve, reject) => {
    const method = route === "status" ? "GET" : "POST";
    const request = http.request({ socketPath: boxSocket(home), method, path: `/${route}` }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text) as T);
        else reject(new Failure(`the box: ${text}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
