// openapi-fetch over types of openapi-typescript: signs in, looks after itself, and takes a tenant
// and one of the staff through their lives.
import createClient from "openapi-fetch";
import type { components, paths } from "../../../out/typescript/schema.ts";
import { OTHER_PASSWORD, desk, same, slug, withCode } from "./desk.ts";

type Problem = components["schemas"]["Problem"];
type Answer<T> = { data?: T; error?: Problem; response: Response };

// The data of an answer; a problem ends the program with its code, which the types know.
function data<T>(answer: Answer<T>): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  return answer.data;
}

const etag = (answer: { response: Response }) => answer.response.headers.get("etag") ?? "";

const client = createClient<paths>({ baseUrl: desk.url });
let token: string | undefined;
client.use({
  onRequest({ request }) {
    if (token) request.headers.set("Authorization", `Bearer ${token}`);
    return request;
  },
});

const tokens = data(await client.POST("/v1/sessions", { body: { realm: "desk", name: desk.email, password: desk.password } }));
same(tokens.session.second_factor, "required", "a new session's second factor");
token = tokens.access_token;
token = await withCode(async (code) => {
  const answer = await client.POST("/v1/second-factor/verify", { body: { code } });
  return answer.error?.code === "second_factor.wrong_code" ? "used" : data(answer).access_token;
});

const created = await client.POST("/v1/tenants", {
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
  body: {
    slug: slug("fetch"),
    name: "Pine Lodge Summer Camp",
    kind: "camp",
    notification_address: "office@pinelodge.example",
    contacts: [{ label: "Front office", phone: "+15550100200" }],
    owners: [{ name: "Ana Ruiz", email: "ana.ruiz@pinelodge.example" }],
  },
});
const tenant = data(created);
same(created.response.headers.get("location"), `/v1/tenants/${tenant.id}`, "where the tenant is");
const at = { tenant_id: tenant.id };

const read = await client.GET("/v1/tenants/{tenant_id}", { params: { path: at } });
same(data(read).owners_on_file, 1, "owners on file");

const change = (version: string) =>
  client.PATCH("/v1/tenants/{tenant_id}", {
    params: { path: at, header: { "If-Match": version } },
    body: { name: "Pine Lodge Camps" },
  });
same(data(await change(etag(read))).name, "Pine Lodge Camps", "the changed name");
same((await change(etag(read))).error?.code, "version.stale", "a second change of the same version");

const query = { q: "pine lodge camps", status: "active", limit: 100 } as const;
const page = data(await client.GET("/v1/tenants", { params: { query } }));
same(page.data.some((row) => row.id === tenant.id), true, "the tenant is in the list");

const [suspend, resume] = ["/v1/tenants/{tenant_id}/suspend", "/v1/tenants/{tenant_id}/resume"] as const;
const suspended = data(await client.POST(suspend, { params: { path: at }, body: { reason: "Contract ended" } }));
same(suspended.status, "suspended", "the status after suspending");
const resumed = data(await client.POST(resume, { params: { path: at }, body: { reason: "Contract renewed" } }));
same(resumed.status, "active", "the status after resuming");
same(resumed.allowed_actions.find((action) => action.action === "tenant.suspend")?.allowed, true, "may suspend again");

const own = await client.GET("/v1/account");
same(data(own).second_factor_is_compulsory, true, "the desk's second factor");
const spoken = await client.PATCH("/v1/account", {
  params: { header: { "If-Match": etag(own) } },
  body: { locale: data(own).locale },
});
same(data(spoken).email, desk.email, "one's own address");
const sessions = data(await client.GET("/v1/account/sessions")).data;
same(sessions.filter((session) => session.is_current).length, 1, "sessions that ask");

const hired = await client.POST("/v1/desk-accounts", {
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
  body: { role: "tier1", name: "Sam Okafor", email: `${slug("sam")}@desk.example` },
});
const sam = { desk_account_id: data(hired).id };
same(data(hired).status, "invited", "the status of somebody new");
const seen = await client.GET("/v1/desk-accounts/{desk_account_id}", { params: { path: sam } });
const promoted = await client.PATCH("/v1/desk-accounts/{desk_account_id}", {
  params: { path: sam, header: { "If-Match": etag(seen) } },
  body: { role: "tier2" },
});
same(data(promoted).role, "tier2", "the new role");
const left = await client.POST("/v1/desk-accounts/{desk_account_id}/deactivate", {
  params: { path: sam },
  body: { reason: "left" },
});
same(data(left).status, "inactive", "the status of who has left");

const to = async (current_password: string, new_password: string) =>
  (await client.PUT("/v1/account/password", { body: { current_password, new_password } })).response.status;
same(await to(desk.password, OTHER_PASSWORD), 204, "changing the password");
same(await to(desk.password, OTHER_PASSWORD), 422, "changing it with the one of before");
same(await to(OTHER_PASSWORD, desk.password), 204, "changing it back");

same((await client.DELETE("/v1/sessions/current")).response.status, 204, "signing out");
console.log("openapi-fetch: signed in; a tenant, one of the staff, the own account, sessions, the password");
