// Requests to /v1. The mark X-Requested-With lets IAP answer 401 where it would otherwise lead a page away.
const HEADERS = { "X-Requested-With": "XMLHttpRequest" };
const WAITS = [1000, 2000]; // before the second and the third try of one request
const TIMEOUT = 30000; // longer than a function may take; then the outcome counts as unknown

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

export const request = (address, options = {}) => fetch(address, {
  cache: "no-store",
  redirect: "error",
  credentials: "same-origin",
  signal: AbortSignal.timeout(TIMEOUT),
  ...options,
  headers: { ...HEADERS, ...options.headers },
});

// What became of a request, as {status, body, retryAfter}: status 0 = no answer. A body that is not ours is null.
export const sendOnce = async (method, address, body) => {
  try {
    const options = body === undefined ? { method } : { method, body, headers: { "Content-Type": "application/json" } };
    const answer = await request(address, options);
    const ours = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    return { status: answer.status, body: ours ? await answer.json() : null, retryAfter: Number(answer.headers.get("Retry-After")) || 0 };
  } catch {
    return { status: 0, body: null, retryAfter: 0 };
  }
};

// Sends one request, and the very same again after 1 and 2 s where no answer or a 5xx came: for what is safe to repeat.
export const send = async (method, address, body) => {
  for (const wait of WAITS) {
    const answer = await sendOnce(method, address, body);
    if (answer.status !== 0 && answer.status < 500) return answer;
    await pause(wait);
  }
  return sendOnce(method, address, body);
};

// The whole minutes to wait that an answer of 429 asks for, as text.
export const minutesToWait = (answer) => String(Math.max(1, Math.ceil(answer.retryAfter / 60)));

// The error's stable reason and facts, in the shape of google.rpc.ErrorInfo.
export const refusal = (answer) => answer.body?.error?.details?.[0] || { reason: "", metadata: {} };
