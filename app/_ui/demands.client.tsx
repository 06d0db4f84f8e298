"use client";
import { createContext, useContext } from "react";
import type { Demand } from "@/lib/operations/safety";

type Demands = Readonly<Record<string, Demand>>;

const Known = createContext<Demands>({});

/** Tells every act below what the store asks for before it. Acts that are not in it are asked for nothing more. */
export function DemandsProvider({ demands, children }: { demands: Demands; children: React.ReactNode }) {
  return <Known value={demands}>{children}</Known>;
}

/** What the store asks for before an act; undefined when nothing. */
export function useDemand(act: string | undefined): Demand | undefined {
  const demands = useContext(Known);
  return act === undefined ? undefined : demands[act];
}
