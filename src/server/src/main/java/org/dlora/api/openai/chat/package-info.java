/**
 * Chats: their messages, tools and templates, and their answers with reasoning and tool calls.
 * Endpoints of other shapes run their chats by {@link org.dlora.api.openai.chat.ChatRuns}.
 */
@NullMarked
package org.dlora.api.openai.chat;

import org.jspecify.annotations.NullMarked;
