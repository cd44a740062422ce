package org.dlora.api.admin;

import java.util.Map;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Fields;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** The move of a request or an adapter that an administrator orders. */
public sealed interface MoveOrder {

    /** Returns its name in the audit. */
    default String action() {
        return switch (this) {
            case OfRequest _ -> "request.move";
            case CopyOf _ -> "adapter.copy";
            case OfAdapter _ -> "adapter.move";
        };
    }

    /** Returns what is moved. */
    default String subject() {
        return switch (this) {
            case OfRequest(var request, _, _) -> request;
            case CopyOf(var adapter, _) -> adapter;
            case OfAdapter(var adapter, _, _) -> adapter;
        };
    }

    /** Returns where it goes, for the audit. */
    default Map<String, ?> target() {
        return switch (this) {
            case OfRequest(_, var to, boolean sendsKv) -> Map.of("to", to, "kv", sendsKv);
            case CopyOf(_, var to) -> Map.of("to", to);
            case OfAdapter(_, var to, var from) ->
                    from == null ? Map.of("to", to) : Map.of("to", to, "from", from);
        };
    }

    /**
     * The move of a request.
     *
     * @param to id of the target replica
     * @param sendsKv whether its KV blocks are sent, otherwise the target computes them
     */
    record OfRequest(String request, String to, boolean sendsKv) implements MoveOrder {}

    /**
     * The copy of an adapter.
     *
     * @param adapter its name
     * @param to id of a replica of the memory that gets it
     */
    record CopyOf(String adapter, String to) implements MoveOrder {}

    /**
     * The move of an adapter with its requests.
     *
     * @param adapter its name
     * @param to id of a replica of the memory that gets it
     * @param from id of a replica of the memory that it leaves; null if it is resident in one alone
     */
    record OfAdapter(String adapter, String to, @Nullable String from) implements MoveOrder {}

    /**
     * Reads {@code {"request": ID, "to": REPLICA, "kv": "send"}} or {@code {"adapter": NAME, "to":
     * REPLICA, "mode": "copy"}}.
     *
     * @throws ApiException if the body is neither
     */
    static MoveOrder read(ObjectNode body) {
        var fields = Fields.of(body);
        var request = fields.text("request").orElse(null);
        var adapter = fields.text("adapter").orElse(null);
        if ((request == null) == (adapter == null)) {
            throw ApiException.invalid(
                    null, "Name either a 'request' or an 'adapter' to move, not both or neither.");
        }
        var to = Fields.text("to", fields.required("to", "the id of the target replica"));
        var order =
                request == null
                        ? adapter(fields, String.valueOf(adapter), to)
                        : new OfRequest(
                                request, to, isFirst(fields, "kv", "send", "send", "recompute"));
        fields.end();
        return order;
    }

    private static MoveOrder adapter(Fields fields, String adapter, String to) {
        if (isFirst(fields, "mode", null, "copy", "move")) {
            return new CopyOf(adapter, to);
        }
        return new OfAdapter(adapter, to, fields.text("from").orElse(null));
    }

    /** Reads one of two words; returns whether it is the first one. */
    private static boolean isFirst(
            Fields fields, String name, @Nullable String otherwise, String first, String second) {
        var expected = "\"%s\" or \"%s\"".formatted(first, second);
        if (otherwise != null && fields.any(name).isEmpty()) {
            return otherwise.equals(first);
        }
        var node = fields.required(name, expected);
        var word = node.asString("");
        if (!node.isString() || !(word.equals(first) || word.equals(second))) {
            throw Fields.wrong(name, expected, node);
        }
        return word.equals(first);
    }
}
