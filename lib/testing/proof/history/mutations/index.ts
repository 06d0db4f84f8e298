import { answerMutations } from "@/lib/testing/proof/history/mutations/answers";
import { consumerMutations } from "@/lib/testing/proof/history/mutations/consumers";
import { effectMutations } from "@/lib/testing/proof/history/mutations/effects";
import { logMutations } from "@/lib/testing/proof/history/mutations/log";
import type { Mutation } from "@/lib/testing/proof/history/mutations/spoil";

/** Every way to spoil a history that the checker must see. */
export const mutations: readonly Mutation[] = [
  ...logMutations,
  ...answerMutations,
  ...consumerMutations,
  ...effectMutations,
];
