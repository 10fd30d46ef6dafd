let key = link;
let acceptance = null;
async function look() {
  try {
    const notice = await call("/v1/invitation-lookups", { invitation_code: key });
    by("key").hidden = true;
    by("contact").hidden = false;
    by("ask").hidden = true;
    say(notice.organization_name + " invites you, until " + new Date(notice.expires_at).toLocaleString() + ".");
  } catch (error) {
    by("ask").hidden = false;
    throw error;
  }
}
on("key", async (typed) => { key = typed; await look(); });
on("ask", async () => {
  await call("/v1/invitation-requests", { invitation_code: key });
  by("ask").hidden = true;
  say("The organisation is told, if the invitation counts no more.");
});
on("contact", async (contact) => {
  const kind = contact.includes("@") ? "email" : "phone";
  acceptance = await call("/v1/acceptances", { invitation_code: key, [kind]: contact.trim() });
  by("account").hidden = false;
  say("A code went to " + acceptance.sent_to + ". It counts for ten minutes.");
});
on("account", async (code) => {
  const fields = by("account").elements;
  await call("/v1/acceptances/" + acceptance.id + "/confirm",
    { code, name: fields.namedItem("name").value, password: fields.namedItem("password").value });
  by("contact").hidden = true;
  by("account").hidden = true;
  say("Your account is there, and the application is linked. Sign in with " + acceptance.sent_to + " and your password.");
});
if (key) look().catch((error) => say(error.message));
