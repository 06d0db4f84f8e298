import type pg from "pg";
import { type Consumer, EventFailed } from "@/lib/subscriptions/consumer";

/** The article that the demo's poison events are about, and the read model that cannot take it while the fault is on. */
const POISON = '"DEMO-POISON"';
const CONSUMER = "order-summary";

/** What a bug in a projection looks like; its name says that it is the demo's own. */
class DemoFault extends Error {
  constructor() {
    super("this article has no parcel size. It is the demo's own fault: `tidemark traffic cure` deploys the fix.");
    this.name = "DemoFault";
  }
}

/**
 * The consumers of a demo: one of them carries a bug that can be switched on (`tidemark traffic poison`) and corrected
 * (`tidemark traffic cure`) while everything runs, so that the story of a poison event can be seen. The domain's own code
 * knows nothing of it. Worker and console ask the same switch, as two processes of one deploy would behave alike.
 */
export function withDemoFault(consumers: readonly Consumer[]): readonly Consumer[] {
  return consumers.map((consumer) => (consumer.name === CONSUMER ? faulty(consumer) : consumer));
}

function faulty(consumer: Consumer): Consumer {
  return {
    ...consumer,
    open(held) {
      const { prepare, forget } = consumer.open(held);
      return {
        forget,
        async prepare(events) {
          const index = events.findIndex(({ type, data }) => type === "ItemAdded" && data.includes(POISON));
          const event = events[index];
          if (event && (await isOn(held.pool))) throw new EventFailed(index, event, new DemoFault());
          return prepare(events);
        },
      };
    },
  };
}

async function isOn(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query("select 1 from traffic where (settings::jsonb)->>'poison' = 'true'");
  return rows.length > 0;
}
