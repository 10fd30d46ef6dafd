on("password", async (password) => {
  await call("/v1/password-resets/redeem", { token: link, password });
  by("password").hidden = true;
  say("Done. Your other sessions were ended; sign in with the new password.");
});
