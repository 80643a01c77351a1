/** The images that the machine runs: the program's own with the sample daemon, and variants with one fault each. */
import type { ImageName } from "../../components/services/service";
import { run } from "../../scripts/lib/run";
import { docker, removeLater, testBases } from "../images/docker";
import { pushByProgram } from "./push";
import type { Registry } from "./world/registry";

/** Unique for this run, because another one may be building at the same time. */
const tagOf = (image: ImageName): string => `linnix-test-host-${process.pid}/${image}`;

const onTop = (of: ImageName, says: string) => ({ of, dockerfile: `FROM ${tagOf(of)}\n${says}\n` });

/** Dockerfiles of images that differ from the program's own in one property each. */
const variants = {
  /** Works, with another digest. */
  changed: onTop("cognitod", "LABEL variant=changed"),
  changedAgain: onTop("cognitod", "LABEL variant=changed-again"),
  interrupted: onTop("cognitod", "LABEL variant=interrupted"),
  /** Works, but starts slowly. */
  slow: onTop(
    "llama",
    'ENTRYPOINT ["/usr/bin/dash", "-c", "sleep 15; exec /app/llama-server \\"$@\\"", "llama-server"]',
  ),
  /** Shares no layer with another image, so that all of it is pulled and a power failure can damage all of it. */
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
  /** Exits immediately, each time. */
  crashing: onTop("cognitod", 'ENTRYPOINT ["/usr/local/bin/http-probe"]'),
  /** Runs and never responds. */
  deaf: onTop("llama", 'ENTRYPOINT ["/usr/bin/dash", "-c", "sleep 100000"]'),
  /** Its answer to a probe never ends. */
  endless: onTop(
    "llama",
    `USER 0:0
RUN ["/usr/bin/dash", "-c", "mv /usr/bin/curl /usr/bin/curl-that-ends"]
COPY --chmod=755 <<"END" /usr/bin/curl
#!/usr/bin/dash
/usr/bin/curl-that-ends "$@" && while :; do echo y; done
END
USER 65532:65532`,
  ),
  /** Responds, and reports that its eBPF programs are not attached. */
  blind: onTop("cognitod", "ENV LINNIX_BPF_PATH=/nonexistent"),
  /** Contains 40 MB that no other image has. */
  large: onTop("llama", 'RUN ["/usr/bin/dash", "-c", "head -c 40000000 /dev/urandom >/models/ballast"]'),
} as const satisfies Record<string, { of: ImageName; dockerfile: string }>;

export type Variant = keyof typeof variants;

/** References by digest, as the machine pulls them. */
export type References = Readonly<Record<ImageName, string>>;

/** Builds both images with the program and pushes them. */
export async function pushImages(registry: Registry): Promise<References> {
  const pushed = await pushByProgram(registry.pushAddress, testBases());
  for (const image of ["cognitod", "llama"] as const) {
    // The base of the variants.
    await docker("pull", "--quiet", pushed[image]);
    await docker("tag", pushed[image], tagOf(image));
    removeLater("image", "rm", tagOf(image), pushed[image]);
  }
  return { cognitod: registry.pulledAs(pushed.cognitod), llama: registry.pulledAs(pushed.llama) };
}

/** Builds a variant based on the image and pushes it; returns its reference by digest. */
export async function pushVariant(registry: Registry, name: Variant): Promise<string> {
  const { of, dockerfile } = variants[name];
  const tag = `${tagOf(of)}-${name.toLowerCase()}`;
  const args = ["buildx", "build", "--builder", "default", "--load", "--tag", tag, "-"];
  removeLater("image", "rm", tag);
  await run("docker", args, { input: dockerfile });
  return registry.push(tag, `linnix-dev-${of}`);
}
