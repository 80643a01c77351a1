import type { Definition } from "../definition";
import { type SettingName, schema } from "../schema";
import { type Judgement, pathOf } from "./judgement";

function source(it: Judgement): void {
  const place = pathOf(it.values.source);
  if (place === undefined) return;
  if (it.world.exists(place) !== "folder") {
    it.refuse("source", "is not a folder on this machine", it.set("source"));
  } else if (it.world.exists(`${place}/Cargo.toml`) !== "file") {
    const problem = "holds no Cargo.toml: it must be a checkout of linnix-os/linnix, or of its shape";
    it.refuse("source", problem, it.set("source"));
  }
}

function checksum(it: Judgement): void {
  const { model, modelSha256 } = it.values;
  if (modelSha256 === undefined || (pathOf(model) === undefined && model !== "sample")) return;
  const problem = "is given for a local file, which is used as it is; a checksum goes with an address";
  it.refuse("modelSha256", problem, it.remove("modelSha256"));
}

function ports(it: Judgement): void {
  const all = (["apiPort", "healthPort", "llamaPort"] as const).map((name) => ({ name, port: it.values[name] }));
  all.forEach(({ name, port }, index) => {
    const twin = all.slice(0, index).find((other) => other.port === port);
    if (twin === undefined || port === undefined) return;
    it.refuse(name, `is the port of linnix:${twin.name} too; each needs its own`, it.set(name));
  });
}

/** What doesn't go together on any host. */
export function judgeCommon(it: Judgement): void {
  source(it);
  checksum(it);
  ports(it);
}

function localModel(it: Judgement): void {
  const { model } = it.values;
  const place = pathOf(model);
  if (place !== undefined && it.world.exists(place) !== "file") {
    it.refuse("model", "is not a file on this machine", it.set("model"));
  }
  if (model === "sample") {
    const remedy = "run `npm start`, or set linnix:model to upstream, an address or a file";
    it.refuse("model", "names the sample model, a file that `npm start` makes", remedy);
  }
}

/** What doesn't go together on this machine's Docker engine. */
export function judgeLocal(it: Judgement): void {
  localModel(it);
  if (it.values.bases === "archive" && it.values.baseImages === undefined) {
    const problem = "asks for base images built from the Debian archive, but linnix:baseImages doesn't name them";
    it.refuse("bases", problem, "run `npm start`, which builds and names them");
  }
  // A misspelt `ec2` is one fault, not one for each setting that goes with it.
  if (!it.isSound("host")) return;
  for (const [name, definition] of Object.entries<Definition>(schema)) {
    if (definition.ec2Only !== true || !it.isChosen(name as SettingName) || !it.isSound(name as SettingName)) continue;
    const problem = "means something on an EC2 host only, and linnix:host is local";
    it.refuse(name as SettingName, problem, `${it.remove(name as SettingName)}, or ${it.set("host", "ec2")}`);
  }
}
