// What both programs need: where the desk is, whom to sign in as, and their authenticator apps.
import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const STEP = 30;

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const desk = {
  url: setting("CAREDESK_URL"),
  email: setting("CAREDESK_EMAIL"),
  password: setting("CAREDESK_PASSWORD"),
  secret: setting("CAREDESK_TOTP_SECRET"),
};

// The desk's agents: of the first tier, of the second, and a developer.
const agent = (role: string) => ({
  email: setting(`CAREDESK_${role}_EMAIL`),
  password: setting(`CAREDESK_${role}_PASSWORD`),
  secret: setting(`CAREDESK_${role}_TOTP_SECRET`),
});
export const agents = { tier1: agent("TIER1"), tier2: agent("TIER2"), developer: agent("DEVELOPER") };

// A tenant's Site Admin.
export const siteAdmin = {
  tenant: setting("CAREDESK_SITE_ADMIN_TENANT"),
  name: setting("CAREDESK_SITE_ADMIN_NAME"),
  password: setting("CAREDESK_SITE_ADMIN_PASSWORD"),
  secret: setting("CAREDESK_SITE_ADMIN_TOTP_SECRET"),
};

function decodeBase32(text: string): Buffer {
  const bits = [...text].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

// RFC 6238 with SHA-1, six digits and thirty seconds.
function code(secret: string): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP)));
  const mac = createHmac("sha1", decodeBase32(secret)).update(counter).digest();
  const offset = mac.readUInt8(19) & 0xf;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

// Every code works once: if somebody used this one already, waits for the next.
export async function withCode<T>(secret: string, attempt: (code: string) => Promise<T | "used">): Promise<T> {
  const first = await attempt(code(secret));
  if (first !== "used") return first;
  await sleep((STEP - ((Date.now() / 1000) % STEP)) * 1000 + 500);
  const second = await attempt(code(secret));
  if (second === "used") throw new Error("the second factor refuses a fresh code");
  return second;
}

export function same<T>(got: T, wanted: T, what: string): void {
  if (got !== wanted) throw new Error(`${what}: ${JSON.stringify(got)} is not ${JSON.stringify(wanted)}`);
}

// A password for whoever changes theirs and changes it back.
export const OTHER_PASSWORD = "violet tractor 93 sings at dusk";

// A short name that nobody has yet.
export const slug = (client: string) => `${client}-${Date.now().toString(36)}`;

// A word that no family's name has yet, to find the one that is made.
export const word = (client: string) => `${client}${Date.now().toString(36)}`;

// Looks until there is something to see, for half a minute.
export async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(100);
  }
  throw new Error(`waited for nothing: ${what}`);
}
