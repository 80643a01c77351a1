/** What containers may do. */
import { type JobName, services } from "../../components/services/catalogue";
import { type Container, containerType, containersOf, ownerType, rolloutType } from "./container";
import type { Inputs, ResourceRule } from "./rule";

/** A rule on each container. */
const container = (
  id: string,
  says: string,
  holds: (container: Container) => boolean,
  broken: Inputs,
): ResourceRule => ({
  id: `container ${id}`,
  says,
  judges: (type) => [containerType, rolloutType, ownerType].includes(type),
  holds: (resource) => containersOf(resource).every(holds),
  detail: (resource) =>
    containersOf(resource)
      .filter((it) => !holds(it))
      .map(({ name }) => name)
      .join(", "),
  broken: { type: containerType, inputs: { name: "linnix-dev-llama", ...broken } },
});

const isPart = ({ name }: Container, parts: readonly string[]): boolean =>
  parts.some((part) => name.endsWith(`-${part}`));

/** What changes the owner of files, and sees nothing of the host. */
const owner = "owner" satisfies JobName;

/** What loads eBPF programs, and the jobs of its image. */
const observers = ["cognitod", ...services.cognitod.jobs].filter((name) => name !== owner);

/** The capabilities that a container may have. */
function allowed(it: Container): readonly string[] {
  if (isPart(it, observers)) return ["BPF", "PERFMON"];
  return it.local && isPart(it, [owner]) ? ["CHOWN", "DAC_READ_SEARCH"] : [];
}

/** The engine's sockets: who can write to one is root on the host. */
const sockets = ["/run", "/var/run"].flatMap((folder) =>
  ["docker.sock", "containerd/containerd.sock", "podman/podman.sock"].map((socket) => `${folder}/${socket}`),
);

/** Whether a path is a socket of the engine, or a folder above one: the host's root, too. */
const reachesEngine = (path: string): boolean => {
  const folder = path.replace(/\/+$/, "");
  return sockets.some((socket) => socket === folder || socket.startsWith(`${folder}/`));
};

/** Rules on containers. */
export const containers: readonly ResourceRule[] = [
  container(
    "image",
    "an image is named by its digest, never by a tag",
    ({ image }) => /(^|@)sha256:[0-9a-f]{64}$/.test(image),
    { image: "ghcr.io/linnix-os/llama:latest" },
  ),
  container("privileged", "no container is privileged", ({ privileged }) => !privileged, { privileged: true }),
  container(
    "capabilities",
    "all capabilities are dropped, and BPF and PERFMON at most are added, to what loads eBPF programs, or CHOWN and " +
      "DAC_READ_SEARCH, to what gives cognitod's files to its user (linnix:privileges=sysadmin needs an exception)",
    (it) => it.dropped.includes("ALL") && it.added.every((name) => allowed(it).includes(name)),
    { capabilities: { drops: ["ALL"], adds: ["CAP_SYS_ADMIN"] } },
  ),
  container("root file system", "the root file system can't be written", ({ readOnly }) => readOnly, {
    readOnly: false,
  }),
  container(
    "new privileges",
    "a process gets no new privileges by starting a program",
    ({ security }) => security.includes("no-new-privileges") || security.includes("no-new-privileges:true"),
    { securityOpts: [] },
  ),
  container(
    "mounts",
    "neither the engine's socket nor the host's root is mounted",
    ({ bound }) => !bound.some(reachesEngine),
    { mounts: [{ type: "bind", source: "/var/run/docker.sock", target: "/docker.sock" }] },
  ),
  container(
    "processes",
    "cognitod, and the jobs of its image, alone see the host's processes",
    (it) => it.pid !== "host" || isPart(it, observers),
    { pidMode: "host" },
  ),
  container(
    "network",
    "cognitod, and the jobs of its image, alone are in the host's network. On a local engine the model's download is, too: its " +
      "address may be this machine's",
    (it) => it.network !== "host" || isPart(it, it.local ? [...observers, ...services.llama.jobs] : observers),
    { networkMode: "host" },
  ),
  container(
    "ports",
    "ports are published on 127.0.0.1 only",
    ({ published }) => published.every((address) => address === "127.0.0.1"),
    { ports: [{ internal: 8090, external: 8090, ip: "0.0.0.0" }] },
  ),
];
