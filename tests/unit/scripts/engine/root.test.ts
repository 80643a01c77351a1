import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { packages, places } from "../../../../scripts/engine/places";
import { ensureRoot, existingRoot } from "../../../../scripts/engine/root";
import { type Home, linnixHome } from "../../../../scripts/lib/home";
import { Step } from "../../../../scripts/lib/progress";
import { silentDisplay } from "../../../fixtures/silent-display";

describe("the embedded engine's root file system", () => {
  let folder: string;
  let home: Home;
  const searched = process.env.PATH;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-root-"));
    home = linnixHome({ LINNIX_HOME: folder });
  });
  afterEach(() => {
    process.env.PATH = searched;
    fs.rmSync(folder, { recursive: true });
  });

  /** A root as debootstrap leaves it, as far as it is read here. */
  const makeRoot = (name: string, codename: string): string => {
    const root = path.join(home.engine, name);
    fs.mkdirSync(path.join(root, "etc"), { recursive: true });
    fs.writeFileSync(path.join(root, "etc/os-release"), `ID=debian\nVERSION_CODENAME=${codename}\n`);
    return root;
  };
  /** A `chroot` that writes its arguments to a file and exits with this status; debootstrap is not found. */
  const stubChroot = (status: number): (() => string) => {
    const calls = path.join(folder, "calls");
    fs.writeFileSync(path.join(folder, "chroot"), `#!/bin/sh\necho "$@" >>${calls}\nexit ${status}\n`, { mode: 0o755 });
    process.env.PATH = folder;
    return () => fs.readFileSync(calls, "utf8");
  };
  const ensure = async (): Promise<string> => {
    const step = new Step("engine", "preparing", silentDisplay());
    try {
      return await ensureRoot(home, step);
    } finally {
      step.failed();
    }
  };

  it("gains the packages that it lacks in place, without an upgrade of the others", async () => {
    const older = makeRoot("root-000000000000", "trixie");
    const calls = stubChroot(0);
    const { root } = places(home);
    assert.equal(await ensure(), root);
    assert.ok(fs.existsSync(root) && !fs.existsSync(older));
    assert.match(calls(), new RegExp(`^${older} .*install .*--no-upgrade .*${packages.join(" ")}$`, "m"));
    assert.ok(packages.includes("git"));
  });

  it("is used as it is when packages can't be added, and completed the next time", async () => {
    const older = makeRoot("root-000000000000", "trixie");
    stubChroot(100);
    assert.equal(await ensure(), older);
    assert.equal(existingRoot(home), older);
    stubChroot(0);
    assert.equal(await ensure(), places(home).root);
  });

  it("is not one of another suite, or one that is incomplete", () => {
    makeRoot("root-000000000000", "bookworm");
    makeRoot("making-000000", "trixie");
    fs.mkdirSync(path.join(home.engine, "root-111111111111"));
    assert.equal(existingRoot(home), undefined);
  });

  it("is left alone when it has these packages", async () => {
    const { root } = places(home);
    makeRoot(path.basename(root), "trixie");
    process.env.PATH = folder;
    assert.equal(await ensure(), root);
  });
});
