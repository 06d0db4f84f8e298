import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";

/** The steps of forgetting a person, in their order, and what they are called. */
const shredSteps = {
  identify: "Identify",
  radius: "Blast radius",
  confirm: "Confirm",
  shred: "Shred",
  proof: "Proof",
} as const;

/** One of them. */
export type ShredStep = keyof typeof shredSteps;

/** Where a request is, and which of its steps can be looked at; identifying is over once there is a request. */
export function Steps({
  store,
  request,
  at,
  reached,
}: {
  store: string;
  /** Null while a person is identified. */
  request: string | null;
  at: ShredStep;
  reached: readonly ShredStep[];
}) {
  return (
    <nav aria-label="Steps" className="text-data">
      <ol className="flex flex-wrap gap-x-4 gap-y-1">
        {(Object.keys(shredSteps) as ShredStep[]).map((step, index) => (
          <li key={step} aria-current={step === at ? "step" : undefined}>
            {request !== null && step !== at && reached.includes(step) ? (
              <Link href={urls.shred(store, request, { step })} className="link">
                {index + 1} {shredSteps[step]}
              </Link>
            ) : (
              <span className={step === at ? "font-semibold text-text" : "text-muted"}>
                {index + 1} {shredSteps[step]}
                {step === "identify" && request !== null ? <span aria-hidden="true"> ✓</span> : null}
              </span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
