// Builds the front end into the package: one style sheet for all pages, one small script, one for live charts.
import { build } from "esbuild";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const out = fileURLToPath(new URL("../src/dure/foundation/web/static/built", import.meta.url));
rmSync(out, { recursive: true, force: true });

await build({
  entryPoints: ["src/dure.ts", "src/line.ts", "src/connect.ts", "src/alarms.ts", "src/trends.ts", "src/sheet.ts", "src/labels/labels.ts", "src/threads.ts", "styles/dure.css"],
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  outdir: out,
  entryNames: "[name]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  legalComments: "linked",
  logLevel: "warning",
});
