import { type Anomaly, createNotes } from "@/lib/testing/proof/history/anomalies";
import { checkAnswers } from "@/lib/testing/proof/history/check-answers";
import { checkCycles } from "@/lib/testing/proof/history/check-cycles";
import { checkEffects } from "@/lib/testing/proof/history/check-effects";
import { checkLog } from "@/lib/testing/proof/history/check-log";
import { checkPolls } from "@/lib/testing/proof/history/check-polls";
import type { History } from "@/lib/testing/proof/history/history";
import { indexHistory } from "@/lib/testing/proof/history/index-history";

/** Everything that is wrong with a history; empty when some run of a correct store explains it. Takes linear time. */
export function checkHistory(history: History): Anomaly[] {
  const { note, found } = createNotes();
  const indexed = indexHistory(history);
  checkLog(indexed, note);
  checkAnswers(indexed, note);
  checkPolls(indexed, note);
  checkEffects(indexed, note);
  checkCycles(indexed, note);
  return found();
}
