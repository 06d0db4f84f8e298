import { spawnSync } from "node:child_process";

/** The program to ask, and whether it is here: it is no package of npm, and where it is not installed its test is left out. */
export const prometheus = process.env.PROMETHEUS ?? "prometheus";
export const prometheusInstalled = spawnSync(prometheus, ["--version"]).status === 0;
