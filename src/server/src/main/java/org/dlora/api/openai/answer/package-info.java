/**
 * Answers of calls, whole or as server-sent events, made from the events of their sequences. Chats
 * and text completions share all of it.
 */
@NullMarked
package org.dlora.api.openai.answer;

import org.jspecify.annotations.NullMarked;
