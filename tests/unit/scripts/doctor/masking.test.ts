import assert from "node:assert/strict";

import * as fc from "fast-check";

import { environmentSecrets, masking, secretsIn } from "../../../../scripts/doctor/masking";

describe("the masking of a bundle", () => {
  it("removes each known secret in the forms in which programs print it", () => {
    const secret = 'pa"ss wörd/+';
    const mask = masking([secret]);
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      assert.equal(mask(`before ${form} after`), "before [secret] after");
    assert.ok(!mask(`Basic ${Buffer.from(secret).toString("base64")}`).includes("cGEi"));
  });

  it("removes any secret of four characters or more, wherever it stands, and whatever contains it", () => {
    const text = fc.stringMatching(/^[a-z0-9/+]{4,12}$/);
    const property = fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.nat(), (secrets, at) => {
      const chosen = secrets[at % secrets.length]!;
      const shown = masking(secrets)(`<${chosen}${chosen}> ${secrets.join("-")}`);
      for (const secret of secrets) assert.ok(!shown.replaceAll("[secret]", "").includes(secret), shown);
    });
    fc.assert(property);
  });

  it("removes each line of a secret of several, and leaves short values alone", () => {
    assert.equal(masking(["first-line\nsecond-line", "a", ""])("a first-line b second-line"), "a [secret] b [secret]");
  });

  for (const [what, text, rest] of [
    ["a key of AWS", "id AKIAIOSFODNN7EXAMPLE", "id [secret]"],
    ["a webhook", "to https://hooks.slack.com/services/T0/B0/x", "to https://hooks.slack.com/[secret]"],
    ["a header", "authorization: Bearer abcdefgh", "authorization: Bearer [secret]"],
    ["a login and a signature of an address", "https://me:pw@x.test/a?sig=1 ok", "https://…@x.test/a?… ok"],
    ["a private key", "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nok", "[secret]\nok"],
  ] as const) {
    it(`removes ${what} that is not known`, () => {
      assert.equal(masking([])(text), rest);
    });
  }

  it("knows secrets of an environment by the variables' names, and logins in any address", () => {
    const found = environmentSecrets({
      ...{ AWS_SECRET_ACCESS_KEY: "one1", API_TOKEN: "two2", HTTPS_PROXY: "http://me:three:3@proxy:3128" },
      ...{ PULUMI_CONFIG_PASSPHRASE_FILE: "/path", HOME: "/root", EMPTY: undefined },
    });
    assert.deepEqual(found, ["one1", "two2", "me:three:3", "three:3"]);
  });

  it("knows secrets of a document by their keys, however deep", () => {
    const found = secretsIn({
      a: [{ password: "one1" }, { token: { secure: "two2" } }],
      b: "http://u:three3@h/?sig=signature4&v=1",
      c: 1,
      d: null,
    });
    assert.deepEqual(found, ["one1", "two2", "u:three3", "three3", "signature4"]);
  });
});
