// Runs each command of the publish workflow as a step of GitHub would, with stubs of docker and cosign: the steps' order, their
// outputs and what the registry has at the end. `sh` stands in for the quickstart, which tests/programs runs, and `gh` for GitHub.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { parse } from "yaml";

import { buildSpecs } from "../../../components/images/build-spec";
import { platformTag } from "../../../components/images/tags";
import { architectures, repositoryOf } from "../../../scripts/images/publish";
import { releaseTag } from "../../../scripts/images/release-tags";
import { projectFolder } from "../../../scripts/lib/home";
import { type RunResult, tryRun } from "../../../scripts/lib/run";
import { settingsOf } from "../../fixtures/settings";

interface Step {
  readonly id?: string;
  readonly if?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly jobs: Readonly<Record<"image" | "index" | "quickstart" | "release", { readonly steps: readonly Step[] }>>;
}

const { jobs } = parse(fs.readFileSync(path.join(projectFolder, ".github/workflows/publish.yml"), "utf8")) as Workflow;
const stub = path.join(projectFolder, "tests/fixtures/stub-docker.mjs");

describe("the steps of the publish workflow", function () {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-workflow-"));
    for (const name of ["bin", "registry"]) fs.mkdirSync(path.join(folder, name));
    program("docker", `exec "${process.execPath}" "${stub}" "$@"`);
    program("cosign", `echo "$*" >>"${path.join(folder, "signed")}"`);
    // npm runs its scripts by sh, too.
    program(
      "sh",
      `case "$1" in *quickstart.sh) cp "$1" "${under("tried")}" && echo started;; *) exec /bin/sh "$@";; esac`,
    );
    program("gh", `echo "$*" >"${under("gh")}"\nshift 7\ncp "$@" "${folder}"`);
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  const under = (name: string) => path.join(folder, name);

  function program(name: string, script: string): void {
    fs.writeFileSync(path.join(folder, "bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  const outputs = () => {
    const file = path.join(folder, "output");
    return Object.fromEntries(
      (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "")
        .split("\n")
        .map((line) => line.split("=") as [string, string]),
    );
  };

  /** Runs a command as a step does. */
  function step(command: string): Promise<RunResult> {
    return tryRun("bash", ["-e", "-c", command], {
      cwd: projectFolder,
      env: {
        ...process.env,
        LINNIX_HOME: path.join(folder, "home"),
        PATH: `${path.join(folder, "bin")}:${process.env.PATH ?? ""}`,
        DOCKER_HOST: "unix:///nowhere.sock",
        STUB_DOCKER: path.join(folder, "registry"),
        STUB_DOCKER_VERSION: "0.0.1",
        REGISTRY: "ghcr.io/me",
        GITHUB_OUTPUT: path.join(folder, "output"),
        GITHUB_REF_NAME: releaseTag,
      },
    });
  }

  async function runAll(commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const { status, stderr } = await step(command);
      assert.equal(status, 0, `${command}\n${stderr}`);
    }
  }

  /** The commands of the index, of a commit or of a release; without `npm run check`, which other tests run. */
  const indexCommands = (isTag: boolean) =>
    jobs.index.steps.flatMap(({ run = "", if: only }) =>
      !run.includes(" images ") || (only !== undefined && !isTag) ? [] : [run],
    );

  const [build = ""] = jobs.image.steps.flatMap(({ run }) => run ?? []);

  /** What the jobs for the other platforms and images push. */
  function pushOthers(): void {
    for (const spec of Object.values(buildSpecs(settingsOf({}, { stack: "local" }))))
      for (const architecture of architectures) {
        const reference = `${repositoryOf("ghcr.io/me", spec)}:${platformTag(spec, architecture)}`;
        const file = path.join(folder, "registry", encodeURIComponent(reference));
        if (!fs.existsSync(file)) fs.writeFileSync(file, `sha256:${"0".repeat(64)}`);
      }
  }

  it("build a platform with attestations, join, attest, sign, and tag a release last", async () => {
    await runAll([build.replace("${{ matrix.image }}", "llama").replace("${{ matrix.arch }}", "arm64")]);
    const builds = fs.readFileSync(path.join(folder, "registry", "builds"), "utf8").trim();
    assert.match(
      builds,
      /--builder attesting --attest type=provenance,mode=max --attest type=sbom --push .*linux\/arm64/,
    );

    pushOthers();
    await runAll(indexCommands(true));
    const found = fs.readdirSync(path.join(folder, "registry")).map(decodeURIComponent);
    const signed = fs.readFileSync(path.join(folder, "signed"), "utf8");
    for (const image of ["cognitod", "llama"]) {
      const repository = `ghcr.io/me/linnix-${image}`;
      const tags = found.filter((it) => it.startsWith(`${repository}:`)).map((it) => it.replace(/^.*:/, ""));
      assert.ok(
        [releaseTag, "latest"].every((tag) => tags.includes(tag)),
        tags.join(" "),
      );
      const digest = fs.readFileSync(path.join(folder, "registry", encodeURIComponent(`${repository}:latest`)), "utf8");
      assert.deepEqual(
        [outputs()[`${image}-repository`], outputs()[`${image}-digest`], outputs()[image]],
        [repository, digest, `${repository}@${digest}`],
      );
      // What is attested are these outputs, by the names that the steps use.
      const subject = {
        name: `\${{ steps.index.outputs.${image}-repository }}`,
        digest: `\${{ steps.index.outputs.${image}-digest }}`,
      };
      assert.ok(
        jobs.index.steps.some(
          ({ with: given }) => given?.["subject-name"] === subject.name && given["subject-digest"] === subject.digest,
        ),
        image,
      );
      assert.ok(signed.includes(`sign --yes --recursive ${repository}@${digest}\n`));
    }
  });

  it("start what is published, and make the page of a release with its notes and what was started", async () => {
    const [tried = "", page = ""] = [jobs.quickstart, jobs.release].map(({ steps }) => steps.at(-1)?.run);
    const early = await step(tried);
    assert.equal(early.status, 1);
    assert.match(early.stderr, /ghcr\.io\/me does not have the images of this checkout/);

    pushOthers();
    await runAll([...indexCommands(false).filter((command) => !command.includes("sign")), tried, page]);
    const read = (name: string) => fs.readFileSync(under(name), "utf8");
    for (const image of ["cognitod", "llama"]) {
      for (const file of ["tried", "quickstart.sh", "docker-compose.yaml"])
        assert.ok(read(file).includes(outputs()[image]!), `${file}: ${image}`);
    }
    assert.equal(read("tried"), read("quickstart.sh"));
    const files = ["notes.md", "quickstart.sh", "docker-compose.yaml"].map((name) => `\\S+/${name}`).join(" ");
    const expected = `^release create ${releaseTag} --verify-tag --title ${releaseTag} --notes-file ${files}\n$`;
    assert.match(read("gh"), new RegExp(expected));
    const changelog = fs.readFileSync(path.join(projectFolder, "CHANGELOG.md"), "utf8");
    const notes = read("notes.md").trim();
    assert.ok(notes.length > 100 && !notes.includes("## ") && changelog.includes(`)\n\n${notes}`), notes);
  });

  it("fail where the quickstart does", async () => {
    program("sh", `case "$1" in *quickstart.sh) echo the cause >&2; exit 1;; *) exec /bin/sh "$@";; esac`);
    pushOthers();
    await runAll(indexCommands(false).filter((command) => !command.includes("sign")));
    const { status, stderr } = await step(jobs.quickstart.steps.at(-1)?.run ?? "");
    assert.equal(status, 1);
    assert.match(stderr, /the cause/);
  });

  it("give no release's tag for a commit, and fail where a platform is missing", async () => {
    assert.equal(indexCommands(true).length, indexCommands(false).length + 1);
    assert.ok(indexCommands(false).every((command) => !command.includes("--release")));
    const [index = ""] = indexCommands(false).filter((command) => command.includes("images -- index"));
    const { status, stderr } = await step(index);
    assert.equal(status, 1);
    assert.match(stderr, /the image for amd64 is not there yet: npm run -s images -- build cognitod --arch amd64/);
  });
});
