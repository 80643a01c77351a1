/** Faults of a host, of its environment, or made by an operator; each with its remedy. */
import type { DesiredState, HostObservation, HostService } from "../../components/hosts/ec2/protocol";
import type { Host } from "./host";
import { changed, release, stack } from "./releases";
import { modelName } from "./world/addresses";

/** One fault of the host. */
export interface Fault {
  /** Ends in `[full]` where the short set leaves it out, which has one fault of each kind. */
  readonly name: string;
  readonly breaks: (ec2: Host) => Promise<unknown>;
  /** Finds the fault in the host's observation and returns a sentence. Omitted if the fault may be over too soon. */
  readonly notices?: (seen: HostObservation) => string | undefined;
  /** True if the parameter `health` must also report it. */
  readonly reports?: true;
  /** Removes the cause; omitted if the host recovers by itself. */
  readonly heals?: (ec2: Host) => Promise<unknown>;
}

const unit = (part: string) => `linnix-${stack}-${part}`;
const shell = (script: string) => (ec2: Host) => ec2.machine.shell(script, { seconds: 300 });
const apply = shell("linnix-release apply");
/** The same with a release that has a short deadline, after which a service counts as hanging. */
async function applyAtOnce(ec2: Host): Promise<void> {
  const good = release({ images: ec2.images });
  for (const document of [changed(good, { deadlineSeconds: 45 }), good]) {
    const { status, stderr } = await ec2.apply(document);
    if (status !== 0) throw new Error(stderr);
  }
}
/** The release with a model of the same name from another address; the name of its file in the model folder. */
const withOtherModel = (ec2: Host) =>
  release({ images: ec2.images, settings: { model: `http://${modelName}/other/tiny.gguf` } });
const modelFile = (document: DesiredState): string => /tiny-\w+\.gguf/.exec(JSON.stringify(document))?.[0] ?? "";
/** Replaces the model; llama must serve the file that was fetched for the new one. */
async function replaceModel(ec2: Host): Promise<void> {
  const [other, served] = [withOtherModel(ec2), ec2.world.modelsServed()];
  await ec2.putInPlace(other);
  if (ec2.world.modelsServed() === served) throw new Error("the other model was not fetched");
  await ec2.machine.shell(
    `docker inspect --format '{{.Args}}' ${unit("llama")} | grep --fixed-strings ${modelFile(other)}`,
  );
}
async function replaceModelBack(ec2: Host): Promise<void> {
  const served = ec2.world.modelsServed();
  await ec2.putInPlace(release({ images: ec2.images }));
  if (ec2.world.modelsServed() !== served) throw new Error("the first model was fetched again");
  const other = modelFile(withOtherModel(ec2));
  await ec2.machine.shell(`cd /var/lib/linnix/models && rm --force ${other} .${other}.sha256`);
}
/** Finds a problem that matches. */
const problem = (fits: RegExp) => (seen: HostObservation) => seen.problems.find((it) => fits.test(it));
/** Finds a service whose state matches, and returns its state. */
const service = (part: string, fits: (it: HostService) => boolean) => (seen: HostObservation) => {
  const it = seen.services[unit(part)];
  const answer = it?.ready?.status ?? "nobody";
  return it !== undefined && fits(it) ? `${unit(part)} is ${it.state}, and ${answer} answers` : undefined;
};
const stopped = (part: string) => service(part, ({ running }) => !running);
const unready = (part: string, ...statuses: number[]) =>
  service(part, ({ ready }) => statuses.includes(ready?.status ?? -1));
const ballast = (folder: string) => `${folder}/ballast`;
/** Fills a volume with files of root, including the blocks that the file system reserves for root. */
const fill = (folder: string) =>
  shell(`fallocate --length $(($(df --output=avail -B1 ${folder} | tail -n 1) - 1000000)) ${ballast(folder)}`);
const unfill = (folder: string) => shell(`rm --force ${ballast(folder)}`);
const pidOf = (part: string) => `$(docker inspect --format '{{.State.Pid}}' ${unit(part)})`;

