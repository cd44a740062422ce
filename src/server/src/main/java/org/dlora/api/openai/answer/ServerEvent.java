package org.dlora.api.openai.answer;

import org.dlora.api.web.Json;

/**
 * A server-sent event with a name.
 *
 * @param data a record, which is written as JSON in snake case
 */
public record ServerEvent(String name, Object data) {
    public String frame() {
        return "event: " + name + "\ndata: " + Json.write(data) + "\n\n";
    }
}
