package org.dlora.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.dlora.api.openai.ChatLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * An event of a streamed response. It has the members that its type needs.
 *
 * @param outputIndex of the item in the output
 * @param contentIndex of the part in the item's content
 * @param delta more of the text
 * @param text all of the text
 */
@JsonInclude(Include.NON_NULL)
record ResponseEvent(
        String type,
        int sequenceNumber,
        @Nullable ResponseBody response,
        @Nullable Integer outputIndex,
        @Nullable OutputItem item,
        @Nullable String itemId,
        @Nullable Integer contentIndex,
        @Nullable OutputText part,
        @Nullable String delta,
        @Nullable String text,
        @Nullable List<ChatLogprobs.Entry> logprobs) {

    /** A stream that broke. */
    record Broken(
            String type,
            @Nullable String code,
            String message,
            @Nullable String param,
            int sequenceNumber) {}

    static ResponseEvent of(String type, int number, ResponseBody response) {
        return new ResponseEvent(
                type, number, response, null, null, null, null, null, null, null, null);
    }

    static ResponseEvent item(String type, int number, int index, OutputItem item) {
        return new ResponseEvent(
                type, number, null, index, item, null, null, null, null, null, null);
    }

    static ResponseEvent part(String type, int number, int index, String item, OutputText part) {
        return new ResponseEvent(type, number, null, index, null, item, 0, part, null, null, null);
    }

    static ResponseEvent delta(
            int number, int index, String item, String delta, List<ChatLogprobs.Entry> logprobs) {
        return new ResponseEvent(
                "response.output_text.delta",
                number,
                null,
                index,
                null,
                item,
                0,
                null,
                delta,
                null,
                logprobs);
    }

    static ResponseEvent text(int number, int index, String item, OutputText part) {
        return new ResponseEvent(
                "response.output_text.done",
                number,
                null,
                index,
                null,
                item,
                0,
                null,
                null,
                part.text(),
                part.logprobs());
    }
}
