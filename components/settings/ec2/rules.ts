import { isBuiltin, servicesOf } from "../llm/resolve";
import { checkRegistry } from "../registry/rules";
import { type SettingsCheck, pathOf } from "../rules/check";
import { type InstanceType, findInstanceType, smallestSuggestion, smallestType } from "./instance-types";
import { checkNetwork } from "./network-rules";

/** Memory of the operating system and the container engine, in MiB. */
const systemMiB = 1024;

/** The least memory of a host that runs a language model, in MiB. */
const leastHostMiB = 4096;

/** Memory of upstream's 3B model at a context of 4096, in MiB. */
const upstreamModelMiB = 3072;

/** Upstream's model is 2.1 GB. Its successor is downloaded beside it, and the incidents need room too. */
const upstreamModelGiB = 8;

/** Disk space of the system, the engine and the images of three releases, in MiB. */
const rootMiB = 6144;

/** The least memory limit that a remedy suggests, in MiB: cognitod's own minimum. */
const leastLimitMiB = 256;

/** Allowed in the names of ECR repositories, which have no two hyphens in a row, log groups and containers. */
const stackName = /^(?=.{1,24}$)[a-z0-9]+(-[a-z0-9]+)*$/;

const isUpstream = (model: string) => model === "auto" || model === "upstream";

function stackAndRegion(check: SettingsCheck): void {
  const { stack, stackIsGuess = false } = check.context;
  if (!stackIsGuess && !stackName.test(stack)) {
    check.faults.push({
      key: "stack",
      value: stack,
      problem:
        "must be 1 to 24 lower-case letters, digits or single hyphens between them: repositories and parameters are named after it",
      remedy: "pulumi stack init dev",
    });
  }
  if (!check.isSet("aws:region")) {
    check.fault("aws:region", "is required for an EC2 host", check.set("aws:region"));
  }
}

/** An EC2 host must not run stand-ins, and cannot reach files of this machine. */
function sourceAndModel(check: SettingsCheck): void {
  const { source, model, bases } = check.values;
  if (source === "sample") {
    const problem = "is a stand-in, not Linnix: an EC2 host runs upstream's source or that of a checkout";
    check.fault("source", problem, check.set("source", "upstream"));
  }
  // Without llama-server, any model is a fault of its own.
  const builtin = isBuiltin(check.values);
  if (builtin && (model === "sample" || pathOf(model) !== undefined)) {
    const problem = "is a file of this machine, which the host cannot reach; use upstream or an https address";
    check.fault("model", problem, check.set("model", "upstream"));
  } else if (builtin && model.startsWith("http:")) {
    const problem = "uses plain http, where anyone on the network path can change the file; the address must be https";
    check.fault("model", problem, "let the address begin with https");
  }
  if (bases === "archive") {
    const problem = "works only for local stacks; images for an EC2 host are built on the official base images";
    check.fault("bases", problem, check.set("bases", "registry"));
  }
}

function privileges(check: SettingsCheck): void {
  if (check.values.privileges === "sysadmin") {
    const problem = "is not needed on EC2: the host sets kernel.perf_event_paranoid to 2, so least is enough";
    check.fault("privileges", problem, check.set("privileges", "least"));
  }
  if (check.values.requireKernelInstrumentation === false) {
    const problem = "must be true on EC2, where the project chooses the kernel";
    check.fault("requireKernelInstrumentation", problem, check.remove("requireKernelInstrumentation"));
  }
}

function memory(check: SettingsCheck, { architecture, memoryMiB: hostMiB }: InstanceType): void {
  const { instanceType, llamaMemory, model } = check.values;
  const builtin = isBuiltin(check.values);
  if (builtin && hostMiB < leastHostMiB) {
    const problem = `has ${hostMiB} MiB of memory; a host for both services needs ${leastHostMiB} MiB or more`;
    check.fault("instanceType", problem, check.set("instanceType", smallestSuggestion(architecture)));
    return;
  }
  const limits = servicesOf(check.values)
    .map((service) => `${service}Memory` as const)
    .map((name) => ({ name, mebibytes: check.values[name] }));
  const sum = limits.reduce((total, { mebibytes }) => total + mebibytes, systemMiB);
  if (sum > hostMiB) {
    const parts = `${limits.map((it) => `${it.name} ${it.mebibytes}`).join(", ")} and ${systemMiB} for the system`;
    const { name, mebibytes } = limits.reduce((a, b) => (b.mebibytes >= a.mebibytes ? b : a));
    const room = hostMiB - (sum - mebibytes);
    // If the other limit fills the host alone, no value of this one fits.
    const most = room < leastLimitMiB ? "" : ` (${name} may be ${room})`;
    const problem = `does not fit: ${parts} are ${sum} MiB, but linnix:instanceType ${instanceType} has ${hostMiB}${most}`;
    const larger = smallestType(architecture, sum, !builtin);
    const remedy =
      larger === undefined
        ? check.set(name, String(Math.max(room, leastLimitMiB)))
        : `${check.set("instanceType", larger)}, or use a smaller limit`;
    check.fault(name, problem, remedy);
  }
  if (builtin && isUpstream(model) && llamaMemory < upstreamModelMiB) {
    const problem = `is too small for upstream's model, which needs ${upstreamModelMiB} MiB or more`;
    check.fault("llamaMemory", problem, check.set("llamaMemory", "4096"));
  }
}

function machine(check: SettingsCheck): void {
  const { instanceType, llamaThreads, machineImage, protect } = check.values;
  const type = findInstanceType(instanceType);
  if (check.isValid("instanceType") && !("problem" in type)) {
    memory(check, type);
    if (isBuiltin(check.values) && llamaThreads !== undefined && llamaThreads > type.vcpus) {
      const problem = `must be at most ${type.vcpus}: linnix:instanceType ${instanceType} has ${type.vcpus} vCPUs`;
      check.fault("llamaThreads", problem, check.set("llamaThreads", String(type.vcpus)));
    }
  }
  if (machineImage === "newest" && protect) {
    const problem = "replaces the host whenever a newer image is published, which linnix:protect prevents";
    check.fault("machineImage", problem, check.set("machineImage", "pinned"));
  }
}

function disks(check: SettingsCheck): void {
  const { dataGiB, rootGiB, swapMiB, model } = check.values;
  if (isBuiltin(check.values) && isUpstream(model) && dataGiB < upstreamModelGiB) {
    const content = "upstream's model of 2.1 GB, its successor and incidents";
    const problem = `is too small for ${content}: it must be ${upstreamModelGiB} GiB or more`;
    check.fault("dataGiB", problem, check.set("dataGiB", String(upstreamModelGiB)));
  }
  if (rootGiB * 1024 - swapMiB < rootMiB) {
    const least = Math.ceil((rootMiB + swapMiB) / 1024);
    const problem = `leaves too little of linnix:rootGiB ${rootGiB}: system and images need ${rootMiB} MiB`;
    check.fault("swapMiB", problem, `${check.set("rootGiB", String(least))}, or use less swap`);
  }
}

/** The rules for a stack on an EC2 host. */
export function checkEc2(check: SettingsCheck): void {
  stackAndRegion(check);
  sourceAndModel(check);
  privileges(check);
  machine(check);
  disks(check);
  checkNetwork(check);
  checkRegistry(check);
}
