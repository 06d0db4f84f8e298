import { urls } from "@/app/_lib/urls";
import { isUuid } from "@/lib/kernel/ids";
import type { SearchHit } from "@/lib/queries/search";

/** The page of what a search found. `processes` are the names of consumers that are processes; the others are projections. */
export function hitHref(store: string, { kind, id }: SearchHit, processes: readonly string[]): string {
  switch (kind) {
    case "event":
      return urls.event(store, id);
    case "position":
      return urls.position(store, id);
    case "stream":
      return urls.stream(store, id);
    case "trace":
      return urls.trace(store, id);
    case "type":
      return urls.schemaType(store, id);
    case "consumer":
      return processes.includes(id) ? urls.process(store, id) : urls.projection(store, id);
    case "run":
      return urls.run(store, id);
    case "alert":
      return urls.alert(store, id);
    case "command":
      // One that was sent has an id; one that may be sent has a name.
      return isUuid(id) ? urls.handledCommand(store, id) : urls.command(store, id);
  }
}
