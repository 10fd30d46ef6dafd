// The SDK of @hey-api/openapi-ts: signs in, looks after itself, and takes a tenant and one of
// the staff through their lives.
import { client } from "../../../out/typescript/sdk/client.gen.ts";
import * as api from "../../../out/typescript/sdk/index.ts";
import { OTHER_PASSWORD, desk, same, slug, withCode } from "./desk.ts";

type Answer<T> = { data?: T; error?: api.Problem; response?: Response };

// The data of an answer; a problem ends the program with its code, which the types know.
function data<T>(answer: Answer<T>): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  return answer.data;
}

let token: string | undefined;
client.setConfig({ baseUrl: desk.url, auth: () => token });

const tokens = data(await api.signIn({ body: { realm: "desk", name: desk.email, password: desk.password } }));
token = tokens.access_token;
token = await withCode(async (code) => {
  const answer = await api.verifySecondFactor({ body: { code } });
  return answer.error?.code === "second_factor.wrong_code" ? "used" : data(answer).access_token;
});

const tenant = data(
  await api.createTenant({
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: {
      slug: slug("sdk"),
      name: "Harbor Practice",
      kind: "practice",
      notification_address: "office@harbor.example",
      contacts: [{ label: "Front desk", email: "desk@harbor.example" }],
      owners: [{ name: "Minh Tran", email: "minh@harbor.example" }],
    },
  }),
);
const path = { tenant_id: tenant.id };

const read = await api.readTenant({ path });
same(data(read).settings.no_access_procedure, null, "a procedure that nobody wrote");
const version = read.response?.headers.get("etag") ?? "";
const headers = { "If-Match": version };
same(data(await api.updateTenant({ path, headers, body: { kind: "other" } })).kind, "other", "the changed kind");
same((await api.updateTenant({ path, headers, body: { kind: "camp" } })).error?.code, "version.stale", "a stale change");

const page = data(await api.listTenants({ query: { q: "harbor practice", limit: 100 } }));
same(page.data.some((row) => row.id === tenant.id), true, "the tenant is in the list");

const body = { reason: "A trial of the clients" };
same(data(await api.suspendTenant({ path, body })).status, "suspended", "the status after suspending");
same(data(await api.resumeTenant({ path, body })).status, "active", "the status after resuming");

const own = await api.readAccount();
same(data(own).email, desk.email, "one's own address");
same(data(await api.updateAccount({ body: { locale: data(own).locale } })).locale, data(own).locale, "one's own language");
const sessions = data(await api.listSessions()).data;
same(sessions.filter((session) => session.is_current).length, 1, "sessions that ask");
same((await api.requestPasswordReset({ body: { realm: "family", name: "nobody@home.example" } })).response?.status, 202, "a reset for nobody");

const hired = data(
  await api.createDeskAccount({
    headers: { "Idempotency-Key": crypto.randomUUID() },
    body: { role: "developer", name: "Ana Ruiz", email: `${slug("ana")}@desk.example`, locale: "es" },
  }),
);
const staff = { desk_account_id: hired.id };
const seen = await api.readDeskAccount({ path: staff });
const match = { "If-Match": seen.response?.headers.get("etag") ?? "" };
const renamed = data(await api.updateDeskAccount({ path: staff, headers: match, body: { name: "Ana Ruiz Soto" } }));
same(renamed.name, "Ana Ruiz Soto", "the new name");
same(data(await api.deactivateDeskAccount({ path: staff, body: { reason: "by_admin" } })).status, "inactive", "the status");

const to = async (current_password: string, new_password: string) =>
  (await api.changePassword({ body: { current_password, new_password } })).response?.status;
same(await to(desk.password, OTHER_PASSWORD), 204, "changing the password");
same(await to(OTHER_PASSWORD, desk.password), 204, "changing it back");
same((await api.signOut()).response?.status, 204, "signing out");
console.log("@hey-api/openapi-ts: signed in; a tenant, one of the staff, the own account, sessions, the password");
