// openapi-fetch over types of openapi-typescript: signs in, looks after itself, and takes a tenant
// and one of the staff through their lives; then, as a Site Admin, a family's application, a batch and a key;
// last a ticket from the help centre to its end, through everybody's hands.
import createClient from "openapi-fetch";
import type { components, paths } from "../../../out/typescript/schema.ts";
import { OTHER_PASSWORD, agents, desk, same, siteAdmin, slug, until, withCode, word } from "./desk.ts";

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

async function signIn(who: components["schemas"]["SignIn"], secret: string): Promise<void> {
  token = undefined;
  const tokens = data(await client.POST("/v1/sessions", { body: who }));
  same(tokens.session.second_factor, "required", "a new session's second factor");
  token = tokens.access_token;
  token = await withCode(secret, async (code) => {
    const answer = await client.POST("/v1/second-factor/verify", { body: { code } });
    return answer.error?.code === "second_factor.wrong_code" ? "used" : data(answer).access_token;
  });
}

await signIn({ realm: "desk", name: desk.email, password: desk.password }, desk.secret);

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

const { tenant: short, name, password, secret } = siteAdmin;
await signIn({ realm: "tenant", tenant: short, name, password }, secret);

const unique = word("fetch");
const drafted = await client.POST("/v1/applications", {
  params: { header: { "Idempotency-Key": crypto.randomUUID() } },
  body: {
    family_name: `Dvořák ${unique}`,
    email: "dvorak@home.example",
    phone: "+15550100241",
    children: [{ child_id: `K-${unique}`, name: "Zoë" }],
  },
});
const family = data(drafted);
same(drafted.response.headers.get("location"), `/v1/applications/${family.id}`, "where the application is");
same(family.status, "draft", "the status of a new application");
const of = { application_id: family.id };

const draft = await client.GET("/v1/applications/{application_id}", { params: { path: of } });
same(data(draft).preferred_method, "email", "the way that is preferred where nothing is said");
const prefer = (version: string) =>
  client.PATCH("/v1/applications/{application_id}", {
    params: { path: of, header: { "If-Match": version } },
    body: { preferred_method: "sms" },
  });
same(data(await prefer(etag(draft))).preferred_method, "sms", "the way that is preferred now");
same((await prefer(etag(draft))).error?.code, "version.stale", "a second change of the same version");

const submit = await client.POST("/v1/applications/{application_id}/submit", { params: { path: of } });
same(data(submit).online_account, "invited", "the column after submitting");
const reinvite = await client.POST("/v1/applications/{application_id}/reinvite", {
  params: { path: of },
  body: { method: "email" },
});
same(data(reinvite).online_account, "invited", "the column after inviting again");

const sent = data(await client.GET("/v1/invitations", { params: { query: of } })).data;
same(sent.map((one) => `${one.method} ${one.state}`).join(", "), "email pending, sms replaced", "the invitations");
const resent = data(
  await client.POST("/v1/invitations/{invitation_id}/resend", {
    params: { path: { invitation_id: sent[0]?.id ?? "" } },
  }),
);
const revoked = await client.POST("/v1/invitations/{invitation_id}/revoke", {
  params: { path: { invitation_id: resent.id } },
});
same(data(revoked).state, "revoked", "the state of an invitation that was taken back");

const find = async () => data(await client.GET("/v1/applications", { params: { query: { q: `dvorak ${unique}` } } })).data;
same((await find()).map((row) => row.online_account).join(), "none", "the column of the one that is found");

const batch = (dry_run: boolean) =>
  client.POST("/v1/invitation-batches", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { method: "preferred", filter: { q: unique, status: "submitted" }, dry_run },
  });
for (const dry_run of [true, false]) {
  const job = { job_id: data(await batch(dry_run)).id };
  const done = await until(async () => {
    const now = data(await client.GET("/v1/jobs/{job_id}", { params: { path: job } }));
    return now.state === "queued" || now.state === "running" ? undefined : now;
  }, "the end of a batch");
  same(`${done.state} ${done.total} ${done.failed}`, "succeeded 1 0", "the end of a batch");
  const rows = data(await client.GET("/v1/jobs/{job_id}/results", { params: { path: job } })).data;
  same(rows.map((row) => `${row.outcome} ${row.subject_id}`).join(), `created ${family.id}`, "the results of a batch");
  same((await find())[0]?.online_account, dry_run ? "none" : "invited", "the column after a batch");
}
same((await batch(false)).error?.code, "batch.empty", "a batch for the second time");

const key = data(
  await client.POST("/v1/api-keys", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { name: `Enrolment ${unique}`, scopes: ["applications.read"], expires_in_days: 1 },
  }),
);
const bearer = token;
token = key.secret;
same((await find()).length, 1, "applications that a key finds");
token = bearer;
const ended = await client.POST("/v1/api-keys/{api_key_id}/revoke", { params: { path: { api_key_id: key.id } } });
same(data(ended).status, "revoked", "the status of a key that was revoked");
token = key.secret;
const refused = await client.GET("/v1/applications");
same(refused.error?.code, "auth.invalid_token", "a key that was revoked");
token = bearer;

const messages = data(await client.GET("/v1/notifications", { params: { query: { kind: "invitation", method: "sms" } } }));
same(messages.data[0]?.contact.startsWith("+"), true, "the contact of a text message");

same((await client.DELETE("/v1/sessions/current")).response.status, 204, "signing out of the tenant");
console.log("openapi-fetch: as a Site Admin: an application, invitations, a batch, a key, messages");

// Everybody who has to do with a ticket, signed in at the same time.
async function tokenOf(who: components["schemas"]["SignIn"], secret: string): Promise<string | undefined> {
  await signIn(who, secret);
  return token;
}
const agentToken = (agent: typeof desk | typeof agents.tier1) =>
  tokenOf({ realm: "desk", name: agent.email, password: agent.password }, agent.secret);
