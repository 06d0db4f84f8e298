import { IdChip } from "@/app/_ui/id-chip";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { PersonKey } from "@/lib/keys/destroy-keys";

/** A person's keys in turn; a destroyed one stays as its tombstone. */
export function SubjectKeys({ keys }: { keys: readonly PersonKey[] }) {
  return (
    <PlainTable label="Keys" heads={[num("Epoch"), "State", "Key", "Made", "Destroyed"]}>
      {keys.map(({ id, epoch, state, createdAt, destroyedAt }) => (
        <tr key={id} data-copy={id}>
          <td className="num">{epoch}</td>
          <td className="first">
            {state === "live" ? (
              <StatusPill status="ok">live</StatusPill>
            ) : (
              <StatusPill status="shred">destroyed</StatusPill>
            )}
          </td>
          <td>
            <IdChip id={id} what="key id" whole />
          </td>
          <td className="text-muted">
            <TimeCell at={createdAt} year />
          </td>
          <td className="text-muted">{destroyedAt === null ? "–" : <TimeCell at={destroyedAt} year />}</td>
        </tr>
      ))}
    </PlainTable>
  );
}
