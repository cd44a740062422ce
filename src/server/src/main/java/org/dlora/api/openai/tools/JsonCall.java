package org.dlora.api.openai.tools;

import java.util.Set;
import org.dlora.api.openai.tools.JsonScanner.Status;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Incremental reader of a call that is written as a JSON object with a name and arguments, in any
 * order and beside other members: {@code {"name": "f", "arguments": {…}}}.
 */
final class JsonCall {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> ARGUMENTS = Set.of("arguments", "parameters");

    private final JsonScanner scanner = new JsonScanner();
    private final StringBuilder text = new StringBuilder();
    private @Nullable String key;
    private int keyAt = -1;
    private int valueAt = -1;
    private @Nullable String name;
    private int argumentsFrom = -1;
    private int argumentsTo = -1;

    /** Arguments that the model wrote as a string; null if it did not, or not whole yet. */
    private @Nullable String unwrapped;

    private Status status = Status.OPEN;

    /** Takes a character, the first of which is the opening brace. */
    Status add(char c) {
        int at = text.length();
        boolean isMember = scanner.depth() == 1;
        if (isMember && scanner.expectsKey() && c == '"') {
            keyAt = at;
        }
        if (isMember && scanner.expectsValue() && !Character.isWhitespace(c)) {
            begin(at);
        }
        boolean wasNumber = isMember && scanner.isInNumber();
        status = scanner.add(c);
        if (status == Status.BROKEN) {
            return status;
        }
        text.append(c);
        if (isMember && keyAt >= 0 && scanner.isAfterKey()) {
            key = string(text.substring(keyAt, at + 1));
            keyAt = -1;
        } else if (wasNumber && !scanner.isInNumber()) {
            end(at);
        } else if (valueAt >= 0 && scanner.depth() == 1 && scanner.isAfterValue()) {
            end(at + 1);
        }
        return status;
    }

    private void begin(int at) {
        valueAt = at;
        if (ARGUMENTS.contains(String.valueOf(key)) && argumentsFrom < 0) {
            argumentsFrom = at;
        }
    }

    private void end(int at) {
        var value = text.substring(valueAt, at);
        if (argumentsFrom == valueAt) {
            argumentsTo = at;
            unwrapped = value.startsWith("\"") ? object(value) : null;
        } else if ("name".equals(key) && name == null && value.startsWith("\"")) {
            name = string(value);
        }
        valueAt = -1;
    }

    /** Returns all that was taken, a character that broke it excepted. */
    String text() {
        return text.toString();
    }

    /** Returns the function's name, once it is whole; empty names count as none. */
    @Nullable String name() {
        return name == null || name.isEmpty() ? null : name;
    }

    /** Returns whether arguments have begun of which the beginning is certain. */
    boolean hasArguments() {
        return argumentsFrom >= 0 && (argumentsTo >= 0 || text.charAt(argumentsFrom) != '"');
    }

    /** Returns the arguments from {@code told} on. An object written as a string is unwrapped. */
    String argumentsFrom(int told) {
        if (unwrapped != null) {
            return unwrapped.substring(told);
        }
        return text.substring(argumentsFrom + told, argumentsTo < 0 ? text.length() : argumentsTo);
    }

    private static @Nullable String object(String value) {
        var inner = string(value);
        try {
            return inner != null && JSON.readTree(inner).isObject() ? inner : null;
        } catch (JacksonException _) {
            return null;
        }
    }

    private static @Nullable String string(String quoted) {
        try {
            return JSON.readTree(quoted).asString();
        } catch (JacksonException _) {
            return null;
        }
    }
}
