// Plain JavaScript: what runs a pack would compile TypeScript by a compiler of its own, with other settings than tsx.
require("tsx/cjs");
require("./pack.ts");
