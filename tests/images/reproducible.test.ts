import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { type BuildSpec, buildxArguments, cognitodBuild, llamaBuild } from "../../components/images/build-spec";
import { projectFolder } from "../../scripts/lib/home";
import { run } from "../../scripts/lib/run";
import { docker, removeLater, removeMade, tarOf, testBases } from "./docker";

/** The same build from a copy of its folders: with another path, other times, and the permissions of another umask. */
function elsewhere(spec: BuildSpec, copy: string): BuildSpec {
  const copied = (place: string) => {
    const filter = (file: string) => !["target", "node_modules"].includes(path.basename(file));
    fs.cpSync(path.join(projectFolder, place), path.join(copy, place), { recursive: true, filter });
    return path.join(copy, place);
  };
  const contexts = Object.fromEntries(Object.entries(spec.contexts).map(([name, place]) => [name, copied(place)]));
  return { ...spec, folder: copied(spec.folder), contexts };
}

/** Each file of an image with its content's hash, permissions, owner and time: to name what differs. */
async function listing(image: string): Promise<string[]> {
  const described = 'echo "$TAR_FILENAME $TAR_MODE $TAR_UID:$TAR_GID $TAR_MTIME $(sha256sum)"';
  const files = await tarOf(image, ["--extract", "--to-command", described]);
  const names = await tarOf(image, ["--list", "--verbose", "--numeric-owner", "--full-time", "--utc"]);
  // The engine makes these files in every container.
  const own = /^(?:\.dockerenv|dev\/|etc\/(?:hostname|hosts|resolv\.conf|mtab)|proc\/|sys\/)/;
  const lines = [...files.split("\n"), ...names.split("\n").filter((line) => !line.startsWith("-"))];
  return lines.filter((line) => !own.test(line) && !/ (?:dev|proc|sys|etc)\/$| \.dockerenv$| etc\/mtab /.test(line));
}

describe("two builds of the same, from other folders, under other umasks and at other times, give the same image", () => {
  after(removeMade);

  const source = { kind: "sample", location: "sample/daemon", revision: "test" } as const;
  const builds: readonly [title: string, spec: BuildSpec][] = [
    ["llama", llamaBuild(testBases())],
    ["cognitod [full]", cognitodBuild(source, testBases())],
  ];
  for (const [title, spec] of builds)
    it(title, async () => {
      const made: { readonly tag: string; readonly id: string }[] = [];
      for (const [name, permissions] of [
        ["one", "u=rwX,go=rX"],
        ["another-path", "u=rwX,go="],
      ] as const) {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), `linnix-${name}-`));
        try {
          const copy = elsewhere(spec, folder);
          await run("chmod", ["-R", permissions, folder]);
          const tag = `linnix-test/reproducible-${spec.image}-${name}`;
          removeLater("image", "rm", tag);
          await run("docker", [...buildxArguments(copy, tag), "--no-cache"], { cwd: projectFolder });
          made.push({ tag, id: await docker("image", "inspect", "--format", "{{.Id}}", tag) });
        } finally {
          fs.rmSync(folder, { recursive: true });
        }
      }
      const [one, other] = made as [(typeof made)[0], (typeof made)[0]];
      if (one.id === other.id) return;
      const [first, second] = [await listing(one.tag), await listing(other.tag)];
      assert.deepEqual(second, first, "these files differ");
      const config = (tag: string) =>
        docker("image", "inspect", "--format", "{{json .Config}} {{.Created}} {{json .RootFS}}", tag);
      assert.equal(await config(other.tag), await config(one.tag), "the configuration or a layer's metadata differs");
      assert.fail(`equal files and configuration, and yet ${one.id} and ${other.id}: the history differs`);
    });
});
