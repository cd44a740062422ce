/**
 * Readers of what models write: reasoning and tool calls in the formats of model families, as text
 * comes. Pure: no HTTP, no requests, no model.
 */
@NullMarked
package org.dlora.api.openai.tools;

import org.jspecify.annotations.NullMarked;
