// An OpenID Connect provider (oidc-provider, certified) that signs everybody in as whoever the test
// says: GET /as?claims=JSON sets that. Prints its issuer once it listens.
//
//   node oidc.mjs REDIRECT_URI [auth method of the token endpoint]
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [redirectUri, method = "client_secret_basic"] = process.argv.slice(2);
const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
let claims = { sub: "nobody" };

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "tidegate",
      client_secret: "a secret: with / and +",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: method,
    },
  ],
  clientAuthMethods: [method],
  claims: { openid: ["sub"], email: ["email"], profile: ["name"], groups: ["groups"] },
  scopes: ["openid", "email", "profile", "groups"],
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ ...claims, sub: id }) }),
  cookies: { keys: ["for tests only"] },
});

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: claims.sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: claims.sub }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

server.on("request", (request, response) => {
  const url = new URL(request.url, issuer);
  if (url.pathname === "/as") {
    claims = JSON.parse(url.searchParams.get("claims"));
    response.end();
  } else if (url.pathname.startsWith("/interaction/")) {
    interact(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  } else {
    provider.callback()(request, response);
  }
});
console.log(issuer);
