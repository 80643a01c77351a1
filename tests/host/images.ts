/** The images that the machine runs: the program's own, of the sample daemon, and variants that go wrong in one way each. */
import type { ImageName } from "../../components/services/service";
import { run } from "../../scripts/lib/run";
import { docker, removeLater, testBases } from "../images/docker";
import { pushByProgram } from "./push";
import type { Registry } from "./world/registry";

/** This run's own: another one may be building at the same time. */
const tagOf = (image: ImageName): string => `linnix-test-host-${process.pid}/${image}`;

const onTop = (of: ImageName, says: string) => ({ of, dockerfile: `FROM ${tagOf(of)}\n${says}\n` });

/** Dockerfiles of images that differ from the program's own in one thing each. */
const variants = {
  /** Works; another digest. */
  changed: onTop("cognitod", "LABEL variant=changed"),
  changedAgain: onTop("cognitod", "LABEL variant=changed-again"),
  interrupted: onTop("cognitod", "LABEL variant=interrupted"),
  /** Works, and takes long enough to start that it has to be waited for. */
  slow: onTop(
    "llama",
    'ENTRYPOINT ["/usr/bin/dash", "-c", "sleep 15; exec /app/llama-server \\"$@\\"", "llama-server"]',
  ),
  /** Holds no layer that another image has, so that all of it is pulled: what a power cut may take is all new. */
  flat: {
    of: "cognitod",
    dockerfile: `FROM ${tagOf("llama")} AS mixed
USER 0:0
COPY --from=${tagOf("cognitod")} / /rooted
RUN ["/usr/bin/dash", "-c", "head -c 9000000 /dev/urandom >/rooted/ballast"]
FROM scratch
COPY --from=mixed /rooted /
ENV PATH=/usr/local/bin:/usr/bin LINNIX_BPF_PATH=/usr/local/share/linnix/linnix-ai-ebpf-ebpf
ENTRYPOINT ["/usr/local/bin/cognitod"]
CMD ["--config", "/etc/linnix/linnix.toml"]
`,
  },
  /** Ends at once, each time. */
  crashing: onTop("cognitod", 'ENTRYPOINT ["/usr/local/bin/http-probe"]'),
  /** Runs, and never answers. */
  deaf: onTop("llama", 'ENTRYPOINT ["/usr/bin/dash", "-c", "sleep 100000"]'),
  /** Answers, and says that its eBPF programs are not attached. */
  blind: onTop("cognitod", "ENV LINNIX_BPF_PATH=/nonexistent"),
  /** Holds 40 MB that no other image has. */
  large: onTop("llama", 'RUN ["/usr/bin/dash", "-c", "head -c 40000000 /dev/urandom >/models/ballast"]'),
} as const satisfies Record<string, { of: ImageName; dockerfile: string }>;

export type Variant = keyof typeof variants;

/** References by digest, as the machine pulls them. */
export type References = Readonly<Record<ImageName, string>>;

/** Has the program build both images and push them. */
export async function pushImages(registry: Registry): Promise<References> {
  const pushed = await pushByProgram(registry.pushAddress, testBases());
  for (const image of ["cognitod", "llama"] as const) {
    // What variants are built on.
    await docker("pull", "--quiet", pushed[image]);
    await docker("tag", pushed[image], tagOf(image));
    removeLater("image", "rm", tagOf(image), pushed[image]);
  }
  return { cognitod: registry.pulledAs(pushed.cognitod), llama: registry.pulledAs(pushed.llama) };
}

/** Builds a variant on the image and pushes it; its reference by digest. */
export async function pushVariant(registry: Registry, name: Variant): Promise<string> {
  const { of, dockerfile } = variants[name];
  const tag = `${tagOf(of)}-${name.toLowerCase()}`;
  const args = ["buildx", "build", "--builder", "default", "--load", "--tag", tag, "-"];
  removeLater("image", "rm", tag);
  await run("docker", args, { input: dockerfile });
  return registry.push(tag, `linnix-dev-${of}`);
}
