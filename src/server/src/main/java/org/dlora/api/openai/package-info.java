/**
 * The OpenAI-compatible HTTP interface. It checks a body, turns it into generation requests, and
 * turns their events into one answer or a stream of chunks. It makes no decision about scheduling,
 * memory or adapters, and blocks neither an event loop nor a replica's thread.
 *
 * <p>Fields and their places follow OpenAI's API reference; extensions follow vLLM's server.
 */
@NullMarked
package org.dlora.api.openai;

import org.jspecify.annotations.NullMarked;
