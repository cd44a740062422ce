package org.dlora.api.admin.cluster;

import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.operate.cluster.MigrationCommand;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Reader of the body of {@code POST /admin/migrations}. */
final class MigrationCommandReader {
    private MigrationCommandReader() {}

    /**
     * Reads {@code {"request": ID, "to": REPLICA, "kv": "send"}} or {@code {"adapter": NAME, "to":
     * REPLICA, "mode": "copy"}}.
     *
     * @throws ApiException if the body is neither
     */
    static MigrationCommand read(ObjectNode body) {
        var fields = Fields.of(body);
        var request = fields.text("request").orElse(null);
        var adapter = fields.text("adapter").orElse(null);
        if ((request == null) == (adapter == null)) {
            throw ApiException.invalid(
                    null, "Name either a 'request' or an 'adapter' to move, not both or neither.");
        }
        var to = Fields.text("to", fields.required("to", "the id of the target replica"));
        var command =
                request == null
                        ? adapter(fields, String.valueOf(adapter), to)
                        : new MigrationCommand.MoveRequest(
                                request, to, isFirst(fields, "kv", "send", "send", "recompute"));
        fields.end();
        return command;
    }

    private static MigrationCommand adapter(Fields fields, String adapter, String to) {
        if (isFirst(fields, "mode", null, "copy", "move")) {
            return new MigrationCommand.CopyAdapter(adapter, to);
        }
        return new MigrationCommand.MoveAdapter(adapter, to, fields.text("from").orElse(null));
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
