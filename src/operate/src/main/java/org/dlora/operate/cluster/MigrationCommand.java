package org.dlora.operate.cluster;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Command that moves a request or an adapter to another replica. */
public sealed interface MigrationCommand {
    /** Hint at the id of a request, for callers who give another one. */
    String REQUEST_NAMES =
            "A request has the id of its answer and the number of the sequence, such as cmpl-5c0f…-0; the client's own id is another one.";

    /** Returns its name in the audit. */
    default String action() {
        return switch (this) {
            case MoveRequest _ -> "request.move";
            case CopyAdapter _ -> "adapter.copy";
            case MoveAdapter _ -> "adapter.move";
        };
    }

    /** Returns the moved requests. */
    default String subject() {
        return switch (this) {
            case MoveRequest(var request, _, _) -> request;
            case CopyAdapter(var adapter, _) -> adapter;
            case MoveAdapter(var adapter, _, _) -> adapter;
        };
    }

    /** Returns where it goes, for the audit. */
    default Map<String, ?> target() {
        return switch (this) {
            case MoveRequest(_, var to, boolean sendsKv) -> Map.of("to", to, "kv", sendsKv);
            case CopyAdapter(_, var to) -> Map.of("to", to);
            case MoveAdapter(_, var to, var from) ->
                    from == null ? Map.of("to", to) : Map.of("to", to, "from", from);
        };
    }

    /**
     * Command that moves a request.
     *
     * @param to id of the target replica
     * @param sendsKv whether its KV blocks are sent, otherwise the target computes them
     */
    record MoveRequest(String request, String to, boolean sendsKv) implements MigrationCommand {}

    /**
     * Command that copies an adapter.
     *
     * @param adapter its name
     * @param to id of a replica of the memory that gets it
     */
    record CopyAdapter(String adapter, String to) implements MigrationCommand {}

    /**
     * Command that moves an adapter with its requests.
     *
     * @param adapter its name
     * @param to id of a replica of the memory that gets it
     * @param from id of a replica of the memory that it leaves; null if it is resident in one alone
     */
    record MoveAdapter(String adapter, String to, @Nullable String from)
            implements MigrationCommand {}
}
