package org.dlora.api.openai.responses;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.util.List;
import org.dlora.api.openai.chat.ChatLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * An event of a streamed response. It has the members that its type needs.
 *
 * @param outputIndex of the item in the output
 * @param contentIndex of the part in the item's content
 * @param delta more of a text, or of arguments
 * @param text all of the text
 * @param name of the function that is called
 * @param arguments all of the arguments
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
        @Nullable List<ChatLogprobs.Entry> logprobs,
        @Nullable String name,
        @Nullable String arguments) {

    /** A stream that broke. */
    record Broken(
            String type,
            @Nullable String code,
            String message,
            @Nullable String param,
            int sequenceNumber) {}

    private ResponseEvent(
            String type,
            @Nullable ResponseBody response,
            @Nullable Integer outputIndex,
            @Nullable OutputItem item,
            @Nullable String itemId) {
        this(
                type,
                0,
                response,
                outputIndex,
                item,
                itemId,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    static ResponseEvent of(String type, ResponseBody response) {
        return new ResponseEvent(type, response, null, null, null);
    }

    static ResponseEvent item(String type, int index, OutputItem item) {
        return new ResponseEvent(type, null, index, item, null);
    }

    private ResponseEvent with(
            @Nullable Integer number,
            @Nullable OutputText newPart,
            @Nullable String newDelta,
            @Nullable String newText,
            @Nullable String newName,
            @Nullable String newArguments) {
        return new ResponseEvent(
                type,
                sequenceNumber,
                response,
                outputIndex,
                item,
                itemId,
                number,
                newPart,
                newDelta,
                newText,
                logprobs,
                newName,
                newArguments);
    }

    static ResponseEvent part(String type, int index, String item, OutputText part) {
        return new ResponseEvent(type, null, index, null, item)
                .with(0, part, null, null, null, null);
    }

    static ResponseEvent delta(String type, int index, String item, String delta) {
        return new ResponseEvent(type, null, index, null, item)
                .with(null, null, delta, null, null, null);
    }

    static ResponseEvent text(String type, int index, String item, String text) {
        return new ResponseEvent(type, null, index, null, item)
                .with(null, null, null, text, null, null);
    }

    static ResponseEvent arguments(
            String type, int index, String item, String name, String arguments) {
        return new ResponseEvent(type, null, index, null, item)
                .with(null, null, null, null, name, arguments);
    }

    /** Returns the event as one of the first part of an item's content. */
    ResponseEvent inPart() {
        return with(0, part, delta, text, name, arguments);
    }

    ResponseEvent withLogprobs(List<ChatLogprobs.Entry> ofTokens) {
        return new ResponseEvent(
                type,
                sequenceNumber,
                response,
                outputIndex,
                item,
                itemId,
                contentIndex,
                part,
                delta,
                text,
                ofTokens,
                name,
                arguments);
    }

    /** Returns a copy with its place in the stream. */
    ResponseEvent numbered(int number) {
        return new ResponseEvent(
                type,
                number,
                response,
                outputIndex,
                item,
                itemId,
                contentIndex,
                part,
                delta,
                text,
                logprobs,
                name,
                arguments);
    }
}
