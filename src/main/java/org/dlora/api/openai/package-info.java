/**
 * The OpenAI-compatible HTTP interface: checks a body, turns it into generation requests and their
 * events into one answer or a stream of chunks. No decision about scheduling, memory or adapters is
 * taken here, and nothing here blocks an event loop or a replica's thread.
 *
 * <p>Fields and their places follow OpenAI's API reference; extensions follow vLLM's server.
 */
@NullMarked
package org.dlora.api.openai;

import org.jspecify.annotations.NullMarked;
