import type { DomainModule } from "@/lib/define";
import { fulfilment } from "./fulfilment/module";
import { inventory } from "./inventory/module";
import { ledger } from "./ledger/module";
import { orders } from "./orders/module";

/** The domains that this installation knows: one line each. */
export const modules: readonly DomainModule[] = [orders, inventory, fulfilment, ledger];
