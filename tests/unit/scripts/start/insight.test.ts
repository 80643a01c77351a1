import assert from "node:assert/strict";
import * as http from "node:http";

import fc from "fast-check";

import { asInsight, firstInsight, forTerminal } from "../../../../scripts/start/insight";

const insight = { timestamp: 1, summary: "all well" };

describe("an insight", () => {
  it("is an answer with status 200, a time and a summary", () => {
    assert.deepEqual(asInsight(200, JSON.stringify(insight)), insight);
  });

  const others: [string, number, string][] = [
    ["another status", 503, JSON.stringify(insight)],
    ["no time", 200, '{"summary":"x"}'],
    ["no summary", 200, '{"timestamp":1}'],
    ["no JSON", 200, "<html>"],
    ["null", 200, "null"],
    ["a failure of the model's API", 200, '{"timestamp":1,"summary":"LLM API error: refused"}'],
    ["a failure of the model's format", 200, '{"timestamp":1,"summary":"LLM response format error"}'],
  ];
  for (const [what, status, body] of others) {
    it(`is none with ${what}`, () => {
      assert.equal(asInsight(status, body), undefined);
    });
  }

  describe("is asked for", () => {
    let server: http.Server;
    let api: string;
    let authorizations: (string | undefined)[];
    const answers = async (...bodies: [number, string][]) => {
      authorizations = [];
      server = http.createServer((request, response) => {
        authorizations.push(request.headers.authorization);
        const [status, body] = bodies[Math.min(authorizations.length, bodies.length) - 1] ?? [500, ""];
        response.writeHead(status).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      api = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    };
    afterEach(() => server.close());

    it("with the token, until it is there", async () => {
      await answers([200, '{"timestamp":1,"summary":"LLM API error"}'], [200, JSON.stringify(insight)]);
      assert.deepEqual(await firstInsight({ api, token: "t", withinSeconds: 30 }), insight);
      assert.deepEqual(authorizations, ["Bearer t", "Bearer t"]);
    });

    it("in vain with the last answer in the message", async () => {
      await answers([401, "who are you"]);
      await assert.rejects(
        firstInsight({ api, token: "t", withinSeconds: 0 }),
        /No insight within 0 s.*401 who are you/,
      );
    });

    it("without reading an answer that never ends, or printing what a terminal would obey", async () => {
      server = http.createServer((_, response) => {
        response.writeHead(200);
        const write = () => {
          while (!response.destroyed && response.write("\u001b[2J\u0007x".repeat(10_000)));
          if (!response.destroyed) response.once("drain", write);
        };
        write();
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      api = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
      await assert.rejects(firstInsight({ api, token: "t", withinSeconds: 0 }), /last answered: 200 x+…$/);
    });
  });
});

describe("a text for the terminal", () => {
  it("is wrapped, and cut with a sign of it", () => {
    assert.equal(forTerminal("one two three", 7, 5), "one two\nthree");
    assert.equal(forTerminal("a b c d", 1, 2), "a\nb …");
    assert.equal(forTerminal("", 10, 2), "");
  });

  it("never has a line beyond the width, a line too many, or a character that a terminal would obey", () => {
    const width = 20;
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 5 }), (text, lines) => {
        const rows = forTerminal(text, width, lines).split("\n");
        assert.ok(rows.length <= lines);
        for (const row of rows) assert.ok(row.length <= width + 2);
        assert.ok(!/[\p{Cc}]/u.test(rows.join("")));
      }),
    );
  });
});
