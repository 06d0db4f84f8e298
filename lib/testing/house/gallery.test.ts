import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { root } from "./source-files";

const here = path.join(root, "app/%5Fui");
const parts = path.join(root, "app/_ui");

/** What only lives in the shell, follows a store, or draws nothing by itself. */
const ELSEWHERE = [
  ...["command-palette.client.tsx", "keys-help.client.tsx", "shell-keys.client.tsx", "nav-link.client.tsx"],
  ...[
    "nav-toggle.client.tsx",
    "run-notices.client.tsx",
    "forgotten-watch.client.tsx",
    "live-refresh.client.tsx",
    "pending-change.client.tsx",
  ],
  ...["views-menu.client.tsx", "external-trace-link.tsx", "chart-axis.tsx", "lag-chart.client.tsx"],
  ...["slo-chart.client.tsx", "demands.client.tsx", "link.client.tsx", "sheet.client.tsx"],
  ...["sheet-button.client.tsx"],
  ...["lines-chart.client.tsx", "time-brush.client.tsx", "keyset-table.client.tsx"],
];

test("every part of the console is in the gallery, or is named as living elsewhere", () => {
  const gallery = fs
    .readdirSync(here)
    .filter((file) => file.endsWith(".tsx"))
    .map((file) => fs.readFileSync(path.join(here, file), "utf8"))
    .join("\n");
  const files = fs.readdirSync(parts).filter((file) => file.endsWith(".tsx"));
  const missing = files.filter((file) => !gallery.includes(`@/app/_ui/${file.replace(/\.tsx$/, "")}"`));
  expect(missing.filter((file) => !ELSEWHERE.includes(file))).toEqual([]);
  expect(ELSEWHERE.filter((file) => !files.includes(file))).toEqual([]);
});

test("a production build has no address for the gallery: only a development server takes .dev.tsx for a page", async () => {
  const config = (await import("@/next.config.js")).default as (phase: string) => { pageExtensions?: string[] };
  expect(config("phase-development-server").pageExtensions).toContain("dev.tsx");
  expect(config("phase-production-build").pageExtensions ?? ["tsx", "ts"]).not.toContain("dev.tsx");
  expect(fs.readdirSync(here).filter((file) => /^(page|route)\.tsx?$/.test(file))).toEqual([]);
});
