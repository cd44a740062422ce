/**
 * A call that runs the model: its identity, model, options and limits, checked from a body, and its
 * sequences while they run. Chats and text completions share all of it.
 */
@NullMarked
package org.dlora.api.openai.call;

import org.jspecify.annotations.NullMarked;
