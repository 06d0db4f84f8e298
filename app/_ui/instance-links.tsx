import { urls } from "@/app/_lib/urls";
import type { InstanceRef } from "@/lib/queries/instances-of";
import { Link } from "./link.client";

/** The instances of processes that something reached, as links; nothing where there are none. */
export function InstanceLinks({ store, instances }: { store: string; instances: readonly InstanceRef[] }) {
  if (instances.length === 0) return null;
  return (
    <span className="text-data">
      {instances.slice(0, 3).map(({ process, instance }) => (
        <Link
          key={`${process} ${instance}`}
          href={urls.processInstance(store, process, instance)}
          className="link mr-2"
        >
          {process} · {instance}
        </Link>
      ))}
      {instances.length > 3 ? `and ${instances.length - 3}${instances.length === 20 ? "+" : ""} more` : null}
    </span>
  );
}
