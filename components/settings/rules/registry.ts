import { shown } from "../definition";
import { findInstanceType } from "../instance-types";
import { registryKind } from "../settle-ec2";
import type { Judgement } from "./judgement";

function login(it: Judgement): void {
  const address = shown(it.values.registry);
  if (registryKind(it.values) !== "any") {
    for (const name of ["registryUser", "registryPassword"] as const) {
      if (!it.isGiven(name)) continue;
      const problem = "goes with a registry by address, and linnix:registry names none";
      it.refuse(name, problem, `${it.set("registry", "ghcr.io/my-org")}, or ${it.remove(name)}`);
    }
    return;
  }
  if (/\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/.test(address)) {
    const problem =
      "is ECR, whose passwords are good for 12 hours only; ecr makes repositories and asks for them itself";
    it.refuse("registry", problem, it.set("registry", "ecr"));
    return;
  }
  for (const name of ["registryUser", "registryPassword"] as const) {
    if (it.isGiven(name)) continue;
    const problem = `is missing; linnix:registry ${address} is asked with a user and a password`;
    it.refuse(name, problem, it.set(name));
  }
}

/** What a build is told, and images taken as they are have no use for. */
const buildSettings = ["source", "sourceCommit", "baseImages", "builder"] as const;

function prebuilt(it: Judgement): void {
  const { images, instanceType, registry } = it.values;
  if (images === undefined) return;
  for (const name of buildSettings) {
    // Its own fault is told already.
    if (!it.isChosen(name) || !it.isSound(name) || it.values[name] === "sample") continue;
    it.refuse(name, "is for a build, and linnix:images names images that are taken as they are", it.remove(name));
  }
  if (registry === "ecr") {
    const problem =
      "makes repositories that nothing is pushed to: linnix:images names images that are taken as they are";
    it.refuse("registry", problem, it.remove("registry"));
  }
  const type = findInstanceType(shown(instanceType));
  const { architecture = "amd64" } = images;
  if (it.isSound("instanceType") && !("problem" in type) && type.architecture !== architecture) {
    const entry = "its entry architecture; amd64 where it has none";
    const problem = `is ${type.architecture}, and linnix:images holds images for ${String(architecture)} (${entry})`;
    const fitting = architecture === "amd64" ? "t3.large" : "t4g.large";
    it.refuse("instanceType", problem, `${it.set("instanceType", fitting)}, or name images for ${type.architecture}`);
  }
}

/** Where the images come from. */
export function judgeRegistry(it: Judgement): void {
  if (it.isSound("registry")) {
    if (it.values.registry === "none" && !it.isGiven("images")) {
      const problem =
        "keeps images on the engine that built them, where an EC2 host can't pull them; linnix:images has none";
      it.refuse("registry", problem, `${it.set("registry", "ecr")}, or ${it.set("images")}`);
    }
    login(it);
  }
  prebuilt(it);
}
