package org.dlora.api.openai.responses;

import java.util.Set;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;

/** Reader of {@code include}. */
final class IncludeField {
    static final String LOGPROBS = "message.output_text.logprobs";

    /** Parts of items that no answer has, so that they change nothing. */
    private static final Set<String> OF_OTHERS =
            Set.of(
                    "reasoning.encrypted_content",
                    "web_search_call.action.sources",
                    "web_search_call.results",
                    "code_interpreter_call.outputs",
                    "computer_call_output.output.image_url",
                    "file_search_call.results",
                    "message.input_image.image_url");

    private IncludeField() {}

    /** Returns whether the answer is to have log-probabilities. */
    static boolean logprobs(Fields fields) {
        var included = fields.array("include").orElse(null);
        boolean logprobs = false;
        for (int i = 0; included != null && i < included.size(); i++) {
            var path = "include[" + i + "]";
            var name = Fields.text(path, included.get(i));
            if (name.equals(LOGPROBS)) {
                logprobs = true;
            } else if (!OF_OTHERS.contains(name)) {
                throw ApiException.unsupported(path, "only '" + LOGPROBS + "' is");
            }
        }
        return logprobs;
    }
}
