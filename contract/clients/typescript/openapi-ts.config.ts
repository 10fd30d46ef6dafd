import { defineConfig } from "@hey-api/openapi-ts";

// File names with `.ts`, so that Node runs what is generated as it is.
export default defineConfig({
  input: "../../../openapi/openapi.json",
  output: { path: "../../out/typescript/sdk", module: { extension: ".ts" } },
  logs: { file: false },
});
