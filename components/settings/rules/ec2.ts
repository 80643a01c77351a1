import { shown } from "../definition";
import { type InstanceType, findInstanceType, smallestType } from "../instance-types";
import { type SettingName } from "../schema";
import { type Judgement, pathOf } from "./judgement";
import { judgeNetwork } from "./network";
import { judgeRegistry } from "./registry";

/** What system and containers' engine take beside both services, in MiB. */
const systemMiB = 1024;

/** A host smaller than this has no room for a language model. */
const leastHostMiB = 4096;

/** What upstream's 3B model takes at a context of 4096, in MiB. */
const upstreamModelMiB = 3072;

/** Upstream's model is 2.1 GB; a changed one is fetched beside it, and the incidents want room. */
const upstreamModelGiB = 8;

/** System, engine, and the images of three releases, in MiB. */
const rootMiB = 6144;

/** ECR repositories and log groups allow these, as names of the stack's containers do. */
const stackName = /^[a-z0-9]([a-z0-9-]{0,22}[a-z0-9])?$/;

const isUpstream = (model: string | undefined) => model === "auto" || model === "upstream";

function identity(it: Judgement): void {
  const { stack, stackIsGuess = false } = it.world;
  if (!stackIsGuess && !stackName.test(stack)) {
    it.faults.push({
      key: "stack",
      value: stack,
      problem: "must be 1 to 24 lower-case letters, digits or hyphens: repositories and parameters are named after it",
      remedy: "pulumi stack init dev",
    });
  }
  if (!it.isGiven("aws:region")) {
    it.refuse("aws:region", "is missing; an EC2 host stands in a region", it.set("aws:region"));
  }
}

/** Neither may be a stand-in on a host that watches something, nor a file that the host can't reach. */
function origins(it: Judgement): void {
  const { source, model, bases } = it.values;
  if (source === "sample") {
    const problem = "is a stand-in, not Linnix: an EC2 host runs upstream's source, or a checkout's";
    it.refuse("source", problem, it.set("source", "upstream"));
  }
  if (model === "sample" || pathOf(model) !== undefined) {
    const problem = "is a file of this machine, which the host can't reach; it fetches an https address";
    it.refuse("model", problem, it.set("model", "upstream"));
  } else if (model?.startsWith("http:") === true) {
    const problem = "would be fetched over plain http, which anyone on the way can change; the host takes https only";
    it.refuse("model", problem, it.set("model", model.replace(/^http:/, "https:")));
  }
  if (bases === "archive") {
    const problem = "is this machine's way to do without registries; images for an EC2 host start from official ones";
    it.refuse("bases", problem, it.set("bases", "registry"));
  }
}

function privileges(it: Judgement): void {
  if (it.values.privileges === "sysadmin") {
    const problem = "isn't needed: the host sets kernel.perf_event_paranoid to 2 itself";
    it.refuse("privileges", problem, it.set("privileges", "least"));
  }
  if (it.values.requireKernelInstrumentation === false) {
    const problem = "can't be: the host's kernel is the project's choice, so an EC2 stack always requires it (true)";
    it.refuse("requireKernelInstrumentation", problem, it.remove("requireKernelInstrumentation"));
  }
}

function memory(it: Judgement, { architecture, memoryMiB: hostMiB }: InstanceType): void {
  const { instanceType, llamaMemory = 0, cognitodMemory = 0, model } = it.values;
  const type = shown(instanceType);
  if (hostMiB < leastHostMiB) {
    const problem = `has ${hostMiB} MiB of memory; a host for both services has ${leastHostMiB} or more`;
    it.refuse("instanceType", problem, it.set("instanceType", architecture === "arm64" ? "t4g.large" : "t3.large"));
    return;
  }
  const sum = llamaMemory + cognitodMemory + systemMiB;
  if (sum > hostMiB) {
    const parts = `llamaMemory ${llamaMemory}, cognitodMemory ${cognitodMemory} and ${systemMiB} for the system`;
    const name: SettingName = cognitodMemory > llamaMemory ? "cognitodMemory" : "llamaMemory";
    const room = hostMiB - (sum - (it.values[name] ?? 0));
    const host = `linnix:instanceType ${type} has ${hostMiB}`;
    // Where the other limit alone fills the host, a smaller one here mends nothing.
    const advice = room < 256 ? "" : ` (${name} may be ${room})`;
    const problem = `doesn't fit: ${parts} are ${sum} MiB, and ${host}${advice}`;
    const larger = smallestType(architecture, sum);
    const smaller = it.set(name, String(Math.max(room, 256)));
    it.refuse(name, problem, larger === undefined ? smaller : `${it.set("instanceType", larger)}, or a smaller limit`);
  }
  if (isUpstream(model) && llamaMemory < upstreamModelMiB) {
    const problem = `is less than upstream's model takes: ${upstreamModelMiB} MiB or more`;
    it.refuse("llamaMemory", problem, it.set("llamaMemory", "4096"));
  }
}

function machine(it: Judgement): void {
  const { llamaThreads = 1, machineImage, protect } = it.values;
  const type = shown(it.values.instanceType);
  const found = findInstanceType(type);
  if (it.isSound("instanceType") && !("problem" in found)) {
    memory(it, found);
    if (llamaThreads > found.vcpus) {
      const problem = `is more than the ${found.vcpus} vCPUs of linnix:instanceType ${type}`;
      it.refuse("llamaThreads", problem, it.set("llamaThreads", String(found.vcpus)));
    }
  }
  if (machineImage === "newest" && protect === true) {
    const problem = "replaces the host whenever a newer image is out, which linnix:protect forbids";
    it.refuse("machineImage", problem, it.set("machineImage", "pinned"));
  }
}

function disks(it: Judgement): void {
  const { dataGiB = 0, rootGiB = 0, swapMiB = 0, model } = it.values;
  if (isUpstream(model) && dataGiB < upstreamModelGiB) {
    const content = "upstream's model of 2.1 GB, the next one beside it, and incidents";
    const problem = `is too small for ${content}: ${upstreamModelGiB} GiB or more`;
    it.refuse("dataGiB", problem, it.set("dataGiB", String(upstreamModelGiB)));
  }
  if (rootGiB * 1024 - swapMiB < rootMiB) {
    const least = Math.ceil((rootMiB + swapMiB) / 1024);
    const problem = `leaves too little of linnix:rootGiB ${rootGiB} for system and images, which want ${rootMiB} MiB`;
    it.refuse("swapMiB", problem, `${it.set("rootGiB", String(least))}, or less swap`);
  }
}

/** What doesn't go together on an EC2 host. */
export function judgeEc2(it: Judgement): void {
  identity(it);
  origins(it);
  privileges(it);
  machine(it);
  disks(it);
  judgeNetwork(it);
  judgeRegistry(it);
}
