import type { Random } from "@/lib/traffic/random";

/** A customer of the shop. All of them are made up; their mail domains are reserved and lead nowhere. */
export type Person = {
  readonly customerId: string;
  readonly name: string;
  readonly email: string;
  readonly address: {
    readonly name: string;
    readonly street: string;
    readonly postcode: string;
    readonly city: string;
    readonly country: string;
  };
};

const given =
  "Amira Jonas Lucía Henrik Sofie Mateo Yuki Claire Pavel Nora Idris Elena Tomasz Freya Luca Hana Oskar Ines Rafael Mila";
const family =
  "Okafor Lindqvist Moreau Varga Castellanos Nakamura Brandt O’Neill Petrov Silva Haddad Eriksen Rossi Novak Weber Dubois Kowalska Fontaine";
const streets =
  "Mill Lane,Rosenweg,Rue des Tilleuls,Via del Pozzo,Havnegade,Calle Mayor,Kastanienallee,Station Road,Quai Nord";
const cities = [
  "80331 München DE",
  "69001 Lyon FR",
  "20121 Milano IT",
  "8000 Aarhus DK",
  "28013 Madrid ES",
  "1010 Wien AT",
  "1012 Amsterdam NL",
];

/** Makes the person with a number: the same number and seed give the same person, who so comes back to the shop. */
export function makePerson(seed: Random, number: number): Person {
  const random = seed.fork(`person-${number}`);
  const firstName = random.pick(given.split(" "));
  const name = `${firstName} ${random.pick(family.split(" "))}`;
  const [postcode = "", city = "", country = ""] = random.pick(cities).split(" ");
  const customerId = `c-${String(number).padStart(3, "0")}`;
  return {
    customerId,
    name,
    email: `${firstName
      .normalize("NFD")
      .replace(/[^A-Za-z]/g, "")
      .toLowerCase()}.${number}@mail.example`,
    address: { name, street: `${random.pick(streets.split(","))} ${random.between(1, 120)}`, postcode, city, country },
  };
}
