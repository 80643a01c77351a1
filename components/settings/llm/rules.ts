import type { SettingsCheck } from "../rules/check";
import { baseImageNames, baseImageServices } from "../schema";
import { isBuiltin } from "./resolve";

/** Settings of llama-server and its model. */
const llamaSettings = ["model", "modelSha256", "llamaPort", "llamaMemory", "llamaThreads", "llamaContext"] as const;

/** Settings of a server elsewhere. */
const externalSettings = ["llmModel", "llmApiKey"] as const;

function address(check: SettingsCheck): void {
  const { llm, host } = check.values;
  if (!/^https?:/.test(llm)) return;
  const { username, password, protocol } = new URL(llm);
  if (username !== "" || password !== "") {
    // Without the value, which contains the password.
    check.hiddenFault("llm", "must not contain a user or password; use linnix:llmApiKey", check.set("llmApiKey"));
  }
  if (host === "ec2" && protocol === "http:") {
    const problem = "uses plain http, where anyone on the network path can read the requests; on EC2 it must be https";
    check.fault("llm", problem, check.set("llm", llm.replace(/^http:/, "https:")));
  }
}

/** The rules on the language model and the settings that depend on it. */
export function checkLlm(check: SettingsCheck): void {
  // With an invalid llm, nobody knows which settings apply.
  if (!check.isValid("llm")) return;
  const { llm, images, baseImages = {} } = check.values;
  address(check);
  if (!isBuiltin(check.values)) {
    const because = `applies only if linnix:llm is builtin, but it is ${llm === "none" ? "none" : "an address"}`;
    for (const name of llamaSettings) {
      if (!check.differsFromDefault(name) || !check.isValid(name)) continue;
      check.fault(name, because, `${check.remove(name)}, or ${check.set("llm", "builtin")}`);
    }
    if (images?.llama !== undefined && check.isValid("images")) {
      check.fault("images", `has an entry llama, which ${because}`, "remove the entry llama from linnix:images");
    }
    const unused = baseImageNames.filter((name) => baseImageServices[name] === "llama" && name in baseImages);
    if (unused.length > 0 && check.isValid("baseImages")) {
      const entries = unused.join(" and ");
      check.fault(
        "baseImages",
        `has entries that ${because.replace("applies", "apply")}: ${entries}`,
        `remove ${entries}`,
      );
    }
  } else if (images !== undefined && images.llama === undefined && check.isValid("images")) {
    const problem = "has no entry llama, which linnix:llm builtin needs";
    check.fault("images", problem, `add the entry, or ${check.set("llm", "none")}`);
  }
  if (llm !== "builtin" && llm !== "none") return;
  for (const name of externalSettings) {
    if (!check.isSet(name) || !check.isValid(name)) continue;
    const problem = `applies only if linnix:llm is a server's address, but it is ${llm}`;
    check.fault(name, problem, `${check.set("llm", "https://api.example.com/v1")}, or ${check.remove(name)}`);
  }
}
