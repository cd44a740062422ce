/** The server under test, and what the checks of all clients share. */

const url = process.env.DLORA_URL;
if (!url) {
  throw new Error('DLORA_URL is not set. Set it to the address of a running server, for example http://127.0.0.1:8080.');
}

/** Base URL of OpenAI's endpoints. */
export const baseURL = `${url.replace(/\/+$/, '')}/v1`;

export const TEXT = 'The quick brown fox';
export const ROT13 = 'Gur dhvpx oebja sbk';

/** Collects the values of an async iterable. */
export async function collect(iterable) {
  const values = [];
  for await (const value of iterable) {
    values.push(value);
  }
  return values;
}

/** The demo model repeats its prompt, so a prompt that is JSON gives that JSON where a schema allows it. */
export const CITY = { name: 'Rome', size: 'large' };

/** A call in the only form that the schema of its tool allows, whatever the model. */
export const PLACE = { city: 'Paris', days: 3 };
