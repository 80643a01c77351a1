import { httpAddress, isPrivate } from "../address";
import { isBuiltin } from "../llm/resolve";
import { type SettingsCheck, pathOf } from "../rules/check";
import { shellQuoted } from "../../shell-quoted";
import { modelFileProblem } from "./file";

function file(check: SettingsCheck, path: string): void {
  if (check.context.exists(path) !== "file") {
    check.fault("model", "is not a file on this machine", check.set("model"));
    return;
  }
  const facts = check.context.fileFacts?.(path);
  const found = facts === undefined ? undefined : modelFileProblem(facts);
  if (found === undefined) return;
  const remedies = {
    read: `chmod a+r ${shellQuoted(path)}`,
    pull: "run `git lfs pull` in its repository",
    other: check.set("model"),
  } as const;
  check.fault("model", found.problem, remedies[found.remedy]);
}

/** The rules on the model of a local stack. */
export function checkLocalModel(check: SettingsCheck): void {
  if (!isBuiltin(check.values) || !check.isValid("model")) return;
  const { model } = check.values;
  const path = pathOf(model);
  if (path !== undefined) file(check, path);
  if (model === "sample") {
    const remedy = "run `npm start`, or set linnix:model to upstream, an address or a file";
    check.fault("model", "names the sample model, a file that only `npm start` creates", remedy);
  }
  const address = httpAddress(model);
  if (address?.protocol === "http:" && !isPrivate(address)) {
    const problem = "uses plain http, which is allowed only to this machine or to a private IP address";
    check.fault("model", problem, "let the address begin with https");
  }
}
