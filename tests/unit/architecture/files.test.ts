import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../../scripts/lib/home";
import { repositoryFiles } from "../../../scripts/lib/import-graph";

const limit = 400;

/** What nobody writes by hand, and documents. */
const exempt = /(^|\/)(package-lock\.json|go\.(?:mod|sum)|Cargo\.lock|LICENSE|.*\.md)$|^tests\/fixtures\/golden\//;

/** Each module of the host's program has one subject, and fits on a few screens. */
const moduleLimit = 250;

describe("the files of the repository", () => {
  const files = repositoryFiles();

  it(`have at most ${limit} lines`, () => {
    const lines = (file: string) => fs.readFileSync(path.join(projectFolder, file), "utf8").split("\n").length - 1;
    const long = files.filter((file) => !exempt.test(file) && lines(file) > limit);
    assert.deepEqual(
      long.map((file) => `${file}: ${lines(file)} lines`),
      [],
    );
  });

  it(`have at most ${moduleLimit} lines in the host's program`, () => {
    const modules = files.filter((file) => file.startsWith("host/linnix_release/"));
    assert.ok(modules.length > 10);
    const long = modules.filter(
      (file) => fs.readFileSync(path.join(projectFolder, file), "utf8").split("\n").length > moduleLimit,
    );
    assert.deepEqual(long, []);
  });

  it("have a test in each file of tests", () => {
    const tests = files.filter((file) => /(\.test\.ts|\/test_\w+\.py)$/.test(file));
    assert.ok(tests.length > 100);
    const read = (file: string) => fs.readFileSync(path.join(projectFolder, file), "utf8");
    assert.deepEqual(
      tests.filter((file) => !/\bit\(|\bdef test_/.test(read(file))),
      [],
    );
  });

  it("are in folders by subject: at most five are directly in components/hosts/ec2", () => {
    const direct = files.filter((file) => path.dirname(file) === "components/hosts/ec2");
    assert.ok(direct.length <= 5, direct.join(", "));
  });
});
