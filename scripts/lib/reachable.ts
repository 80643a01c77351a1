import * as https from "node:https";

/** Whether an HTTPS server answers at all, whatever it says, within `milliseconds`. */
export function reachable(url: string, milliseconds = 3000): Promise<boolean> {
  return new Promise((resolve) => {
    const request = https.request(url, { method: "HEAD", timeout: milliseconds }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => {
      resolve(false);
    });
    request.end();
  });
}
