"use client";
import { ErrorPanel } from "@/app/_ui/error-panel.client";

/** The shell itself could not be drawn, most likely because the database does not answer. */
export default function RootError({ error }: { error: Error & { digest?: string } }) {
  return <ErrorPanel reference={error.digest} onRetry={() => window.location.reload()} />;
}