const office = await tokenOf({ realm: "tenant", tenant: short, name, password }, secret);
const tier1 = await agentToken(agents.tier1);
const tier2 = await agentToken(agents.tier2);
const developer = await agentToken(agents.developer);

token = office;
const search = data(await client.POST("/v1/help-searches", { body: { query: "invite a family", locale: "en" } }));
const result = search.results[0];
if (result === undefined) throw new Error("the help centre has nothing about inviting a family");
const seenResult = await client.POST("/v1/help-searches/{help_search_id}/opened", {
  params: { path: { help_search_id: search.id } },
  body: { article_id: result.article_id },
});
same(seenResult.response.status, 204, "noting what was opened of a search");
const article = data(
  await client.GET("/v1/articles/{article_id}", { params: { path: { article_id: result.article_id } } }),
);
same(`${article.state} ${article.title}`, `published ${result.title}`, "the article that was found");

const ask = (help_search_id?: string) =>
  client.POST("/v1/tickets", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: {
      request_type: "technical.error.report",
      subject: `The list of families stays empty ${unique}`,
      text: "Since this morning the list stays empty, in Firefox 160.",
      ...(help_search_id && { help_search_id }),
    },
  });
same((await ask()).error?.code, "ticket.help_search_required", "a ticket without a search");
const opened = await ask(search.id);
const ticket = data(opened);
same(opened.response.headers.get("location"), `/v1/tickets/${ticket.id}`, "where the ticket is");
same(`${ticket.state} ${ticket.tier} ${ticket.help_search_id}`, `new 1 ${search.id}`, "a new ticket");
same(/^C-\d{6,}$/.test(ticket.number), true, "the case number");
const atTicket = { params: { path: { ticket_id: ticket.id } } };
const reply = (text: string) => client.POST("/v1/tickets/{ticket_id}/reply", { ...atTicket, body: { text } });
same(data(await reply("It is the same in Safari.")).state, "new", "the state after a reply to a new ticket");
const mistaken = { params: { path: { ticket_id: data(await ask(search.id)).id } } };
const withdrawn = data(await client.POST("/v1/tickets/{ticket_id}/withdraw", mistaken));
same(`${withdrawn.state} ${withdrawn.resolution}`, "closed withdrawn", "a ticket that was taken back");

token = tier1;
const queue = data(await client.GET("/v1/tickets", { params: { query: { view: "unassigned", limit: 100 } } })).data;
same(queue.some((row) => row.id === ticket.id), true, "the ticket is in the queue");
const taken = data(await client.POST("/v1/tickets/{ticket_id}/assign", { ...atTicket, body: {} }));
same(`${taken.state} ${taken.assignee_name}`, "open Cora Haas", "a ticket that an agent took");
const question = { text: "Which filter is set?" };
const asked = data(await client.POST("/v1/tickets/{ticket_id}/ask", { ...atTicket, body: question }));
same(asked.state, "waiting_on_requester", "the state after a question");
token = office;
same(data(await reply("None.")).state, "open", "the state after the answer");
token = tier1;
const tried = { reason: "The list stays empty without a filter.", tried: "Tried two browsers." };
const escalated = data(await client.POST("/v1/tickets/{ticket_id}/escalate", { ...atTicket, body: tried }));
same(`${escalated.tier} ${escalated.assignee_id}`, "2 null", "a ticket that was escalated");

token = tier2;
same(data(await client.POST("/v1/tickets/{ticket_id}/assign", { ...atTicket, body: {} })).state, "open", "taken again");
const resolve = () =>
  client.POST("/v1/tickets/{ticket_id}/resolve", {
    ...atTicket,
    body: { resolution: "solved", text: "The list was mended; please load it again." },
  });
same((await resolve()).error?.code, "ticket.action_required", "resolving before anything was done");
const acted = await client.POST("/v1/tickets/{ticket_id}/actions", { ...atTicket, body: { action: "contacted_requester" } });
same(data(acted).entries.some((entry) => entry.tier2_action === "contacted_requester"), true, "the recorded action");
const resolved = data(await resolve());
same(`${resolved.state} ${resolved.resolution}`, "closed solved", "a ticket that was resolved");
const canned = data(
  await client.POST("/v1/canned-replies", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { title: `An empty list ${unique}`, locale: "en", text: "Hello {requester_name}, {case_number} is mended." },
  }),
);
same(canned.title, `An empty list ${unique}`, "the title of a canned reply");
const internal = data(
  await client.POST("/v1/internal-tickets", {
    params: { header: { "Idempotency-Key": crypto.randomUUID() } },
    body: { kind: "bug", title: "The list stays empty", text: "After a filter was removed the list stays empty." },
  }),
);
same(`${internal.state} ${internal.priority}`, "reported high", "an internal ticket about a bug");
token = developer;
const accepted = data(
  await client.POST("/v1/internal-tickets/{internal_ticket_id}/accept", {
    params: { path: { internal_ticket_id: internal.id } },
  }),
);
same(accepted.state, "accepted", "an internal ticket that was accepted");
token = office;
const finished = data(await client.GET("/v1/tickets/{ticket_id}", atTicket));
same(`${finished.state} ${finished.resolution}`, "closed solved", "the ticket as its requester sees it");
same(finished.entries.some((entry) => entry.is_internal), false, "its requester sees nothing internal");

for (const everybody of [office, tier1, tier2, developer]) {
  token = everybody;
  same((await client.DELETE("/v1/sessions/current")).response.status, 204, "signing out");
}
console.log("openapi-fetch: a search, an article, a ticket through both tiers, a canned reply, an internal ticket");