/** Ordered so that the harmless faults come first. */
export const faults: readonly Fault[] = [
  { name: "cognitod killed [full]", breaks: shell(`kill -9 ${pidOf("cognitod")}`) },
  { name: "llama killed [full]", breaks: shell(`kill -9 ${pidOf("llama")}`) },
  { name: "cognitod's container removed by hand [full]", breaks: shell(`docker rm --force ${unit("cognitod")}`) },
  { name: "Docker restarted [full]", breaks: shell("systemctl restart docker") },
  { name: "Docker killed", breaks: shell("systemctl kill --signal=KILL docker") },
  { name: "containerd killed [full]", breaks: shell("systemctl kill --kill-whom=main --signal=KILL containerd") },
  {
    // The engine still reports them as running; the test waits until their deadline is over.
    name: "containerd and the containers' shims killed [full]",
    breaks: shell("systemctl kill --signal=KILL containerd; sleep 50"),
    notices: unready("llama", 0),
    heals: applyAtOnce,
  },
  {
    name: "cognitod frozen [full]",
    breaks: shell(`docker pause ${unit("cognitod")}`),
    notices: service("cognitod", ({ state }) => state === "paused"),
    heals: shell(`docker unpause ${unit("cognitod")}`),
  },
  {
    name: "llama stopped by hand [full]",
    breaks: shell(`systemctl stop ${unit("llama")}`),
    notices: stopped("llama"),
    heals: apply,
  },
  {
    name: "cognitod's unit changed by hand [full]",
    breaks: shell(
      `sed -i 's/^ExecStart=.*/ExecStart=false/' /etc/systemd/system/${unit("cognitod")}.service
       systemctl daemon-reload && systemctl restart --no-block ${unit("cognitod")}`,
    ),
    notices: stopped("cognitod"),
    heals: apply,
  },
  {
    name: "secrets gone, services restarted",
    breaks: shell(`rm -rf /run/linnix/secrets && systemctl restart --no-block ${unit("cognitod")}`),
    notices: stopped("cognitod"),
    heals: apply,
  },
  {
    name: "the model damaged, llama restarted [full]",
    breaks: shell(
      `truncate -s 1000 /var/lib/linnix/models/tiny-*.gguf && systemctl restart --no-block ${unit("llama")}`,
    ),
    notices: service("llama", ({ ready }) => ready?.status !== 200),
    heals: apply,
  },
  {
    name: "the state file cut in half [full]",
    breaks: shell("truncate -s 100 /var/lib/linnix-release/state.json"),
    heals: async (ec2) => {
      await ec2.machine.shell("linnix-release apply", { seconds: 400 });
      // The corrupt file is kept for diagnosis.
      await ec2.machine.shell("rm /var/lib/linnix-release/*.corrupt");
    },
  },
  {
    name: "trace events closed to cognitod, cognitod restarted",
    breaks: shell(`mount -o remount,gid=0,mode=700 /sys/kernel/tracing && systemctl restart ${unit("cognitod")}`),
    notices: unready("cognitod", 503),
    heals: shell(`systemctl restart linnix-host && systemctl restart ${unit("cognitod")}`),
  },
  {
    name: "the metadata rules flushed by an administrator [full]",
    breaks: shell("iptables -t raw -F; systemctl start linnix-health; iptables -t raw -S | grep 65531"),
  },
  {
    name: "a problem file that is not UTF-8",
    breaks: shell("printf 'odd: \\377\\376 is no text\\n' >/run/linnix/problems/odd"),
    notices: problem(/^odd: .*is no text/),
    reports: true,
    heals: shell("rm /run/linnix/problems/odd"),
  },
  {
    name: "the model replaced by another of the same name, and back [full]",
    breaks: replaceModel,
    heals: replaceModelBack,
  },
  {
    name: "the network unplugged",
    breaks: (ec2) => ec2.machine.link(false),
    heals: (ec2) => ec2.machine.link(true),
  },
  {
    name: "the AWS API silent [full]",
    breaks: (ec2) => ec2.world.gate("aws", "stall"),
    heals: (ec2) => ec2.world.gate("aws", "open"),
  },
  {
    name: "the instance metadata gone [full]",
    breaks: async (ec2) => {
      await ec2.world.gate("metadata", "refuse");
      await ec2.machine.shell(`linnix-release health 2>&1 | grep "metrics can't be written"`);
    },
    heals: (ec2) => ec2.world.gate("metadata", "open"),
  },
  {
    name: "the clock a day ahead [full]",
    breaks: shell("timedatectl set-ntp false || true; date --set '+1 day'"),
    notices: problem(/clock/),
    reports: true,
    heals: shell("date --set '-1 day'"),
  },
  {
    name: "the data volume full",
    breaks: fill("/var/lib/linnix"),
    notices: problem(/the data volume is full/),
    reports: true,
    heals: unfill("/var/lib/linnix"),
  },
  {
    name: "the root volume full [full]",
    breaks: fill("/var/log"),
    notices: problem(/the root volume is full/),
    heals: unfill("/var/log"),
  },
  {
    name: "the data volume read-only [full]",
    breaks: shell("mount -o remount,ro /var/lib/linnix"),
    notices: problem(/the data volume can't be written/),
    reports: true,
    heals: shell("mount -o remount,rw /var/lib/linnix"),
  },
  {
    name: "the data volume torn out, and attached again [full]",
    breaks: (ec2) => ec2.machine.detach(),
    notices: problem(/the data volume/),
    heals: async (ec2) => {
      await ec2.attach();
      await ec2.machine.shell("systemctl reboot", { seconds: 5 }).catch(() => undefined);
    },
  },
  {
    // A volume that can't be read is not blank: it must not be formatted.
    name: "the data volume unreadable at a boot, and readable again [full]",
    breaks: async (ec2) => {
      await ec2.machine.detach();
      await ec2.attach({ unreadable: true });
      await ec2.machine.shell("systemctl reboot", { seconds: 5 }).catch(() => undefined);
    },
    notices: problem(/data-volume: vol-\w+ can't be read and was left unchanged/),
    heals: async (ec2) => {
      await ec2.machine.detach();
      await ec2.attach();
    },
  },
];
