import type { FailpointLabel } from "@/lib/kernel/failpoint";
import { eventually } from "@/lib/testing/eventually";
import { type Arena, openArena } from "@/lib/testing/proof/arena";
import { armed, drawFate, type Fate, provenSteps, type Role, stepsOf } from "@/lib/testing/proof/fates";
import type { Random } from "@/lib/testing/proof/random";
import type { Stage } from "@/lib/testing/proof/stage";
import type { Program, Started } from "@/lib/testing/proof/start-process";
import { hit } from "@/lib/testing/proof/tally";
import { judge, type Verdict } from "@/lib/testing/proof/verdict";

const ARENAS = 2;
const LOOPS = 12;
/** A step that is not reached by then is left to another process. */
const PATIENCE_MS = 9_000;
/** When few steps are left, they are those that a whole rebuild leads to, and it comes to nothing while all die young. */
const FEW_STEPS = 3;
const LAST_PATIENCE_MS = 45_000;
const START_PATIENCE_MS = 20_000;
/** Every step is hit at least once; in a whole proof more often. */
const KILLS_PER_HIT = 200;
/** The share of lives in which a process has a clock of its own, wrong and jumping. */
const WRONG_CLOCKS = 0.4;
/** Whoever is slower than this is told what is missing instead of waiting for ever. */
const LIMIT_MS_PER_KILL = 5_000;

/**
 * Workers, writers and importers are killed and frozen, at random and at every step, while they work on several stores.
 * Ends when so many were killed, so much was appended, and every step was hit; then judges each store.
 */
export async function killProcesses(stage: Stage, goal: { kills: number; events: number }): Promise<Verdict[]> {
  const { tally } = stage;
  const killed = () => tally.killed.worker + tally.killed.writer + tally.killed.importer;
  const leastHits = Math.max(1, Math.floor(goal.kills / KILLS_PER_HIT));
  const unmet = (role?: Role) =>
    (role ? stepsOf(role) : provenSteps).filter((label) => (tally.hits.get(label) ?? 0) < leastHits);
  const arenas: Arena[] = [];
  for (let index = 1; index <= ARENAS; index++) {
    const name = `proof_kills_${index}`;
    const lacking = (word: string) => unmet("worker").some((label) => label.includes(word));
    const { folder, random } = stage;
    arenas.push(await openArena(stage.server().url, name, { folder, random: random.fork(name), lacking }));
  }
  const slots = arenas.flatMap((arena, index) => [
    createSlot(stage, arena, "worker", "worker-1"),
    createSlot(stage, arena, "worker", "worker-2"),
    createSlot(stage, arena, "writer", `writer-${index * 2 + 1}`),
    createSlot(stage, arena, "importer", `importer-${index * 2 + 2}`),
  ]);
  const stored = () => slots.reduce((total, slot) => total + slot.stored(), 0);
  const shares = () => ({ kills: killed() / goal.kills, events: stored() / goal.events });
  const limit = performance.now() + goal.kills * LIMIT_MS_PER_KILL;
  const done = () => {
    if (performance.now() > limit) return true;
    const { kills, events } = shares();
    return kills >= 1 && events >= 1 && unmet().length === 0;
  };
  const pace = setInterval(() => {
    // Kills and events reach their goals together, so that neither happens without the other.
    const { kills, events } = shares();
    const enough = kills >= 1 && events >= 1;
    // What is left then are steps that are rarely passed, which some new events a while lead to as well as many.
    const pausing = enough && performance.now() % 8_000 > 1_000;
    for (const slot of slots) slot.rest(enough ? pausing && unmet(slot.role).length === 0 : events > kills + 0.05);
    const left = unmet();
    stage.progress(
      `${killed()} kills, ${stored()} events, ${left.length} steps to be hit: ${left.slice(0, 6).join(" ")}`,
    );
  }, 250);
  // Whoever has no step left to fail at lives on, so that the others get to theirs.
  const ahead = (role: Role) => {
    const { kills, events } = shares();
    return (kills > events + 0.03 && events < 1) || (kills >= 1 && unmet(role).length === 0);
  };
  const patienceMs = (role: Role) => (unmet(role).length <= FEW_STEPS ? LAST_PATIENCE_MS : PATIENCE_MS);
  await Promise.all(slots.map((slot) => slot.run({ done, ahead, patienceMs })));
  clearInterval(pace);
  return await conclude(arenas, slots);
}

/** One more life for everybody, without a fate and of a build that works: open appends are sent again, consumers catch up. */
async function conclude(arenas: readonly Arena[], slots: readonly Slot[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const arena of arenas) {
    const mine = slots.filter((slot) => slot.arena === arena);
    const last = mine.map((slot) => ({ role: slot.role, started: slot.start({}) }));
    const writers = last.filter(({ role }) => role !== "worker");
    await Promise.all(writers.map(({ started }) => started.ready));
    for (const { started } of writers) started.child.send("stop");
    await Promise.all(writers.map(({ started }) => started.ended));
    verdicts.push(await judge(arena));
    for (const { started } of last) started.child.kill("SIGKILL");
    await Promise.all(last.map(({ started }) => started.ended));
    await arena.close();
  }
  return verdicts;
}

