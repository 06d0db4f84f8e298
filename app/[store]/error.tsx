"use client";
import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { ErrorPanel } from "@/app/_ui/error-panel.client";

/** The page failed; the shell stands. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const router = useRouter();
  const retry = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  return <ErrorPanel reference={error.digest} onRetry={retry} />;
}
