package org.dlora.api.openai.chat;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import org.jspecify.annotations.Nullable;

/** A tool call in an answer; {@code arguments} are JSON as a string. */
record ToolCall(String id, String type, Function function) {

    record Function(String name, String arguments) {}

    static ToolCall of(String id, String name, String arguments) {
        return new ToolCall(id, "function", new Function(name, arguments));
    }

    /**
     * A piece of a call in a stream. The first one has id, type and name.
     *
     * @param index of the call in its answer
     */
    @JsonInclude(Include.NON_NULL)
    record Delta(int index, @Nullable String id, @Nullable String type, FunctionDelta function) {

        static Delta first(int index, String id, String name, String arguments) {
            return new Delta(index, id, "function", new FunctionDelta(name, arguments));
        }

        static Delta more(int index, String arguments) {
            return new Delta(index, null, null, new FunctionDelta(null, arguments));
        }
    }

    /** Name and more of the arguments. */
    @JsonInclude(Include.NON_NULL)
    record FunctionDelta(@Nullable String name, String arguments) {}
}
