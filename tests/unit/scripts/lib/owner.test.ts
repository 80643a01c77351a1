import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { BadInput } from "../../../../scripts/lib/errors";
import { linnixHome, projectFolder } from "../../../../scripts/lib/home";
import { claimHome, isOwnHome, ownerOf } from "../../../../scripts/lib/owner";

let folder: string;
beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "linnix-owner-")));
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

describe("the folder that LINNIX_HOME names", () => {
  const usual = () => linnixHome({ HOME: folder }).root;

  it("is the usual one if the variable is empty, as if it were unset", () => {
    assert.equal(usual(), path.join(folder, ".local/share/linnix-pulumi"));
    assert.equal(linnixHome({ HOME: folder, LINNIX_HOME: "", XDG_DATA_HOME: "" }).root, usual());
    assert.equal(linnixHome({ HOME: folder, XDG_DATA_HOME: "relative" }).root, usual());
    assert.ok(path.isAbsolute(linnixHome({ HOME: "" }).root));
  });

  it("must be an absolute path, which neither contains the checkout nor is inside of it", () => {
    for (const value of ["home", "./home", "~/home", projectFolder, path.join(projectFolder, "home"), "/"]) {
      assert.throws(
        () => linnixHome({ LINNIX_HOME: value }),
        (error: BadInput) => {
          const [fault] = error.faults;
          assert.deepEqual([fault?.key, fault?.value], ["LINNIX_HOME", value]);
          return true;
        },
        value,
      );
    }
    // A neighbour whose name begins alike is neither.
    assert.equal(linnixHome({ LINNIX_HOME: `${projectFolder}-home` }).root, `${projectFolder}-home`);
  });

  it("is the real one behind a symbolic link, also before it exists", () => {
    fs.mkdirSync(path.join(folder, "real"));
    fs.symlinkSync(path.join(folder, "real"), path.join(folder, "link"));
    assert.equal(
      linnixHome({ LINNIX_HOME: path.join(folder, "link", "home") }).root,
      path.join(folder, "real", "home"),
    );
  });
});

describe("the home's owner", () => {
  const home = () => linnixHome({ LINNIX_HOME: path.join(folder, "home") });
  const write = (name: string, text = "") => {
    const file = path.join(folder, "home", name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };

  it("is marked once, by a random id", () => {
    assert.equal(ownerOf(home()), undefined);
    const owner = claimHome(home());
    assert.match(owner, /^[0-9a-f-]{36}$/);
    assert.deepEqual([claimHome(home()), ownerOf(home()), isOwnHome(home())], [owner, owner, true]);
    assert.notEqual(claimHome(linnixHome({ LINNIX_HOME: path.join(folder, "other") })), owner);
  });

  for (const name of ["models/mine.gguf", "state/mine", "engine/mine", "logs/mine", "passphrase", "Pulumi.x.yaml"]) {
    it(`is somebody else if the folder has ${name} without a mark`, () => {
      write(name);
      assert.equal(isOwnHome(home()), false);
      assert.throws(() => claimHome(home()), /LINNIX_HOME = .*contains .*set LINNIX_HOME to an empty folder/s);
      assert.ok(fs.existsSync(path.join(folder, "home", name)));
    });
  }

  it("takes a folder with files under names that this project does not use", () => {
    write("notes.txt");
    write("pulumi/plugins/x");
    claimHome(home());
    assert.equal(isOwnHome(home()), true);
  });

  it("takes a home of an earlier version: one with a session that names it", () => {
    write("state/x");
    write("session-local.json", JSON.stringify({ configFile: path.join(folder, "elsewhere", "Pulumi.local.yaml") }));
    assert.throws(() => claimHome(home()), BadInput);
    write("session-local.json", JSON.stringify({ configFile: path.join(folder, "home", "Pulumi.local.yaml") }));
    claimHome(home());
  });

  it("is unknown with a mark that is none", () => {
    for (const text of ["", "null", "[]", '{"owner":1}', '{"owner":"../x"}']) {
      write(".linnix-pulumi.json", text);
      assert.equal(ownerOf(home()), undefined, text);
    }
  });
});
