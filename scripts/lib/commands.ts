import type { Command } from "./arguments";
import { qualityCommands } from "./quality-commands";

const json = { type: "boolean", description: "print JSON on standard output" } as const;

const stackOrFile = "a stack's name or the path of a settings file";

/** A stack that `npm start` made, or will make. */
const stack = { description: "the stack", default: "local" } as const;

/** The name becomes part of the names of containers, volumes and tags. */
const stackNames = {
  pattern: /^[a-z0-9][a-z0-9-]{0,30}$/,
  rule: "must be 1 to 31 lower-case letters, digits or dashes, and not start with a dash",
} as const;

/** Every command under scripts/commands and scripts/quality, and tests/aws/command.ts, by its file's name, with all that it accepts. */
export const commands = {
  start: {
    run: "npm start",
    description:
      "Brings a local stack up: installs what is missing, builds, starts both services and waits until they are healthy.",
    stack: { ...stack, allowed: stackNames },
    options: {
      json: { ...json, description: "print {changes, health, outputs, insight, seconds} as JSON on standard output" },
      config: { type: "string", value: "FILE", description: "a settings file to use instead of the stack's own" },
    },
  },
  stop: {
    run: "npm stop",
    description: "Destroys a local stack. Its volumes and images stay.",
    stack,
    options: {
      purge: {
        type: "boolean",
        description: "also remove volumes, images and, with the last stack, base images, state and the embedded engine",
      },
    },
  },
  status: {
    run: "npm run status",
    description:
      "Probes the running services now and prints the health report; in a terminal, as a table that goes on until Ctrl-C. " +
      "Exit status 1 if a service is not healthy.",
    stack,
    options: {
      json,
      once: { type: "boolean", description: "print one report, also in a terminal" },
    },
  },
  dashboard: {
    run: "npm run dashboard",
    description:
      "Opens a stack's dashboard: prints an address of this machine that adds cognitod's token, and forwards to an EC2 host " +
      "through Systems Manager. Ctrl-C ends it.",
    stack,
    options: {},
  },
  host: {
    run: "npm run host",
    description:
      "Asks or changes the host of a stack: what linnix-release observes there (status), which releases it has applied (history), " +
      "back to the release before the current one (rollback), a service's log (logs), a shell on it (shell).",
    stack: { description: "the stack" },
    names: {
      value: "COMMAND",
      usage: "status | history | rollback [RELEASE] | logs SERVICE | shell",
      description: "status, history, rollback [RELEASE], logs SERVICE or shell; on a stack of this machine only logs",
    },
    options: {
      json: { ...json, description: "print what status and history have as JSON on standard output" },
      since: {
        type: "string",
        value: "AGE",
        description: "how far back logs goes: a number with s, m, h, d or w, such as 42m (default: 1h)",
      },
    },
  },
  deploy: {
    run: "npm run deploy",
    description:
      "Updates a stack in the backend that `pulumi login` names, with refresh and by the policy pack. If another update holds the " +
      "stack's lock, tells whose it is, since when, and whether it still runs.",
    stack: { description: "the stack" },
    options: {
      yes: { type: "boolean", description: "update without asking" },
      "take-over": {
        type: "boolean",
        description: "remove the lock of an update that is proven to be over, and what it left half made in the state",
      },
    },
  },
  doctor: {
    run: "npm run doctor",
    description:
      "Checks this machine and a stack, one line each, and changes nothing. Exit status 1 if something would stop a start.",
    stack,
    options: {
      bundle: {
        type: "string",
        value: "FILE",
        description:
          "also write a .tar for a report about a problem: versions, settings, resources, logs, without secrets",
      },
    },
  },
  init: {
    run: "npm run init",
    description:
      "Writes Pulumi.<stack>.yaml for a new stack, and prints what the stack will cost and make. Asks in a terminal; elsewhere " +
      "a default answers what no option does.",
    stack: { description: "the new stack's name", allowed: stackNames },
    options: {
      host: { type: "string", value: "HOST", description: "where both services run: local or ec2" },
      region: { type: "string", value: "REGION", description: "the AWS region of an EC2 host" },
      "instance-type": { type: "string", value: "TYPE", description: "the EC2 instance type of the host" },
      private: { type: "boolean", description: "give an EC2 host no public address; needs --model" },
      model: {
        type: "string",
        value: "ADDRESS",
        description: "with --private, the address of the model in S3 of the region",
      },
      "alarm-email": {
        type: "string",
        value: "ADDRESSES",
        description: "who receives alarms of an EC2 host, separated by commas; may be empty",
      },
    },
  },
  check: {
    run: "npm run check",
    description: "Validates a stack's settings without touching anything. Exit status 2 if a setting is invalid.",
    stack: { description: stackOrFile },
    options: {},
  },
  render: {
    run: "npm run render",
    description:
      "Prints a stack's resource graph as JSON, or one rendered file, without engine, credentials or network.",
    stack: { description: stackOrFile, default: "local" },
    options: {
      file: {
        type: "string",
        value: "NAME",
        description: "the rendered file to print; an unknown name lists all of them",
      },
    },
  },
  cost: {
    run: "npm run cost",
    description:
      "Prints what a stack costs in a month, from its resource graph and a dated list of prices. Needs no credentials or network.",
    stack: { description: stackOrFile },
    options: { json },
  },
  graph: {
    run: "npm run -s graph",
    description:
      "Prints a stack's resources as text that mermaid draws as a picture, without engine, credentials or network.",
    stack: { description: stackOrFile },
    options: {},
  },
  env: {
    run: "npm run -s env",
    description:
      "Prints the shell commands that set the environment for plain pulumi and docker on a stack of npm start.",
    stack,
    options: {},
  },
  prune: {
    run: "npm run prune",
    description:
      "Removes what a start can make again: build cache, unused images, caches, programs of other versions. What runs goes on.",
    options: {
      "dry-run": {
        type: "boolean",
        description:
          "remove nothing, and print the size of each part of the project's home, and what a prune frees of it",
      },
    },
  },
  bench: {
    run: "npm run bench",
    description:
      "Measures the stack local and prints the table that the README carries. Builds without cache: takes minutes.",
    stack: { ...stack, allowed: { pattern: /^local$/, rule: "is not supported: only the stack local is measured" } },
    options: {
      json,
      "from-nothing": {
        type: "boolean",
        description: "also time a first npm start with empty caches, in a folder of its own",
      },
    },
  },
  images: {
    run: "npm run -s images",
    description:
      "Publishes this checkout's images for amd64 and arm64, and prints their references. Asks the registry before each step " +
      "whether its result is there already, so that a repetition completes what was interrupted.",
    names: {
      value: "COMMAND",
      usage: "build | index | publish | show | sign | try | page [IMAGE...]",
      description:
        "build (each platform's image), index (joins both and tags them), publish (both of these), show (what is published), " +
        "sign (by cosign, without a key), try (starts what is published by the quickstart, on a machine without a local " +
        "stack), or page (makes the release's page by gh, with the quickstart); then the images, by default all",
    },
    options: {
      registry: {
        type: "string",
        value: "ADDRESS",
        description: "where to, with the owner's path, such as ghcr.io/my-org; docker login must have been done for it",
      },
      arch: { type: "string", value: "ARCH", description: "build only this platform: amd64 or arm64" },
      release: {
        type: "string",
        value: "TAG",
        description: "also give the tags of a release; must be v and the version in package.json",
      },
      config: {
        type: "string",
        value: "FILE",
        description:
          "a settings file with what to build from; by default upstream's pinned commit on the pinned base images",
      },
      builder: {
        type: "string",
        value: "NAME",
        description: "the buildx builder",
        default: "default",
      },
      attest: { type: "boolean", description: "attach provenance and an SBOM; needs a docker-container builder" },
    },
  },
  box: {
    run: "npm run box",
    description:
      "An AWS of this machine's own, for trials (tests/aws/README.md): brings it up (up), prints what it has (status), opens a shell " +
      "in which pulumi's stack box and the AWS CLI lead to it (shell), runs a script on its host (host SCRIPT), ends it (down).",
    names: {
      value: "COMMAND",
      usage: "up | status | shell | host SCRIPT | down",
      description: "up, status, shell, host SCRIPT or down",
    },
    options: {},
  },
  docs: {
    run: "npm run docs",
    description:
      "Generates docs/SETTINGS.md, docs/DEPLOYER.md, docs/iam, the config section of Pulumi.yaml, and the costs in the docs.",
    options: {
      check: {
        type: "boolean",
        description: "write nothing; print the stale files and exit with status 1 if there are any",
      },
    },
  },
  pins: {
    run: "npm run pins",
    description: "Prints each pinned version, image and checksum of pins.json with the places that use it.",
    options: {
      check: {
        type: "boolean",
        description: "print only the places that disagree with pins.json, and exit with status 1 if there are any",
      },
    },
  },
  "graph-diff": {
    run: "npm run -s graph-diff",
    description:
      "Prints as markdown what this checkout adds, removes, replaces and changes in each stack, compared with another checkout. " +
      "Needs no engine, credentials or network once the npm packages of both are installed.",
    names: {
      value: "STACK",
      description: "only these stacks; by default all that either checkout has a settings file for",
    },
    options: { base: { type: "string", value: "FOLDER", description: "the checkout to compare with" } },
  },
  ...qualityCommands,
} as const satisfies Readonly<Record<string, Command>>;
