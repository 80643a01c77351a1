import { checkLocalModel } from "../model/rules";
import { checkLocalImages } from "../registry/rules";
import type { SettingsCheck } from "./check";

function bases(check: SettingsCheck): void {
  if (check.values.images !== undefined || check.values.bases !== "archive" || check.values.baseImages !== undefined)
    return;
  const problem = "requires base images built from the Debian archive, but linnix:baseImages does not name any";
  check.fault("bases", problem, "run `npm start`, which builds the images and sets linnix:baseImages");
}

function user(check: SettingsCheck): void {
  if (check.values.cognitodUser !== "cognitod" || check.values.privileges !== "sysadmin") return;
  const problem =
    "is cognitod, which has the capabilities of its binary, BPF and PERFMON: linnix:privileges sysadmin adds SYS_ADMIN for root only";
  check.fault("cognitodUser", problem, `${check.set("cognitodUser", "root")}, or ${check.remove("privileges")}`);
}

/** The rules for a stack on a local Docker engine. */
export function checkLocal(check: SettingsCheck): void {
  checkLocalModel(check);
  bases(check);
  user(check);
  checkLocalImages(check);
}
