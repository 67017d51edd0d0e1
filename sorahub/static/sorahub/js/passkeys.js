// Passkeys in the browser: what the hub sends and takes as JSON (bytes as base64url), and words for what goes wrong.

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

export const canUsePasskeys = () => "credentials" in navigator && "PublicKeyCredential" in window;

const WORDS = {
  NotAllowedError: "No passkey was used: it was cancelled, or it took too long. Try again.",
  InvalidStateError: "This passkey is set up here already.",
  SecurityError: "Passkeys work only at the hub’s own https address.",
  NotSupportedError: "This device cannot make such a passkey.",
};

/** Words that a person can act on, for whatever went wrong. */
export const wordsFor = (error) => WORDS[error.name] ?? (error.said ? error.message : "The passkey could not be used. Try again, or use another way.");

/** An error whose words are for people. */
export const said = (words) => Object.assign(new Error(words), { said: true });

function described(credential, response) {
  const { id, type, authenticatorAttachment } = credential;
  return { id, rawId: toText(credential.rawId), type, authenticatorAttachment, response, clientExtensionResults: credential.getClientExtensionResults() };
}

/** Asks a passkey to prove that the person is there; returns its answer as JSON. */
export async function answer({ publicKey }) {
  if (!canUsePasskeys()) throw said("This browser knows no passkeys, or this is not the hub’s https address.");
  const options = { ...publicKey, challenge: toBytes(publicKey.challenge), allowCredentials: withBytes(publicKey.allowCredentials) };
  const credential = await navigator.credentials.get({ publicKey: options });
  const { clientDataJSON, authenticatorData, signature, userHandle } = credential.response;
  const response = { clientDataJSON: toText(clientDataJSON), authenticatorData: toText(authenticatorData), signature: toText(signature) };
  if (userHandle) response.userHandle = toText(userHandle);
  return described(credential, response);
}

/** Makes a new passkey; returns what the hub keeps of it as JSON. */
export async function create({ publicKey }) {
  if (!canUsePasskeys()) throw said("This browser knows no passkeys, or this is not the hub’s https address.");
  const user = { ...publicKey.user, id: toBytes(publicKey.user.id) };
  const options = { ...publicKey, user, challenge: toBytes(publicKey.challenge), excludeCredentials: withBytes(publicKey.excludeCredentials) };
  const credential = await navigator.credentials.create({ publicKey: options });
  const { clientDataJSON, attestationObject } = credential.response;
  const transports = credential.response.getTransports?.() ?? [];
  return described(credential, { clientDataJSON: toText(clientDataJSON), attestationObject: toText(attestationObject), transports });
}
