/**
 * OpenAI's Responses API on top of the chats of {@link org.dlora.api.openai}. It translates bodies
 * and answers, and keeps answers for calls that go on from them. Chats run by {@link
 * org.dlora.api.openai.chat.ChatRuns} alone, so there is one way to generate.
 */
@NullMarked
package org.dlora.api.openai.responses;

import org.jspecify.annotations.NullMarked;