type Slot = {
  readonly arena: Arena;
  readonly role: Role;
  readonly start: (env: Readonly<Record<string, string>>) => Started;
  readonly stored: () => number;
  readonly rest: (resting: boolean) => void;
  /** One life after the other, each to its end, until it is enough. */
  readonly run: (course: Course) => Promise<void>;
};

/** How far all have come. */
type Course = {
  readonly done: () => boolean;
  /** Lives are not ended while kills of their role are ahead of events. */
  readonly ahead: (role: Role) => boolean;
  /** How long a life may take to come to the step at which it shall fail. */
  readonly patienceMs: (role: Role) => number;
};

const PROGRAMS: Readonly<Record<Role, Program>> = { worker: "worker", writer: "writer", importer: "writer" };

function createSlot(stage: Stage, arena: Arena, role: Role, name: string): Slot {
  const { tally, programs } = stage;
  const random = stage.random.fork(`${arena.name} ${name}`);
  let current: Started | undefined;
  let before = 0;
  let resting = false;

  function start(env: Readonly<Record<string, string>>): Started {
    before += current?.stored() ?? 0;
    const wrong = random.chance(WRONG_CLOCKS);
    if (wrong) tally.wrongClocks += 1;
    current = programs.start(PROGRAMS[role], {
      ...env,
      PROOF_CLOCK: wrong ? "wrong" : "right",
      DATABASE_URL: arena.url,
      PROOF_NAME: `${arena.name}-${name}`,
      PROOF_SEED: String(random.whole(0, 2 ** 31)),
      PROOF_WRITER: name.split("-")[1] ?? "0",
      PROOF_LOOPS: String(LOOPS),
      PROOF_PAUSE_MS: "0",
      PROOF_IMPORTS: role === "importer" ? "1" : "0",
      PROOF_JOURNAL: role === "worker" ? "" : arena.journal(name),
    });
    return current;
  }

  return {
    arena,
    role,
    start,
    stored: () => before + (current?.stored() ?? 0),
    rest(now) {
      if (now === resting || role === "worker") return;
      resting = now;
      if (current?.child.connected) current.child.send(now ? "rest" : "go");
    },
    async run({ done, ahead, patienceMs }) {
      while (!done()) {
        // When kills run ahead of events, this life goes on until the others have caught up, and ends by no step.
        const fate = ahead(role) ? KILL : drawFate(random, role, tally);
        const started = start(armed(fate, random));
        void started.ready.then((ready) => ready && resting && started.child.connected && started.child.send("rest"));
        const reached = await meet(fate, started, random, patienceMs(role), async () => {
          while (ahead(role) && !done()) await pause(50);
        });
        if (reached) hit(tally, reached);
        if (fate.kind === "freeze" || (fate.kind === "step" && fate.freezeMs > 0 && reached)) tally.frozen += 1;
        if ((await started.ended) === "SIGKILL") tally.killed[role] += 1;
      }
    },
  };
}

const KILL: Fate = { kind: "kill", afterMs: 100, atStart: false };

/** Leads a process to its end, at its time or when `due` says so. Resolves with the step at which it failed, if it did. */
async function meet(
  fate: Fate,
  started: Started,
  random: Random,
  patienceMs: number,
  due: () => Promise<void>,
): Promise<FailpointLabel | undefined> {
  const { child, ended, ready } = started;
  const begun = Promise.race([ready, pause(START_PATIENCE_MS)]);
  let reached: FailpointLabel | undefined;
  if (fate.kind === "step") {
    // Leases are only given back by a worker that is told to stop.
    if (fate.label === "worker.before-release") {
      await begun;
      await pause(random.whole(300, 1_200));
      if (child.connected) child.send("stop");
    }
    const dead = ended.then((signal) => signal === "SIGKILL");
    const given = begun.then(() => pause(patienceMs));
    const met = await Promise.race([dead, given, ...(fate.freezeMs > 0 ? [whenFrozen(started, patienceMs)] : [])]);
    if (met === true) reached = fate.label;
    if (met === true && fate.freezeMs > 0) await thaw(child, fate.freezeMs);
  } else {
    if (!(fate.kind === "kill" && fate.atStart)) await begun;
    await Promise.race([ended, pause(fate.afterMs).then(due)]);
    if (fate.kind === "freeze") {
      child.kill("SIGSTOP");
      await thaw(child, fate.forMs);
    }
  }
  child.kill("SIGKILL");
  await ended;
  return reached;
}

async function whenFrozen(started: Started, patienceMs: number): Promise<boolean> {
  const deadlineMs = START_PATIENCE_MS + patienceMs;
  return await eventually(() => started.frozen(), { deadlineMs, everyMs: 50 }).catch(() => false);
}

/** Wakes a frozen process when its leases are another's, and lets it try to go on where it was. */
async function thaw(child: Started["child"], afterMs: number): Promise<void> {
  await pause(afterMs);
  child.kill("SIGCONT");
  await pause(700);
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
