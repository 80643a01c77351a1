import * as fs from "node:fs";
import * as path from "node:path";

import pins from "../../pins.json";
import { cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import { projectFolder } from "../lib/home";
import { allPins } from "./pins";

/** A place that repeats a pin's value, because what reads the file cannot read pins.json. */
export interface Copy {
  /** The file, relative to the project's folder. */
  readonly file: string;
  /** The place in it. */
  readonly what: string;
  /** The value in the file; undefined if the place does not exist. */
  readonly found: string | undefined;
  /** The pinned value; undefined if pins.json has none for this place. */
  readonly expected: string | undefined;
}

/** Returns the content of a file of the project. */
export type Read = (file: string) => string;

/** Reads the files on disk. */
export const readProjectFile: Read = (file) => fs.readFileSync(path.join(projectFolder, file), "utf8");

/** The reference of an image without its digest. */
const withoutDigest = (image: string) => image.replace(/@.*/, "");
const repositoryOf = (image: string) => withoutDigest(image).replace(/:[^:/]*$/, "");

/** The build arguments that the program passes by default, without those about the source. */
function passedArguments(): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const upstream = { kind: "upstream", location: "", revision: "" } as const;
  const passed = [cognitodBuild(upstream, {}), llamaBuild({})].map(({ folder, arguments: all }) => {
    const { REVISION, VERSION, ...pinned } = all;
    // A label, by which people find the image; its digest is in the build's record.
    return [`${folder}/Dockerfile`, { ...pinned, BASE_NAME: withoutDigest(pins.images.debian) }] as const;
  });
  return Object.fromEntries(passed);
}

/** The defaults of a Dockerfile's build arguments that are pinned: those of the program, and every image of a registry. */
function dockerfileCopies(file: string, read: Read, passed: Readonly<Record<string, string>> = {}): Copy[] {
  const defaults = new Map(
    [...read(file).matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name = "", value]) => [name, value]),
  );
  const isImage = (name: string) => /^(docker\.io|ghcr\.io)\//.test(defaults.get(name) ?? "");
  const names = new Set([...Object.keys(passed), ...[...defaults.keys()].filter(isImage)]);
  return [...names].map((name) => {
    const found = defaults.get(name);
    const sameRepository = Object.values(pins.images).find(
      (image) => repositoryOf(image) === repositoryOf(found ?? ""),
    );
    return { file, what: `ARG ${name}`, found, expected: passed[name] ?? sameRepository };
  });
}

/** The version of a module that a go.mod requires. */
function moduleCopy(folder: string, module: string, expected: string, read: Read): Copy {
  const file = `scripts/toolchain/modules/${folder}/go.mod`;
  const found = new RegExp(`^(?:require)?\\s*${module} v(\\S+)`, "m").exec(read(file))?.[1];
  return { file, what: module, found, expected };
}

function packageCopies(read: Read): Copy[] {
  const file = "package.json";
  const { dependencies } = JSON.parse(read(file)) as { dependencies: Readonly<Record<string, string>> };
  return Object.entries(pins.pulumi.plugins).map(([plugin, { version }]) => {
    const name = `@pulumi/${plugin}`;
    return { file, what: name, found: dependencies[name], expected: version };
  });
}

/** What pulumi/actions installs in the workflows. */
function workflowCopy(read: Read): Copy {
  const file = ".pulumi-version";
  return { file, what: "the version", found: read(file).trim(), expected: pins.pulumi.cli.version };
}

function backportsCopy(read: Read): Copy {
  const file = "scripts/bases/rust.Dockerfile";
  const found = /-t (\w+)-backports /.exec(read(file))?.[1];
  return { file, what: "apt-get install -t", found, expected: pins.debianSuites.stable };
}

/** Every copy in the given files of the project. */
export function pinCopies(files: readonly string[], read: Read = readProjectFile): Copy[] {
  const passed = passedArguments();
  const { cli, languageHost, plugins } = pins.pulumi;
  return [
    ...files
      .filter((file) => /(^|[./])Dockerfile$/.test(file))
      .flatMap((file) => dockerfileCopies(file, read, passed[file])),
    backportsCopy(read),
    ...packageCopies(read),
    workflowCopy(read),
    moduleCopy("cli", "github.com/pulumi/pulumi/pkg/v3", cli.version, read),
    moduleCopy("lang", "github.com/pulumi/pulumi/sdk/v3", languageHost, read),
    moduleCopy("docker-build", "github.com/pulumi/pulumi-docker-build", plugins["docker-build"].version, read),
  ];
}

/** The pin that a copy repeats, by its name. */
export function pinOf({ expected }: Copy): string | undefined {
  return allPins.find(({ value }) => value === expected || withoutDigest(value) === expected)?.name;
}

/** One line for each copy that differs from its pin. */
export function disagreements(copies: readonly Copy[]): string[] {
  return copies
    .filter(({ found, expected }) => found !== expected)
    .map((copy) => {
      const { file, what, found = "missing", expected } = copy;
      const pinned =
        expected === undefined
          ? "pins.json has no image of this repository"
          : `${pinOf(copy) ?? "the pin"} is ${expected}`;
      return `${file}: ${what} is ${found}, and ${pinned}`;
    });
}
