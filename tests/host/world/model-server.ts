import * as fs from "node:fs";
import type * as http from "node:http";

/** Serves one file for every path, and supports ranges. Calls `served` for each download. */
export function modelServer(file: () => string, served: () => void): http.RequestListener {
  return (request, response) => {
    if (request.method === "GET") served();
    const bytes = file() === "" ? Buffer.from("no model\n") : fs.readFileSync(file());
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const partial = request.headers.range !== undefined;
    response.writeHead(partial ? 206 : 200, {
      "Content-Length": bytes.length - from,
      ...(partial ? { "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : bytes.subarray(from));
  };
}
