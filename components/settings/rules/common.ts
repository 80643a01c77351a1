import { portSetting, servicePorts } from "../../services/catalogue";
import type { Definition } from "../definition";
import { isBuiltin, servicesOf } from "../llm/resolve";
import { type SettingName, defaults, schema } from "../schema";
import { type SettingsCheck, pathOf } from "./check";

function source(check: SettingsCheck): void {
  const folder = pathOf(check.values.source);
  if (folder === undefined) return;
  if (check.context.exists(folder) !== "folder") {
    check.fault("source", "is not a folder on this machine", check.set("source"));
  } else if (check.context.exists(`${folder}/Cargo.toml`) !== "file") {
    const problem = "has no Cargo.toml: it must be a checkout of linnix-os/linnix, or have its layout";
    check.fault("source", problem, check.set("source"));
  }
}

function checksum(check: SettingsCheck): void {
  const { model, modelSha256 } = check.values;
  if (!isBuiltin(check.values)) return;
  if (modelSha256 === undefined || (pathOf(model) === undefined && model !== "sample")) return;
  const problem = "applies only to a downloaded model, but linnix:model is a local file, which is used as it is";
  check.fault("modelSha256", problem, check.remove("modelSha256"));
}

function ports(check: SettingsCheck): void {
  const running = servicesOf(check.values);
  const names = servicePorts.filter(({ service }) => running.includes(service)).map(({ port }) => portSetting(port));
  const all = names.map((name) => ({ name, port: check.values[name] }));
  const taken = all.map(({ port }) => port);
  all.forEach((later, index) => {
    const earlier = all.slice(0, index).find(({ port }) => port === later.port);
    if (earlier === undefined) return;
    // The one that was changed is the mistake, not the one that has its usual port.
    const onlyEarlier = check.differsFromDefault(earlier.name) && !check.differsFromDefault(later.name);
    const [{ name }, kept] = onlyEarlier ? [earlier, later] : [later, earlier];
    let free: number = defaults[name];
    while (taken.includes(free)) free++;
    check.fault(name, `is also the port of linnix:${kept.name}; each needs its own`, check.set(name, String(free)));
  });
}

const definitions = Object.entries(schema) as [SettingName, Definition][];

function applicability(check: SettingsCheck): void {
  // With a misspelt host, the host is the only fault: nobody knows which settings apply.
  if (!check.isValid("host")) return;
  const { host } = check.values;
  for (const [name, { hosts, elsewhere }] of definitions) {
    if (hosts === undefined || hosts.includes(host) || !check.differsFromDefault(name) || !check.isValid(name))
      continue;
    const instead = elsewhere === undefined ? "" : `: ${elsewhere}`;
    const problem = `applies only if linnix:host is ${hosts.join(" or ")}, but it is ${host}${instead}`;
    check.fault(name, problem, `${check.remove(name)}, or ${check.set("host", hosts[0])}`);
  }
}

/** The rules that hold on every kind of host. */
export function checkCommon(check: SettingsCheck): void {
  source(check);
  checksum(check);
  ports(check);
  applicability(check);
}
