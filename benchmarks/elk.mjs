// Lay out the graph on the standard input with elkjs; the folder that holds node_modules/elkjs is the argument.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const ELK = createRequire(process.argv[2] + "/")("elkjs");
const graph = JSON.parse(readFileSync(0, "utf8"));
const done = await new ELK().layout(graph);
console.log(done.width, done.height);
