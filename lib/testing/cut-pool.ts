import type pg from "pg";

/** A pool whose process dies before a statement, as far as the server can tell. `sent` counts the statements that went out. */
export type CutPool = { readonly pool: pg.Pool; readonly sent: () => number };

/**
 * Lets `statements` statements through, begin and commit included, and breaks the connection before the next one: the server
 * rolls back what was open, as it does when a process is killed. Everything after throws, too.
 */
export function cutPool(pool: pg.Pool, statements: number): CutPool {
  let sent = 0;
  const dead = () => new Error(`cut after ${statements} statements`);
  const wrap = (client: pg.PoolClient): pg.PoolClient => {
    let released = false;
    return new Proxy(client, {
      get(target, key) {
        if (key === "query") {
          return async (...given: unknown[]) => {
            if (sent >= statements) {
              if (!released) target.release(true);
              released = true;
              throw dead();
            }
            sent += 1;
            return (target.query as (...all: unknown[]) => Promise<unknown>)(...given);
          };
        }
        if (key === "release") return (error?: Error | boolean) => (released ? undefined : target.release(error));
        const value = Reflect.get(target, key) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
  const connect = async () => {
    if (sent >= statements) throw dead();
    return wrap(await pool.connect());
  };
  const query = async (...given: unknown[]) => {
    if (sent >= statements) throw dead();
    sent += 1;
    return (pool.query as (...all: unknown[]) => Promise<unknown>)(...given);
  };
  return { pool: { connect, query } as unknown as pg.Pool, sent: () => sent };
}
