on("password", async (password) => {
  bearer = (await call("/v1/enrolments/redeem", { token: link, password })).access_token;
  const enrolment = await call("/v1/second-factor/begin");
  by("secret").textContent = enrolment.secret;
  by("app").href = enrolment.otpauth_uri;
  if (enrolment.qr_svg) {
    by("picture").src = "data:image/svg+xml," + encodeURIComponent(enrolment.qr_svg);
    by("picture").hidden = false;
  }
  by("password").hidden = true;
  by("code").hidden = false;
  say("The password is set. Now the second factor.");
});
on("code", async (code) => {
  const proven = await call("/v1/second-factor/confirm", { code });
  by("code").hidden = true;
  for (const code of proven.recovery_codes || []) {
    by("codes").appendChild(document.createElement("li")).textContent = code;
    by("recovery").hidden = false;
  }
  say("Done. Sign in with your address, your password and a code.");
});
