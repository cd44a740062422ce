package org.dlora.api.openai.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.api.web.ApiException;

/**
 * Rendering of a conversation whose last message stays open, so that the answer continues it. As in
 * transformers, a mark behind the message's text shows where the prompt ends.
 */
final class OpenEndedPrompt {
    private static final String MARK = "CONTINUE_FINAL_MESSAGE_TAG ";

    private OpenEndedPrompt() {}

    /**
     * Returns the prompt up to the end of the last message's text.
     *
     * @param renderer the chat template
     * @throws ApiException if the template does not render the last message's text
     */
    static String render(
            List<Map<String, Object>> messages,
            Function<List<Map<String, Object>>, String> renderer) {
        var marked = new ArrayList<>(messages);
        var last = new LinkedHashMap<>(marked.removeLast());
        var text = String.valueOf(last.get("content"));
        last.put("content", text + MARK);
        marked.add(last);
        var rendered = renderer.apply(marked);
        int at = rendered.lastIndexOf(MARK.strip());
        if (at < 0 || !rendered.contains(text.strip())) {
            throw ApiException.invalid(
                    "messages",
                    "The last message cannot be continued: its text does not appear in what the model's chat template makes of it.");
        }
        var before = rendered.substring(0, at);
        // A template that strips texts would have stripped this one.
        return rendered.startsWith(MARK, at) ? before : before.stripTrailing();
    }
}
