/** An article of the shop; prices are cents. */
export type Article = { readonly sku: string; readonly title: string; readonly unitCents: number };

/** What the shop sells. */
export const assortment: readonly Article[] = [
  { sku: "MUG-STONE", title: "Stoneware mug", unitCents: 1_450 },
  { sku: "POT-2L", title: "Tea pot, two litres", unitCents: 4_900 },
  { sku: "TEA-EARL", title: "Earl Grey, 250 g", unitCents: 1_190 },
  { sku: "TEA-MINT", title: "Peppermint, 100 g", unitCents: 690 },
  { sku: "LAMP-DESK", title: "Desk lamp, brass", unitCents: 8_900 },
  { sku: "BULB-E27", title: "Bulb E27, warm", unitCents: 595 },
  { sku: "RUG-WOOL", title: "Wool rug, 120 by 180", unitCents: 21_900 },
  { sku: "CHAIR-ASH", title: "Chair, ash", unitCents: 17_500 },
  { sku: "SHELF-OAK", title: "Wall shelf, oak", unitCents: 6_450 },
  { sku: "VASE-GLASS", title: "Vase, blown glass", unitCents: 3_800 },
  { sku: "TOWEL-LINEN", title: "Linen towel", unitCents: 1_950 },
  { sku: "SOAP-OLIVE", title: "Olive soap, three bars", unitCents: 980 },
  { sku: "BOARD-WALNUT", title: "Cutting board, walnut", unitCents: 5_200 },
  { sku: "KNIFE-BREAD", title: "Bread knife", unitCents: 3_350 },
  { sku: "CANDLE-BEES", title: "Beeswax candle", unitCents: 1_250 },
  { sku: "BASKET-WILLOW", title: "Willow basket", unitCents: 4_100 },
];

/** Where the shop's goods come from. */
export const suppliers = ["Hollin & Sons", "Kesterwood", "Nordhavn Trading", "Atelier Brume"] as const;

/** Who carries its parcels. */
export const carriers = ["Swiftpost", "Harbour Parcel", "Bikeline"] as const;

/** Where its goods are stored. */
export const warehouses = ["north", "harbour"] as const;
