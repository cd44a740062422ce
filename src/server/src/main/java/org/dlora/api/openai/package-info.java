/**
 * The OpenAI-compatible HTTP interface. The packages below check a body, turn it into generation
 * requests, and turn their events into one answer or a stream of chunks. They make no decision
 * about scheduling, memory or adapters, and block neither an event loop nor a replica's thread.
 * This package has the endpoints that are neither chats nor text completions, and the wiring of
 * all.
 *
 * <p>Fields and their places follow OpenAI's API reference; extensions follow vLLM's server.
 */
@NullMarked
package org.dlora.api.openai;

import org.jspecify.annotations.NullMarked;
