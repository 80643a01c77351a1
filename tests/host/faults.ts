/** What goes wrong on a host by itself, by its surroundings, or by somebody's hand; each with what ends it. */
import type { HostObservation, HostService } from "../../components/hosts/ec2/rollout/observation";
import type { Host } from "./host";
import { changed, release, stack } from "./releases";

/** One fault of the host. */
export interface Fault {
  readonly name: string;
  readonly breaks: (ec2: Host) => Promise<unknown>;
  /** What of the host's own view says so meanwhile, as a sentence. Left out where it may be over before anybody looks. */
  readonly notices?: (seen: HostObservation) => string | undefined;
  /** The parameter `health` must say it too, without anybody's asking. */
  readonly reports?: true;
  /** Takes the cause away; left out where the host heals itself. */
  readonly heals?: (ec2: Host) => Promise<unknown>;
}

const unit = (part: string) => `linnix-${stack}-${part}`;
const shell = (script: string) => (ec2: Host) => ec2.machine.shell(script, { seconds: 300 });
const apply = shell("linnix-release apply");
/** The same, by a release whose services need not be given long to be taken for hanging. */
async function applyAtOnce(ec2: Host): Promise<void> {
  const good = release({ images: ec2.images });
  for (const document of [changed(good, { deadlineSeconds: 45 }), good]) {
    const { status, stderr } = await ec2.apply(document);
    if (status !== 0) throw new Error(stderr);
  }
}
/** Finds a problem that fits. */
const problem = (fits: RegExp) => (seen: HostObservation) => seen.problems.find((it) => fits.test(it));
/** Finds a service in a state that fits, and says how it is. */
const service = (part: string, fits: (it: HostService) => boolean) => (seen: HostObservation) => {
  const it = seen.services[unit(part)];
  const answer = it?.ready?.status ?? "nobody";
  return it !== undefined && fits(it) ? `${unit(part)} is ${it.state}, and ${answer} answers` : undefined;
};
const stopped = (part: string) => service(part, ({ running }) => !running);
const unready = (part: string, ...statuses: number[]) =>
  service(part, ({ ready }) => statuses.includes(ready?.status ?? -1));
const ballast = (folder: string) => `${folder}/ballast`;
/** Leaves next to nothing of a volume, in files of root's; the file system's own reserve is taken too. */
const fill = (folder: string) =>
  shell(`fallocate --length $(($(df --output=avail -B1 ${folder} | tail -n 1) - 1000000)) ${ballast(folder)}`);
const unfill = (folder: string) => shell(`rm --force ${ballast(folder)}`);
const pidOf = (part: string) => `$(docker inspect --format '{{.State.Pid}}' ${unit(part)})`;

/** In an order in which the harmless ones come first. */
export const faults: readonly Fault[] = [
  { name: "cognitod killed", breaks: shell(`kill -9 ${pidOf("cognitod")}`) },
  { name: "llama killed", breaks: shell(`kill -9 ${pidOf("llama")}`) },
  { name: "cognitod's container removed by hand", breaks: shell(`docker rm --force ${unit("cognitod")}`) },
  { name: "Docker restarted", breaks: shell("systemctl restart docker") },
  { name: "Docker killed", breaks: shell("systemctl kill --signal=KILL docker") },
  { name: "containerd killed", breaks: shell("systemctl kill --kill-whom=main --signal=KILL containerd") },
  {
    // The engine goes on believing that they run; at last they have been given their time.
    name: "containerd and the containers' shims killed",
    breaks: shell("systemctl kill --signal=KILL containerd; sleep 50"),
    notices: unready("llama", 0),
    heals: applyAtOnce,
  },
  {
    name: "cognitod frozen",
    breaks: shell(`docker pause ${unit("cognitod")}`),
    notices: service("cognitod", ({ state }) => state === "paused"),
    heals: shell(`docker unpause ${unit("cognitod")}`),
  },
  {
    name: "llama stopped by hand",
    breaks: shell(`systemctl stop ${unit("llama")}`),
    notices: stopped("llama"),
    heals: apply,
  },
  {
    name: "cognitod's unit changed by hand",
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
    name: "the model damaged, llama restarted",
    breaks: shell(`truncate -s 1000 /var/lib/linnix/models/tiny.gguf && systemctl restart --no-block ${unit("llama")}`),
    notices: service("llama", ({ ready }) => ready?.status !== 200),
    heals: apply,
  },
  {
    name: "the state file cut in half",
    breaks: shell("truncate -s 100 /var/lib/linnix-release/state.json"),
    heals: async (ec2) => {
      await ec2.machine.shell("linnix-release apply", { seconds: 400 });
      // What was set aside is for people to look at.
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
    name: "the network unplugged",
    breaks: (ec2) => ec2.machine.link(false),
    heals: (ec2) => ec2.machine.link(true),
  },
  {
    name: "the AWS API silent",
    breaks: (ec2) => ec2.world.gate("aws", "stall"),
    heals: (ec2) => ec2.world.gate("aws", "open"),
  },
  {
    name: "the instance metadata gone",
    breaks: async (ec2) => {
      await ec2.world.gate("metadata", "refuse");
      await ec2.machine.shell(`linnix-release health 2>&1 | grep "metrics can't be written"`);
    },
    heals: (ec2) => ec2.world.gate("metadata", "open"),
  },
  {
    name: "the clock a day ahead",
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
    name: "the root volume full",
    breaks: fill("/var/log"),
    notices: problem(/the root volume is full/),
    heals: unfill("/var/log"),
  },
  {
    name: "the data volume read-only",
    breaks: shell("mount -o remount,ro /var/lib/linnix"),
    notices: problem(/the data volume takes no writes/),
    reports: true,
    heals: shell("mount -o remount,rw /var/lib/linnix"),
  },
  {
    name: "the data volume torn out, and attached again",
    breaks: (ec2) => ec2.machine.detach(),
    notices: problem(/the data volume/),
    heals: async (ec2) => {
      await ec2.attach();
      await ec2.machine.shell("systemctl reboot", { seconds: 5 }).catch(() => undefined);
    },
  },
];
